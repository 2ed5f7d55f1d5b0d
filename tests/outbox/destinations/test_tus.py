"""tus against a real server: what it asks before it sends, what it keeps, and whom it lets in."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.bagfile import BagFile, sealed
from outbox.destinations import make_destination
from outbox.destinations.base import Later, MemoryNotes, NeedsPerson, Outcome, Sent
from outbox.destinations.settings import TusSettings
from outbox.destinations.tls import make_context
from outbox.destinations.tus_chunks import LARGEST, SMALLEST, ChunkSizes
from outbox.errors import Code
from outbox.store import OutboxStore
from tests.outbox.bags import make_bag, real_clock, run
from tests.outbox.deliveries import arrived, deliver, told, whole
from tests.outbox.proxy import Proxy
from tests.outbox.servers.certificates import Authority
from tests.outbox.servers.silence import Portal
from tests.outbox.servers.tunnel import Tunnel
from tests.outbox.servers.tus import BARE, TusServer


@pytest.fixture
def bag(tmp_path: Path) -> BagFile:
    return BagFile(make_bag(tmp_path / "bags", size=1_000_000))


def test_the_address_of_an_upload_outlives_the_sender(tmp_path: Path, bag: BagFile) -> None:
    """Sent, and the power cut before the queue wrote it down: the next sender asks, and sends nothing."""
    with TusServer(tmp_path / "tus", BARE) as server:
        with OutboxStore(tmp_path / "outbox.db", real_clock) as store:
            store.enqueue(sealed(bag.folder), "there")
            assert isinstance(run(deliver(server.settings(), bag, store)), Sent)
        with OutboxStore(tmp_path / "outbox.db", real_clock) as store:
            seen: list[int] = []
            assert isinstance(run(deliver(server.settings(), bag, store, seen)), Sent)
        assert seen == []
        assert arrived(server) == {bag.name: whole(bag)}


def test_an_upload_made_of_other_bytes_is_not_gone_on_with(tmp_path: Path, bag: BagFile) -> None:
    notes = MemoryNotes()
    with TusServer(tmp_path / "tus", BARE) as server:
        assert isinstance(run(deliver(server.settings(), bag, notes)), Sent)
        note = notes.recall(bag.bag_id, "there") or ""
        notes.remember(bag.bag_id, "there", note.replace(bag.digest(), "0" * 64))
        seen: list[int] = []
        assert isinstance(run(deliver(server.settings(), bag, notes, seen)), Sent)
        assert seen[0] == 0


def test_a_password_goes_to_no_other_server(tmp_path: Path, bag: BagFile) -> None:
    """A server behind a proxy names itself as it is reached there; another address in its answer is not followed."""
    with TusServer(tmp_path / "tus", BARE, {"NAMED": "http://192.0.2.1:9"}) as server:
        notes = MemoryNotes()
        assert isinstance(run(deliver(server.settings(), bag, notes)), Sent)
        note = notes.recall(bag.bag_id, "there") or ""
        assert f"http://127.0.0.1:{server.port}/files/" in note
        notes.remember(bag.bag_id, "there", note.replace(f"127.0.0.1:{server.port}", "192.0.2.1:9"))
        seen: list[int] = []
        assert isinstance(run(deliver(server.settings(), bag, notes, seen)), Sent)
        assert seen[0] == 0


def test_half_an_upload_that_ran_out_is_begun_anew(tmp_path: Path, bag: BagFile) -> None:
    """410 by the server's own expiry: the upload that the note names is no more."""
    with TusServer(tmp_path / "tus", BARE, {"EXPIRE_MS": "100"}) as server:
        notes = MemoryNotes()

        async def begin() -> None:
            destination = make_destination(server.settings(), notes, slowly)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(destination.deliver(bag, bag.name, lambda _: None), 0.3)
            await destination.close()

        run(begin())
        first = notes.recall(bag.bag_id, "there")
        seen: list[int] = []
        run(deliver(server.settings(), bag, notes, seen))
        assert seen[0] == 0
        assert notes.recall(bag.bag_id, "there") not in {None, first}


async def slowly(n: int) -> None:
    """A pace of 1 MB/s."""
    await asyncio.sleep(n / 1e6)


def test_a_damaged_chunk_is_sent_again(tmp_path: Path, bag: BagFile) -> None:
    """The server refuses what does not fit its checksum; what it keeps is what was sent."""
    with TusServer(tmp_path / "tus", BARE, {"CHECKSUM": "1"}) as server:

        async def over_a_line_that_damages() -> Outcome:
            async with Proxy(server.port, flip_at=500_000) as proxy:
                return await deliver(server.settings(port=proxy.port), bag)

        assert isinstance(run(over_a_line_that_damages()), Sent)
        assert arrived(server) == {bag.name: whole(bag)}


def test_what_arrives_damaged_never_arrives(tmp_path: Path, bag: BagFile) -> None:
    """Without checksums on the way the recipe's server compares the whole, and has it sent again."""
    with TusServer(tmp_path / "tus") as server:

        async def over_a_line_that_damages() -> Outcome:
            async with Proxy(server.port, flip_at=500_000) as proxy:
                return await deliver(server.settings(port=proxy.port), bag)

        outcome = run(over_a_line_that_damages())
        assert outcome == Sent(f"sha256:{bag.digest()}")
        assert arrived(server) == {bag.name: whole(bag)}


def test_a_request_is_no_larger_than_allowed(tmp_path: Path, bag: BagFile) -> None:
    with TusServer(tmp_path / "tus") as server:
        seen: list[int] = []
        assert isinstance(run(deliver(server.settings(chunk_mb=0.25), bag, None, seen)), Sent)
    assert {32768, 32768 + 250_000, 32768 + 500_000} <= set(seen)


@pytest.mark.parametrize("status", [200, 404])
def test_what_is_no_tus_server_needs_a_person(status: int, bag: BagFile) -> None:
    with Portal(status, {"content-type": "text/plain"}, b"something else") as other:
        settings = TusSettings(name="there", url=f"http://127.0.0.1:{other.port}/files")
        assert told(run(deliver(settings, bag))) == (NeedsPerson, Code.OTHER_SERVER, True)


def test_a_client_certificate_lets_in(tmp_path: Path, bag: BagFile) -> None:
    authority = Authority(tmp_path / "authority")
    pair, own = authority.issue("server"), authority.issue("station")
    with TusServer(tmp_path / "tus", environment={"CLIENT_CA": str(authority.file)}, tls=pair) as server:
        without = server.settings(ca_file=authority.file)
        assert told(run(deliver(without, bag))) == (NeedsPerson, Code.LOGIN_REFUSED, True)
        settings = server.settings(ca_file=authority.file, client_certificate=own.certificate, client_key=own.key)
        assert isinstance(run(deliver(settings, bag)), Sent)


def test_a_second_connection_takes_up_the_tls_session(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    with TusServer(tmp_path / "tus", tls=authority.issue("server")) as server:
        assert run(reused_sessions(server.settings(ca_file=authority.file), server.port)) == [False, True, True]


async def reused_sessions(settings: TusSettings, port: int) -> list[bool]:
    context = make_context(settings)
    found = []
    for _ in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(b"OPTIONS /files/ HTTP/1.1\r\nhost: here\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        found.append(writer.get_extra_info("ssl_object").session_reused)
        writer.close()
        await writer.wait_closed()
    return found


@pytest.mark.parametrize(
    ("status", "expected"),
    [("407 Proxy Authentication Required", (NeedsPerson, Code.LOGIN_REFUSED)), ("502 Gone", (Later, Code.UNREACHABLE))],
)
def test_a_proxy_that_refuses_is_named(status: str, expected: tuple[type, Code], tmp_path: Path, bag: BagFile) -> None:
    authority = Authority(tmp_path / "authority")
    with TusServer(tmp_path / "tus", tls=authority.issue("server")) as server:
        outcome, _ = run(through_a_proxy(Tunnel(status), server, authority, bag))
    assert told(outcome)[:2] == expected


def test_it_goes_through_the_proxy_of_an_office(tmp_path: Path, bag: BagFile) -> None:
    authority = Authority(tmp_path / "authority")
    with TusServer(tmp_path / "tus", tls=authority.issue("server")) as server:
        outcome, asked = run(through_a_proxy(Tunnel(), server, authority, bag))
        assert isinstance(outcome, Sent)
        assert asked == [f"CONNECT 127.0.0.1:{server.port}"]


async def through_a_proxy(
    tunnel: Tunnel, server: TusServer, authority: Authority, bag: BagFile
) -> tuple[Outcome, list[str]]:
    async with tunnel:
        settings = server.settings(ca_file=authority.file, proxy=tunnel.url)
        return await deliver(settings, bag), tunnel.asked


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=20), st.booleans(), st.integers(0, 10**7))
def test_chunks_are_within_bounds(sizes: list[int], checked: bool, bound: int) -> None:
    chunks = ChunkSizes(bound)
    for left in sizes:
        size = chunks.next(left, checked=checked)
        assert 0 < size <= min(left, bound or left)
        assert not checked or size <= LARGEST
        with chunks.timed(size):
            pass
    assert chunks.next(SMALLEST, checked=True) == min(SMALLEST, bound or SMALLEST)
