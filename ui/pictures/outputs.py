"""The ways onto a screen behind one interface: `encode` takes its time in a thread, `put` and `remove` take none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from ui.pictures.cells import Cell, cell_size
from ui.pictures.reading import WHOLE, Box, Room, get_ready, read_part
from ui.pictures.sixel import BAND, Colours, encode_sixel

if TYPE_CHECKING:
    from textual.geometry import Offset, Size

    from station.settings import KioskSettings
    from ui.pictures.framebuffer import FrameBuffer

Write: TypeAlias = Callable[[str], object]
"""What sends text to the terminal."""

FRAMEBUFFER = Path("/dev/fb0")
_GO_BACK, _COME_BACK = "\x1b7", "\x1b8"


@dataclass(frozen=True)
class Frame:
    """An encoded picture; its size in pixels. `number` is its id where the terminal keeps it by one."""

    data: bytes
    width: int
    height: int
    number: int = 0


class Output:
    """A way onto the screen. `settle_seconds` is how long after the cells are drawn pixels are safe from them."""

    step: ClassVar[int] = 1
    scrolls: ClassVar[bool] = False
    """Whether a picture on the lowest row of the screen would make it scroll."""
    settle_seconds: ClassVar[float] = 0.0

    def __init__(self, cell: Cell) -> None:
        self.cell = cell

    def room(self, cells: Size) -> Room:
        """The pixels of so many cells."""
        return Room(cells.width * self.cell.width, cells.height * self.cell.height, self.step)

    def get_ready(self) -> None:
        """Load what `encode` needs; in any thread."""
        get_ready()

    def encode(self, path: Path, room: Room, box: Box = WHOLE) -> Frame:
        """Read and encode; in any thread. Raises `OSError` or `ValueError` for what is no picture."""
        raise NotImplementedError

    def put(self, frame: Frame, at: Offset, cells: Size, write: Write) -> None:
        """Show it in the middle of these cells."""
        x, y = self._corner(frame, cells)
        place = f"\x1b[{at.y + 1 + y // self.cell.height};{at.x + 1 + x // self.cell.width}H"
        write(f"{_GO_BACK}{place}{frame.data.decode('ascii')}{_COME_BACK}")

    def remove(self, frame: Frame, write: Write) -> None:
        """Take away what blank cells written over it do not."""

    def _corner(self, frame: Frame, cells: Size) -> tuple[int, int]:
        """Where the picture begins inside of its cells, in pixels."""
        room = self.room(cells)
        return max(0, room.width - frame.width) // 2, max(0, room.height - frame.height) // 2


class SixelOutput(Output):
    """foot, xterm and others: cells that are written over a picture take it away."""

    step = BAND
    scrolls = True

    def __init__(self, cell: Cell, colours: Colours = Colours.FEW) -> None:
        super().__init__(cell)
        self._colours = colours

    def get_ready(self) -> None:
        super().get_ready()
        import_module("numpy")

    def encode(self, path: Path, room: Room, box: Box = WHOLE) -> Frame:
        image = read_part(path, room, box, grey=self._colours is Colours.GREY)
        return Frame(encode_sixel(image, self._colours), image.width, image.height)


class KittyOutput(Output):
    """kitty and others: a picture lies over the cells until it is deleted."""

    _numbers: ClassVar[count[int]] = count(1)

    def encode(self, path: Path, room: Room, box: Box = WHOLE) -> Frame:
        from ui.pictures.kitty import encode_kitty

        image = read_part(path, room, box)
        number = next(self._numbers)
        return Frame(encode_kitty(image, number), image.width, image.height, number)

    def remove(self, frame: Frame, write: Write) -> None:
        from ui.pictures.kitty import delete_kitty

        write(delete_kitty(frame.number).decode("ascii"))


class FrameBufferOutput(Output):
    """The plain console. Its text is drawn by the kernel, from another thread's writes: pixels come a little later."""

    settle_seconds = 0.05

    def __init__(self, cell: Cell, buffer: FrameBuffer) -> None:
        super().__init__(cell)
        self._buffer = buffer

    def encode(self, path: Path, room: Room, box: Box = WHOLE) -> Frame:
        from ui.pictures.framebuffer import encode_rows

        image = read_part(path, room, box)
        return Frame(encode_rows(image), image.width, image.height)

    def put(self, frame: Frame, at: Offset, cells: Size, write: Write) -> None:  # noqa: ARG002 - not through the terminal
        x, y = self._corner(frame, cells)
        self._buffer.draw(frame.data, frame.width, at.x * self.cell.width + x, at.y * self.cell.height + y)


def make_output(kiosk: KioskSettings, device: Path = FRAMEBUFFER) -> Output | None:
    """The way that the settings name; None for half-blocks. Raises `OSError` where there is no frame buffer."""
    cell = cell_size(Cell(*kiosk.cell))
    if kiosk.picture == "sixel":
        return SixelOutput(cell, Colours(kiosk.picture_colours))
    if kiosk.picture == "kitty":
        return KittyOutput(cell)
    if kiosk.picture == "framebuffer":
        from ui.pictures.framebuffer import FrameBuffer, read_geometry

        return FrameBufferOutput(cell, FrameBuffer(device, read_geometry(device)))
    return None
