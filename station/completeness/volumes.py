"""The volumes of a year: where there is a second one, there was a first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.model import Finding
from station.naming import BookId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from station.model import Book


def check_volumes(
    book: Book, books: Iterable[Book], is_settled: Callable[[BookId], object] = lambda _: None
) -> Iterator[Finding]:
    """Volumes before this one that are in no list; of several in a row the next one that is listed tells.

    `books` are those of its registry and type; a book of several years counts in each of them. `is_settled`: an earlier
    phase has done the volume. Of books without a year nothing can be said.
    """
    own = book.id
    if own.volume == 1 or not own.year_known:
        return
    listed = {one.id.volume for one in books if one.id.year_first <= own.year_first <= one.id.year_last}
    before = max((volume for volume in listed if volume < own.volume), default=0)
    between = (
        BookId(own.registry, own.type, own.year_first, own.year_last, volume)
        for volume in range(before + 1, own.volume)
    )
    lacking = [one for one in between if not is_settled(one)]
    if lacking:
        values = {"volumes": ", ".join(f"{one.volume:02}" for one in lacking), "first": str(lacking[0])}
        yield Finding.look("volume-missing", str(own), values)
