"""Triggers one after the other: images in their order, a page a trigger on a glass, the timer, the scanner's button."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Side, Source
from drivers.session import DeviceSession
from station.announcements import Announcements
from station.capture.feeds import Ending
from station.capture.keeping import ScanResult
from station.capture.outcomes import ScanOutcome
from station.capture.requests import Intent, ScanRequest
from station.capture.scanning import Timer
from station.errors import SettingsError, UsageError
from station.line import admit, scan_pages
from station.model import PageKind
from station.recovery import working_on
from station.settings import ScanProfile, TriggerSettings
from station.wiring import Station
from tests.drivers import rigs
from tests.station.books.test_cases import KS
from tests.station.given import GivenScanner, Place, Trigger, numbers_in, scan
from tests.support import scripted

FRONT, BACK = Side.FRONT, Side.BACK
PATIENCE = 60.0


def notes(station: Station) -> list[str]:
    return [path.read_text() for path in sorted(station.root.quarantine.glob("*.why.txt"))]


@pytest.mark.parametrize(
    ("source", "places", "kept"),
    [
        (Source.ADF_DUPLEX, [(1, FRONT), (1, BACK), (2, BACK), (2, FRONT)], 2),
        (Source.ADF_DUPLEX, [(1, FRONT), (2, FRONT), (2, BACK)], 1),
        (Source.ADF, [(1, FRONT), (3, FRONT), (4, FRONT)], 1),
        (Source.ADF, [(1, BACK)], 0),
    ],
)
def test_an_image_out_of_its_order_ends_the_scan_and_nothing_is_lost(
    station: Station, source: Source, places: list[Place], kept: int
) -> None:
    outcome = scan(station, GivenScanner(source, [Trigger(range(len(places)), places=places)]))
    assert outcome.result.out_of_order is not None
    assert (outcome.result.fault, numbers_in(station)) == (None, list(range(kept)))
    assert len(notes(station)) == 1
    assert "19441/KS.2005.01" in notes(station)[0]
    (feed,) = station.catalogue.feeds(KS)
    assert (feed.ending, feed.kept, feed.fed) == (Ending.OUT_OF_ORDER, kept, None)
    with pytest.raises(UsageError, match="last-page-unconfirmed"):
        scan(station, GivenScanner(source, [Trigger([9, 10])]))
    scan(station, GivenScanner(source, [Trigger([9, 10])]), last_page=str(kept))
    assert numbers_in(station) == [*range(kept), 9, 10]


def test_a_second_image_of_one_trigger_of_a_glass_is_a_defect_of_its_driver(station: Station) -> None:
    outcome = scan(station, GivenScanner(Source.FLATBED, [Trigger([1, 2])], heeds_limit=False))
    assert outcome.result.out_of_order is not None
    assert numbers_in(station) == [1]
    assert len(notes(station)) == 1


def test_a_glass_gives_a_page_for_each_trigger_until_enough_came(station: Station) -> None:
    scanner = GivenScanner(Source.FLATBED, [Trigger([1]), Trigger([2]), Trigger([3])])
    scan(station, scanner, pages=2)
    assert (numbers_in(station), len(scanner.triggers)) == ([1, 2], 1)
    (feed,) = station.catalogue.feeds(KS)
    assert (feed.ending, feed.asked, feed.kept) == (Ending.LIMIT, 2, 2)


def test_a_fault_on_the_glass_ends_the_run_after_the_pages_before_it(station: Station) -> None:
    broken = Trigger([], DeviceFault(FaultKind.IO_ERROR))
    outcome = scan(station, GivenScanner(Source.FLATBED, [Trigger([1]), broken, Trigger([3])]), pages=3)
    assert outcome.result.fault is not None
    assert numbers_in(station) == [1]


def test_ctrl_c_at_the_prompt_between_two_pages_ends_the_feed_as_stopped(station: Station) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    announce = Announcements(next_sheet=stop)
    request = ScanRequest(ScanProfile(dpi=50), Intent(PageKind.PAGE), pages=3)
    scanner = GivenScanner(Source.FLATBED, [Trigger([1]), Trigger([2])])
    with (
        pytest.raises(KeyboardInterrupt),
        working_on(station, KS, announce) as held,
        admit(station, held, request, announce) as pile,
    ):
        scan_pages(station, pile, scanner, request, announce)
    (feed,) = station.catalogue.feeds(KS)
    assert (feed.ending, feed.kept) == (Ending.STOPPED, 1)


@pytest.mark.parametrize(
    ("source", "how", "code"),
    [
        (Source.ADF, {"every": 2.0}, "every-needs-glass"),
        (Source.ADF_DUPLEX, {"pages": 3}, "odd-pages"),
        (Source.FLATBED, {"wait": True}, "cannot-wait"),
    ],
)
def test_what_the_source_cannot_do_is_refused_before_anything_moves(
    station: Station, source: Source, how: dict[str, Any], code: str
) -> None:
    scanner = GivenScanner(source, [Trigger([1])])
    with pytest.raises(UsageError, match=code):
        scan(station, scanner, **how)
    assert len(scanner.triggers) == 1
    assert station.catalogue.feeds(KS) == []


def test_a_profile_that_the_scanner_does_not_keep_is_refused_before_anything_moves(station: Station) -> None:
    scanner = GivenScanner(Source.ADF, [Trigger([1]), Trigger([2])])
    with pytest.raises(SettingsError, match="profile-not-taken"):
        scan(station, scanner, profile_name="faded")
    assert len(scanner.triggers) == 2
    scan(station, scanner)
    assert numbers_in(station) == [1]


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@given(st.lists(st.floats(0, 40), min_size=1, max_size=12), st.floats(0.5, 10))
def test_the_timer_lets_pages_through_on_its_beat_and_never_two_in_one(works: list[float], seconds: float) -> None:
    clock = Clock()
    timer = Timer(seconds, lambda: False, clock, clock.sleep)
    times = []
    for work in works:
        assert timer.wait()
        times.append(clock.now)
        clock.now += work
    assert times[0] == 100.0
    for before, work, after in zip(times, works, times[1:], strict=False):
        beats = (after - 100.0) / seconds
        on_beat = abs(beats - round(beats)) < 1e-6
        late = abs(after - (before + work)) < 1e-6
        assert on_beat or late
        assert int((before - 100.0) / seconds + 1e-9) < int(beats + 1e-6)


def test_the_timer_ends_when_it_is_stopped() -> None:
    clock = Clock()
    timer = Timer(5.0, lambda: clock.now > 107, clock, clock.sleep)
    assert [timer.wait(), timer.wait(), timer.wait()] == [True, True, False]
    assert clock.now < 107.2


def test_every_so_many_seconds_a_page_until_enough_came(station: Station) -> None:
    scanner = GivenScanner(Source.FLATBED, [Trigger([number]) for number in range(1, 6)])
    scan(station, scanner, every=0.1, pages=3)
    assert numbers_in(station) == [1, 2, 3]


@contextmanager
def pressing(script: Path, waits: threading.Semaphore) -> Iterator[None]:
    """Presses the button of a scripted scanner each time that the scan waits, and lets it go."""
    file, done = script.with_name(script.name + ".sensors"), threading.Event()

    def press() -> None:
        while not done.is_set():
            if waits.acquire(timeout=0.1):
                done.wait(0.8)
                file.write_text(json.dumps({"scan": True}))
                done.wait(1.2)
                file.unlink()

    thread = threading.Thread(target=press)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def wait_and_scan(station: Station, folder: Path, sheets: list[str], pages: int, *, feeder: bool) -> ScanOutcome:
    """Scan with the scanner's button, pressed as often as the scan waits for it, at most a minute."""
    device = scripted(folder, sheets, feeder=feeder)
    script = Path(device.partition(":")[2])
    script.write_text('buttons = ["scan", "other"]\n' + script.read_text())
    waits, overdue = threading.Semaphore(0), threading.Event()
    fed: list[ScanResult] = []
    announce = Announcements(waiting=waits.release, cancelled=overdue.is_set, fed=fed.append)
    profile = ScanProfile(dpi=100, triggers=TriggerSettings(button=True))
    request = ScanRequest(profile, Intent(PageKind.PAGE), pages=pages, wait=True)
    timer = threading.Timer(PATIENCE, overdue.set)
    timer.start()
    with (
        DeviceSession(rigs.open_script(script).info, rigs.LIMITS) as scanner,
        working_on(station, KS, announce) as held,
        admit(station, held, request, announce) as pile,
        pressing(script, waits),
    ):
        outcome = scan_pages(station, pile, scanner, request, announce)
    timer.cancel()
    timer.join()
    assert not overdue.is_set()
    return outcome


def test_each_press_of_the_button_feeds_the_stack_that_lies_there(station: Station, tmp_path: Path) -> None:
    sheets = ["grey = 200", "grey = 190", 'press = "other"', "grey = 180", 'press = "other"', "grey = 170"]
    outcome = wait_and_scan(station, tmp_path, sheets, 4, feeder=True)
    assert len(outcome.result.pages) == 4
    feeds = station.catalogue.feeds(KS)
    assert [(feed.kept, feed.asked, feed.ending) for feed in feeds] == [
        (2, None, Ending.PAPER_ENDED),
        (1, None, Ending.PAPER_ENDED),
        (1, 1, Ending.LIMIT),
    ]


def test_each_press_of_the_button_takes_one_page_from_the_glass(station: Station, tmp_path: Path) -> None:
    outcome = wait_and_scan(station, tmp_path, ["grey = 200", "grey = 190", "grey = 180"], 2, feeder=False)
    assert len(outcome.result.pages) == 2
    (feed,) = station.catalogue.feeds(KS)
    assert (feed.kept, feed.asked, feed.ending) == (2, 2, Ending.LIMIT)
