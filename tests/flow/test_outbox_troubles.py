"""What stands in the way of bags, from the operator's side: said once, with what to do, and by the exit code."""

from __future__ import annotations

import json
import subprocess
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from outbox.bagfile import sealed
from outbox.errors import Code, Reason
from outbox.store import OutboxStore
from tests.outbox.bags import make_bag, real_clock
from tests.support import command, environment, folder_destination, make_station, run_here, succeed

LEASE = timedelta(minutes=30)
CLOSED = "{0:%H}:00-{0:%H}:01".format(datetime.now().astimezone() + timedelta(hours=6))


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "there"


@pytest.fixture
def root(tmp_path: Path, there: Path) -> Path:
    """A station with a folder as its destination and three bags in the queue."""
    made = make_station(tmp_path / "root", settings=folder_destination(there))
    with OutboxStore(made / "outbox.db", real_clock) as store:
        for seed in range(3):
            store.enqueue(sealed(make_bag(made / "bags", seed=seed)), "share")
    return made


def bags_of(root: Path) -> list[str]:
    return [str(item["bag_id"]) for item in succeed(root, "outbox", "list")]


def test_a_destination_that_is_stopped_is_told_once_until_it_works(root: Path, there: Path) -> None:
    there.rmdir()
    for _ in range(2):
        ran = run_here(root, "--json", "send", "--once")
        assert ran.code == 7
        assert ([stop["code"] for stop in ran.data["stopped"]], ran.data["needs_person"]) == (["folder-missing"], [])
        assert len(ran.data["waiting"]) == 3
    items = succeed(root, "outbox", "list")
    assert {(item["state"], item["attempts"], item["stopped"]["code"]) for item in items} == {
        ("queued", 0, "folder-missing")
    }
    listed = run_here(root, "outbox", "list")
    told = [line for line in listed.err.splitlines() if str(there) in line]
    assert len(told) == 1
    assert "Bags that wait: 3" in told[0]
    assert "Nothing goes to share" in run_here(root, "outbox", "show", bags_of(root)[0]).err
    retried = run_here(root, "outbox", "retry", bags_of(root)[0])
    assert (retried.code, "tried again now" in retried.err) == (0, True)
    there.mkdir()
    assert len(succeed(root, "send", "--once")["sent"]) == 3


def test_a_bag_that_needs_a_person_does_so_in_every_round(root: Path) -> None:
    with OutboxStore(root / "outbox.db", real_clock) as store:
        claim = store.claim("me", "share", LEASE, real_clock())
        assert claim is not None
        store.needs_person(claim, Reason(Code.FAR_CONFLICT, "x"))
    for _ in range(2):
        ran = run_here(root, "--json", "send", "--once")
        assert (ran.code, ran.data["needs_person"]) == (7, [claim.item.bag_id])
        assert "need a person" in ran.err


def put_off(root: Path) -> None:
    """One bag waits for its next attempt, one for a person."""
    with OutboxStore(root / "outbox.db", real_clock) as store:
        for end in (store.needs_person, partial(store.deferred, delay=timedelta(minutes=9))):
            claim = store.claim("me", "share", LEASE, real_clock())
            assert claim is not None
            end(claim, Reason(Code.FAR_FULL, "x"))


def test_a_sender_that_starts_tries_what_waits_and_nothing_that_needs_a_person(root: Path) -> None:
    put_off(root)
    assert len(succeed_with(7, root, "send", "--once")["sent"]) == 2
    assert sorted(item["state"] for item in succeed(root, "outbox", "list")) == ["needs-person", "sent", "sent"]


def succeed_with(code: int, root: Path, *words: str) -> Any:
    ran = run_here(root, "--json", *words)
    assert ran.code == code
    return ran.data


@pytest.mark.parametrize(
    ("paused", "window", "said"),
    [
        (False, "", "tried again now"),
        (False, CLOSED, f"the time for sending ({CLOSED})"),
        (True, "", "Sending is paused"),
    ],
)
def test_a_retry_of_everything_says_when_that_is(root: Path, paused: bool, window: str, said: str) -> None:
    put_off(root)
    settings = root / "station.toml"
    settings.write_text(settings.read_text() + f'\n[sending]\nwindow = "{window}"\n')
    if paused:
        succeed(root, "outbox", "pause")
    ran = run_here(root, "outbox", "retry", "--all")
    assert said in ran.err
    assert "2" in ran.out
    assert {item["state"] for item in succeed(root, "outbox", "list")} == {"queued"}


def test_a_retry_leads_to_where_bags_go_today(root: Path, there: Path) -> None:
    bag = bags_of(root)[0]
    settings = root / "station.toml"
    settings.write_text(settings.read_text().replace('name = "share"', 'name = "province"'))
    ran = run_here(root, "outbox", "hold", bag)
    ran = run_here(root, "outbox", "release", bag)
    assert ran.code == 0
    assert "«share» is no longer in" in ran.err
    assert f"{bag} goes to: province" in ran.err
    assert {item["destination"] for item in succeed(root, "outbox", "list")} == {"province"}
    assert len(succeed(root, "send", "--once")["sent"]) == 3


def test_without_any_destination_a_retry_says_what_is_missing(root: Path, there: Path) -> None:
    settings = root / "station.toml"
    settings.write_text(settings.read_text().replace(folder_destination(there), ""))
    bag = bags_of(root)[0]
    succeed(root, "outbox", "cancel", bag, "--why", "by mistake")
    ran = run_here(root, "outbox", "retry", bag)
    assert (ran.code, "No destination is set" in ran.err) == (0, True)


def test_a_beginning_that_fits_several_bags_names_them(root: Path) -> None:
    bags = bags_of(root)
    ran = run_here(root, "--json", "outbox", "show", "19441")
    assert (ran.code, ran.data["error"]) == (2, "bag-ambiguous")
    assert all(bag in ran.err for bag in bags)
    assert run_here(root, "--json", "outbox", "show", "nothing").data["error"] == "no-such-bag"


def test_one_line_for_each_cause(root: Path) -> None:
    with OutboxStore(root / "outbox.db", real_clock) as store:
        for bag in bags_of(root):
            store.note(bag, Reason(Code.FAR_FULL, "2 MB"))
    told = [line for line in run_here(root, "outbox", "list").err.splitlines() if "disk is full" in line]
    assert len(told) == 1
    assert "bags: 3" in told[0]


def test_a_receipt_that_does_not_count_is_shown_with_its_reason(root: Path, there: Path) -> None:
    sent = succeed(root, "send", "--once")["sent"]
    for bag in sent:
        (there / f"{bag}.receipt.json").write_text("no receipt")
    rejected = run_here(root, "--json", "send", "--once")
    assert (rejected.code, sorted(rejected.data["rejected_receipts"])) == (3, sorted(sent))
    listed = run_here(root, "outbox", "list")
    assert "receipt-unreadable" in listed.out
    assert "The receipt cannot be read" in listed.err
    assert "waiting for their receipts: 3" in listed.err


def test_a_sender_that_was_killed_is_told_with_what_to_do(root: Path) -> None:
    with OutboxStore(root / "outbox.db", real_clock) as store:
        claim = store.claim("4711-of-a-dead-process", "share", LEASE, real_clock())
        assert claim is not None
        store.progress(claim, claim.item.size * 32 // 100 + 1, 1000.0, LEASE)
    (item,) = [item for item in succeed(root, "outbox", "list") if item["abandoned"]]
    assert (item["state"], item["percent"], item["bytes_per_s"]) == ("sending", 32, None)
    listed = run_here(root, "outbox", "list")
    assert "no-sender" in listed.out
    assert f"The sender ended while {item['bag_id']} was at 32 %" in listed.err


def test_the_service_tells_each_event_on_a_line(root: Path) -> None:
    sending = command(root, "--json", "send")
    with subprocess.Popen(sending, stdout=subprocess.PIPE, env=environment(), text=True) as process:
        assert process.stdout is not None
        events: list[dict[str, Any]] = []
        deadline = time.monotonic() + 60
        while [event["event"] for event in events].count("sent") < 3:
            assert time.monotonic() < deadline
            events.append(json.loads(process.stdout.readline()))
        process.terminate()
        assert process.wait(30) == 0
    first = next(event for event in events if event["event"] == "sent")
    assert (first["destination"], first["state"], first["bytes_done"]) == ("share", "sent", first["size"])


def test_a_refusal_is_a_line_in_the_log(root: Path) -> None:
    succeed(root, "send", "--once")
    assert run_here(root, "outbox", "hold", bags_of(root)[0]).code == 2
    log = "".join(file.read_text() for file in (root / "log").iterdir())
    assert "transition-refused" in log
    assert "Traceback" not in log


def test_watching_shows_what_awaits_its_receipt(root: Path) -> None:
    succeed(root, "send", "--once")
    with subprocess.Popen(
        command(root, "outbox", "list", "--watch"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        process.kill()
    assert [line.split()[2] for line in lines[1:]] == ["sent"] * 3
