"""What the ways to SANE have in common: its status codes and types, and the small protocol that each way follows.

Three libraries follow it: `drivers.libsane` (libsane itself, the usual one), `drivers.python_sane` and
`drivers.pyinsane`. `drivers.sane_backend` drives all of them by the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.interface import OptionValue


class Status(IntEnum):
    """`SANE_Status` of sane.h, with the two that some backends use already although sane.h leaves them out."""

    GOOD = 0
    UNSUPPORTED = 1
    CANCELLED = 2
    DEVICE_BUSY = 3
    INVAL = 4
    EOF = 5
    JAMMED = 6
    NO_DOCS = 7
    COVER_OPEN = 8
    IO_ERROR = 9
    NO_MEM = 10
    ACCESS_DENIED = 11
    WARMING_UP = 12
    HW_LOCKED = 13

    @classmethod
    def of(cls, code: int) -> Status:
        """The status of a code; one that SANE does not know is an I/O error."""
        return cls(code) if code in cls._value2member_map_ else cls.IO_ERROR


class OptionType(IntEnum):
    BOOL = 0
    INT = 1
    FIXED = 2
    STRING = 3
    BUTTON = 4
    GROUP = 5


class Unit(IntEnum):
    NONE = 0
    PIXEL = 1
    BIT = 2
    MM = 3
    DPI = 4
    PERCENT = 5
    MICROSECOND = 6


class Cap(IntFlag):
    """What may be done with an option: set by us, set at the device alone, read; and whether it counts at present."""

    SOFT_SELECT = 1
    HARD_SELECT = 2
    SOFT_DETECT = 4
    EMULATED = 8
    AUTOMATIC = 16
    INACTIVE = 32
    ADVANCED = 64


class FrameFormat(IntEnum):
    GRAY = 0
    RGB = 1
    RED = 2
    GREEN = 3
    BLUE = 4


WORD_BYTES = 4
RELOAD_OPTIONS = 2
"""The bit of `SANE_Info` by which a backend says that other options changed too."""
FIXED_SCALE = 1 << 16


class SaneError(Exception):
    """A call ended with another status than GOOD. `detail` is what the library says about it."""

    def __init__(self, status: Status, detail: str = "") -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail or status.name

    def __str__(self) -> str:
        return self.detail


@dataclass(frozen=True)
class Range:
    """Smallest and largest value and the step between values; 0: any."""

    low: float
    high: float
    step: float = 0


Constraint = Range | tuple[str, ...] | tuple[float, ...] | None


@dataclass(frozen=True)
class OptionInfo:
    """One option as the backend describes it. Sizes are bytes; FIXED values and limits are floats already."""

    index: int
    name: str
    type: OptionType
    cap: Cap
    constraint: Constraint = None
    unit: Unit = Unit.NONE
    size: int = WORD_BYTES

    @property
    def settable(self) -> bool:
        return Cap.SOFT_SELECT in self.cap and Cap.INACTIVE not in self.cap

    @property
    def readable(self) -> bool:
        return Cap.SOFT_DETECT in self.cap and Cap.INACTIVE not in self.cap

    @property
    def is_table(self) -> bool:
        """Whether the value is a list of numbers, such as a gamma table."""
        return self.type in {OptionType.INT, OptionType.FIXED} and self.size > WORD_BYTES


Options = dict[str, OptionInfo]


@dataclass(frozen=True)
class Parameters:
    """The layout of the image under way. `lines` is -1 where the device does not know before its end."""

    format: int
    last_frame: bool
    bytes_per_line: int
    pixels_per_line: int
    lines: int
    depth: int

    @property
    def samples(self) -> int:
        return 3 if self.format == FrameFormat.RGB else 1


@dataclass(frozen=True)
class Found:
    """A device as SANE lists it."""

    name: str
    vendor: str
    model: str
    kind: str


class SaneHandle(Protocol):
    """An open device. One thread makes every call, `cancel` alone may come from a second. Raises `SaneError`."""

    def options(self) -> list[OptionInfo]: ...

    def get(self, option: OptionInfo) -> OptionValue: ...

    def set(self, option: OptionInfo, value: OptionValue) -> bool:
        """Whether other options may have changed with it. The value has the option's own type."""
        ...

    def start(self, *, feeder: bool) -> None:
        """Begin an image; on a feeder this draws in the next sheet, or its other side."""
        ...

    def parameters(self) -> Parameters: ...

    def read(self, parameters: Parameters, on_data: Callable[[], None]) -> bytes | memoryview:
        """All bytes of the image, lines as `parameters` lays them out. `on_data` after each piece; it must not raise.

        The memory may be used again by the second `read` after this one.
        """
        ...

    def cancel(self) -> None: ...

    def close(self) -> None: ...


class SaneLibrary(Protocol):
    """One way to SANE, initialised. Raises `SaneError`."""

    depths: frozenset[int]
    """The bits a sample that come through it unspoilt."""

    def devices(self) -> list[Found]: ...

    def open(self, name: str) -> SaneHandle: ...

    def check_layout(self, parameters: Parameters) -> None:
        """Raises `SaneError(UNSUPPORTED)` for lines that this way to SANE would spoil."""
        ...

    def exit(self) -> None: ...
