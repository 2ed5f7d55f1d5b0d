"""libsane through ctypes: the library alone, call by call as sane.h has them.

ctypes gives Python's lock away during every call. A device that hangs in an option call or in `sane_close` therefore
keeps the calling thread and no other: the worker still hears a cancel and the end of its parent. Status codes, 16 bit
samples, padded lines and every option come as the backend gives them.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_void_p
from itertools import count, takewhile
from typing import TYPE_CHECKING

from drivers.sane_api import (
    FIXED_SCALE,
    RELOAD_OPTIONS,
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

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.interface import OptionValue

LIBRARY = "libsane.so.1"
_GET, _SET = 0, 1
_RANGE, _WORD_LIST, _STRING_LIST = 1, 2, 3
# Bytes asked for at once: a 64th of a page, so that the parent hears in time that a slow device is alive, and within
# these limits. Reading A4 at 300 dpi in colour costs 14 ms of CPU in pieces of 32 KiB, 12 ms in larger ones.
_LEAST_PIECE, _MOST_PIECE, _PIECES = 1 << 15, 1 << 20, 64
# The first guess for an image whose height nobody knows: A4 at 300 dpi in colour.
_UNKNOWN_SIZE = 1 << 25


class _Device(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("vendor", c_char_p), ("model", c_char_p), ("type", c_char_p)]


class _Range(ctypes.Structure):
    _fields_ = [("min", c_int), ("max", c_int), ("quant", c_int)]


class _Constraint(ctypes.Union):
    _fields_ = [("strings", POINTER(c_char_p)), ("words", POINTER(c_int)), ("range", POINTER(_Range))]


class _Descriptor(ctypes.Structure):
    _fields_ = [
        ("name", c_char_p),
        ("title", c_char_p),
        ("desc", c_char_p),
        ("type", c_int),
        ("unit", c_int),
        ("size", c_int),
        ("cap", c_int),
        ("constraint_type", c_int),
        ("constraint", _Constraint),
    ]


class _Parameters(ctypes.Structure):
    _fields_ = [
        ("format", c_int),
        ("last_frame", c_int),
        ("bytes_per_line", c_int),
        ("pixels_per_line", c_int),
        ("lines", c_int),
        ("depth", c_int),
    ]


_SIGNATURES = {
    "sane_init": (c_int, POINTER(c_int), c_void_p),
    "sane_exit": (None,),
    "sane_get_devices": (c_int, POINTER(POINTER(POINTER(_Device))), c_int),
    "sane_open": (c_int, c_char_p, POINTER(c_void_p)),
    "sane_close": (None, c_void_p),
    "sane_get_option_descriptor": (POINTER(_Descriptor), c_void_p, c_int),
    "sane_control_option": (c_int, c_void_p, c_int, c_int, c_void_p, POINTER(c_int)),
    "sane_get_parameters": (c_int, c_void_p, POINTER(_Parameters)),
    "sane_start": (c_int, c_void_p),
    "sane_read": (c_int, c_void_p, c_void_p, c_int, POINTER(c_int)),
    "sane_cancel": (None, c_void_p),
    "sane_strstatus": (c_char_p, c_int),
}


class LibSane:
    """libsane, initialised. Raises `OSError` where it is not installed."""

    depths = frozenset({1, 8, 16})

    def __init__(self) -> None:
        self._lib = ctypes.CDLL(LIBRARY)
        for name, (result, *arguments) in _SIGNATURES.items():
            function = getattr(self._lib, name)
            function.restype, function.argtypes = result, arguments
        self._check(self._lib.sane_init(None, None))

    def devices(self) -> list[Found]:
        entries = POINTER(POINTER(_Device))()
        self._check(self._lib.sane_get_devices(byref(entries), 0))
        listed = (pointer.contents for pointer in takewhile(bool, map(entries.__getitem__, count())))
        return [Found(*map(_text, (one.name, one.vendor, one.model, one.type))) for one in listed]

    def open(self, name: str) -> LibSaneHandle:
        handle = c_void_p()
        self._check(self._lib.sane_open(name.encode(), byref(handle)))
        return LibSaneHandle(self._lib, handle, self._check)

    def check_layout(self, parameters: Parameters) -> None:
        """Everything arrives as the backend sends it."""

    def exit(self) -> None:
        self._lib.sane_exit()

    def _check(self, code: int) -> None:
        if code != Status.GOOD:
            raise SaneError(Status.of(code), _text(self._lib.sane_strstatus(code)) or f"status {code}")


class LibSaneHandle:
    """See `SaneHandle`. Images are read into two pieces of memory in turn: one is filled while one is written."""

    def __init__(self, lib: ctypes.CDLL, handle: c_void_p, check: Callable[[int], None]) -> None:
        self._lib = lib
        self._handle = handle
        self._check = check
        self._buffers = [bytearray(), bytearray()]

    def options(self) -> list[OptionInfo]:
        """Option 0 is the number of options; groups are headings and nothing to set or read."""
        number = c_int()
        self._control(0, _GET, byref(number))
        found = (self._describe(index) for index in range(1, number.value))
        return [option for option in found if option]

    def get(self, option: OptionInfo) -> OptionValue:
        memory = ctypes.create_string_buffer(max(option.size, ctypes.sizeof(c_int)))
        self._control(option.index, _GET, memory)
        if option.type is OptionType.STRING:
            return _text(memory.value)
        word = c_int.from_buffer(memory).value
        if option.type is OptionType.BOOL:
            return bool(word)
        return word / FIXED_SCALE if option.type is OptionType.FIXED else word

    def set(self, option: OptionInfo, value: OptionValue) -> bool:
        """The backend may write into the memory: it is as large as the option says."""
        memory = ctypes.create_string_buffer(max(option.size, ctypes.sizeof(c_int)))
        if isinstance(value, str):
            raw = value.encode()
            if len(raw) >= option.size:
                raise SaneError(Status.INVAL, f"longer than {option.size - 1} bytes")
            memory.value = raw
        else:
            word = round(value * FIXED_SCALE) if option.type is OptionType.FIXED else int(value)
            c_int.from_buffer(memory).value = word
        return bool(self._control(option.index, _SET, memory) & RELOAD_OPTIONS)

    def start(self, *, feeder: bool) -> None:  # noqa: ARG002 - one call for both
        self._check(self._lib.sane_start(self._handle))

    def parameters(self) -> Parameters:
        raw = _Parameters()
        self._check(self._lib.sane_get_parameters(self._handle, byref(raw)))
        return Parameters(
            raw.format, bool(raw.last_frame), raw.bytes_per_line, raw.pixels_per_line, raw.lines, raw.depth
        )

    def read(self, parameters: Parameters, on_data: Callable[[], None]) -> memoryview:
        known = parameters.bytes_per_line * max(0, parameters.lines)
        piece = min(_MOST_PIECE, max(_LEAST_PIECE, known // _PIECES))
        size = (known or _UNKNOWN_SIZE) + piece
        self._buffers.reverse()
        buffer = self._buffers[0]
        if len(buffer) < size:
            self._buffers[0] = buffer = bytearray(size)
        length, end = c_int(), 0
        base = _address(buffer)
        while (code := self._lib.sane_read(self._handle, base + end, piece, byref(length))) != Status.EOF:
            self._check(code)
            end += length.value
            if length.value:
                on_data()
            if len(buffer) < end + piece:
                self._buffers[0] = buffer = _grown(buffer)
                base = _address(buffer)
        return memoryview(buffer)[:end]

    def cancel(self) -> None:
        self._lib.sane_cancel(self._handle)

    def close(self) -> None:
        self._lib.sane_close(self._handle)

    def _control(self, index: int, action: int, value: object) -> int:
        info = c_int()
        self._check(self._lib.sane_control_option(self._handle, index, action, value, byref(info)))
        return info.value

    def _describe(self, index: int) -> OptionInfo | None:
        pointer = self._lib.sane_get_option_descriptor(self._handle, index)
        if not pointer or not pointer.contents.name or pointer.contents.type == OptionType.GROUP:
            return None
        raw = pointer.contents
        kind = OptionType(raw.type)
        return OptionInfo(
            index, _text(raw.name), kind, Cap(raw.cap), _constraint_of(raw, kind), Unit(raw.unit), raw.size
        )


def _constraint_of(raw: _Descriptor, kind: OptionType) -> Constraint:
    """A null pointer stands for no constraint: some backends announce a list that a model does not have."""
    if raw.constraint_type not in {_RANGE, _WORD_LIST, _STRING_LIST} or not raw.constraint.words:
        return None
    if raw.constraint_type == _STRING_LIST:
        return tuple(_text(name) for name in takewhile(bool, map(raw.constraint.strings.__getitem__, count())))
    scale = FIXED_SCALE if kind is OptionType.FIXED else 1
    if raw.constraint_type == _WORD_LIST:
        words = raw.constraint.words
        return tuple(_scaled(words[place], scale) for place in range(1, words[0] + 1))
    limits = raw.constraint.range.contents
    return Range(*(_scaled(value, scale) for value in (limits.min, limits.max, limits.quant)))


def _scaled(word: int, scale: int) -> float:
    return word if scale == 1 else word / scale


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "replace")


def _address(buffer: bytearray) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


def _grown(buffer: bytearray) -> bytearray:
    """A larger copy: a `bytearray` that somebody has a view of cannot grow itself."""
    return buffer + bytearray(len(buffer))
