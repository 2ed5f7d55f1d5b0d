"""Every destination there is, each on its real server (S3 on a stand-in)."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from outbox.destinations import DestinationSettings, FolderSettings, make_destination
from outbox.destinations.base import Destination, MemoryNotes, Pace, UploadNotes
from tests.outbox.servers.apache import Apache
from tests.outbox.servers.certificates import Authority
from tests.outbox.servers.s3 import BUCKET, S3StandIn
from tests.outbox.servers.tus import BARE, TusServer
from tests.outbox.sshd import LoopbackSshd

FILES = ("folder", "sftp", "sftp-with-commands", "webdav")
NAMED = (*FILES, "tus", "tus-tls", "s3")
ALL = (*NAMED, "tus-bare", "tus-checked")


@dataclass(frozen=True)
class Place:
    """A destination kind under test: its settings, and what a test may see and do behind it.

    `root` is the folder behind it where the far side's files are what it makes of them; `put` lays something there.
    """

    kind: str
    settings: DestinationSettings
    contents: Callable[[], dict[str, bytes]]
    put: Callable[[str, bytes], object]
    root: Path

    def make(self, notes: UploadNotes | None = None, pace: Pace | None = None) -> Destination:
        """A fresh destination; without notes it knows nothing of earlier ones."""
        return make_destination(self.settings, notes or MemoryNotes(), pace)

    def arrived(self) -> dict[str, str]:
        """The digest of everything that lies there, by name."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.contents().items()}


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[LoopbackSshd]:
    (tmp_path / "sshd").mkdir()
    with LoopbackSshd(tmp_path / "sshd") as server:
        yield server


@pytest.fixture(params=FILES)
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A destination whose far side is a folder of files."""
    with open_place(request.param, tmp_path) as place:
        yield place


@pytest.fixture(params=NAMED)
def named(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A destination at which a bag has its name, whoever sent it."""
    with open_place(request.param, tmp_path) as place:
        yield place


@pytest.fixture(params=ALL)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with open_place(request.param, tmp_path) as place:
        yield place


@contextmanager
def open_place(kind: str, tmp_path: Path) -> Iterator[Place]:
    """The server of a kind, as long as the context is."""
    make = {"folder": _folder, "webdav": _webdav, "s3": _s3}.get(kind) or (_sftp if "sftp" in kind else _tus)
    with make(kind, tmp_path) as place:
        yield place


@contextmanager
def _folder(kind: str, tmp_path: Path) -> Iterator[Place]:
    root = tmp_path / "share"
    root.mkdir()
    yield _over_files(kind, FolderSettings(name="there", path=root), root)


@contextmanager
def _sftp(kind: str, tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "sshd").mkdir()
    with LoopbackSshd(tmp_path / "sshd", execute=kind != "sftp") as server:
        yield _over_files(kind, server.settings("there"), server.root)


@contextmanager
def _webdav(kind: str, tmp_path: Path) -> Iterator[Place]:
    with Apache() as server:
        yield _over_files(kind, server.settings(), server.root)


@contextmanager
def _tus(kind: str, tmp_path: Path) -> Iterator[Place]:
    authority = Authority(tmp_path / "authority")
    if kind in {"tus", "tus-tls"}:
        pair = authority.issue("server") if kind == "tus-tls" else None
        with TusServer(tmp_path / "tus", tls=pair) as server:
            settings = server.settings(ca_file=authority.file if pair else None)
            yield _over_files(kind, settings, server.arrivals)
        return
    given = {"CHECKSUM": "1"} if kind == "tus-checked" else {}
    with TusServer(tmp_path / "tus", BARE, given) as server:
        yield Place(kind, server.settings(), server.finished, _nothing, server.store)


@contextmanager
def _s3(kind: str, tmp_path: Path) -> Iterator[Place]:
    with S3StandIn(tmp_path / "s3") as server:
        client = server.client

        def put(name: str, data: bytes) -> None:
            client.put_object(Bucket=BUCKET, Key=name, Body=data)

        yield Place(kind, server.settings(part_mb=0.25), server.objects, put, server.folder)


def _over_files(kind: str, settings: DestinationSettings, root: Path) -> Place:
    def contents() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in root.iterdir()}

    return Place(kind, settings, contents, lambda name, data: _write(root / name, data), root)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o666)  # the servers may run as somebody else


def _nothing(name: str, data: bytes) -> None:
    raise AssertionError(f"nothing can be laid there: {name}, {len(data)} bytes")
