"""Every destination there is, each on its real server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from outbox.destinations import FolderSettings, make_destination
from outbox.destinations.base import Destination
from tests.outbox.sshd import LoopbackSshd


@dataclass(frozen=True)
class Place:
    """A destination kind under test: a maker of fresh destinations, and the folder behind them."""

    kind: str
    make: Callable[[], Destination]
    root: Path


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[LoopbackSshd]:
    (tmp_path / "sshd").mkdir()
    with LoopbackSshd(tmp_path / "sshd") as server:
        yield server


@pytest.fixture(params=["folder", "sftp", "sftp-with-commands"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "folder":
        root = tmp_path / "share"
        root.mkdir()
        yield Place("folder", lambda: make_destination(FolderSettings(name="there", path=root)), root)
        return
    (tmp_path / "sshd").mkdir()
    with LoopbackSshd(tmp_path / "sshd", execute=request.param != "sftp") as server:
        yield Place(request.param, lambda: make_destination(server.settings("there")), server.root)
