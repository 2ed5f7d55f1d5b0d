"""A fault that is everywhere at a destination stops it once, costs no bag an attempt, and ends when it is mended."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from importlib import resources
from pathlib import Path

import asyncssh
import msgspec
import pytest

from outbox.destinations import DestinationSettings, FolderSettings, make_destination
from outbox.destinations.base import Destination, NeedsPerson, Outcome, ReceiptForbiddenError, UnreachableError
from outbox.errors import Code, Reason
from outbox.items import Routing
from outbox.reports import Report, Said
from outbox.sender import Sender
from outbox.states import State
from outbox.store import OutboxStore
from tests.faults.test_captive_portal import settings
from tests.outbox.bags import Clock, make_sender, real_clock, run
from tests.outbox.deliveries import web_server
from tests.outbox.servers.silence import Portal
from tests.outbox.sshd import LoopbackSshd
from tests.outbox.test_sender import Scripted, bags, states, until

REFUSED = NeedsPerson(Reason(Code.LOGIN_REFUSED, "x"), everywhere=True)


class Watched(Scripted):
    """A scripted destination that also answers looks from a list; it is well when the list is at its end."""

    def __init__(self, *outcomes: Outcome | Exception, looks: tuple[Reason | None, ...] = ()) -> None:
        super().__init__(*outcomes)
        self.looks = list(looks)
        self.looked = 0

    async def check(self) -> Reason | None:
        self.looked += 1
        return self.looks.pop(0) if self.looks else None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OutboxStore]:
    with OutboxStore(tmp_path / "outbox.db", real_clock) as opened:
        yield opened


def sender_for(store: OutboxStore, folder: Path, there: DestinationSettings, said: list[Report]) -> Sender:
    return make_sender(store, folder, make_destination(there), report=said.append)


def stop_codes(store: OutboxStore) -> list[str]:
    return [stop.code for stop in store.stops()]


def test_a_changed_host_key_stops_the_destination_and_no_bag(tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 3)
    (tmp_path / "sshd").mkdir()
    server = LoopbackSshd(tmp_path / "sshd")
    said: list[Report] = []
    with server:
        good = server.known_hosts.read_text()
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        server.known_hosts.write_text(f"{good.split()[0]} {other}")
        sender = sender_for(store, tmp_path / "bags", server.settings(), said)
        for _ in range(2):
            summary = run(sender.run_once())
            assert (summary.stopped, summary.needs_person, summary.blocked) == ({"sftp"}, [], True)
        assert [(item.state, item.attempts) for item in store.items()] == [(State.QUEUED, 0)] * 3
        assert stop_codes(store) == ["host-key-refused"]
        assert [report.said for report in said].count(Said.STARTED) == 1
        server.known_hosts.write_text(good)
        assert len(run(sender.run_once()).sent) == 3
    assert stop_codes(store) == []
    assert Said.RESUMED in {report.said for report in said}


@pytest.mark.parametrize("kind", ["tus", "webdav"])
def test_a_wrong_password_is_told_with_its_file_and_setting(kind: str, tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 2)
    password = tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text("battery staple")
    with web_server(kind, tmp_path, users={"st-19441": "correct horse"}) as server:
        there = server.settings(user="st-19441", password_file=password)
        sender = sender_for(store, tmp_path / "bags", there, [])
        run(sender.run_once())
        (stop,) = store.stops()
        assert (stop.code, f"password_file = {password}" in stop.text) == ("login-refused", True)
        assert "battery" not in stop.text
        password.write_text("correct horse")
        assert len(run(sender.run_once()).sent) == 2


def test_a_bucket_or_folder_that_is_missing_needs_a_person(tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 2)
    there = tmp_path / "there"
    sender = sender_for(store, tmp_path / "bags", FolderSettings(name="there", path=there), [])
    assert run(sender.run_once()).stopped == {"there"}
    assert stop_codes(store) == ["folder-missing"]
    there.mkdir()
    assert len(run(sender.run_once()).sent) == 2


def test_a_missing_bucket_stops_an_s3_destination(tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 2)
    with web_server("s3", tmp_path) as server:
        other = msgspec.structs.replace(server.settings(), bucket="no-such-bucket")
        assert run(sender_for(store, tmp_path / "bags", other, []).run_once()).stopped == {"there"}
    assert stop_codes(store) == ["folder-missing"]


def test_it_goes_on_by_itself_when_a_look_finds_it_well(tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 3)
    fault = Reason(Code.LOGIN_REFUSED, "x")
    destination = Watched(REFUSED, looks=(fault, fault, None))
    sender = make_sender(store, tmp_path / "bags", destination)

    async def work() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(sender.run_forever(stop, round_s=0.1))
        await until(lambda: states(store) == [State.SENT] * 3, 30)
        stop.set()
        await asyncio.wait_for(task, 5)

    run(work())
    assert destination.looked == 3
    assert len(destination.asked) == 4


def test_a_service_does_not_look_before_it_is_time_unless_somebody_says_so(tmp_path: Path) -> None:
    clock = Clock()
    bags(tmp_path, 1)
    with OutboxStore(tmp_path / "outbox.db", clock) as store:
        destination = Watched(looks=(Reason(Code.LOGIN_REFUSED, "x"),))
        sender = make_sender(store, tmp_path / "bags", destination, clock=clock)
        (item,) = store.adopt(tmp_path / "bags", "there").new
        store.stop("there", Reason(Code.LOGIN_REFUSED, "x"), lambda _: timedelta(seconds=300))
        run(rounds(sender, 3))
        assert destination.looked == 0
        assert store.retry(item.bag_id).state is State.QUEUED
        run(rounds(sender, 1))
        assert destination.looked == 1
        clock.advance(600)
        run(rounds(sender, 2))
        assert states(store) == [State.SENT]


async def rounds(sender: Sender, count: int) -> None:
    for _ in range(count):
        await sender._round("me", timedelta(0))


def test_a_line_that_fails_meanwhile_says_nothing_of_the_fault(tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 1)
    destination = Watched(REFUSED, looks=(Reason(Code.UNREACHABLE, "y"), Reason(Code.CERTIFICATE_REFUSED, "z")))
    sender = make_sender(store, tmp_path / "bags", destination)
    for code in ("login-refused", "login-refused", "certificate-refused"):
        run(sender.run_once())
        assert stop_codes(store) == [code]


def test_the_same_fault_behind_a_good_look_is_met_more_and_more_rarely(tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 1)
    sender = make_sender(store, tmp_path / "bags", Watched(*[REFUSED] * 3))
    for failures in (1, 2, 3):
        run(sender.run_once())
        assert store._db.execute("select failures from stops").fetchone()["failures"] == failures
    assert len(run(sender.run_once()).sent) == 1
    assert store._db.execute("select count(*) from stops").fetchone()[0] == 0


def test_where_any_will_do_the_other_destination_takes_the_bags(tmp_path: Path, store: OutboxStore) -> None:
    bags(tmp_path, 2)
    there = tmp_path / "there"
    there.mkdir()
    near = make_destination(FolderSettings(name="near", path=there))
    sender = make_sender(store, tmp_path / "bags", Watched(REFUSED, looks=(REFUSED.reason,) * 9), near)
    sender._routing = Routing(("there", "near"), any_of=True)
    assert len(run(sender.run_once()).sent) == 2
    assert {store.item(folder.name).state for folder in (tmp_path / "bags").iterdir()} == {State.SENT}
    assert stop_codes(store) == ["login-refused"]


def test_where_all_are_meant_the_bag_waits_for_the_one_that_is_stopped(tmp_path: Path, store: OutboxStore) -> None:
    (bag,) = bags(tmp_path, 1)
    destination = Watched(REFUSED)
    near = Scripted()
    near.name = "near"
    sender = make_sender(store, tmp_path / "bags", destination, near)
    sender._routing = Routing(("there", "near"))
    run(sender.run_once())
    assert store.item(bag.name).state is State.QUEUED
    assert {route.destination: route.state for route in store.routes(bag.name)} == {
        "there": State.QUEUED,
        "near": State.SENT,
    }
    run(sender.run_once())
    assert store.item(bag.name).state is State.SENT


def test_a_password_that_fails_while_receipts_are_asked_stops_it_too(tmp_path: Path, store: OutboxStore) -> None:
    class Locked(Watched):
        async def fetch_receipt(self, bag_id: str) -> bytes | None:
            raise UnreachableError(Reason(Code.LOGIN_REFUSED, bag_id), stops=True)

    bags(tmp_path, 1)
    assert run(make_sender(store, tmp_path / "bags", Locked()).run_once()).stopped == {"there"}
    assert states(store) == [State.SENT]


def test_a_receipt_that_may_not_be_read_is_told_as_that_and_stops_nothing(tmp_path: Path, store: OutboxStore) -> None:
    class Closed(Scripted):
        async def fetch_receipt(self, bag_id: str) -> bytes | None:
            raise ReceiptForbiddenError(Reason(Code.RECEIPT_FORBIDDEN, bag_id))

    bags(tmp_path, 2)
    said: list[Report] = []
    sender = make_sender(store, tmp_path / "bags", Closed(), report=said.append)
    for _ in range(2):
        assert not run(sender.run_once()).blocked
    assert [report.said for report in said].count(Said.RECEIPT_FORBIDDEN) == 2
    assert {item.last_error.code for item in store.items() if item.last_error} == {"receipt-forbidden"}


@pytest.mark.parametrize("kind", ["tus", "webdav", "s3"])
def test_a_server_that_may_not_hand_a_receipt_out_is_heard(kind: str, tmp_path: Path) -> None:
    with Portal(403, {}) as server:
        destination = make_destination(settings(kind, server.port, tmp_path))
        with pytest.raises(ReceiptForbiddenError) as forbidden:
            run(fetch(destination, "bag"))
    assert forbidden.value.code is Code.RECEIPT_FORBIDDEN


async def fetch(destination: Destination, bag_id: str) -> None:
    try:
        await destination.fetch_receipt(bag_id)
    finally:
        await destination.close()


def test_bags_that_an_older_program_left_to_a_person_wait_for_their_destination(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)
    scripts = sorted(file.name for file in resources.files("outbox.migrations").iterdir() if file.name.endswith(".sql"))
    for script in scripts[:3]:
        database.executescript((resources.files("outbox.migrations") / script).read_text())
    insert = """
        insert into items (
            bag_id, folder, digest, size, destination, state, attempts, error_code, error_text, created_at, updated_at)
        values (?, '/b', 'd', 1, 'there', 'needs-person', 1, ?, 'x', ?, ?)
    """
    now = "2026-03-01T08:00:00.000+00:00"
    for name, code in (("one", "login-refused"), ("two", "far-conflict")):
        database.execute(insert, (name, code, now, now))
    database.execute("pragma user_version = 3")
    database.close()
    with OutboxStore(tmp_path / "outbox.db", real_clock) as store:
        assert [(item.bag_id, item.state, item.attempts) for item in store.items()] == [
            ("one", State.QUEUED, 0),
            ("two", State.NEEDS_PERSON, 1),
        ]
        assert store.history("one")[-1].code == "login-refused"
