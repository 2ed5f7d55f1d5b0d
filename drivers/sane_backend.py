"""python-sane on its low-level calls. Loaded in a worker process alone: a SANE backend may crash, hang or leak.

Rules that this module keeps, each of them a crash or a lost page otherwise: `start()` and `snap()` with the cancel
left to us; never `multi_scan()` (it swallows NO_DOCS in the middle of a page) nor `arr_snap()` (it cancels the feed);
a progress callback that never raises (it would be a segmentation fault); cancel exactly once at the end of a feed.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import _sane  # the high-level module shadows options named like its methods (`scan`, `start`, `cancel`, `close`)

from drivers import options as opt
from drivers.backend import Frame
from drivers.faults import DeviceFault, FaultKind, fault_from_sane, fault_while_opening, refine_by_sensors
from drivers.interface import Applied, Capabilities, DeviceInfo, Difference, EndOfPaper, ScanSettings, Side, Source

if TYPE_CHECKING:
    from collections.abc import Callable


class SaneBackend:
    """One SANE device in this process."""

    def __init__(self) -> None:
        _sane.init()
        self._device: Any = None
        self._address = ""
        self._options: opt.Options = {}
        self._settings = ScanSettings()
        self._applied: Applied | None = None
        self._images = 0
        self._feeding = False
        self._stopped = False
        self._ran_out = False
        self._cancelled = threading.Event()
        self._cancel_lock = threading.Lock()

    def devices(self) -> list[DeviceInfo]:
        """Scanners that SANE finds now; takes as long as the configured backends take (5 ms to 9 s)."""
        return [DeviceInfo(f"sane:{name}", "sane", vendor, model, kind) for name, vendor, model, kind in _found()]

    def open(self, address: str) -> None:
        try:
            self._device = _sane._open(address)
        except _sane.error as error:
            raise fault_while_opening(str(error)) from error
        self._address = address
        self._load_options()

    def capabilities(self) -> Capabilities:
        self._open_again()
        return opt.capabilities_of(self._options)

    def configure(self, settings: ScanSettings) -> Applied:
        self._open_again()
        source, source_name = opt.choose_source(self._options, settings.source)
        differences = [self._set("source", source_name), *self._settle_feeder(source)]
        differences.append(self._set("mode", opt.choose_mode(self._options, settings.mode)))
        differences.append(self._set("depth", 8))
        opt.check_resolution(self._options, settings.dpi)
        differences.append(self._set("resolution", settings.dpi))
        differences += [self._set(name, value) for name, value in opt.FORCED]
        differences += [self._set(name, size) for name, size in opt.area_plan(self._options, settings)]
        self._settings = settings
        self._applied = self._read_back(source, settings, [d for d in differences if d])
        return self._applied

    def feeds(self) -> bool:
        return self._configured().source is not Source.FLATBED

    def scan(self, on_start: Callable[[], None], on_data: Callable[[], None]) -> Frame | EndOfPaper:
        applied = self._configured()
        if not self._feeding:
            # On the glass there is nothing that could run out.
            self._images, self._feeding, self._stopped, self._ran_out = 0, True, False, not self.feeds()
        try:
            frame = self._scan(applied, on_start, on_data)
        except DeviceFault:
            self._ran_out = False
            raise
        if isinstance(frame, Frame):
            self._images += 1
        else:
            self._ran_out = True
        return frame

    def expect_feed(self) -> None:
        self._cancelled.clear()

    def end_feed(self) -> None:
        """Stop the device, and close it unless its paper ran out.

        sane-airscan fetches sheets ahead. After a cancel between two images it goes on drawing them in, and delivers
        them, or the end of their feed, into the next feed: of another book. Only closing ends that.
        """
        self._stop()
        self._feeding = False
        if not self._ran_out or self._cancelled.is_set():
            self._shut()

    def sensors(self) -> dict[str, Any]:
        """All sensors in one pass: some backends hand each value out once."""
        self._open_again()
        names = [name for name in opt.SENSORS if name in self._options and self._options[name].readable]
        return {name: self._get(name) for name in names}

    def cancel(self) -> None:
        """Ask the backend to stop; the reading thread then reports CANCELLED. Safe from a second thread."""
        self._cancelled.set()
        self._stop()

    def close(self) -> None:
        self._shut()
        _sane.exit()

    def _stop(self) -> None:
        """`sane_cancel`, exactly once in a feed: sane-airscan keeps a second one and cancels the next feed with it."""
        with self._cancel_lock:
            if self._feeding and not self._stopped and self._device is not None:
                self._stopped = True
                self._device.cancel()

    def _configured(self) -> Applied:
        """What was configured last, or else the device's own settings."""
        return self._applied or self.configure(self._settings)

    def _shut(self) -> None:
        if self._device is not None:
            self._device.close()
        self._device, self._applied, self._options = None, None, {}

    def _open_again(self) -> None:
        if self._device is None:
            self.open(self._address)

    def _load_options(self) -> None:
        self._options = {
            name: opt.OptionInfo(index, name, kind, cap, constraint)
            for index, name, _, _, kind, _, _, cap, constraint in self._device.get_options()
            if name and kind != opt.GROUP
        }

    def _settle_feeder(self, source: Source) -> list[Difference | None]:
        """epson2, kodakaio and magicolor choose the sides by `adf-mode`, kvs40xx by a boolean `duplex`."""
        duplex = source is Source.ADF_DUPLEX
        return [self._set("adf-mode", "Duplex" if duplex else "Simplex"), self._set("duplex", duplex)]

    def _set(self, name: str, value: Any) -> Difference | None:
        """Set one option and read it back; an option that the device lacks or locks is left alone."""
        option = self._options.get(name)
        if option is None or value is None or not option.settable:
            return None
        if option.type == opt.FIXED:
            value = float(value)
        try:
            info = self._device.set_option(option.index, value)
        except (_sane.error, TypeError) as error:
            return Difference(name, str(value), f"refused: {error}")
        if info & _sane.INFO_RELOAD_OPTIONS:
            self._load_options()
        got = self._get(name)
        same = abs(got - value) < 0.5 if option.type == opt.FIXED and isinstance(got, float) else got == value
        return None if same else Difference(name, str(value), str(got))

    def _get(self, name: str) -> Any:
        option = self._options.get(name)
        if option is None or not option.readable:
            return None
        try:
            value = self._device.get_option(option.index)
        except _sane.error:
            return None
        return bool(value) if option.type == opt.BOOL else value

    def _read_back(self, source: Source, settings: ScanSettings, differences: list[Difference]) -> Applied:
        mode = opt.mode_of(str(self._get("mode"))) or settings.mode
        width, height = self._get("br-x"), self._get("br-y")
        return Applied(
            source=source,
            mode=mode,
            dpi=round(self._get("resolution") or settings.dpi),
            width_mm=float(width or settings.width_mm or 0),
            height_mm=float(height or settings.height_mm or 0),
            differences=tuple(differences),
        )

    def _scan(self, applied: Applied, on_start: Callable[[], None], on_data: Callable[[], None]) -> Frame | EndOfPaper:
        if self._cancelled.is_set():  # SANE would take a start after a cancel for a new batch and draw in a sheet
            raise DeviceFault(FaultKind.CANCELLED, "cancelled between images")
        on_start()
        try:
            self._device.start()
        except _sane.error as error:
            return self._ended(fault_from_sane(str(error)))
        return self._read(applied, on_data)

    def _ended(self, fault: DeviceFault) -> EndOfPaper:
        """The end of the paper, where the feeder ran empty between two images; anything else is a fault."""
        if fault.kind is FaultKind.FEEDER_EMPTY and self.feeds() and not self._cancelled.is_set():
            return EndOfPaper(self._images)
        raise self._explained(fault)

    def _read(self, applied: Applied, on_data: Callable[[], None]) -> Frame | EndOfPaper:
        lines = 0

        def count(*_: int) -> None:
            nonlocal lines
            lines += 1
            on_data()

        try:
            shape, _, (width, height), depth, bytes_per_line = self._device.get_parameters()
            _refuse_layout(shape, width, depth, bytes_per_line)
            pixels, width, got_height, samples, _ = self._device.snap(1, 0, count)
        except _sane.error as error:
            fault = fault_from_sane(str(error))
            if lines == 0:  # sane-airscan starts on an empty feeder too and says so when asked for the first line
                return self._ended(fault)
            raise self._explained(fault) from error
        if self._cancelled.is_set():
            raise DeviceFault(FaultKind.CANCELLED, "cancelled while reading")
        if not pixels:
            raise DeviceFault(FaultKind.EMPTY_PAGE, "the scanner sent no data")
        if 0 < got_height < height:
            raise DeviceFault(FaultKind.SHORT_PAGE, f"{got_height} of {height} lines came")
        sheet, side = self._place(applied.source)
        return Frame(pixels, width, got_height, samples, applied.dpi, sheet, side)

    def _place(self, source: Source) -> tuple[int, Side]:
        if source is not Source.ADF_DUPLEX:
            return self._images + 1, Side.FRONT
        return self._images // 2 + 1, Side.BACK if self._images % 2 else Side.FRONT

    def _explained(self, fault: DeviceFault) -> DeviceFault:
        if self._cancelled.is_set():
            return DeviceFault(FaultKind.CANCELLED, fault.detail)
        return refine_by_sensors(fault, self.sensors())


def _found() -> list[tuple[str, str, str, str]]:
    try:
        return list(_sane.get_devices())
    except _sane.error as error:
        raise fault_from_sane(str(error)) from error


def _refuse_layout(shape: str, width: int, depth: int, bytes_per_line: int) -> None:
    """python-sane returns garbage for 16-bit samples, for lines with padding and for colours that come one by one."""
    if depth != 8:
        raise DeviceFault(FaultKind.UNSUPPORTED_SETTING, f"{depth} bits a sample")
    samples = {"gray": 1, "color": 3}.get(shape)
    if samples is None:
        raise DeviceFault(FaultKind.UNSUPPORTED_SETTING, f"a frame of {shape} alone")
    if bytes_per_line != width * samples:
        raise DeviceFault(FaultKind.UNSUPPORTED_SETTING, f"{bytes_per_line} bytes a line of {width} pixels")
