"""When a file is whole, and what arrives together: with clocks that stand until they are moved."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.arrivals import GRACE_SECONDS, STUCK_SECONDS, Arrivals, natural_order
from drivers.hot_folder import list_folder

SETTLE = 2.0


@dataclass
class Inbox:
    """A folder, told of by events that the test writes."""

    folder: Path
    now: float = 0.0
    arrivals: Arrivals = field(init=False)

    def __post_init__(self) -> None:
        self.arrivals = Arrivals(SETTLE, clock=lambda: self.now, wall_clock=lambda: 0.0)

    def write(self, name: str, data: bytes = b"1", *, close: bool = True) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        self.arrivals.heard(path, closed=False)
        if close:
            self.arrivals.heard(path, closed=True)
        return path

    def after(self, seconds: float) -> list[str]:
        """What is ready after a while; it stays ready."""
        self.now += seconds
        self.arrivals.look()
        return [path.name for path in self.arrivals.ready]


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def test_a_closed_file_is_ready_when_it_was_left_alone_for_a_moment(inbox: Inbox) -> None:
    inbox.write("a.jpg")
    assert inbox.after(GRACE_SECONDS - 0.01) == []
    assert inbox.after(0.02) == ["a.jpg"]
    assert inbox.arrivals.next_look == float("inf")


def test_a_file_that_nobody_closed_must_stand_still(inbox: Inbox) -> None:
    inbox.write("a.jpg", close=False)
    assert inbox.after(SETTLE - 0.1) == []
    assert inbox.after(0.11) == ["a.jpg"]


def test_a_file_that_is_opened_again_after_it_was_closed_waits_anew(inbox: Inbox) -> None:
    """An FTP server makes the file, closes it, and opens it again to fill it; `cp` is followed by `touch`."""
    inbox.write("a.jpg", b"")
    inbox.now += GRACE_SECONDS - 0.01
    (inbox.folder / "a.jpg").write_bytes(b"more")
    assert inbox.after(0.01) == []
    assert inbox.after(GRACE_SECONDS - 0.01) == []
    assert inbox.after(0.02) == ["a.jpg"]


def test_page_10_waits_for_page_9_which_is_still_open(inbox: Inbox) -> None:
    inbox.write("page9.jpg", close=False)
    inbox.write("page10.jpg")
    assert inbox.after(1.0) == []
    inbox.arrivals.heard(inbox.folder / "page9.jpg", closed=True)
    assert inbox.after(GRACE_SECONDS) == ["page9.jpg", "page10.jpg"]


def test_a_file_that_never_stops_growing_holds_up_the_others_for_a_minute(inbox: Inbox) -> None:
    log = inbox.write("log.txt", close=False)
    inbox.write("a.jpg")
    for second in range(int(STUCK_SECONDS)):
        assert inbox.after(0) == []
        log.write_bytes(bytes(second + 1))
        inbox.now += 1
    assert inbox.after(0) == ["a.jpg"]
    assert inbox.arrivals.pending == 1


def test_what_comes_while_a_batch_is_taken_is_the_next_batch(inbox: Inbox) -> None:
    inbox.write("5.jpg")
    assert inbox.after(GRACE_SECONDS) == ["5.jpg"]
    inbox.write("1.jpg")
    assert inbox.after(GRACE_SECONDS) == ["5.jpg", "1.jpg"]


def test_reading_the_folder_finds_what_no_event_told_and_forgets_what_is_gone(inbox: Inbox) -> None:
    gone = inbox.write("gone.jpg")
    gone.unlink()
    (inbox.folder / "untold.jpg").write_bytes(b"1")
    inbox.arrivals.listed(list_folder(inbox.folder).files)
    assert inbox.after(SETTLE) == ["untold.jpg"]
    inbox.arrivals.listed(list_folder(inbox.folder).files)
    assert inbox.after(SETTLE) == ["untold.jpg"]
    assert inbox.arrivals.pending == 0


def test_an_unfinished_file_ends_its_batch_and_must_stand_still(inbox: Inbox) -> None:
    """It was closed and does not decode: its writer may open it again. What came after it in order waits with it."""
    for name in ("1.jpg", "2.jpg", "3.jpg"):
        inbox.write(name)
    assert inbox.after(GRACE_SECONDS) == ["1.jpg", "2.jpg", "3.jpg"]
    inbox.arrivals.done(inbox.folder / "1.jpg")
    assert inbox.arrivals.may_grow(inbox.folder / "2.jpg")
    inbox.arrivals.put_back(inbox.folder / "2.jpg")
    assert inbox.after(SETTLE - 0.1) == []
    assert inbox.after(0.11) == ["2.jpg", "3.jpg"]
    assert not inbox.arrivals.may_grow(inbox.folder / "2.jpg")


def test_an_unfinished_file_that_is_closed_again_with_more_in_it_is_believed(inbox: Inbox) -> None:
    inbox.write("1.jpg")
    assert inbox.after(GRACE_SECONDS) == ["1.jpg"]
    inbox.arrivals.put_back(inbox.folder / "1.jpg")
    inbox.write("1.jpg", b"whole")
    assert inbox.after(GRACE_SECONDS) == ["1.jpg"]


def test_a_file_that_is_told_of_again_unchanged_is_still_closed(inbox: Inbox) -> None:
    inbox.arrivals.heard(inbox.write("1.jpg"), closed=False)
    assert inbox.after(GRACE_SECONDS) == ["1.jpg"]


def test_a_ready_file_that_is_written_anew_before_its_turn_may_grow_again(inbox: Inbox) -> None:
    path = inbox.write("1.jpg")
    inbox.after(GRACE_SECONDS)
    inbox.now += 60
    assert not inbox.arrivals.may_grow(path)
    path.write_bytes(b"12")
    assert inbox.arrivals.may_grow(path)


def test_links_and_pipes_are_ready_at_once(inbox: Inbox) -> None:
    (inbox.folder / "link.jpg").symlink_to("nothing")
    os.mkfifo(inbox.folder / "pipe.jpg")
    inbox.arrivals.listed(list_folder(inbox.folder).files)
    assert inbox.after(0) == ["link.jpg", "pipe.jpg"]


NAMES = st.sampled_from(["1.jpg", "2.jpg", "10.jpg", "p9.jpg", "p10.jpg"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), NAMES),
        st.tuples(st.just("close"), NAMES),
        st.tuples(st.just("write"), NAMES),
        st.tuples(st.just("read"), st.just("")),
        st.tuples(st.just("wait"), st.sampled_from([0.05, 0.2, 1.0, 2.5])),
    ),
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STEPS)
def test_whatever_happens_every_file_is_ready_once_and_each_batch_in_order(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str | float]]
) -> None:
    inbox = Inbox(tmp_path_factory.mktemp("inbox"))
    written, taken = set(), []

    def take() -> None:
        inbox.arrivals.look()
        batch = list(inbox.arrivals.ready)
        assert batch == sorted(batch, key=natural_order)
        for path in batch:
            taken.append(path.name)
            path.unlink()
            inbox.arrivals.done(path)

    for what, value in steps:
        if what == "wait":
            inbox.now += float(value)
            take()
        elif what == "read":
            inbox.arrivals.listed(list_folder(inbox.folder).files)
        elif value not in taken:
            path = inbox.folder / str(value)
            with path.open("ab") as file:
                file.write(b"1")
            written.add(path.name)
            if what != "write":
                inbox.arrivals.heard(path, closed=what == "close")
    inbox.arrivals.listed(list_folder(inbox.folder).files)
    for _ in range(3):
        inbox.now += SETTLE
        take()
    assert sorted(taken) == sorted(written)
    assert inbox.arrivals.idle
