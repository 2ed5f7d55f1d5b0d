"""WebDAV: servers that write at an offset and such that do not, and what is read back."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from outbox.bagfile import BagFile
from outbox.destinations import WebdavSettings, make_destination
from outbox.destinations.base import EndedError, NeedsPerson, Sent, again
from outbox.destinations.web_digest import announced_digest
from outbox.destinations.web_errors import Answer
from outbox.destinations.web_reading import read_back
from outbox.errors import Code
from tests.outbox.bags import make_bag, run
from tests.outbox.deliveries import arrived, deliver, told, whole
from tests.outbox.servers.apache import Apache

HEX = hashlib.sha256(b"abc").hexdigest()


@pytest.fixture
def bag(tmp_path: Path) -> BagFile:
    return BagFile(make_bag(tmp_path / "bags", size=900_000))


def test_a_server_that_writes_at_no_offset_gets_the_whole_anew(bag: BagFile) -> None:
    with Apache(ranges=False) as server:
        partial = server.root / f"{bag.name}.part"
        partial.write_bytes(bag.read(0, 300_000))
        partial.chmod(0o666)
        seen: list[int] = []
        assert run(deliver(server.settings(), bag, None, seen)) == Sent(f"sha256:{bag.digest()}")
        assert seen[-1] == bag.size
        assert arrived(server) == {bag.name: whole(bag)}


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("there", [0, 1])
def test_an_upload_that_was_cut_at_its_beginning_goes_on(bag: BagFile, there: int, ranges: bool) -> None:
    """Apache tells no length of an empty file."""
    with Apache(ranges=ranges) as server:
        partial = server.root / f"{bag.name}.part"
        partial.write_bytes(bag.read(0, there))
        partial.chmod(0o666)
        assert run(deliver(server.settings(), bag)) == Sent(f"sha256:{bag.digest()}")
        assert arrived(server) == {bag.name: whole(bag)}


@pytest.mark.parametrize("ranges", [True, False])
def test_finding_that_out_leaves_nothing_behind(ranges: bool) -> None:
    async def check() -> object:
        destination = make_destination(server.settings())
        try:
            return await destination.check()
        finally:
            await destination.close()

    with Apache(ranges=ranges) as server:
        assert run(check()) is None
        assert arrived(server) == {}


def test_a_server_without_webdav_needs_a_person(bag: BagFile) -> None:
    with Apache() as server:
        (server.folder / "plain").mkdir(mode=0o755)
        elsewhere = WebdavSettings(name="there", url=f"http://127.0.0.1:{server.port}/plain")
        assert told(run(deliver(elsewhere, bag))) == (NeedsPerson, Code.OTHER_SERVER, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("repr-digest", "md5=:x:, sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"),
        ("digest", "SHA-256=ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
        ("oc-checksum", f"SHA1:00 SHA256:{HEX.upper()}"),
    ],
)
def test_the_servers_own_digest_is_understood(name: str, value: str) -> None:
    assert announced_digest({name: value}) == HEX


@pytest.mark.parametrize(
    "headers", [{}, {"digest": "md5=abc"}, {"repr-digest": "sha-256=:!:"}, {"oc-checksum": "SHA1:0"}]
)
def test_what_says_no_sha256_says_nothing(headers: dict[str, str]) -> None:
    assert announced_digest(headers) is None


class Cutting:
    """Gives bytes back in pieces and cuts the line after each; with `whole` it knows no ranges."""

    def __init__(self, data: bytes, step: int, *, whole: bool = False) -> None:
        self.data, self.step, self.whole = data, step, whole
        self.calls = 0

    async def __call__(self, headers: dict[str, str], take: Callable[[bytes], object]) -> Answer:
        self.calls += 1
        start = int(headers.get("range", "bytes=0-")[6:-1])
        if self.whole and start:
            take(self.data)
            return Answer(200)
        rest = self.data[start:]
        take(rest[: self.step])
        if len(rest) > self.step and not (self.whole and self.calls > 2):
            raise again(Code.CUT, "cut")
        take(rest[self.step :])
        return Answer(206 if start else 200)


def test_reading_back_goes_on_where_it_was_cut() -> None:
    cutting = Cutting(b"abcdefgh", 3)
    assert run(read_back(cutting, 5)) == hashlib.sha256(b"abcdefgh").hexdigest()
    assert cutting.calls == 3


def test_reading_back_from_one_without_ranges_begins_anew() -> None:
    assert run(read_back(Cutting(b"abcdefgh", 3, whole=True), 5)) == hashlib.sha256(b"abcdefgh").hexdigest()


def test_reading_back_ends_when_nothing_comes() -> None:
    async def never(headers: dict[str, str], take: Callable[[bytes], object]) -> Answer:
        raise again(Code.CUT, "cut")

    with pytest.raises(EndedError):
        run(read_back(never, 0.5), 10)
