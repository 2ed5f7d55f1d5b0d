"""The place of a page's picture. Textual keeps blank cells there; the picture is written over them after each refresh.

It is written only while the pane's screen is the one on top, and taken away when another comes. Drawing is a thread's
work: of several wishes the newest is done, those between are never begun.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from textual import work
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import get_current_worker

from ui.pictures.blocks import draw_blocks
from ui.pictures.outputs import Frame, Output
from ui.pictures.reading import WHOLE, Box, Room, get_ready, part_at_full_size, size_of

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import RenderResult
    from textual.events import Resize, Unmount
    from textual.geometry import Region

log = logging.getLogger(__name__)

KEPT = 6
"""Encoded pictures that are kept: the pages around the one that is looked at. A sixel picture has up to 1.6 MB."""

Drawn: TypeAlias = "Frame | list[Strip]"


@dataclass(frozen=True)
class Wish:
    """What is to be seen in how many cells; with `middle` pixel for pixel around that point of the picture."""

    path: Path
    cells: Size
    box: Box = WHOLE
    middle: tuple[float, float] | None = None


class PicturePane(Widget):
    """Shows one file, whole, a part of it, or pixel for pixel. `output` None draws half-blocks."""

    DEFAULT_CSS = "PicturePane { width: 1fr; height: 1fr; }"

    def __init__(self, output: Output | None = None, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.output = output
        self.path: Path | None = None
        self.box: Box = WHOLE
        self.middle: tuple[float, float] | None = None
        self.shown: Path | None = None
        """The file whose picture is on the screen."""
        self._detail: Path | None = None
        self._wish: Wish | None = None
        self._drawing = False
        self._drawn: Drawn = []
        self._on_terminal: Frame | None = None
        self._due = False
        self._kept: OrderedDict[tuple[Wish, int], Drawn] = OrderedDict()
        self._sizes: dict[Path, tuple[int, int]] = {}

    # What is asked for

    def show(self, path: Path | None, box: Box = WHOLE, detail: Path | None = None) -> None:
        """Show a picture or a part of it, or nothing. Zooming shows `detail`, the larger file of the same page."""
        if (path, box, detail) == (self.path, self.box, self._detail):
            return
        if path != self.path:
            self.middle = None
        self.path, self.box, self._detail = path, box, detail
        self._ask()

    @property
    def is_zoomed(self) -> bool:
        """Whether the picture is shown pixel for pixel."""
        return self.middle is not None

    def zoom_in(self, middle: tuple[float, float] = (0.5, 0.5)) -> None:
        """Pixel for pixel, around a point that is told in fractions of the picture."""
        self.middle = middle
        self._ask()

    def zoom_out(self) -> None:
        """The whole again."""
        self.middle = None
        self._ask()

    def pan(self, across: float, down: float) -> None:
        """Move the part that is looked at by so many of its own widths and heights; it stays inside the picture."""
        size = self._sizes.get(self._detail or self.path) if self.path else None
        if self.middle is None or size is None:
            return
        left, top, right, lower = part_at_full_size(size, self._room(), self.middle)
        x, y = (left + right) / 2 + across * (right - left), (top + lower) / 2 + down * (lower - top)
        left, top, right, lower = part_at_full_size(size, self._room(), (x, y))
        self.middle = ((left + right) / 2, (top + lower) / 2)
        self._ask()

    # Drawing, in a thread

    def _room(self) -> Room:
        return _room_of(self._cells(), self.output)

    def _cells(self) -> Size:
        """Those that the picture may have."""
        at_floor = self.content_region.bottom >= self.app.size.height
        height = self.size.height - bool(self.output and self.output.scrolls and at_floor)
        return Size(self.size.width, max(1, height))

    def _ask(self) -> None:
        if self.path is None:
            self._wish = None
            self._put([])
        elif self.size:
            zoomed = self.middle is not None
            path = self._detail if zoomed and self._detail else self.path
            self._wish = Wish(path, self._cells(), WHOLE if zoomed else self.box, self.middle)
            if not self._drawing:
                self._drawing = True
                self._draw(self._wish)

    @work(thread=True, exit_on_error=False)
    def _draw(self, first: Wish) -> None:
        worker, wish = get_current_worker(), first
        while True:
            drawn = self._make(wish)
            if worker.is_cancelled:
                return
            newer: Wish | None = self.app.call_from_thread(self._finish, wish, drawn)
            if newer is None:
                return
            wish = newer

    def _make(self, wish: Wish) -> Drawn:
        """Only one thread at a time is here, so nothing is locked."""
        try:
            key = (wish, wish.path.stat().st_mtime_ns)
            if key not in self._kept:
                self._kept[key] = self._encode(wish)
        except Exception as error:  # noqa: BLE001 - decoders raise anything; the pages after this one are to be seen
            log.info("%s cannot be shown: %s", wish.path, error)
            return []
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]

    def _encode(self, wish: Wish) -> Drawn:
        box = wish.box
        room = _room_of(wish.cells, self.output)
        if wish.middle is not None:
            size = self._sizes[wish.path] = size_of(wish.path)
            box = part_at_full_size(size, room, wish.middle)
        if self.output is None:
            return draw_blocks(wish.path, wish.cells.width, wish.cells.height, box)
        return self.output.encode(wish.path, room, box)

    def _finish(self, wish: Wish, drawn: Drawn) -> Wish | None:
        """Show what was drawn if it is still wanted; the wish that came meanwhile."""
        if wish == self._wish:
            self.shown = wish.path
            self._put(drawn)
        self._drawing = self._wish is not None and self._wish != wish
        return self._wish if self._drawing else None

    # Onto the screen

    def _put(self, drawn: Drawn) -> None:
        if not drawn:
            self.shown = None
        self._drawn = drawn
        self.refresh()

    def render(self) -> RenderResult:
        return ""

    def render_line(self, y: int) -> Strip:
        if isinstance(self._drawn, list) and y < len(self._drawn):
            return self._drawn[y]
        return Strip.blank(self.size.width, self.rich_style)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Whenever Textual draws these cells, also for another reason, the picture has to come again."""
        if self.output and not self._due:
            self._due = True
            self.call_after_refresh(self._settle)
        return super().render_lines(crop)

    def _settle(self) -> None:
        if self.output and self.output.settle_seconds:
            self.set_timer(self.output.settle_seconds, self._write)
        else:
            self._write()

    def _write(self) -> None:
        self._due = False
        if self.output is None or not self.is_attached:
            return
        before, self._on_terminal = self._on_terminal, None
        if isinstance(self._drawn, Frame) and self._is_seen():
            self._on_terminal = self._drawn
            region = self.content_region
            self.output.put(self._drawn, region.offset, region.size, self._send)
        if before is not None and before is not self._on_terminal:
            self.output.remove(before, self._send)

    def _is_seen(self) -> bool:
        """Also below questions that stand beside it."""
        stack = self.app.screen_stack
        above = stack[stack.index(self.screen) + 1 :] if self.screen in stack else [None]
        return all(getattr(screen, "LEAVES_PICTURE", False) for screen in above) and self.is_on_screen

    def _send(self, text: str) -> None:
        """Past Textual, to its terminal; `tests/ui/pictures` looks at what comes out."""
        driver = self.app._driver  # nothing else leads to the thread that writes
        if driver is not None:
            driver.write(text)
            driver.flush()

    @work(thread=True, exit_on_error=False)
    def _get_ready(self) -> None:
        (self.output.get_ready if self.output else get_ready)()

    def on_mount(self) -> None:
        self._get_ready()
        self.watch(self.screen, "stack_updates", self._other_screen, init=False)

    def _other_screen(self) -> None:
        """A screen came over this one or went from it; what it was to run after its next drawing went with it."""
        self._due = False
        if self._is_seen():
            self.refresh()
        elif self._on_terminal is not None:
            self._write()

    def on_resize(self, _: Resize) -> None:
        self._ask()

    def on_unmount(self, _: Unmount) -> None:
        if self._on_terminal is not None and self.output is not None:
            self.output.remove(self._on_terminal, self._send)
            self._on_terminal = None


def _room_of(cells: Size, output: Output | None) -> Room:
    """In pixels; half a cell is one where there are no others."""
    return output.room(cells) if output else Room(cells.width, 2 * cells.height)
