"""python-sane, on its low-level calls: the way to SANE for a machine on which `drivers.libsane` does not do.

Rules that this module keeps, each of them a crash or a lost page otherwise: `start()` and `snap()` with the cancel
left to us; never `multi_scan()` (it swallows NO_DOCS in the middle of a page) nor `arr_snap()` (it cancels the feed);
a progress callback that never raises (it would be a segmentation fault). Option calls and `close` hold Python's lock.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import _sane  # the high-level module shadows options named like its methods (`scan`, `start`, `cancel`, `close`)

from drivers.sane_api import (
    RELOAD_OPTIONS,
    Cap,
    Constraint,
    Found,
    FrameFormat,
    OptionInfo,
    OptionType,
    Parameters,
    Range,
    SaneError,
    Status,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers.interface import OptionValue

# sane_strstatus() of libsane 1.2.1: python-sane hands on the text and drops the code.
_TEXTS = {
    "Operation not supported": Status.UNSUPPORTED,
    "Operation was canceled": Status.CANCELLED,
    "Operation was cancelled": Status.CANCELLED,
    "Device busy": Status.DEVICE_BUSY,
    "Invalid argument": Status.INVAL,
    "End of file reached": Status.EOF,
    "Document feeder jammed": Status.JAMMED,
    "Document feeder out of documents": Status.NO_DOCS,
    "Scanner cover is open": Status.COVER_OPEN,
    "Error during device I/O": Status.IO_ERROR,
    "Out of memory": Status.NO_MEM,
    "Access to resource has been denied": Status.ACCESS_DENIED,
}
_FORMATS = {"gray": FrameFormat.GRAY, "color": FrameFormat.RGB, "red": FrameFormat.RED, "green": FrameFormat.GREEN}


def status_of_text(text: str) -> Status:
    """The status that a text stands for; an unknown one is an I/O error."""
    return _TEXTS.get(text, Status.IO_ERROR)


class PythonSane:
    """python-sane, initialised. Images of other depths, and lines that are filled up, come as garbage from it."""

    depths = frozenset({8})

    def __init__(self) -> None:
        with _typed_errors():
            _sane.init()

    def devices(self) -> list[Found]:
        with _typed_errors():
            return [Found(*entry) for entry in _sane.get_devices()]

    def open(self, name: str) -> PythonSaneHandle:
        with _typed_errors():
            return PythonSaneHandle(_sane._open(name))

    def check_layout(self, parameters: Parameters) -> None:
        if parameters.bytes_per_line != parameters.pixels_per_line * parameters.samples:
            raise SaneError(Status.UNSUPPORTED, "python-sane cannot read lines that are filled up")

    def exit(self) -> None:
        _sane.exit()


class PythonSaneHandle:
    def __init__(self, device: Any) -> None:
        self._device = device

    def options(self) -> list[OptionInfo]:
        with _typed_errors():
            return [
                OptionInfo(
                    index, name, OptionType(kind), Cap(cap), _constraint(OptionType(kind), limits), Unit(unit), size
                )
                for index, name, _, _, kind, unit, size, cap, limits in self._device.get_options()
                if name and kind != OptionType.GROUP
            ]

    def get(self, option: OptionInfo) -> OptionValue:
        with _typed_errors():
            value: OptionValue = self._device.get_option(option.index)
        return bool(value) if option.type is OptionType.BOOL else value

    def set(self, option: OptionInfo, value: OptionValue) -> bool:
        with _typed_errors():
            return bool(self._device.set_option(option.index, value) & RELOAD_OPTIONS)

    def start(self, *, feeder: bool) -> None:  # noqa: ARG002 - one call for both
        with _typed_errors():
            self._device.start()

    def parameters(self) -> Parameters:
        with _typed_errors():
            name, last, (width, height), depth, bytes_per_line = self._device.get_parameters()
        return Parameters(_FORMATS.get(name, FrameFormat.BLUE), bool(last), bytes_per_line, width, height, depth)

    def read(self, parameters: Parameters, on_data: Callable[[], None]) -> bytes:  # noqa: ARG002 - asks for them itself
        with _typed_errors():
            pixels: bytes = self._device.snap(1, 0, lambda *_: on_data())[0]
        return pixels

    def cancel(self) -> None:
        self._device.cancel()

    def close(self) -> None:
        self._device.close()


def _constraint(kind: OptionType, limits: Any) -> Constraint:
    """A range comes as a tuple, a list as a list."""
    if isinstance(limits, tuple):
        return Range(*limits)
    if not limits:
        return None
    return tuple(str(one) for one in limits) if kind is OptionType.STRING else tuple(limits)


@contextmanager
def _typed_errors() -> Iterator[None]:
    try:
        yield
    except _sane.error as error:
        raise SaneError(status_of_text(str(error)), str(error)) from error
    except TypeError as error:
        raise SaneError(Status.INVAL, str(error)) from error
