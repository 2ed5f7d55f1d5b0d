"""Runs `station` and cuts the power at a chosen commit point: `python -m tests.faults.cut POINT WHEN NTH -- WORDS...`

POINT is `module:function` or `module:Class.method`, WHEN is `before` or `after` its NTH call. The process dies by
SIGKILL, as it would with the mains: nothing is flushed, no handler runs.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
from typing import Any


def cut_at(point: str, when: str, nth: int) -> None:
    module_name, _, path = point.partition(":")
    owner: Any = importlib.import_module(module_name)
    *classes, name = path.split(".")
    for part in classes:
        owner = getattr(owner, part)
    original = getattr(owner, name)
    calls = 0

    @functools.wraps(original)
    def watched(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if when == "before" and calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if when == "after" and calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, watched)


if __name__ == "__main__":
    point, when, nth, _, *words = sys.argv[1:]
    cut_at(point, when, int(nth))
    from station.cli import main

    main(words)
