"""What image libraries write to the standard error of a worker process, as lines of the log.

libjpeg, libtiff and the like print what they think of odd bytes, past Python. It helps whoever looks into a bad file,
and means nothing to an operator: every outcome that matters has its sentence. Free of image libraries.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

log = logging.getLogger(__name__)

_AT_ONCE = 65_536
_LONGEST = 500
"""Characters of a line that are kept."""
_STDERR = 2


def listen() -> Connection:
    """The end of a pipe that workers are to speak into; what they say is logged until the last of them is gone.

    The caller keeps it as long as it starts workers; the pipe ends once it is dropped and they have ended.
    """
    heard, spoken = multiprocessing.Pipe(duplex=False)
    threading.Thread(target=_log_lines, args=(heard,), daemon=True, name="library-noise").start()
    return spoken


def speak_into(spoken: Connection) -> None:
    """In a worker: whatever is written to standard error from now on goes into the pipe, by libraries in C as well."""
    sys.stderr.flush()
    os.dup2(spoken.fileno(), _STDERR)


def _log_lines(heard: Connection) -> None:
    rest = b""
    with heard:
        while data := os.read(heard.fileno(), _AT_ONCE):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                _log_line(line)
            rest = rest[-_AT_ONCE:]
    _log_line(rest)


def _log_line(line: bytes) -> None:
    text = line.decode(errors="replace").strip()
    if text:
        log.warning("a worker said: %s", text[:_LONGEST])
