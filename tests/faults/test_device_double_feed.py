"""Two sheets at once: SANE says "jammed" and only the sensors tell; the page is not taken for a good one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import DeviceFault, FaultKind, refine_by_sensors
from tests.drivers import rigs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("sensors", "kind"),
    [
        ({"double-feed": True, "cover-open": False}, FaultKind.DOUBLE_FEED),
        ({"double-feed": True, "cover-open": True}, FaultKind.DOUBLE_FEED),
        ({"double-feed": False, "cover-open": True}, FaultKind.COVER_OPEN),
        ({"double-feed": False, "page-loaded": True}, FaultKind.JAM),
        ({"double-feed": None}, FaultKind.JAM),
        ({}, FaultKind.JAM),
    ],
)
def test_sensors_tell_a_jam_from_a_double_feed(sensors: dict[str, object], kind: FaultKind) -> None:
    refined = refine_by_sensors(DeviceFault(FaultKind.JAM, "Document feeder jammed"), sensors)
    assert (refined.kind, refined.detail) == (kind, "Document feeder jammed")


def test_sensors_change_no_other_fault() -> None:
    for kind in set(FaultKind) - {FaultKind.JAM}:
        fault = DeviceFault(kind, "x")
        assert refine_by_sensors(fault, {"double-feed": True, "cover-open": True}) is fault


def test_double_sheet_is_no_image_and_the_feed_goes_on_after_it(tmp_path: Path) -> None:
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", 'fault = "double-feed"', "grey = 20", "grey = 30")
    with rigs.open_script(script) as scanner:
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
        assert (rigs.greys(images), fault.kind) == ([10], FaultKind.DOUBLE_FEED)
        feed = rigs.feed_once(scanner, tmp_path / "spool")
        assert rigs.greys(rigs.images_of(feed)) == [20, 30]
