"""One scan at a device: trigger after trigger, each image into the book, each feed on record."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from drivers.faults import DeviceFault, FaultKind
from drivers.hot_folder import HotFolder
from drivers.interface import RawImage, ScanSettings, Source
from drivers.session import DeviceSession
from drivers.triggers import TriggerWatch
from station.capture import duplex
from station.capture.emptying import Emptying
from station.capture.feeding import FeedRecord, feed_pile
from station.capture.keeping import ScanResult
from station.covers.pile import CoverRefused
from station.devices.profiles import DEFAULT, refuse_broken
from station.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drivers.interface import Applied, Scanner
    from station.announcements import Announcements
    from station.capture.requests import ScanRequest
    from station.covers.pile import Pile
    from station.wiring import Station

_SETTLE_STEP_SECONDS = 0.2
_TIMER_STEP_SECONDS = 0.05
_FOLDER = "folder"


class Scan:
    """A scan into the book of its pile, and into those that its cover sheets name."""

    def __init__(
        self, station: Station, pile: Pile, scanner: Scanner, request: ScanRequest, announce: Announcements
    ) -> None:
        self._station, self._pile, self._scanner = station, pile, scanner
        self._request, self._announce = request, announce

    def run(self) -> ScanResult:
        """Set the scanner up and let it feed. A fault while setting up ends the scan like any other, before page 1.

        Before anything moves, raises `UsageError` for a request that the scanner as it is set up cannot do, and
        `SettingsError` for a profile whose promise it does not keep.
        """
        if isinstance(self._scanner, HotFolder):
            return self._take_folder(self._scanner)
        try:
            applied = self._set_up()
        except DeviceFault as fault:
            return ScanResult(fault=fault)
        if self._announce.cancelled():
            return ScanResult(fault=DeviceFault(FaultKind.CANCELLED, "before the first page"))
        if self._request.turned and self._pile.current:
            duplex.take_up(self._station, self._pile.current, self._request.turned, self._request.intent)
        if applied.source is Source.FLATBED:
            return self._scan_glass()
        return self._scan_on_triggers(applied.source) if self._request.wait else self._scan_once(applied.source)

    def _set_up(self) -> Applied:
        asked, name = self._request.profile.settings(self._request.source), self._request.profile_name
        applied = self._scanner.configure(asked)
        self._announce.configured(applied)
        promised = asked if name != DEFAULT else _options_of(asked, applied)
        refuse_broken(name, self._scanner.info.id, promised, applied)
        refuse_unfit(self._request, applied)
        if self._request.wait:
            self._refuse_endless_wait()
        return applied

    def _scan_once(self, source: Source) -> ScanResult:
        """A feeder until it is empty or the pages asked for came."""
        with self._on_record(source, self._request.pages) as result:
            result.add(feed_pile(self._pile, self._scanner, self._request.pages, source))
        return result

    def _scan_on_triggers(self, source: Source) -> ScanResult:
        """A feeder, each time that its button or its paper says so, until the operator stops it or enough came."""
        whole, asked, before = ScanResult(), self._request.pages, None
        pace = self._pace()
        while self._may_come(pace, whole):
            left = asked - whole.images if asked else None
            with self._on_record(source, left, before) as result:
                result.add(feed_pile(self._pile, self._scanner, left, source))
            before = self._pile.current.feed if self._pile.current else None
            whole.add(result)
            self._announce.fed(result)
            if _is_over(result) or (asked and whole.images >= asked):
                break
        return whole

    def _scan_glass(self) -> ScanResult:
        """A page each time that the glass is ready: how often that is, is the pace."""
        enough = self._request.pages or (None if self._request.goes_on else 1)
        pace = self._pace()
        with self._on_record(Source.FLATBED, self._request.pages) as whole:
            while whole.images != enough and self._may_come(pace, whole):
                one = feed_pile(self._pile, self._scanner, 1, Source.FLATBED)
                whole.add(one)
                if _is_over(one) or not (one.pages or one.aside):
                    break
        return whole

    def _may_come(self, pace: Callable[[int], bool], whole: ScanResult) -> bool:
        """Whether the next page may come; otherwise the result says what ended the scan."""
        try:
            whole.stopped = not pace(whole.images)
        except DeviceFault as fault:
            whole.stopped = fault.kind is FaultKind.CANCELLED
            whole.fault = None if whole.stopped else fault
            return False
        return not whole.stopped

    def _pace(self) -> Callable[[int], bool]:
        """What to wait for before a page: it is told how many came; False when the operator has stopped the scan."""
        if self._request.every:
            return Timer(self._request.every, self._announce.cancelled).wait
        return self._wait_for_trigger if self._request.wait else self._turn_page

    def _turn_page(self, came: int) -> bool:
        if came:
            self._announce.next_sheet()
        return not self._announce.cancelled()

    def _refuse_endless_wait(self) -> None:
        """Raise `UsageError` for a scanner without any button or sensor that the profile lets start a scan."""
        watch = TriggerWatch(self._request.profile.starts(first=True), self._scanner.capabilities(), settle=0.0)
        if not (watch.possible and isinstance(self._scanner, DeviceSession)):
            raise UsageError("cannot-wait", device=self._scanner.info.id)

    def _wait_for_trigger(self, came: int) -> bool:
        assert isinstance(self._scanner, DeviceSession)
        self._announce.waiting()
        triggers = self._request.profile.starts(first=not came)
        return self._scanner.wait_for_trigger(triggers, self._announce.cancelled) is not None

    def _take_folder(self, folder: HotFolder) -> ScanResult:
        """A folder as the scanner: what lies there now, `pages` files of it or all."""
        refuse_unfit(self._request, None)
        folder.arrivals.settle_seconds = self._station.settings.intake.settle_seconds
        with self._station.root.holding_folder(folder.folder):
            try:
                files = _settled_files(folder, self._station.root.spool, self._request.pages)
            except DeviceFault as fault:
                return ScanResult(fault=fault)
            with self._on_record(_FOLDER, self._request.pages) as result:
                result.paper_ended = True
                try:
                    for taken in Emptying(self._pile, self._station.intake, folder.info.id).take(files):
                        self._announce.taken(self._pile.book, taken)
                        result.pages += taken.pages
                        result.refused += [taken.refused] if taken.refused else []
                        result.waiting += taken.waiting
                except CoverRefused as refused:
                    result.refused_cover = refused
        return result

    @contextmanager
    def _on_record(self, source: str, asked: int | None, before: int | None = None) -> Iterator[ScanResult]:
        """A feed on record from its beginning to its end. `before` is the feed whose shortfall this one makes good."""
        pile, station = self._pile, self._station
        record = FeedRecord(
            station.catalogue,
            self._scanner.info.id,
            station.operator,
            self._request.profile_name,
            source,
            asked,
            before,
        )
        pile.switched = record.switch
        if pile.current:
            record.begin(pile.current)
        result = ScanResult()
        try:
            yield result
        except KeyboardInterrupt:
            result.stopped = True
            record.end(result)
            raise
        record.end(result)


def _is_over(result: ScanResult) -> bool:
    """Whether something other than the paper ended a feed."""
    return bool(result.fault or result.out_of_order or result.refused_cover or result.streak is not None)


def refuse_unfit(request: ScanRequest, applied: Applied | None) -> None:
    """Raise `UsageError` for what the source cannot do; `applied` is None for a folder."""
    source = applied.source if applied else None
    if request.every and source is not Source.FLATBED:
        raise UsageError("every-needs-glass", source=source or _FOLDER)
    if request.turned and source is not Source.ADF:
        raise UsageError("turned-needs-feeder", source=source or _FOLDER)
    if source is Source.ADF_DUPLEX and (request.pages or 0) % 2:
        raise UsageError("odd-pages", pages=request.pages)
    if request.wait and applied is None:
        raise UsageError("cannot-wait", device=_FOLDER)


def _options_of(asked: ScanSettings, applied: Applied) -> ScanSettings:
    """What `[scan]` promises of every scanner that comes: further options, and otherwise what the device can do."""
    return ScanSettings(None, applied.mode, applied.dpi, depth=applied.depth, double_feed=False, options=asked.options)


def _settled_files(folder: HotFolder, spool: Path, limit: int | None) -> list[Path]:
    """The files of a folder once none of them is being written any more."""
    while True:
        files = [image.path for image in folder.feed(spool, limit) if isinstance(image, RawImage)]
        if not folder.pending():
            return files
        time.sleep(_SETTLE_STEP_SECONDS)


class Timer:
    """Lets a page through every so many seconds, counted from the first; one that is late does not shift the others."""

    def __init__(
        self,
        seconds: float,
        stop: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds, self._stop, self._clock, self._sleep = seconds, stop, clock, sleep
        self._due: float | None = None

    def wait(self, _came: int = 0) -> bool:
        """Wait for the next turn; False when `stop` says so meanwhile. A turn that was missed is left out."""
        now = self._clock()
        if self._due is None:
            self._due = now
        while self._due + self._seconds <= now:
            self._due += self._seconds
        while not self._stop():
            left = self._due - self._clock()
            if left <= 0:
                self._due += self._seconds
                return True
            self._sleep(min(left, _TIMER_STEP_SECONDS))
        return False
