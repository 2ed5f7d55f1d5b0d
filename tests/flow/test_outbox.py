"""The outbox from the operator's side: looking, pausing, cancelling, trying again."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from outbox.bagfile import sealed
from outbox.errors import Code, Reason
from outbox.store import OutboxStore
from station.cli.queue import size_text, time_text
from tests.outbox.bags import make_bag, real_clock
from tests.support import BOOK, command, draw_pages, environment, folder_destination, make_station, run_here, succeed

TWO = """
[sending]
to = ["share", "second"]

[[destinations]]
kind = "folder"
name = "second"
path = "{second}"
"""


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "there"


@pytest.fixture
def root(tmp_path: Path, there: Path) -> Path:
    """A station with a folder as its destination and a bag in the queue."""
    made = make_station(tmp_path / "root", settings=folder_destination(there))
    with OutboxStore(made / "outbox.db", real_clock) as store:
        store.enqueue(sealed(make_bag(made / "bags")), "share")
    return made


def bag_of(root: Path) -> str:
    (item,) = succeed(root, "outbox", "list")
    return str(item["bag_id"])


def test_nothing_goes_in_a_pause(root: Path, there: Path) -> None:
    assert succeed(root, "outbox", "pause")["paused_at"]
    sent = succeed(root, "send", "--once")
    assert (sent["sent"], sent["rests"], sent["waiting"]) == ([], "paused", [bag_of(root)])
    assert "outbox resume" in run_here(root, "outbox", "list").err
    assert succeed(root, "outbox", "resume") == {"paused_at": None}
    assert succeed(root, "send", "--once")["sent"] == [bag_of(root)]
    assert len(list(there.iterdir())) == 1


def test_what_is_cancelled_stays_here_until_it_is_sent_after_all(root: Path, there: Path) -> None:
    bag = bag_of(root)
    assert run_here(root, "outbox", "cancel", bag).code == 2
    assert succeed(root, "outbox", "cancel", bag, "--why", "the wrong book")["state"] == "cancelled"
    assert succeed(root, "send", "--once")["sent"] == []
    assert (root / "bags" / bag).is_dir()
    assert succeed(root, "outbox", "show", bag)["history"][-1]["detail"] == "the wrong book"
    succeed(root, "outbox", "retry", bag)
    assert succeed(root, "send", "--once")["sent"] == [bag]


def test_trying_again_is_for_one_bag_or_for_all(root: Path) -> None:
    assert run_here(root, "outbox", "retry").code == 2
    assert run_here(root, "outbox", "retry", bag_of(root), "--all").code == 2
    with OutboxStore(root / "outbox.db", real_clock) as store:
        claim = store.claim("me", "share", real_clock() - real_clock(), real_clock())
        assert claim is not None
        store.deferred(claim, Reason(Code.FAR_FULL, "2 MB"), real_clock() - real_clock())
    assert succeed(root, "outbox", "retry", "--all") == {"retried": 1}


def test_why_a_bag_does_not_go_is_said_in_words(root: Path) -> None:
    with OutboxStore(root / "outbox.db", real_clock) as store:
        store.note(bag_of(root), Reason(Code.FAR_FULL, "2 MB"))
    ran = run_here(root, "outbox", "list")
    assert "far-full" in ran.out
    assert "The destination's disk is full (2 MB)" in ran.err


def test_outside_of_the_window_nothing_begins(tmp_path: Path, there: Path) -> None:
    hour = (real_clock().astimezone().hour + 2) % 24
    window = f"\n[sending]\nwindow = '{hour:02}:00-{hour:02}:01'\n"
    root = make_station(tmp_path / "root", settings=window + folder_destination(there))
    make_bag(root / "bags")
    assert succeed(root, "send", "--once")["rests"] == "window-closed"
    assert list(there.iterdir()) == []
    assert f"{hour:02}:00" in run_here(root, "outbox", "list").err


def test_a_bag_for_two_destinations_shows_both(tmp_path: Path, there: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    root = make_station(tmp_path / "root", settings=folder_destination(there) + TWO.format(second=second))
    draw_pages(tmp_path / "pages", 1)
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    succeed(root, "pack", BOOK)
    (bag,) = {item["bag_id"] for item in succeed(root, "outbox", "list")}
    succeed(root, "send", "--once")
    succeed(root, "receive", str(there))
    succeed(root, "send", "--once")
    routes = {route["destination"]: route["state"] for route in succeed(root, "outbox", "show", bag)["routes"]}
    assert routes == {"share": "received", "second": "sent"}
    assert len(succeed(root, "outbox", "list")) == 2


def test_watching_tells_every_change_until_ctrl_c(root: Path) -> None:
    watching = command(root, "--json", "outbox", "list", "--watch")
    with subprocess.Popen(watching, stdout=subprocess.PIPE, env=environment(), text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert (first["paused_at"], first["is_open"], first["items"][0]["state"]) == (None, True, "queued")
        succeed(root, "outbox", "hold", first["items"][0]["bag_id"])
        assert json.loads(process.stdout.readline())["items"][0]["state"] == "held"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("count", "text"), [(950, "950 B"), (12_400, "12 kB"), (6_140_000, "6.1 MB"), (140e6, "140 MB"), (2.5e9, "2.5 GB")]
)
def test_sizes_are_short(count: float, text: str) -> None:
    assert size_text(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (40, "40 s"), (725, "12 min"), (12_000, "3 h 20 min"), (190_800, "2 d 5 h")]
)
def test_spans_of_time_are_said_as_people_do(seconds: float, text: str) -> None:
    assert time_text(seconds) == text
