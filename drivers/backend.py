"""What runs inside a worker process: a backend scans one image at a time into memory and may crash or hang there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from drivers.faults import DeviceFault, FaultKind, fault_from_sane
from drivers.interface import SANE_DRIVERS, Side
from drivers.sane_api import SaneError

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.feeding import FeedCount
    from drivers.interface import Applied, Capabilities, DeviceInfo, EndOfPaper, ScanSettings
    from drivers.sane_api import SaneLibrary


@dataclass(frozen=True)
class Frame:
    """One image in memory, rows one after the other without more than a byte's padding.

    `samples` is 1 (grey) or 3 (RGB), `depth` 1 (a set bit is black), 8 or 16 bits a sample, little-endian. The memory
    may be used again by the second `scan` after this one: what is written at most is one page behind.
    """

    pixels: bytes | bytearray | memoryview
    width: int
    height: int
    samples: int
    dpi: int
    sheet: int
    side: Side = Side.FRONT
    depth: int = 8


class Backend(Protocol):
    """One device of one driver. One thread makes every call; `cancel` alone may come from a second."""

    @property
    def count(self) -> FeedCount:
        """The paper of the feed under way, or of the last one."""
        ...

    def devices(self) -> list[DeviceInfo]: ...

    def open(self, address: str) -> None: ...

    def capabilities(self) -> Capabilities: ...

    def configure(self, settings: ScanSettings) -> Applied: ...

    def scan(self, on_start: Callable[[], None], on_data: Callable[[], None]) -> Frame | EndOfPaper:
        """The next image of the feed. `on_start` before the device moves, `on_data` while bytes flow."""
        ...

    def feeds(self) -> bool:
        """Whether one trigger takes a whole stack (a feeder) or one image (a flatbed)."""
        ...

    def expect_feed(self) -> None:
        """A feed was asked for: forget earlier cancels. A cancel after this counts, even before the first `scan`.

        Called from the second thread, while the first one waits.
        """
        ...

    def end_feed(self) -> None:
        """Called after a feed, however it ended; a second time, after a spool that filled up, it does nothing."""
        ...

    def sensors(self) -> dict[str, Any]: ...

    def cancel(self) -> None: ...

    def close(self) -> None: ...


def make_backend(driver: str) -> Backend:
    """The backend of a driver's name. Imported here alone, so that only the worker loads SANE.

    Raises `DeviceFault(DRIVER_MISSING)` when the driver's library is not installed, or nobody has one of that name.
    """
    try:
        return _make_backend(driver)
    except (ImportError, OSError) as error:
        raise DeviceFault(FaultKind.DRIVER_MISSING, f"driver {driver}: {error}") from error
    except SaneError as error:
        raise fault_from_sane(error) from error


def _make_backend(driver: str) -> Backend:
    match driver:
        case "sane":
            from drivers.libsane import LibSane

            return _sane_backend(driver, LibSane())
        case "python-sane":
            from drivers.python_sane import PythonSane

            return _sane_backend(driver, PythonSane())
        case "pyinsane2":
            from drivers.pyinsane import PyInsane

            return _sane_backend(driver, PyInsane())
        case "scripted":
            from drivers.scripted import ScriptedBackend

            return ScriptedBackend()
    raise ImportError(f"there is no driver of this name; there are: {', '.join([*SANE_DRIVERS, 'scripted'])}")


def _sane_backend(driver: str, library: SaneLibrary) -> Backend:
    from drivers.sane_backend import SaneBackend

    return SaneBackend(driver, library)
