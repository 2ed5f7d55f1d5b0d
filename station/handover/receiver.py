"""A receiver, from its root and settings. It needs no station: without settings the defaults hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from outbox.stick import age
from station.errors import SettingsError
from station.handover.receive import Desk, desk_of, receiver_key
from station.handover.taking import Archive, take
from station.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from station.handover.receive import Arrival
    from station.handover.taking import Taken
    from station.root import Root


@dataclass(frozen=True)
class Receiver:
    """Who receives here, where bags off sticks go, and the folders that are watched."""

    root: Root
    desk: Desk
    archive: Archive
    folders: tuple[Path, ...]

    @classmethod
    def open(cls, root: Root) -> Self:
        """Raises `SettingsError`; makes the key that signs receipts when there is none."""
        settings = load_settings(root.settings, required=False).receive
        archive = Archive(settings.archive or root.received, root.keys / age.IDENTITY)
        try:
            homes = (*settings.folders, archive.folder)
            desk = desk_of(receiver_key(root), settings.stations, homes, int(settings.receipt_mode, 8))
        except ValueError as error:
            raise SettingsError(
                "bad-setting", file=str(root.settings), key="receive.stations", reason=str(error)
            ) from error
        return cls(root, desk, archive, settings.folders)

    def desk_over(self, folders: Iterable[Path]) -> Desk:
        """The desk when further folders are watched."""
        return replace(self.desk, homes=tuple(dict.fromkeys([*folders, *self.desk.homes])))

    def make_identity(self) -> str:
        """The public half of the key that opens what stations export; made at the first call."""
        return str(age.load_or_create_identity(self.archive.identity_file).to_public())

    def take(self, home: Path, tell: Callable[[Arrival], None]) -> Taken:
        return take(home, self.desk, self.archive, tell)
