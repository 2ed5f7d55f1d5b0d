"""A two-sided feed ends between the two sides of a sheet: what came is kept, and that sheet is scanned again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.faults import FaultKind
from drivers.interface import ScanSettings, Side, Source
from tests.drivers import rigs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers.scriptable import ScriptableScanner


def test_front_without_its_back_ends_the_feed(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.load("10", "20 oneside")
    with feeder.open() as scanner:
        scanner.configure(ScanSettings(Source.ADF_DUPLEX))
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
        assert (rigs.greys(images), fault.kind) == ([10, 245, 20], FaultKind.MISSING_SIDE)
        assert [(image.sheet, image.side) for image in images[1:]] == [(1, Side.BACK), (2, Side.FRONT)]
        assert fault.sheets_fed == 2
        feeder.load("20")
        assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, tmp_path / "spool"))) == [20, 235]


def test_jam_in_a_front_takes_its_back_along(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.load("10 read=JAMMED after=150", "20")
    with feeder.open() as scanner:
        scanner.configure(ScanSettings(Source.ADF_DUPLEX))
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
        assert (images, fault.kind, fault.sheets_fed) == ([], FaultKind.JAM, 1)
        assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, tmp_path / "spool"))) == [20, 235]
