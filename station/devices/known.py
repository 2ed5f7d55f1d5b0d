"""The scanners that this station has had open, so that one that is not here now can be shown as missing.

They stand in `devices.json` of the root. Two programs that remember at the same moment may lose the entry of one of
them; it comes back with the next use of that scanner.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING

import msgspec

from drivers.identity import key_of
from drivers.interface import DeviceInfo
from outbox import durable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from station.root import Root

log = logging.getLogger(__name__)

_NEVER_REMEMBERED = {"folder", "scripted"}


def known_devices(root: Root) -> list[DeviceInfo]:
    """The scanners that were here once, by id. A file that cannot be read counts as empty: it is only a memory."""
    try:
        return msgspec.json.decode(root.devices.read_bytes(), type=list[DeviceInfo])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s: %s", root.devices, error)
        return []


def remember(root: Root, seen: Iterable[DeviceInfo]) -> None:
    """Keep these scanners. A root that this account may only look at stays as it is."""
    before = known_devices(root)
    known = {key_of(info.id): info for info in before}
    known |= {key_of(info.id): info for info in seen if info.driver not in _NEVER_REMEMBERED}
    after = sorted(known.values(), key=lambda info: info.id)
    if after == before:
        return
    try:
        _write(root, after)
    except PermissionError as error:
        log.info("scanners are not remembered: %s", error)


def forget(root: Root, info: DeviceInfo) -> None:
    """Take a scanner out of the memory; it comes back when it is used again."""
    _write(root, [known for known in known_devices(root) if key_of(known.id) != key_of(info.id)])


def _write(root: Root, devices: list[DeviceInfo]) -> None:
    document = json.dumps([asdict(info) for info in devices], ensure_ascii=False, indent=2)
    durable.replace(root.devices, document.encode())
