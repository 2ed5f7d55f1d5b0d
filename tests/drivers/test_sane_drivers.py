"""What each way to SANE makes of settings, layouts, sensors and missing libraries, over the real libsane."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from drivers.discovery import list_scanners
from drivers.faults import DeviceFault, FaultKind
from drivers.interface import SANE_DRIVERS, DeviceInfo, Difference, Mode, ScanSettings, Side, Source
from drivers.remote import WorkerScanner
from tests.drivers import rigs, scriptable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from drivers.interface import Applied, OptionValue
    from tests.drivers.scriptable import ScriptableScanner

GLASS = ScanSettings(Source.FLATBED, Mode.GREY, 75, 100.0, 120.0)


@pytest.fixture(params=SANE_DRIVERS)
def driver(request: pytest.FixtureRequest) -> str:
    rigs.need_driver(request.param)
    return str(request.param)


@pytest.fixture
def device(feeder: ScriptableScanner, driver: str) -> ScriptableScanner:
    """The scriptable scanner by each driver."""
    feeder.driver = driver
    return feeder


@pytest.fixture
def test_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: str) -> Iterator[WorkerScanner]:
    """SANE's own test device by each driver."""
    monkeypatch.setenv("SANE_CONFIG_DIR", str(rigs.sane_test_configuration(tmp_path / "sane")))
    with open_test_device(driver) as scanner:
        yield scanner


def open_test_device(driver: str) -> WorkerScanner:
    return WorkerScanner(DeviceInfo(f"{driver}:test:0", driver), rigs.LIMITS)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def test_each_driver_lists_the_devices_under_its_own_name(device: ScriptableScanner) -> None:
    (info,) = list_scanners(device.driver)
    assert (info.id, info.driver) == (device.id, device.driver)
    assert (info.vendor, info.model, info.kind) == ("Acme", "Feeder 100", "scanner")


# --- what a device can do ---


def test_capabilities_tell_everything(device: ScriptableScanner) -> None:
    with device.open() as scanner:
        can = scanner.capabilities()
    assert can.sources == (Source.FLATBED, Source.ADF, Source.ADF_DUPLEX)
    assert {Mode.COLOUR, Mode.GREY} <= set(can.modes)
    assert 300 in can.resolutions
    assert can.depths == ((8, 16) if device.driver == "sane" else (8,))
    assert can.double_feed == ("df-action", "df-thickness", "df-length")
    assert {"page-loaded", "cover-open", "double-feed"} <= set(can.sensors)
    assert can.buttons == ("scan",)
    option = {one.name: one for one in can.options}
    assert option["resolution"].unit == "dpi"
    assert option["br-x"].unit == "mm"
    assert "Gray" in option["mode"].choices
    assert not option["page-loaded"].settable
    assert str(option["mode"].value) in option["mode"].choices


def test_asking_what_it_can_do_does_not_use_up_a_press_of_its_button(device: ScriptableScanner) -> None:
    """The option is called `scan`, like a method of python-sane's devices."""
    with device.open() as scanner:
        device.press_button()
        scanner.capabilities()
        scanner.configure(scriptable.SETTINGS)
        assert scanner.sensors()["scan"] is True
        assert scanner.sensors()["scan"] is False


# --- what is set, and what of it the device took ---


def configured(scanner: WorkerScanner, options: Mapping[str, OptionValue]) -> Applied:
    return scanner.configure(ScanSettings(Source.ADF, Mode.GREY, 75, 100.0, 120.0, options=options))


def test_options_of_the_device_itself_are_set_last_and_read_back(test_device: WorkerScanner) -> None:
    applied = configured(test_device, {"test-picture": "Color pattern", "resolution": 150, "read-limit": True})
    assert applied.differences == ()
    assert applied.dpi == 150
    values = {one.name: one.value for one in test_device.capabilities().options}
    assert (values["test-picture"], values["read-limit"], values["resolution"]) == ("Color pattern", True, 150)


@pytest.mark.parametrize(("name", "value", "reason"), [
    ("nix", 1, "no option of this device"),
    ("read-limit-size", 1, "locked at present"),
    ("test-picture", "Mona Lisa", "refused:"),
    ("read-limit", "yes", "refused: takes true or false"),
    ("resolution", 5000, "1200"),
])  # fmt: skip
def test_option_that_is_not_taken_is_a_difference_with_its_reason(
    test_device: WorkerScanner, name: str, value: OptionValue, reason: str
) -> None:
    (difference,) = configured(test_device, {name: value}).differences
    assert (difference.option, difference.asked) == (name, str(value))
    assert reason in difference.got


def test_clamped_value_is_a_difference_and_what_holds_is_told(device: ScriptableScanner) -> None:
    device.say(clamp="resolution=200")
    with device.open() as scanner:
        applied = scanner.configure(scriptable.SETTINGS)
    assert applied.dpi == 200
    assert Difference("resolution", "300", "200") in applied.differences


def test_area_beyond_the_device_is_cut_and_told(device: ScriptableScanner) -> None:
    device.say(area="30 40")
    with device.open() as scanner:
        applied = scanner.configure(ScanSettings(Source.ADF, width_mm=100.0, height_mm=20.0))
    assert applied.width_mm == pytest.approx(30, abs=0.5)
    assert applied.height_mm == pytest.approx(20, abs=0.5)
    assert [one.option for one in applied.differences] == ["br-x"]


@pytest.mark.parametrize("wanted", [True, False])
def test_double_feed_detection_is_as_wanted(device: ScriptableScanner, spool: Path, wanted: bool) -> None:
    device.load("10", "20 double", "30", "40")
    with device.open() as scanner:
        applied = scanner.configure(ScanSettings(Source.ADF, double_feed=wanted))
        assert applied.double_feed is wanted
        if wanted:
            images, fault = rigs.feed_into_fault(scanner, spool)
            assert (len(images), fault.kind) == (1, FaultKind.DOUBLE_FEED)
        else:
            assert len(rigs.images_of(rigs.feed_once(scanner, spool))) == 3


# --- images ---


@pytest.mark.parametrize(("mode", "depth", "words"), [
    (Mode.LINEART, 1, ("Gray", "1")), (Mode.GREY, 8, ("Gray", "8")), (Mode.GREY, 16, ("Gray", "16")),
    (Mode.COLOUR, 8, ("Color", "8")),
])  # fmt: skip
def test_image_is_the_one_that_scanimage_gets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spool: Path, mode: Mode, depth: int, words: tuple[str, str]
) -> None:
    monkeypatch.setenv("SANE_CONFIG_DIR", str(rigs.sane_test_configuration(tmp_path / "sane")))
    picture = {"test-picture": "Color pattern"}
    with open_test_device("sane") as scanner:
        scanner.configure(replace(GLASS, mode=mode, depth=depth, options=picture))
        (image,) = rigs.images_of(rigs.feed_once(scanner, spool))
    np.testing.assert_array_equal(pixels_of(image.path), pixels_of(by_scanimage(tmp_path / "peer.pnm", *words)))


def by_scanimage(target: Path, mode: str, depth: str) -> Path:
    words = ["-d", "test:0", "--mode", mode, "--depth", depth, "--resolution", "75", "-x", "100", "-y", "120"]
    argv = ["scanimage", *words, "--test-picture", "Color pattern", "--format=pnm", "-o", str(target)]
    subprocess.run(argv, check=True, timeout=30, capture_output=True)
    return target


def pixels_of(path: Path) -> NDArray[np.int64]:
    with Image.open(path) as file:
        return np.asarray(file).astype(np.int64)


def test_lines_that_are_filled_up_come_without_their_filling_or_are_refused(
    device: ScriptableScanner, spool: Path
) -> None:
    device.load("90", "120")
    device.say(padding="5")
    with device.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        if device.driver == "sane":
            assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, spool))) == [90, 120]
        else:
            images, fault = rigs.feed_into_fault(scanner, spool)
            assert (images, fault.kind) == ([], FaultKind.UNSUPPORTED_SETTING)


def test_height_that_nobody_knew_is_that_of_the_lines_that_came(device: ScriptableScanner, spool: Path) -> None:
    device.load("90 lines=31", "120")
    device.lines["unknown-height"] = ""
    device.say()
    with device.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        first, second = rigs.images_of(rigs.feed_once(scanner, spool))
    assert (first.height, second.height) == (31, scriptable.SIZE[1])
    assert rigs.greys([first, second]) == [90, 120]


@pytest.mark.parametrize("settings", [
    ScanSettings(Source.FLATBED, Mode.GREY, 75, depth=16), ScanSettings(Source.FLATBED, Mode.LINEART, 75),
])  # fmt: skip
def test_way_to_sane_that_would_spoil_a_depth_refuses_it_before_any_paper_moves(
    test_device: WorkerScanner, settings: ScanSettings, spool: Path
) -> None:
    if test_device.info.driver == "sane":
        assert test_device.configure(settings).differences == ()
        return
    with pytest.raises(DeviceFault, match="bits a sample") as refused:
        test_device.configure(settings)
    assert refused.value.kind is FaultKind.UNSUPPORTED_SETTING
    test_device.configure(GLASS)
    assert rigs.images_of(rigs.feed_once(test_device, spool))


# --- the record follows the paper ---


@pytest.mark.parametrize(("trouble", "kind", "sheets"), [
    ("start=JAMMED", FaultKind.JAM, 3),
    ("read=JAMMED after=5", FaultKind.JAM, 3),
    ("read=IO_ERROR after=5", FaultKind.IO_ERROR, 3),
    ("lines=7", FaultKind.SHORT_PAGE, 3),
    ("stays start=COVER_OPEN", FaultKind.COVER_OPEN, 2),
    ("read=crash after=5", FaultKind.WORKER_CRASHED, 3),
])  # fmt: skip
def test_fault_says_how_many_sheets_went_in(
    device: ScriptableScanner, spool: Path, trouble: str, kind: FaultKind, sheets: int
) -> None:
    device.load("10", "20", f"30 {trouble}", "40")
    with device.open() as scanner:
        scanner.configure(scriptable.SETTINGS)
        _, fault = rigs.feed_into_fault(scanner, spool)
    assert (fault.kind, fault.sheets_fed) == (kind, sheets)
    assert device.fed == sheets


def test_on_the_glass_nothing_is_fed(device: ScriptableScanner, spool: Path) -> None:
    device.lay("30 read=IO_ERROR")
    with device.open() as scanner:
        scanner.configure(ScanSettings(Source.FLATBED))
        _, fault = rigs.feed_into_fault(scanner, spool)
    assert fault.sheets_fed is None


def test_last_sheet_without_its_back_is_a_fault_and_its_front_is_kept(device: ScriptableScanner, spool: Path) -> None:
    device.load("10", "20 oneside")
    with device.open() as scanner:
        scanner.configure(ScanSettings(Source.ADF_DUPLEX))
        images, fault = rigs.feed_into_fault(scanner, spool)
    assert (fault.kind, fault.sheets_fed) == (FaultKind.MISSING_SIDE, 2)
    assert [(image.sheet, image.side) for image in images] == [(1, Side.FRONT), (1, Side.BACK), (2, Side.FRONT)]


@pytest.mark.parametrize(("limit", "greys"), [(1, [10, 245]), (2, [10, 245]), (3, [10, 245, 20, 235])])
def test_limit_leaves_no_sheet_without_its_back(
    device: ScriptableScanner, spool: Path, limit: int, greys: list[int]
) -> None:
    device.load("10", "20", "30")
    with device.open() as scanner:
        scanner.configure(ScanSettings(Source.ADF_DUPLEX))
        assert rigs.greys(rigs.images_of(rigs.feed_once(scanner, spool, limit))) == greys


def test_fault_within_a_sheet_of_two_sides_counts_that_sheet_once(device: ScriptableScanner, spool: Path) -> None:
    device.load("10", "20 read=IO_ERROR")
    with device.open() as scanner:
        scanner.configure(ScanSettings(Source.ADF_DUPLEX))
        images, fault = rigs.feed_into_fault(scanner, spool)
    assert (fault.kind, fault.sheets_fed) == (FaultKind.IO_ERROR, 2)
    assert [image.sheet for image in images] == [1, 1]


# --- libraries ---


@pytest.mark.parametrize(("driver", "environment"), [
    ("nothing", {}), ("python-sane", {"PYTHONPATH": "_sane"}), ("pyinsane2", {"PYTHONPATH": "pyinsane2"}),
])  # fmt: skip
def test_driver_that_is_not_installed_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: str, environment: dict[str, str]
) -> None:
    """A module of the library's name that cannot be loaded stands in its way."""
    for name, module in environment.items():
        (tmp_path / f"{module}.py").write_text("raise ImportError('not installed')", encoding="utf-8")
        monkeypatch.setenv(name, os.pathsep.join([str(tmp_path), os.getcwd()]))  # noqa: PTH109 - the workers' own
    with WorkerScanner(DeviceInfo(f"{driver}:x", driver), rigs.LIMITS) as scanner:
        asks = (scanner.capabilities, scanner.sensors, lambda: list_scanners(driver))
        for ask in asks:
            with pytest.raises(DeviceFault, match=f"driver {driver}: ") as missing:
                ask()
            assert missing.value.kind is FaultKind.DRIVER_MISSING


def test_worker_without_its_library_ends_with_its_parent(tmp_path: Path) -> None:
    scanner = WorkerScanner(DeviceInfo("nothing:x", "nothing"), rigs.LIMITS)
    with pytest.raises(DeviceFault):
        scanner.capabilities()
    scanner.close()
    assert rigs.own_workers() == set()
