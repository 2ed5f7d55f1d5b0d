"""A SANE device by whichever way: the rules of a feed. Runs in a worker process: a backend may crash, hang or leak.

Each rule here is a crash or a lost page otherwise: `sane_cancel` exactly once at the end of a feed; the paper runs out
between two images (a value) or inside one (a fault); a cancelled page may come back cut off as a success; the lines
that came are compared with those that were announced.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from drivers.backend import Frame
from drivers.faults import DeviceFault, FaultKind, fault_from_sane, fault_while_opening, refine_by_sensors
from drivers.feeding import FeedCount
from drivers.interface import Applied, Capabilities, DeviceInfo, EndOfPaper, Mode, ScanSettings, Source
from drivers.layout import check_parameters, image_of
from drivers.sane_api import SaneError
from drivers.sane_device import SaneDevice

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.sane_api import SaneLibrary


class SaneBackend:
    """One SANE device in this process."""

    def __init__(self, driver: str, library: SaneLibrary) -> None:
        self._driver = driver
        self._library = library
        self._device: SaneDevice | None = None
        self._address = ""
        self._settings = ScanSettings()
        self._applied: Applied | None = None
        self._count = FeedCount(Source.FLATBED)
        self._feeding = False
        self._stopped = False
        self._ran_out = False
        self._cancelled = threading.Event()
        self._cancel_lock = threading.Lock()

    @property
    def count(self) -> FeedCount:
        return self._count

    def devices(self) -> list[DeviceInfo]:
        """Scanners that SANE finds now; takes as long as the configured backends take (5 ms to 9 s)."""
        try:
            found = self._library.devices()
        except SaneError as error:
            raise fault_from_sane(error) from error
        return [
            DeviceInfo(f"{self._driver}:{one.name}", self._driver, one.vendor, one.model, one.kind) for one in found
        ]

    def open(self, address: str) -> None:
        try:
            handle = self._library.open(address)
            try:
                self._device = SaneDevice(handle)
            except SaneError:
                handle.close()
                raise
        except SaneError as error:
            raise fault_while_opening(error) from error
        self._address = address

    def capabilities(self) -> Capabilities:
        """Without what this way to SANE would spoil."""
        can, depths = self._opened().capabilities(), self._library.depths
        modes = tuple(mode for mode in can.modes if mode is not Mode.LINEART or 1 in depths)
        return replace(can, modes=modes, depths=tuple(depth for depth in can.depths if depth in depths))

    def configure(self, settings: ScanSettings) -> Applied:
        try:
            applied = self._opened().configure(settings)
        except SaneError as error:
            raise fault_from_sane(error) from error
        if applied.depth not in self._library.depths:
            raise DeviceFault(
                FaultKind.UNSUPPORTED_SETTING, f"driver {self._driver} cannot read {applied.depth} bits a sample"
            )
        self._applied = applied
        self._settings = settings
        return self._applied

    def feeds(self) -> bool:
        return self._configured().source is not Source.FLATBED

    def scan(self, on_start: Callable[[], None], on_data: Callable[[], None]) -> Frame | EndOfPaper:
        applied = self._configured()
        if not self._feeding:
            self._begin_feed(applied)
        try:
            frame = self._scan(applied, on_start, on_data)
        except DeviceFault:
            self._ran_out = False
            raise
        self._ran_out = self._ran_out or isinstance(frame, EndOfPaper)
        return frame

    def expect_feed(self) -> None:
        self._cancelled.clear()

    def end_feed(self) -> None:
        """Stop the device, and close it unless its paper ran out.

        sane-airscan fetches sheets ahead. After a cancel between two images it goes on drawing them in, and delivers
        them, or the end of their feed, into the next feed: of another book. Only closing ends that.
        """
        with self._cancel_lock:
            self._stop()
            self._feeding = False
        if not self._ran_out or self._cancelled.is_set():
            self._shut()

    def sensors(self) -> dict[str, Any]:
        return self._opened().sensors()

    def cancel(self) -> None:
        """Ask the backend to stop; the reading thread then reports CANCELLED. Safe from a second thread.

        It does not wait for the first thread, which may hang in a cancel of its own: the parent must still be heard.
        """
        self._cancelled.set()
        if self._cancel_lock.acquire(blocking=False):
            try:
                self._stop()
            finally:
                self._cancel_lock.release()

    def close(self) -> None:
        self._shut()
        self._library.exit()

    def _begin_feed(self, applied: Applied) -> None:
        """On the glass there is nothing that could run out."""
        self._count = FeedCount(applied.source)
        self._feeding, self._stopped, self._ran_out = True, False, applied.source is Source.FLATBED

    def _stop(self) -> None:
        """`sane_cancel`, exactly once in a feed: sane-airscan keeps a second one and cancels the next feed with it.

        Called with the lock held.
        """
        if self._feeding and not self._stopped and self._device is not None:
            self._stopped = True
            self._device.handle.cancel()

    def _configured(self) -> Applied:
        """What was configured last, or else the device's own settings."""
        return self._applied or self.configure(self._settings)

    def _shut(self) -> None:
        device, self._device, self._applied = self._device, None, None
        if device is not None:
            device.handle.close()

    def _opened(self) -> SaneDevice:
        if self._device is None:
            self.open(self._address)
        assert self._device is not None
        return self._device

    def _scan(self, applied: Applied, on_start: Callable[[], None], on_data: Callable[[], None]) -> Frame | EndOfPaper:
        if self._cancelled.is_set():  # SANE would take a start after a cancel for a new batch and draw in a sheet
            raise DeviceFault(FaultKind.CANCELLED, "cancelled between images")
        on_start()
        try:
            self._opened().handle.start(feeder=self.feeds())
        except SaneError as error:
            return self._ended(fault_from_sane(error))
        self._count.begin()
        return self._read(applied, on_data)

    def _read(self, applied: Applied, on_data: Callable[[], None]) -> Frame | EndOfPaper:
        handle = self._opened().handle
        came = False

        def note() -> None:
            nonlocal came
            came = True
            on_data()

        try:
            parameters = handle.parameters()
            check_parameters(parameters)
            self._library.check_layout(parameters)
            data = handle.read(parameters, note)
        except SaneError as error:
            if not came:  # sane-airscan starts on an empty feeder too and says so when asked for the first line
                return self._ended(fault_from_sane(error))
            raise self._explained(fault_from_sane(error), data_came=True) from error
        if self._cancelled.is_set():
            raise DeviceFault(FaultKind.CANCELLED, "cancelled while reading")
        image = image_of(data, parameters)
        sheet, side = self._count.place
        self._count.keep()
        return Frame(image.pixels, image.width, image.height, image.samples, applied.dpi, sheet, side, image.depth)

    def _ended(self, fault: DeviceFault) -> EndOfPaper:
        """The end of the paper, where the feeder ran empty between two images; anything else is a fault."""
        explained = self._explained(fault, data_came=False)
        if explained.kind is FaultKind.FEEDER_EMPTY and self.feeds():
            return EndOfPaper(self._count.images)
        raise explained

    def _explained(self, fault: DeviceFault, *, data_came: bool) -> DeviceFault:
        """What the fault means by the sensors, which are read before anything else is asked of the device."""
        if self._cancelled.is_set():
            return DeviceFault(FaultKind.CANCELLED, fault.detail)
        explained = refine_by_sensors(fault, self.sensors(), feeder=self.feeds())
        self._count.end_in(explained.kind, data_came=data_came)
        return explained
