"""One worker as an operating system process: lines in, lines out, and a death that is always noticed.

The worker and whatever a backend starts in it are one process group. It ends when this object kills it, and also when
this process dies, however it dies: the kernel then closes the lifeline, and that kills the group even where a backend
holds Python's lock for ever.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque

from drivers.protocol import Message, decode, encode

log = logging.getLogger(__name__)

_END_SECONDS = 5.0


class WorkerGone(Exception):  # noqa: N818 - a state, not an error of the caller
    """The worker ended; `code` is its exit status, negative for a signal, `words` what it said last on stderr."""

    def __init__(self, code: int | None, words: str = "") -> None:
        super().__init__(code, words)
        self.code = code
        self.words = words

    def __str__(self) -> str:
        end = signal.Signals(-self.code).name if self.code is not None and self.code < 0 else f"code {self.code}"
        return f"ended with {end}: {self.words}" if self.words else f"ended with {end}"


class WorkerProcess:
    """One running worker. One thread asks and listens; `send` and `note` may also be called by others."""

    def __init__(self, driver: str) -> None:
        self._process, self._lifeline = _start(driver)
        # SimpleQueue, because its `put` may interrupt its `get`: a signal handler may call `note`.
        self._events: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._words: deque[str] = deque(maxlen=1)
        self._killed = False
        # Reentrant, because a signal handler may send while its own thread does. Without it a cancel could write into
        # whatever file got the number of a pipe that was closed right then.
        self._pipe_lock = threading.RLock()
        self._threads = [
            threading.Thread(target=self._read_events, daemon=True),
            threading.Thread(target=self._log_stderr, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be asked. One that was killed cannot, even while it waits in the kernel for dead hardware."""
        return not self._killed and self._process.poll() is None

    def send(self, message: Message) -> None:
        """One write without a buffer, so that a signal handler may interrupt another. Raises `WorkerGone`."""
        assert self._process.stdin is not None
        line = encode(message)
        try:
            with self._pipe_lock:
                os.write(self._process.stdin.fileno(), line)
        except (OSError, ValueError) as error:
            raise WorkerGone(self._process.poll()) from error

    def note(self, message: Message) -> None:
        """Put a message of our own among the worker's events, to wake up whoever waits for one."""
        self._events.put(message)

    def next_event(self, limit: float) -> Message:
        """Raises `TimeoutError` after `limit` seconds of silence and `WorkerGone` when the process ended."""
        try:
            event = self._events.get(timeout=max(0.0, limit))
        except queue.Empty as error:
            raise TimeoutError(f"no word from the worker for {limit:.1f} s") from error
        if event is None:
            self._events.put(None)
            raise self.gone()
        return event

    def kill(self) -> None:
        """End the process and everything that belongs to it. Safe to call again."""
        with self._pipe_lock:
            if not self._killed:
                self._killed = True
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGKILL)
                os.close(self._lifeline)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_END_SECONDS)
        for thread in self._threads:
            thread.join(timeout=_END_SECONDS)
        if any(thread.is_alive() for thread in self._threads):
            log.warning("something that worker %d started still holds its pipes", self.pid)
            return  # closing a pipe that another thread reads would wait for that thread
        with self._pipe_lock:
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def wait(self, limit: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=limit)

    def gone(self) -> WorkerGone:
        """How the process ended. One that closed its pipes and lives on is killed: it must not haunt the device."""
        self.wait(_END_SECONDS)
        code = self._process.poll()
        self.kill()
        return WorkerGone(code, " ".join(self._words))

    def _read_events(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                self._events.put(decode(line))
            except ValueError:
                log.warning("worker %d said: %r", self.pid, line[:200])
        self._events.put(None)

    def _log_stderr(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            words = line.decode(errors="replace").rstrip()
            self._words.append(words)
            log.info("worker %d: %s", self.pid, words)


def _start(driver: str) -> tuple[subprocess.Popen[bytes], int]:
    """The process and our end of its lifeline, a pipe that carries nothing."""
    theirs, ours = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "drivers.worker", driver, str(theirs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(theirs,),
            process_group=0,
        )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    return process, ours
