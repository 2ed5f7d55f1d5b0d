"""Open books at the screen: the gutter as a picture, a split by it and its undoing, each with what takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.books.spreads import deal_out, fold_of, put_together, split_by_hand
from station.errors import UsageError
from station.imaging.page import Fold, Half
from station.recipes import copies_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from station.books.spreads import Numbers
    from station.model import Page
    from station.naming import BookId
    from station.wiring import Station

MIDDLE = Fold(5_000, 5_000, 0.0)
"""Where a person begins to look when no gutter was found."""
_LEAST, _MOST = 500, 9_500


def find_fold(station: Station, page_id: str) -> Fold:
    """The gutter of a whole page as it was found, sure or not, else the middle. Raises `UsageError` for half a page."""
    page = station.page(page_id)
    if page.part:
        raise UsageError("page-is-half", page=page.id, order=page.order)
    return fold_of(station.catalogue, page, copies_key(station, page.book)) or MIDDLE


def move_fold(fold: Fold, step: int) -> Fold:
    """The gutter moved by so many 1/10,000 of the width, both ends alike; it stays on the page."""
    step = max(_LEAST - min(fold.top, fold.bottom), min(step, _MOST - max(fold.top, fold.bottom)))
    return Fold(fold.top + step, fold.bottom + step)


def draw(station: Station, page_id: str, fold: Fold) -> Path:
    """A picture of the page with the gutter on it; the one of before is removed. Raises `UsageError` without a copy."""
    from station.imaging.halves import draw_fold

    page = station.page(page_id)
    copy = station.catalogue.copy(page.copy_of, copies_key(station, page.book))
    if copy is None:
        raise UsageError("gutter-unknown", page=page.id, order=page.order)
    folder = station.root.spool / "gutter"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{page.id}-{fold.top}-{fold.bottom}.png"
    picture = draw_fold(station.root.path / copy.file, fold)
    for other in folder.iterdir():
        other.unlink(missing_ok=True)
    target.write_bytes(picture)
    return target


def split(station: Station, page_id: str, fold: Fold, numbers: Numbers | None = None) -> Callable[[Station], None]:
    """Make two pages of one and their delivery copies. Raises as `split_by_hand`."""
    page = station.page(page_id)
    with station.changing(page.book):
        split_by_hand(station, station.page(page.id), fold, numbers)
        _make_copies(station, page.book)

    def undo(again: Station) -> None:
        with again.changing(page.book):
            # By its whole: a split that was undone and done again has other halves.
            put_together(again.catalogue, _a_half_of(again, page))

    return undo


def unsplit(station: Station, page_id: str) -> Callable[[Station], None]:
    """Make one page again of the one that half a page was cut from. Raises as `put_together`."""
    page = station.page(page_id)
    with station.changing(page.book):
        page = station.page(page.id)
        numbers = _numbers_of_halves(station, page)
        whole = put_together(station.catalogue, page)
        _make_copies(station, page.book)

    def undo(again: Station) -> None:
        assert page.part is not None
        split(again, whole.id, Fold(page.part.cut.top, page.part.cut.bottom), numbers)

    return undo


def _a_half_of(station: Station, whole: Page) -> Page:
    for one in station.catalogue.pages(whole.book):
        if one.part and one.part.whole == whole.id:
            return one
    raise UsageError("page-is-whole", page=whole.id, order=whole.order)


def _numbers_of_halves(station: Station, page: Page) -> Numbers:
    """What stands on the left and on the right half beside a half; on one that was discarded what would be dealt."""
    on_pages = station.catalogue.numbers_of_pages(page.book)
    sides = {
        one.part.cut.half: on_pages.get(one.id, [])
        for one in station.catalogue.pages(page.book)
        if one.part and page.part and one.part.whole == page.part.whole
    }
    if len(sides) < len(Half):
        return deal_out(next(iter(sides.values()), []))
    return [*sides[Half.LEFT]], [*sides[Half.RIGHT]]


def _make_copies(station: Station, book: BookId) -> None:
    """What a held book shows in place of what it showed. A page of which no copy can be made stays without."""
    processing = station.processing()
    processing.offer_stale(book)
    processing.finish()
