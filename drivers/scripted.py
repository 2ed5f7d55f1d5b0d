"""A scanner that follows a script: a list of sheets and faults. Tests and training drive it; it ships with the product.

`drivers.script` says what can stand in a script.
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.backend import Frame
from drivers.faults import DeviceFault, FaultKind
from drivers.feeding import FeedCount
from drivers.interface import (
    Applied,
    Capabilities,
    DeviceInfo,
    Difference,
    EndOfPaper,
    Mode,
    ScanSettings,
    Source,
)
from drivers.options import MM_PER_INCH
from drivers.script import MISSING, Script

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.script import Sheet

_A4_MM = (210.0, 297.0)
_MODES = (Mode.COLOUR, Mode.GREY)


class ScriptedBackend:
    """Plays a script, from whichever of its sources was asked for: the paper is the same."""

    def __init__(self) -> None:
        self._script: Script | None = None
        self._applied: Applied | None = None
        self._count = FeedCount(Source.FLATBED)
        self._feeding = False
        self._warm = False
        self._back: str | int | None = None
        self._cancelled = threading.Event()

    @property
    def count(self) -> FeedCount:
        return self._count

    def devices(self) -> list[DeviceInfo]:
        """A scripted scanner is only ever opened by its address."""
        return []

    def open(self, address: str) -> None:
        self._script = Script(Path(address))
        self._warm = False

    @property
    def script(self) -> Script:
        if self._script is None:
            raise DeviceFault(FaultKind.OFFLINE, "not open")
        return self._script

    def capabilities(self) -> Capabilities:
        script = self.script
        return Capabilities(
            script.sources, _MODES, script.resolutions, *_A4_MM, script.sensors, script.buttons, script.double_feed
        )

    def configure(self, settings: ScanSettings) -> Applied:
        """A resolution, depth or option that the script does not have is a difference, as with a real device."""
        script = self.script
        source = settings.source or script.sources[0]
        for asked, has in ((source, script.sources), (settings.mode, _MODES)):
            if asked not in has:
                raise DeviceFault(FaultKind.UNSUPPORTED_SETTING, f"{asked}; the script has: {', '.join(has)}")
        dpi = min(script.resolutions, key=lambda one: abs(one - settings.dpi))
        differences = [
            Difference(name, str(value), "no option of this device") for name, value in settings.options.items()
        ]
        for name, wanted, got in (("resolution", settings.dpi, dpi), ("depth", settings.depth, 8)):
            if wanted != got:
                differences.append(Difference(name, str(wanted), str(got)))
        stops = settings.double_feed and bool(script.double_feed) and source is not Source.FLATBED
        self._applied = Applied(source, settings.mode, dpi, *_A4_MM, 8, stops, tuple(differences))
        return self._applied

    def feeds(self) -> bool:
        return self._configured().source is not Source.FLATBED

    def scan(self, on_start: Callable[[], None], on_data: Callable[[], None]) -> Frame | EndOfPaper:
        applied = self._configured()
        if not self._feeding:
            self._count, self._feeding, self._back = FeedCount(applied.source), True, None
        if self._cancelled.is_set():
            raise DeviceFault(FaultKind.CANCELLED, "cancelled between images")
        on_start()
        page, self._back = self._back, None
        if page is None:
            page = self._draw_in(on_data)
        if page is None:
            return EndOfPaper(self._count.images)
        on_data()
        frame = self._image(page, applied)
        if self._cancelled.is_set():
            raise DeviceFault(FaultKind.CANCELLED, "cancelled while reading")
        self._count.keep()
        return frame

    def expect_feed(self) -> None:
        self._cancelled.clear()

    def end_feed(self) -> None:
        self._feeding = False

    def sensors(self) -> dict[str, Any]:
        return self.script.readings()

    def cancel(self) -> None:
        self._cancelled.set()

    def close(self) -> None:
        self._script = None

    def _configured(self) -> Applied:
        return self._applied or self.configure(ScanSettings(dpi=self.script.resolutions[0]))

    def _draw_in(self, on_data: Callable[[], None]) -> str | int | None:
        """The front of the next sheet, an image or a grey; None at the end of the stack."""
        sheet = self._next_sheet()
        if sheet is None:
            return None
        self._wait_for_lamp(sheet)
        self.script.move_to(self.script.position + 1)
        self._count.begin()
        self._happen(sheet, on_data)
        if self._count.source is Source.ADF_DUPLEX and sheet.back != MISSING:
            self._back = sheet.back
        return sheet.front

    def _next_sheet(self) -> Sheet | None:
        """A button that nobody waited for is passed over, before the first sheet of a stack alone."""
        while (sheet := self.script.next) is not None and sheet.press is not None:
            if self._count.images:
                return None
            self.script.move_to(self.script.position + 1)
        return sheet

    def _wait_for_lamp(self, sheet: Sheet) -> None:
        seconds = sheet.warm_up + (0.0 if self._warm else self.script.warm_up)
        if seconds and self._cancelled.wait(seconds):
            raise DeviceFault(FaultKind.CANCELLED, "cancelled while the lamp warmed up")
        self._warm = True

    def _happen(self, sheet: Sheet, on_data: Callable[[], None]) -> None:
        if sheet.fault is not None:
            self._count.end_in(sheet.fault, data_came=False)
            raise DeviceFault(sheet.fault, "by the script")
        if sheet.crash:
            os.kill(os.getpid(), signal.SIGSEGV)
        if sheet.hang:
            _hang(sheet.hang, on_data)

    def _image(self, page: str | int, applied: Applied) -> Frame:
        from PIL import Image

        mode, samples = ("L", 1) if applied.mode is Mode.GREY else ("RGB", 3)
        if isinstance(page, str):
            with Image.open(self.script.path.parent / page) as file:
                image = file.convert(mode)
        else:
            width, height = (round(mm / MM_PER_INCH * applied.dpi) for mm in _A4_MM)
            image = Image.new("L", (width, height), page).convert(mode)
        sheet, side = self._count.place
        return Frame(image.tobytes(), image.width, image.height, samples, applied.dpi, sheet, side)


def _hang(where: str, on_data: Callable[[], None]) -> None:
    if where == "deaf":
        ctypes.PyDLL(None).pause()
    if where == "reading":
        on_data()
    threading.Event().wait()
