"""Sources of images as tests hold them: each put into a known state, with what a correct driver makes of it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from ctypes.util import find_library
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from drivers.arrivals import natural_order
from drivers.faults import DeviceFault, FaultKind
from drivers.hot_folder import HotFolder
from drivers.interface import DeviceInfo, EndOfPaper, Mode, RawImage, ScanSettings, Source
from drivers.remote import WorkerScanner
from drivers.states import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers.interface import Scanner
    from drivers.simulator.process import SimulatedScanner

# Short, because SANE's `test` backend deadlocks now and then, in scanimage too: the wait is what the retry costs.
LIMITS = Limits(hello=20, open=10, answer=10, start=6, data=6, cancel=2, close=3, discovery=10)
PATIENCE_SECONDS = 30.0
SIM_SIZE = (300, 424)
"""Pixels of a simulated page: A4 at a ninth of 300 dpi, so that tests do not wait for megabytes."""

Feed = list[RawImage | EndOfPaper]


@dataclass
class Rig:
    """A source of images that holds `loaded` sheets and can be opened."""

    name: str
    open: Callable[[], Scanner]
    settings: ScanSettings
    loaded: int
    size: tuple[int, int]
    flatbed: ScanSettings | None = None
    reload: Callable[[], object] | None = None
    unload: Callable[[], object] | None = None
    has_worker: bool = True
    extra: dict[str, Any] = field(default_factory=dict)


def need_driver(driver: str) -> None:
    """Skip the test where the library of this driver is not installed."""
    module = {"python-sane": "_sane", "pyinsane2": "pyinsane2"}.get(driver)
    if module and find_spec(module) is None:
        pytest.skip(f"needs {driver}")
    if find_library("sane") is None:
        pytest.skip("needs libsane")


def sane_test_configuration(folder: Path, *lines: str) -> Path:
    """A SANE configuration that shows one device of SANE's own `test` backend and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dll.conf").write_text("test\n", encoding="utf-8")
    text = "\n".join(["geometry_max 450.0", "number_of_devices 1", *lines, ""])
    (folder / "test.conf").write_text(text, encoding="utf-8")
    return folder


def sane_test_rig(driver: str = "sane") -> Rig:
    info = DeviceInfo(f"{driver}:test:0", driver)
    settings = ScanSettings(Source.ADF, Mode.COLOUR, 75, 100.0, 120.0)
    flatbed = ScanSettings(Source.FLATBED, Mode.GREY, 75, 100.0, 120.0)
    return Rig(f"test-{driver}", lambda: WorkerScanner(info, LIMITS), settings, 10, (295, 354), flatbed)


def draw_sheets(folder: Path, count: int, size: tuple[int, int] = SIM_SIZE, dpi: int = 300) -> Path:
    """Page images that differ from each other: the grey of each tells its number."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, count + 1):
        rng = np.random.default_rng(number)
        pixels = rng.integers(0, 60, (size[1], size[0], 3), dtype=np.uint8) + np.uint8(16 * (number % 10))
        Image.fromarray(pixels).save(folder / f"page {number}.jpg", quality=90, dpi=(dpi, dpi))
    return folder


def simulator_rig(simulator: SimulatedScanner, loaded: int, driver: str = "sane") -> Rig:
    info = DeviceInfo(f"{driver}:{simulator.device_name}", driver)
    return Rig(
        f"airscan-{driver}",
        lambda: WorkerScanner(info, LIMITS),
        ScanSettings(Source.ADF),
        loaded,
        SIM_SIZE,
        ScanSettings(Source.FLATBED),
        reload=lambda: simulator.refill(0),
        unload=lambda: simulator.refill(loaded),
    )


def open_simulated(simulator: SimulatedScanner, limits: Limits = LIMITS) -> WorkerScanner:
    return WorkerScanner(DeviceInfo(f"sane:{simulator.device_name}", "sane"), limits)


def write_script(path: Path, *sheets: str, feeder: bool = True, dpi: int = 50) -> Path:
    """A script for the scripted scanner; each sheet is the text of one entry, such as `grey = 200`."""
    entries = "".join(f"[[sheet]]\n{sheet}\n" for sheet in sheets)
    path.write_text(f"feeder = {str(feeder).lower()}\ndpi = {dpi}\n{entries}", encoding="utf-8")
    return path


def open_script(script: Path, limits: Limits = LIMITS) -> WorkerScanner:
    return WorkerScanner(DeviceInfo(f"scripted:{script}", "scripted"), limits)


def scripted_rig(folder: Path) -> Rig:
    script = write_script(folder / "script.toml", *[f"grey = {20 * n}" for n in range(1, 9)])
    glass = write_script(folder / "glass.toml", "grey = 10", "grey = 20", feeder=False)
    return Rig(
        "scripted",
        lambda: open_script(script),
        ScanSettings(dpi=50),
        8,
        (413, 585),
        reload=lambda: (folder / "script.toml.at").write_text("0"),
        unload=lambda: (folder / "script.toml.at").write_text("8"),
        extra={"flatbed": lambda: open_script(glass)},
    )


def folder_rig(folder: Path) -> Rig:
    draw_sheets(folder, 5, dpi=50)

    def empty() -> None:
        for path in folder.iterdir():
            path.unlink()

    return Rig("folder", lambda: HotFolder.at(folder, 0), ScanSettings(), 5, SIM_SIZE, unload=empty, has_worker=False)


def feed_once(scanner: Scanner, spool: Path, limit: int | None = None) -> Feed:
    """A whole feed; one that stalls is repeated once, for the sake of SANE's `test` backend."""
    try:
        return list(scanner.feed(spool, limit))
    except DeviceFault as fault:
        if fault.kind is not FaultKind.STALLED:
            raise
    return list(scanner.feed(spool, limit))


def begin_feed(scanner: Scanner, spool: Path) -> Generator[RawImage | EndOfPaper, None, None]:
    """A feed whose first image has come; one that stalls before it is repeated once."""
    for _ in range(2):
        feed = scanner.feed(spool)
        assert isinstance(feed, Generator)
        try:
            assert isinstance(next(feed), RawImage)
        except DeviceFault as fault:
            stalled = fault
            if fault.kind is not FaultKind.STALLED:
                raise
        else:
            return feed
    raise stalled


def feed_into_fault(
    scanner: Scanner, spool: Path, *, retry_stalled: bool = False
) -> tuple[list[RawImage], DeviceFault]:
    """The images of a feed and the fault that it must end in."""
    images, fault = _feed_into_fault(scanner, spool)
    if retry_stalled and fault.kind is FaultKind.STALLED:
        images, fault = _feed_into_fault(scanner, spool)
    return images, fault


def _feed_into_fault(scanner: Scanner, spool: Path) -> tuple[list[RawImage], DeviceFault]:
    images: list[RawImage] = []
    try:
        for one in scanner.feed(spool):
            assert isinstance(one, RawImage), "the paper ended before the fault"
            images.append(one)
    except DeviceFault as fault:
        return images, fault
    raise AssertionError(f"no fault came after {len(images)} images")


def images_of(feed: Feed) -> list[RawImage]:
    return [one for one in feed if isinstance(one, RawImage)]


def assert_whole(images: list[RawImage], size: tuple[int, int] | None = None, dpi: int | None = None) -> None:
    """Every file opens, decodes to its last pixel and is what its description says."""
    for image in images:
        with Image.open(image.path) as file:
            file.load()
            assert file.size == ((image.width, image.height) if image.width else size)
            assert size is None or file.size == size
            assert dpi is None or file.info["dpi"] == (dpi, dpi)


def greys(images: list[RawImage]) -> list[int]:
    """The grey of each plain sheet of a script: tells which sheet it was."""
    return [grey_of(image.path) for image in images]


def grey_of(path: Path) -> int:
    """The grey of an image that has but one."""
    with Image.open(path) as file:
        pixels = np.asarray(file.convert("L"))
    assert pixels.min() == pixels.max()
    return int(pixels[0, 0])


def is_running(pid: int) -> bool:
    """Whether a process does anything any more; one that only waits for its parent to look has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def group_of(pid: int) -> set[int]:
    """The running processes of a process group."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == pid and fields[0] not in {"Z", "X"}:
                found.add(int(folder.name))
    return found


def workers_below(pid: int) -> set[int]:
    """Running worker processes that a process started."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"drivers.worker" in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
    return {one for one in found if is_running(one)}


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


@contextmanager
def later(seconds: float, action: Callable[[], object]) -> Iterator[None]:
    """Do something from another thread while the block runs."""
    timer = threading.Timer(seconds, action)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def own_workers() -> set[int]:
    return workers_below(os.getpid())


@contextmanager
def fault_or_end() -> Iterator[None]:
    with suppress(DeviceFault):
        yield


def mode_of(image: RawImage) -> str:
    with Image.open(image.path) as file:
        return str(file.mode)


def page_order(path: Path) -> tuple[Any, str]:
    return natural_order(path)
