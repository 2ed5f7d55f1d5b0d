"""What a worker process and its parent say to each other: one JSON object a line.

Requests: `{"id": 3, "verb": "feed", ...}`. Answers carry the same id and one of the events below; a request ends with
`result` or `fault`. A cancel names its feed and has no answer of its own. Pixels never cross: the worker writes the
file and reports its path. `starting` and `reading` carry `sheets_fed`, so that the count survives the worker.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import (
    Applied,
    Capabilities,
    DeviceOption,
    Difference,
    Mode,
    RawImage,
    ScanSettings,
    Side,
    Source,
)


class Verb(StrEnum):
    DEVICES = "devices"
    OPEN = "open"
    CAPABILITIES = "capabilities"
    CONFIGURE = "configure"
    FEED = "feed"
    SENSORS = "sensors"
    CANCEL = "cancel"
    CLOSE = "close"


class Event(StrEnum):
    STARTING = "starting"
    """The device was told to start an image; lamps warm up, paper is drawn in."""
    READING = "reading"
    """Bytes of an image arrive; repeated while they do."""
    IMAGE = "image"
    RESULT = "result"
    FAULT = "fault"
    CANCELLING = "cancelling"
    """Never sent by a worker: the parent tells itself that a cancel is on its way."""


Message = dict[str, Any]


def encode(message: Message) -> bytes:
    """ASCII alone, because a path may hold bytes that are no UTF-8: they cross as escapes and come back unchanged."""
    return json.dumps(message).encode("ascii") + b"\n"


def decode(line: bytes) -> Message:
    """Raises `ValueError` for a line that is not one of ours."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError(line)  # noqa: TRY004 - to the caller any line that is not ours is the same
    return message


def fault_as_message(fault: DeviceFault) -> Message:
    return {"kind": fault.kind, "detail": fault.detail, "sheets_fed": fault.sheets_fed}


def fault_from(data: Message) -> DeviceFault:
    return DeviceFault(FaultKind(data["kind"]), data["detail"], data.get("sheets_fed"))


def settings_from(data: dict[str, Any]) -> ScanSettings:
    source = data.get("source")
    return ScanSettings(**data | {"source": Source(source) if source else None, "mode": Mode(data["mode"])})


def image_from(data: dict[str, Any]) -> RawImage:
    return RawImage(**data | {"path": Path(data["path"]), "side": Side(data["side"])})


def capabilities_from(data: dict[str, Any]) -> Capabilities:
    lists = ("resolutions", "sensors", "buttons", "double_feed", "depths")
    return Capabilities(
        **data
        | {name: tuple(data[name]) for name in lists}
        | {
            "sources": tuple(Source(name) for name in data["sources"]),
            "modes": tuple(Mode(name) for name in data["modes"]),
            "options": tuple(DeviceOption(**option) for option in data["options"]),
        }
    )


def applied_from(data: dict[str, Any]) -> Applied:
    differences = tuple(Difference(**difference) for difference in data["differences"])
    return Applied(**data | {"source": Source(data["source"]), "mode": Mode(data["mode"]), "differences": differences})
