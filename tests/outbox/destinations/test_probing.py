"""Looking at a destination tries what a bag needs there, and leaves nothing, whatever the last try left."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from outbox.destinations import DestinationSettings, make_destination
from outbox.destinations.probing import probe_name, try_writing
from outbox.errors import Code, Reason
from tests.outbox.bags import run
from tests.outbox.destinations.conftest import Place, open_place
from tests.outbox.sshd import LoopbackSshd

PARTIAL = probe_name("write") + ".part"
NAMES = [probe_name("write"), PARTIAL, probe_name("ranges")]


class Restricted(LoopbackSshd):
    """An sshd whose SFTP server denies some requests."""

    denied = ""

    def _write_configuration(self) -> Path:
        path = super()._write_configuration()
        path.write_text(path.read_text().replace("internal-sftp", f"internal-sftp {self.denied}"))
        return path


@pytest.fixture(params=["sftp", "webdav"])
def probed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with open_place(request.param, tmp_path) as place:
        yield place


async def check(settings: DestinationSettings) -> Reason | None:
    destination = make_destination(settings)
    try:
        return await destination.check()
    finally:
        await destination.close()


@pytest.mark.parametrize("left", [[], *([name] for name in NAMES), NAMES])
def test_what_a_killed_look_left_is_cleared(probed: Place, left: list[str]) -> None:
    for name in left if probed.kind == "webdav" else set(left) & set(NAMES[:2]):
        path = probed.root / name
        path.write_bytes(b"a")
        path.chmod(0o666)
    assert run(check(probed.settings)) is None
    assert probed.contents() == {}


def test_looks_at_the_same_time_find_nothing_wrong(probed: Place) -> None:
    async def several() -> list[Reason | None]:
        return await asyncio.gather(*(check(probed.settings) for _ in range(4)))

    assert run(several()) == [None] * 4
    assert probed.contents() == {}


@pytest.mark.parametrize(("denied", "code"), [("-R", Code.FAR_PERMISSION), ("-P rename", Code.FAR_PERMISSION)])
def test_a_folder_that_takes_no_bag_is_told(tmp_path: Path, denied: str, code: Code) -> None:
    (tmp_path / "sshd").mkdir()
    server = Restricted(tmp_path / "sshd")
    server.denied = denied
    with server:
        reason = run(check(server.settings()))
        assert (reason and reason.code) is code
        assert list(server.root.iterdir()) == []


def test_a_server_that_lets_nothing_be_removed_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "sshd").mkdir()
    server = Restricted(tmp_path / "sshd")
    server.denied = "-P remove"
    with server:
        for _ in range(2):
            assert run(check(server.settings())) is None
        assert {path.name for path in server.root.iterdir()} <= set(NAMES)


class Crossed:
    """A folder in which somebody else always is quicker."""

    def __init__(self) -> None:
        self.tries = 0

    async def write_small(self, name: str, data: bytes) -> None:
        assert (name, data) == (PARTIAL, b"ab")
        self.tries += 1

    async def rename_probe(self, old: str, new: str) -> bool:
        assert (old, new) == (PARTIAL, probe_name("write"))
        return False

    async def remove_probe(self, name: str) -> None:
        assert name in NAMES


def test_another_one_in_the_way_ends_after_a_few_tries() -> None:
    folder = Crossed()
    run(try_writing(folder))
    assert folder.tries == 3
