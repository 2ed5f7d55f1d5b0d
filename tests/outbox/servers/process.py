"""A real server as a process of the test, ended with it."""

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

_START_S = 20.0
_STOP_S = 5.0


class ServerProcess:
    """Runs one command as long as the context is; `stop` and `start` in between are a restart on the same port."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path, answers: Callable[[], bool]) -> None:
        self._command = command
        self._environment = environment
        self._log = log
        self._answers = answers
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment
            )
        end = time.monotonic() + _START_S
        while time.monotonic() < end and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.05)
        self.stop()
        raise AssertionError(f"{self._command[0]} does not answer: {self.log[-1000:]}")

    def stop(self) -> None:
        """End it without a word to those who are connected."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(_STOP_S)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def answers(port: int) -> bool:
    """Whether something takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2.0).close()
    except OSError:
        return False
    return True
