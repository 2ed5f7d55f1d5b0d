"""What runs inside a worker process: a backend scans one image at a time into memory and may crash or hang there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from drivers.interface import Side

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.interface import Applied, Capabilities, DeviceInfo, EndOfPaper, ScanSettings


@dataclass(frozen=True)
class Frame:
    """One image in memory: 8-bit samples, `samples` 1 (grey) or 3 (RGB), rows without padding."""

    pixels: bytes | bytearray | memoryview
    width: int
    height: int
    samples: int
    dpi: int
    sheet: int
    side: Side = Side.FRONT


class Backend(Protocol):
    """One device of one driver. One thread makes every call; `cancel` alone may come from a second."""

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
        """Called once after a feed, however it ended."""
        ...

    def sensors(self) -> dict[str, Any]: ...

    def cancel(self) -> None: ...

    def close(self) -> None: ...


def make_backend(driver: str) -> Backend:
    """The backend of a driver's name. Imported here alone, so that only the worker loads SANE.

    Raises `ImportError` when the driver's library is not installed, `KeyError` for a name nobody has.
    """
    match driver:
        case "sane":
            from drivers.sane_backend import SaneBackend

            return SaneBackend()
        case "scripted":
            from drivers.scripted import ScriptedBackend

            return ScriptedBackend()
    raise KeyError(driver)
