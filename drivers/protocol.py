"""What a worker process and its parent say to each other: one JSON object a line.

Requests: `{"id": 3, "verb": "feed", ...}`. Answers carry the same id and one of the events below; a request ends with
`result` or `fault`. A cancel names its feed and has no answer of its own. Pixels never cross: the worker writes the
file and reports its path.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any


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
