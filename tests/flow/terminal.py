"""A command at a real terminal: what it asks is answered when it asks."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support import COMMAND_SECONDS, Ran, command, environment


def run_at_terminal(root: Path, answers: Sequence[tuple[str, str]], *words: str) -> Ran:
    """Run `station` with a terminal as its input; each answer is typed once its question stands on the screen."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(root, *words), stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, env=environment(), text=True
    )
    os.close(theirs)
    try:
        screen = _converse(ours, list(answers), process)
        out, _ = process.communicate(timeout=COMMAND_SECONDS)
    finally:
        process.kill()
        os.close(ours)
    return Ran(process.returncode, out, screen)


def _converse(terminal: int, answers: list[tuple[str, str]], process: subprocess.Popen[str]) -> str:
    """Everything that came to the screen until the command closed it."""
    screen, seen, end = "", 0, time.monotonic() + COMMAND_SECONDS
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        try:
            screen += os.read(terminal, 65536).decode() if ready else ""
        except OSError:  # the other end is closed
            break
        if answers and answers[0][0] in screen[seen:]:
            seen = len(screen)
            os.write(terminal, answers.pop(0)[1].encode() + b"\n")
        if not ready and process.poll() is not None:
            break
    assert not answers, f"never asked: {answers[0][0]}\n{screen}"
    return screen
