"""What keeps practice apart from real work: a registry of its own, which stands in every id, folder and file name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outbox.destinations.settings import FolderSettings
from station.errors import SettingsError, UsageError
from station.model import Registry

if TYPE_CHECKING:
    from pathlib import Path

    from outbox.destinations import DestinationSettings
    from station.root import Root
    from station.settings import Settings

TRAINING_REGISTRY = Registry("TAPHUAN", "Tập huấn", "Tập huấn", "taphuan")
NAMING_PROFILE = "training"


def check_registry(code: str, *, training: bool) -> None:
    """Refuse a real book at a station for practice, and a practice book at a real one. Raises `UsageError`."""
    if training and code != TRAINING_REGISTRY.code:
        raise UsageError("training.real-book", registry=code, training=TRAINING_REGISTRY.code)
    if not training and code == TRAINING_REGISTRY.code:
        raise UsageError("training.practice-book", training=TRAINING_REGISTRY.code)


def check_settings(settings: Settings, root: Root) -> None:
    """Refuse settings of a station for practice by which its books could get into real hands or bear real names.

    Raises `SettingsError`.
    """
    if not settings.station.training:
        return
    if settings.naming.profile != NAMING_PROFILE:
        raise _refused(root, "naming.profile", f"{NAMING_PROFILE} != {settings.naming.profile}")
    for destination in settings.destinations:
        if not _stays_inside(destination, root):
            raise _refused(root, "destinations", f"{destination.name}: only folders below {root.path}")


def check_target(target: Path, settings: Settings, root: Root) -> None:
    """Refuse to put practice books onto a stick: they stay below their root. Raises `UsageError`."""
    if settings.station.training and not target.resolve().is_relative_to(root.path.resolve()):
        raise UsageError("training.no-stick", root=str(root.path))


def _stays_inside(destination: DestinationSettings, root: Root) -> bool:
    return isinstance(destination, FolderSettings) and destination.path.resolve().is_relative_to(root.path.resolve())


def _refused(root: Root, key: str, reason: str) -> SettingsError:
    return SettingsError("bad-setting", file=str(root.settings), key=key, reason=reason)
