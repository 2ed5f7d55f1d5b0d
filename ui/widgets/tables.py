"""Filling a table: columns are as wide as what is in them from the first drawing on, none is pushed off the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from ui.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text
    from textual.widgets import DataTable

_NARROWEST = 20
_LEAST_PART = 0.5
_SCROLLBAR = 2


def fill(
    table: DataTable[Text],
    columns: Sequence[str],
    rows: Sequence[Sequence[Text]],
    *,
    keys: Sequence[str] | None = None,
    wraps: str | None = None,
) -> None:
    """Put these rows in place of what was there; a column's head is the word `column.KEY`.

    `keys` are those of the rows. The column `wraps` takes the room that the others leave, at least `_LEAST_PART` of it
    all: then the widest of the others go on in further lines too.
    """
    heads = [say(f"column.{column}") for column in columns]
    widths = [max([cell_len(head), *(row[at].cell_len for row in rows)]) for at, head in enumerate(heads)]
    if wraps:
        at = columns.index(wraps)
        room = table.app.size.width - 2 * table.cell_padding * len(widths) - _SCROLLBAR
        widths = _share(widths, at, room, [cell_len(head) for head in heads])
    table.clear(columns=True)
    for column, head, width in zip(columns, heads, widths, strict=True):
        table.add_column(head, key=column, width=width)
    for at, row in enumerate(rows):
        table.add_row(*row, key=keys[at] if keys else None, height=None if wraps else 1)


def _share(widths: Sequence[int], wraps: int, room: int, least: Sequence[int]) -> list[int]:
    """The widths of all columns in this room; no head is cut."""
    shared = list(widths)
    others = [at for at in range(len(shared)) if at != wraps]
    wanted = max(_NARROWEST, min(shared[wraps], int(room * _LEAST_PART)))
    while sum(shared[at] for at in others) + wanted > room:
        widest = max(others, key=lambda at: shared[at] - least[at])
        if shared[widest] <= least[widest]:
            break
        shared[widest] -= 1
    shared[wraps] = max(_NARROWEST, min(shared[wraps], room - sum(shared[at] for at in others)))
    return shared
