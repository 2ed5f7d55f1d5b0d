"""The two tables of the overview. State is told by a sign and a word; colour only repeats it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from rich.text import Text
from textual.widgets import DataTable

from outbox.states import State
from station.model import BookState
from ui.words import say, say_found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ui.overview import BookRow, ItemRow
    from ui.words import Language

# The colours of Okabe and Ito, told apart by nearly every eye.
_GREEN, _ORANGE, _BLUE, _RED = "#009E73", "#E69F00", "#56B4E9", "#D55E00"
_DONE, _UNDER_WAY, _WAITS, _WRONG = ("✓", _GREEN), ("●", _BLUE), ("●", _ORANGE), ("✗", _RED)

_BOOK_SIGNS = {BookState.OPEN: _UNDER_WAY, BookState.SEALED: _DONE}
_ITEM_SIGNS = {
    State.QUEUED: _WAITS,
    State.SENDING: _UNDER_WAY,
    State.WAITING: _WAITS,
    State.SENT: _UNDER_WAY,
    State.RECEIVED: _DONE,
    State.REFUSED: _WRONG,
    State.NEEDS_PERSON: _WRONG,
    State.HELD: _WAITS,
    State.PURGED: _DONE,
}

Row = TypeVar("Row")


class StateTable(DataTable[Text]):
    """A table that is drawn anew only when its rows or the language changed, and keeps its place."""

    can_focus = True

    def __init__(self, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id, cursor_type="row", zebra_stripes=False)
        self._shown: tuple[object, ...] = ()

    def draw(
        self,
        language: Language,
        columns: Sequence[str],
        rows: Sequence[Row],
        cells: Callable[[Language, Row], list[Text]],
    ) -> None:
        wanted = (language, tuple(columns), tuple(rows))
        if wanted == self._shown:
            return
        self._shown = wanted
        place, scroll = self.cursor_row, self.scroll_y
        self.clear(columns=True)
        self.add_columns(*(say(language, f"column.{column}") for column in columns))
        self.add_rows(cells(language, row) for row in rows)
        self.move_cursor(row=min(place, max(0, len(rows) - 1)), scroll=False)
        self.scroll_to(y=scroll, animate=False)


class BookTable(StateTable):
    """Books of the work list."""

    def show(self, language: Language, rows: Sequence[BookRow]) -> None:
        self.draw(language, ("book", "state", "pages", "cases"), rows, _book_cells)


class OutboxTable(StateTable):
    """Bags on their way."""

    def show(self, language: Language, rows: Sequence[ItemRow]) -> None:
        self.draw(language, ("bag", "state", "percent", "error"), rows, _item_cells)


def _book_cells(language: Language, row: BookRow) -> list[Text]:
    pages = f"{row.pages} / {row.expected}" if row.expected else str(row.pages)
    state = _state(_BOOK_SIGNS[row.state], say(language, f"book.{row.state}"))
    return [Text(row.id), state, _number(pages), _number(str(row.cases))]


def _item_cells(language: Language, row: ItemRow) -> list[Text]:
    state = _state(_ITEM_SIGNS[row.state], say(language, f"item.{row.state}"))
    error = say_found(language, f"outbox.{row.error[0]}", detail=row.error[1]) if row.error else ""
    return [Text(row.bag_id), state, _number(f"{row.percent} %"), Text(error)]


def _state(sign: tuple[str, str], word: str) -> Text:
    mark, colour = sign
    return Text(f"{mark} {word}", style=colour)


def _number(text: str) -> Text:
    return Text(text, justify="right")
