"""One contract for every source of images: each way to SANE on each kind of device, a session, a script, a folder.

SANE's devices are its own test device, sane-airscan over the simulated scanner, and the scriptable backend.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import SANE_DRIVERS, EndOfPaper, Mode, RawImage, ScanSettings, Source
from drivers.remote import WorkerScanner
from drivers.session import DeviceSession
from drivers.simulator.process import SimulatedScanner
from tests.drivers import rigs
from tests.drivers.rigs import Rig
from tests.drivers.scriptable import ScriptableScanner, scriptable_rig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drivers.interface import Scanner

SIM_PAGES = 6
# Pillow halves the samples of a colour image with 16 bits.
PILLOW_MODES = {
    (Mode.COLOUR, 8): "RGB",
    (Mode.COLOUR, 16): "RGB",
    (Mode.GREY, 8): "L",
    (Mode.GREY, 16): "I;16",
    (Mode.LINEART, 1): "1",
}
SANE_DEVICES = ("test", "airscan", "scriptable")
SOURCES = (
    *(f"{device} by {driver}" for device in SANE_DEVICES for driver in SANE_DRIVERS),
    "session",
    "scripted",
    "folder",
)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedScanner]:
    with SimulatedScanner(rigs.draw_sheets(tmp_path_factory.mktemp("sheets"), SIM_PAGES)) as simulator:
        yield simulator


@pytest.fixture(params=SOURCES)
def rig(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """Each source in turn, loaded."""
    device, _, driver = request.param.partition(" by ")
    if driver:
        rigs.need_driver(driver)
    match device:
        case "test":
            monkeypatch.setenv("SANE_CONFIG_DIR", str(rigs.sane_test_configuration(tmp_path / "sane")))
            return rigs.sane_test_rig(driver)
        case "airscan":
            simulator: SimulatedScanner = request.getfixturevalue("simulator")
            simulator.refill(0)
            monkeypatch.setenv("SANE_CONFIG_DIR", str(simulator.sane_config_dir))
            return rigs.simulator_rig(simulator, SIM_PAGES, driver)
        case "scriptable":
            feeder: ScriptableScanner = request.getfixturevalue("feeder")
            feeder.driver = driver
            return scriptable_rig(feeder)
        case "session":
            under = scriptable_rig(request.getfixturevalue("feeder"))
            info = under.open().info
            return replace(under, name="session", open=lambda: DeviceSession(info, rigs.LIMITS))
        case "scripted":
            return rigs.scripted_rig(tmp_path)
    return rigs.folder_rig(tmp_path / "inbox")


@pytest.fixture
def scanner(rig: Rig) -> Iterator[Scanner]:
    scanner = rig.open()
    yield scanner
    scanner.close()


def refill(rig: Rig) -> None:
    """sane-airscan draws in the sheets after the one that was asked for."""
    if rig.reload:
        rig.reload()


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def test_says_what_it_is_and_what_it_can_do(scanner: Scanner) -> None:
    info, can = scanner.info, scanner.capabilities()
    assert info.id == f"{info.driver}:{info.address}"
    assert can.sources
    assert Mode.COLOUR in can.modes
    assert list(can.resolutions) == sorted(set(can.resolutions))
    if can.resolutions:
        assert can.max_width_mm > 0
        assert can.max_height_mm > 0
    assert set(scanner.sensors()) >= set(can.sensors)


def test_configuring_reads_back_what_holds(rig: Rig, scanner: Scanner) -> None:
    applied = scanner.configure(rig.settings)
    assert applied.source is (rig.settings.source or Source.ADF)
    assert applied.mode is rig.settings.mode
    assert applied.dpi == rig.settings.dpi
    if rig.settings.width_mm:
        assert applied.width_mm == pytest.approx(rig.settings.width_mm, abs=0.5)
    assert applied.differences == ()


def test_source_that_is_not_there_is_refused_and_the_scanner_stays_usable(
    rig: Rig, scanner: Scanner, spool: Path
) -> None:
    if not rig.has_worker:
        pytest.skip("a folder has nothing to set")
    missing = set(Source) - set(scanner.capabilities().sources)
    if not missing:
        pytest.skip("it has every source")
    with pytest.raises(DeviceFault) as refused:
        scanner.configure(ScanSettings(missing.pop()))
    assert refused.value.kind is FaultKind.UNSUPPORTED_SETTING
    scanner.configure(rig.settings)
    assert rigs.images_of(rigs.feed_once(scanner, spool, 1))


def test_feed_gives_every_sheet_whole_and_in_order_and_then_the_end_of_paper(
    rig: Rig, scanner: Scanner, spool: Path
) -> None:
    scanner.configure(rig.settings)
    feed = rigs.feed_once(scanner, spool)
    images = rigs.images_of(feed)
    assert feed[-1] == EndOfPaper(rig.loaded)
    assert [image.sheet for image in images] == list(range(1, rig.loaded + 1))
    assert [image.path for image in images] == sorted({image.path for image in images}, key=rigs.page_order)
    rigs.assert_whole(images, rig.size, rig.settings.dpi if rig.has_worker else None)
    assert {path for path in spool.glob("*") if path.suffix != ".tif"} == set()


def test_limit_ends_the_feed_without_end_of_paper(rig: Rig, scanner: Scanner, spool: Path) -> None:
    scanner.configure(rig.settings)
    feed = rigs.feed_once(scanner, spool, 2)
    assert [type(one) for one in feed] == [RawImage, RawImage]
    rigs.assert_whole(rigs.images_of(feed), rig.size)


def test_every_mode_and_depth_that_is_offered_can_be_scanned(rig: Rig, scanner: Scanner, spool: Path) -> None:
    if not rig.has_worker:
        pytest.skip("a folder takes what comes")
    can = scanner.capabilities()
    for mode, depth in product(can.modes, can.depths):
        applied = scanner.configure(replace(rig.settings, mode=mode, depth=depth))
        assert (applied.mode, applied.depth) == (mode, 1 if mode is Mode.LINEART else depth)
        refill(rig)
        (image,) = rigs.images_of(rigs.feed_once(scanner, spool, 1))
        rigs.assert_whole([image], rig.size)
        assert rigs.mode_of(image) == PILLOW_MODES[mode, applied.depth]


def test_limit_as_large_as_the_stack_is_an_end_by_limit(rig: Rig, scanner: Scanner, spool: Path) -> None:
    scanner.configure(rig.settings)
    assert len(rigs.images_of(rigs.feed_once(scanner, spool, rig.loaded))) == rig.loaded


def test_flatbed_gives_one_image_for_each_trigger(rig: Rig, spool: Path) -> None:
    if rig.flatbed is None and "flatbed" not in rig.extra:
        pytest.skip("no glass here")
    scanner = rig.extra["flatbed"]() if "flatbed" in rig.extra else rig.open()
    try:
        assert scanner.configure(rig.flatbed or rig.settings).source is Source.FLATBED
        for _ in range(2):
            (image,) = rigs.feed_once(scanner, spool)
            assert isinstance(image, RawImage)
            assert image.sheet == 1
            rigs.assert_whole([image], rig.size)
    finally:
        scanner.close()


def test_grey_gives_one_sample_a_pixel(rig: Rig, scanner: Scanner, spool: Path) -> None:
    if not rig.has_worker:
        pytest.skip("a folder takes what comes")
    grey = ScanSettings(rig.settings.source, Mode.GREY, rig.settings.dpi, rig.settings.width_mm, rig.settings.height_mm)
    assert scanner.configure(grey).mode is Mode.GREY
    (image,) = rigs.images_of(rigs.feed_once(scanner, spool, 1))
    assert rigs.mode_of(image) == "L"


def test_empty_feeder_is_just_the_end_of_paper(rig: Rig, scanner: Scanner, spool: Path) -> None:
    if rig.unload is None:
        pytest.skip("SANE's test device always holds ten sheets")
    rig.unload()
    scanner.configure(rig.settings)
    assert list(scanner.feed(spool)) == [EndOfPaper(0)]


def test_cancel_from_another_thread_ends_the_feed(rig: Rig, scanner: Scanner, spool: Path) -> None:
    """As CANCELLED, or as a clean end where the source was quicker; never as a wait, and never with half a page."""
    scanner.configure(rig.settings)
    feed = rigs.begin_feed(scanner, spool)
    images: rigs.Feed = []
    canceller = threading.Thread(target=scanner.cancel)
    canceller.start()
    try:
        with rigs.within(rigs.PATIENCE_SECONDS):
            images += list(feed)
    except DeviceFault as fault:
        assert fault.kind is FaultKind.CANCELLED  # noqa: PT017 - a clean end is as good
    canceller.join()
    rigs.assert_whole(rigs.images_of(images), rig.size)


def test_scanner_can_be_used_again_after_a_cancel(rig: Rig, scanner: Scanner, spool: Path) -> None:
    scanner.configure(rig.settings)
    feed = rigs.begin_feed(scanner, spool)
    scanner.cancel()
    with rigs.fault_or_end():
        list(feed)
    assert rigs.feed_once(scanner, spool)


def test_cancel_without_a_feed_does_not_touch_the_next_one(rig: Rig, scanner: Scanner, spool: Path) -> None:
    scanner.configure(rig.settings)
    scanner.cancel()
    assert len(rigs.images_of(rigs.feed_once(scanner, spool, 2))) == 2
    scanner.cancel()
    refill(rig)
    assert rigs.images_of(rigs.feed_once(scanner, spool, 1))


def test_feed_that_its_reader_leaves_is_ended(rig: Rig, scanner: Scanner, spool: Path) -> None:
    scanner.configure(rig.settings)
    rigs.begin_feed(scanner, spool).close()
    assert rigs.feed_once(scanner, spool)


def test_closing_leaves_no_process_and_may_be_done_twice(rig: Rig, spool: Path) -> None:
    scanner = rig.open()
    scanner.configure(rig.settings)
    rigs.feed_once(scanner, spool, 1)
    pid = scanner.worker_pid if isinstance(scanner, WorkerScanner | DeviceSession) else None
    assert bool(pid) == rig.has_worker
    scanner.close()
    scanner.close()
    assert pid is None or not rigs.is_running(pid)
    assert pid is None or rigs.group_of(pid) == set()


def test_closed_scanner_opens_again_with_its_settings(rig: Rig, scanner: Scanner, spool: Path) -> None:
    scanner.configure(rig.settings)
    scanner.close()
    images = rigs.images_of(rigs.feed_once(scanner, spool, 2))
    assert len(images) == 2
    rigs.assert_whole(images, rig.size)


def test_second_feed_begins_anew(rig: Rig, scanner: Scanner, spool: Path) -> None:
    """Neither images nor the end of paper of a feed that ended may turn up in the next: it may be another book's."""
    if rig.reload is None:
        pytest.skip("nobody can put paper in")
    scanner.configure(rig.settings)
    for limit in (1, rig.loaded, None):
        rig.reload()
        rigs.feed_once(scanner, spool, limit)
        rig.reload()
        feed = rigs.feed_once(scanner, spool)
        assert [image.sheet for image in rigs.images_of(feed)] == list(range(1, rig.loaded + 1))
        assert feed[-1] == EndOfPaper(rig.loaded)


def test_asking_in_the_middle_of_a_feed_is_refused(rig: Rig, scanner: Scanner, spool: Path) -> None:
    """The answer would come after images that nobody then takes."""
    if not rig.has_worker:
        pytest.skip("a folder answers at once")
    scanner.configure(rig.settings)
    feed = rigs.begin_feed(scanner, spool)
    for ask in (scanner.capabilities, scanner.sensors, lambda: next(iter(scanner.feed(spool)))):
        with pytest.raises(RuntimeError, match="under way"):
            ask()
    with rigs.fault_or_end():
        list(feed)
