"""pyinsane2: a further way to SANE, on the calls that it has in common with its side for Windows (WIA).

It runs in this process (`PYINSANE_SINGLE_THREAD`), because its own helper process fails on every image over 64 KiB on
kernels since 5.5. Images have 8 bits a sample: 16 come silently wrong, 1 takes 18 s a page.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from drivers.sane_api import (
    FIXED_SCALE,
    Cap,
    Constraint,
    Found,
    OptionInfo,
    OptionType,
    Parameters,
    Range,
    SaneError,
    Status,
    Unit,
)

os.environ["PYINSANE_SINGLE_THREAD"] = "1"  # read by the import below

import pyinsane2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers.interface import OptionValue


class PyInsane:
    """pyinsane2, initialised."""

    depths = frozenset({8})

    def __init__(self) -> None:
        with _typed_errors():
            pyinsane2.init()

    def devices(self) -> list[Found]:
        with _typed_errors():
            return [Found(one.name, one.vendor, one.model, one.dev_type) for one in pyinsane2.get_devices()]

    def open(self, name: str) -> PyInsaneHandle:
        """pyinsane2 opens a device when its options are first asked for."""
        handle = PyInsaneHandle(name)
        handle.options()
        return handle

    def check_layout(self, parameters: Parameters) -> None:
        if parameters.bytes_per_line != parameters.pixels_per_line * parameters.samples:
            raise SaneError(Status.UNSUPPORTED, "pyinsane2 cannot read lines that are filled up")

    def exit(self) -> None:
        """Left out: pyinsane2 leaves SANE to the end of the process too, because of crashes."""


class PyInsaneHandle:
    """One device. A feed is one scan session, whose images pyinsane2 starts by itself when they are read."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._scanner = pyinsane2.Scanner(name)
        self._session: Any = None
        self._over = True
        self._more = False
        self._error: SaneError | None = None

    def options(self) -> list[OptionInfo]:
        """pyinsane2 asks a device once: a fresh object on the same open device asks again."""
        self._scanner = pyinsane2.Scanner(self._name)
        with _typed_errors():
            return [_option(name, option) for name, option in self._scanner.options.items()]

    def get(self, option: OptionInfo) -> OptionValue:
        with _typed_errors():
            value: OptionValue = self._scanner.options[option.name].value
        if option.type is OptionType.BOOL:
            return bool(value)
        return int(value) / FIXED_SCALE if option.type is OptionType.FIXED else value

    def set(self, option: OptionInfo, value: OptionValue) -> bool:
        """pyinsane2 does not say whether other options changed with it."""
        if isinstance(value, float):
            value = round(value * FIXED_SCALE)
        with _typed_errors():
            self._scanner.options[option.name].value = value
        return True

    def start(self, *, feeder: bool) -> None:
        """Begins the session with its first image; later images it starts by itself when their first piece is read.

        Which of the two went wrong it does not say. Only an empty feeder belongs to the start for certain: any other
        error waits for `read`, for its sheet may have moved.
        """
        with _typed_errors():
            if self._over:
                self._over = False
                self._session = self._scanner.scan(multiple=feeder)
        try:
            with _typed_errors():
                self._more = self._read_piece()
        except SaneError as error:
            if error.status is Status.NO_DOCS:
                raise
            self._error = error

    def parameters(self) -> Parameters:
        raw = self._session.scan.parameters
        return Parameters(
            raw.format, bool(raw.last_frame), raw.bytes_per_line, raw.pixels_per_line, raw.lines, raw.depth
        )

    def read(self, parameters: Parameters, on_data: Callable[[], None]) -> bytes:  # noqa: ARG002 - knows them itself
        error, self._error = self._error, None
        if error is not None:
            raise error
        with _typed_errors():
            while self._more:
                on_data()
                self._more = self._read_piece()
            pixels: bytes = self._session.images.pop().tobytes()
        return pixels

    def cancel(self) -> None:
        """The end of the session. pyinsane2 cancels by itself when the paper ends, and does not do it twice."""
        self._over = True
        if self._session is not None:
            self._session.scan.cancel()

    def close(self) -> None:
        self._scanner._force_close()

    def _read_piece(self) -> bool:
        """False at the end of an image. pyinsane2 says the same when the paper runs out, but then has no image."""
        try:
            self._session.scan.read()
        except EOFError:
            if not self._session.images:
                raise SaneError(Status.NO_DOCS) from None
            return False
        return True


def _option(name: str, raw: Any) -> OptionInfo:
    kind = OptionType(int(raw.val_type))
    constraint = _constraint(kind, raw.constraint)
    return OptionInfo(raw.idx, name, kind, Cap(int(raw.capabilities)), constraint, Unit(int(raw.unit)), raw.size)


def _constraint(kind: OptionType, limits: Any) -> Constraint:
    """A range comes as a tuple, a list as a list, and FIXED numbers as SANE has them in memory."""
    scale = FIXED_SCALE if kind is OptionType.FIXED else 1
    if isinstance(limits, tuple):
        return Range(*(limit / scale if scale > 1 else limit for limit in limits))
    if not limits:
        return None
    if kind is OptionType.STRING:
        return tuple(str(one) for one in limits)
    return tuple(one / scale if scale > 1 else one for one in limits)


@contextmanager
def _typed_errors() -> Iterator[None]:
    """pyinsane2 says that the paper ended by `StopIteration`, and packs a status or a text into its own error."""
    try:
        yield
    except StopIteration as error:
        raise SaneError(Status.NO_DOCS) from error
    except pyinsane2.PyinsaneException as error:
        if not isinstance(error.status, pyinsane2.SaneStatus):
            raise SaneError(Status.INVAL, str(error.status)) from error
        code = int(error.status)
        raise SaneError(Status.of(code), error.status.VALUE_TO_STR.get(code, f"status {code}")) from error
    except (TypeError, ValueError) as error:
        raise SaneError(Status.INVAL, str(error)) from error
