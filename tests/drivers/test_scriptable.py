"""The scriptable backend under the real libsane does what its script says: the fault tests stand on it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivers.discovery import list_scanners
from drivers.faults import DeviceFault, FaultKind
from drivers.interface import EndOfPaper, Mode, ScanSettings, Side, Source
from tests.drivers import rigs, scriptable
from tests.drivers.scriptable import ScriptableScanner


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def test_sheets_come_once_even_when_another_process_goes_on(feeder: ScriptableScanner, spool: Path) -> None:
    feeder.load("10", "20", "30")
    with feeder.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, spool, 2))) == [10, 20]
        scanner.sensors()
        assert feeder.is_held
        pid = scanner.worker_pid
        assert pid
        os.kill(pid, 9)
        assert rigs.wait_until(lambda: not feeder.is_held and scanner.worker_pid is None)
        feed = rigs.feed_once(scanner, spool)
        assert rigs.greys(rigs.images_of(feed)) == [30]
        assert feed[-1] == EndOfPaper(1)
    assert (feeder.fed, feeder.is_held) == (3, False)


def test_every_setting_of_the_script_reaches_the_image(feeder: ScriptableScanner, spool: Path) -> None:
    feeder.say(area="30 40")
    feeder.load("70")
    with feeder.open() as scanner:
        applied = scanner.configure(ScanSettings(Source.ADF, Mode.GREY, 150, 20.0, 30.0))
        assert (applied.dpi, applied.width_mm, applied.height_mm) == (150, 20, 30)
        assert applied.differences == ()
        (image,) = rigs.images_of(rigs.feed_once(scanner, spool))
    assert (image.width, image.height) == (118, 177)
    assert rigs.mode_of(image) == "L"


def test_duplex_gives_two_sides_a_sheet(feeder: ScriptableScanner, spool: Path) -> None:
    feeder.load("10", "20 back=99")
    with feeder.open() as scanner:
        scanner.configure(ScanSettings(Source.ADF_DUPLEX))
        images = rigs.images_of(rigs.feed_once(scanner, spool))
    assert rigs.greys(images) == [10, 245, 20, 99]
    assert [(image.sheet, image.side) for image in images] == [
        (1, Side.FRONT), (1, Side.BACK), (2, Side.FRONT), (2, Side.BACK),
    ]  # fmt: skip


def test_glass_has_one_page_for_each_scan(feeder: ScriptableScanner, spool: Path) -> None:
    feeder.lay("10", "20")
    with feeder.open() as scanner:
        scanner.configure(ScanSettings(Source.FLATBED))
        images = [image for _ in range(3) for image in rigs.images_of(rigs.feed_once(scanner, spool))]
    assert rigs.greys(images) == [10, 20, 20]


def test_two_equal_devices_are_two(feeder: ScriptableScanner, spool: Path) -> None:
    other = ScriptableScanner(feeder.folder, feeder.library, "libusb:001:005")
    feeder.load("10")
    other.load("20")
    found = list_scanners(limits=rigs.LIMITS)
    assert {(info.vendor, info.model) for info in found} == {("Acme", "Feeder 100")}
    assert len({info.id for info in found}) == 2
    for one, grey in ((other, 20), (feeder, 10)):
        with one.open() as scanner:
            scanner.configure(scriptable.SETTINGS)
            assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, spool))) == [grey]


def test_button_is_handed_out_once_and_paper_is_seen(feeder: ScriptableScanner) -> None:
    with feeder.open() as scanner:
        assert {"page-loaded", "cover-open", "double-feed"} <= scanner.sensors().keys()
        assert not scanner.sensors()["page-loaded"]
        feeder.load("10")
        feeder.press_button()
        feeder.say(sensors="cover-open=1")
        seen = scanner.sensors()
        assert (seen["page-loaded"], seen["cover-open"], seen["scan"]) == (True, True, True)
        assert not scanner.sensors()["scan"]


def test_device_that_is_held_is_busy_for_others(feeder: ScriptableScanner) -> None:
    with feeder.open() as first, feeder.open() as second:
        first.sensors()
        with pytest.raises(DeviceFault) as busy:
            second.sensors()
        assert busy.value.kind is FaultKind.BUSY
        first.close()
        assert "page-loaded" in second.sensors()


def test_option_that_is_clamped_is_reported(feeder: ScriptableScanner) -> None:
    feeder.say(clamp="resolution=150 br-x=5")
    with feeder.open() as scanner:
        applied = scanner.configure(scriptable.SETTINGS)
    assert applied.dpi == 150
    assert {difference.option for difference in applied.differences} == {"resolution", "br-x"}


def test_a_word_that_the_backend_does_not_know_is_loud(feeder: ScriptableScanner, spool: Path) -> None:
    feeder.load("10 start=JAMED")
    with feeder.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        _, fault = rigs.feed_into_fault(scanner, spool)
    assert fault.kind is FaultKind.WORKER_CRASHED
    assert "JAMED" in fault.detail
