"""The watching service as tests hold it: started, ready, looked at from outside, ended or killed."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import cv2
import numpy as np

from tests.support import command, environment, succeed

PATIENCE = 60.0


@contextmanager
def watching(root: Path, *within: str, words: tuple[str, ...] = ("watch",)) -> Iterator[subprocess.Popen[bytes]]:
    """The service from the moment it is ready, ended by SIGTERM as systemd would; `within` another command.

    Another service than that of the hot folders by its `words`.
    """
    address = f"\0watch-{os.getpid()}-{time.monotonic_ns()}"
    with (root / "watch.err").open("wb") as log, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(PATIENCE)
        env = environment(NOTIFY_SOCKET=address.replace("\0", "@"))
        service = subprocess.Popen([*within, *command(root, *words)], stdout=log, stderr=log, env=env)
        try:
            assert manager.recv(64) == b"READY=1"
            yield service
        finally:
            if service.poll() is None:
                service.send_signal(signal.SIGTERM)
            assert service.wait(60) in {0, -signal.SIGKILL}


def wait_until(holds: Callable[[], bool], root: Path, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, (root / "watch.err").read_text()
        time.sleep(0.1)


def wait_for(count: int, root: Path, book: str) -> None:
    wait_until(lambda: len(succeed(root, "pages", book)) >= count, root)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def masters(root: Path, book: str) -> list[str]:
    """The digests of a book's masters in the order of its pages, each of them as its file really is."""
    pages = succeed(root, "pages", book)
    found = [digest((root / page["file"]).read_bytes()) for page in pages]
    assert found == [page["sha256"] for page in pages]
    return found


def count_pages(root: Path) -> int:
    """Rows of pages, by a reader of its own."""
    with closing(sqlite3.connect(f"file:{root / 'catalogue.db'}?mode=ro", uri=True)) as catalogue:
        return int(catalogue.execute("select count(*) from page").fetchone()[0])


def draw_small(folder: Path, count: int) -> list[Path]:
    """Pages of a kilobyte, no two alike: `p1.jpg`, `p2.jpg` ..."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number in range(1, count + 1):
        picture = np.full((84, 60), 210, np.uint8)
        bits = np.array([int(bit) for bit in f"{number:016b}"], np.uint8).reshape(4, 4)
        picture[10:74, 10:50] = np.kron(255 - 200 * bits, np.ones((16, 10), np.uint8))
        files.append(folder / f"p{number}.jpg")
        assert cv2.imwrite(str(files[-1]), picture)
    return files


def memory_mb(pid: int) -> float:
    """Resident memory of a process, without its workers."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
