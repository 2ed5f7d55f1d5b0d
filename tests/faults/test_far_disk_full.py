"""The far side's disk is full: said as such, tried again later, and nothing there looks like a whole bag."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from outbox.bagfile import BagFile
from outbox.destinations.base import Later
from outbox.errors import Code
from tests.outbox.bags import make_bag, run
from tests.outbox.deliveries import arrived, deliver, told
from tests.outbox.servers.apache import Apache
from tests.outbox.servers.tus import TusServer


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes, where this machine lets us mount one."""
    path = tmp_path / "small"
    path.mkdir()
    with mounted(path):
        yield path


class mounted:  # noqa: N801 - reads as what it does
    """A tmpfs on a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        mount = ["/usr/bin/mount", "-t", "tmpfs", "-o", "size=2m,mode=777", "none", str(self._path)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, timeout=10, check=False).returncode != 0:
            pytest.skip("cannot mount a tmpfs here")

    def __exit__(self, *_: object) -> None:
        subprocess.run(["/usr/bin/umount", str(self._path)], timeout=10, check=True)


def test_tus(small: Path, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=5_000_000))
    with TusServer(tmp_path / "tus", environment={"FOLDER": str(small)}) as server:
        assert told(run(deliver(server.settings(), bag))) == (Later, Code.FAR_FULL, False)
    assert list((small / "arrivals").iterdir()) == []


def test_webdav(tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=5_000_000))
    with Apache() as server, mounted(server.root):
        assert told(run(deliver(server.settings(), bag))) == (Later, Code.FAR_FULL, False)
        assert bag.name not in arrived(server)
