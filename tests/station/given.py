"""A scanner of this process whose triggers are given beforehand, and scans with it into a book of a station."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from drivers.backend import Frame
from drivers.faults import DeviceFault, FaultKind
from drivers.interface import (
    Applied,
    Capabilities,
    DeviceInfo,
    EndOfPaper,
    Mode,
    RawImage,
    ScanSettings,
    Side,
    Source,
)
from drivers.rawfile import write_tiff
from station.announcements import Announcements
from station.capture.outcomes import ScanOutcome
from station.capture.requests import Intent, ScanRequest
from station.line import admit, scan_pages
from station.model import PageKind
from station.recovery import working_on
from station.settings import ScanProfile
from station.wiring import Station
from tests.support import BOOK

SIZE = (60, 84)
"""Pixels of an image: small, because what is told apart here is which one it is."""
DPI = 10

Place = tuple[int, Side]


@dataclass
class Trigger:
    """What a trigger gives: images by the number that is drawn into them, each at its sheet and side; then its end."""

    images: Sequence[int]
    fault: Exception | None = None
    places: Sequence[Place] = ()
    """Sheet and side of each image; none: as the source orders them."""
    reconnected: bool = False


@dataclass
class GivenScanner:
    """A driver behind the interface of every source, in this process. It gives what it was told to give."""

    source: Source
    triggers: list[Trigger] = field(default_factory=list)
    heeds_limit: bool = True
    cancelled: bool = False

    @property
    def info(self) -> DeviceInfo:
        return DeviceInfo("given:1", "given")

    def capabilities(self) -> Capabilities:
        return Capabilities((self.source,), (Mode.COLOUR, Mode.GREY), (DPI,), 210.0, 297.0)

    def configure(self, settings: ScanSettings) -> Applied:
        return Applied(self.source, settings.mode, DPI, 210.0, 297.0)

    def feed(self, spool: Path, limit: int | None = None) -> Iterator[RawImage | EndOfPaper]:
        spool.mkdir(parents=True, exist_ok=True)
        self.cancelled = False
        trigger, limit = self.triggers.pop(0), limit if self.heeds_limit else None
        places = trigger.places or [self._place(index) for index in range(len(trigger.images))]
        for number, place in list(zip(trigger.images, places, strict=True))[:limit]:
            if self.cancelled:
                raise DeviceFault(FaultKind.CANCELLED)
            yield self._image(spool, number, place, reconnected=trigger.reconnected)
        if trigger.fault:
            raise trigger.fault
        if limit is None or len(trigger.images) < limit:
            yield EndOfPaper(len(trigger.images))

    def sensors(self) -> dict[str, Any]:
        return {}

    def cancel(self) -> None:
        self.cancelled = True

    def close(self) -> None:
        pass

    def _place(self, index: int) -> Place:
        if self.source is Source.ADF_DUPLEX:
            return index // 2 + 1, Side.BACK if index % 2 else Side.FRONT
        return (1 if self.source is Source.FLATBED else index + 1), Side.FRONT

    @staticmethod
    def _image(spool: Path, number: int, place: Place, *, reconnected: bool) -> RawImage:
        path = spool / f"{secrets.token_hex(4)}.tif"
        frame = Frame(drawn(number), *SIZE, samples=1, dpi=DPI, sheet=place[0], side=place[1])
        return RawImage(path, *place, *SIZE, DPI, write_tiff(path, frame), reconnected)


@cache
def drawn(number: int) -> bytes:
    """Grey pixels that are of this number alone: ink in blocks, so that two of them do not look alike."""
    blocks = np.random.default_rng(number).random((14, 10)) < 0.3
    return np.where(np.kron(blocks, np.ones((6, 6))), 40, 230).astype(np.uint8).tobytes()


@cache
def drawn_numbers() -> dict[bytes, int]:
    """The number of each picture that a test may have drawn."""
    return {drawn(number): number for number in range(2000)}


def number_in(file: Path) -> int:
    """Which image a file is."""
    return drawn_numbers()[file.read_bytes()[-SIZE[0] * SIZE[1] :]]


def scan(
    station: Station, scanner: GivenScanner, intent: Intent | None = None, *, reply: str | None = None, **how: Any
) -> ScanOutcome:
    """Scan into the book, as `line.scan_book` does but for the delivery copies; `reply` answers for the last page."""
    announce = Announcements(ask_last_page=lambda _: reply)
    request = ScanRequest(ScanProfile(dpi=50), intent or Intent(PageKind.PAGE), **how)
    with (
        working_on(station, station.book_id(BOOK), announce) as held,
        admit(station, held, request, announce) as pile,
    ):
        return scan_pages(station, pile, scanner, request, announce)


def numbers_in(station: Station) -> list[int]:
    """Which images the kept pages of the book are, in order."""
    return [number_in(station.root.path / page.file) for page in station.catalogue.pages(station.book_id(BOOK))]
