"""What stands twice, and pages of which nobody can tell, because the files of delivery copies are gone."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from station.duplicates.findings import all_duplicate_findings
from station.imaging.page import FINGERPRINT_VERSION
from station.model import BookState, Finding

if TYPE_CHECKING:
    from station.naming import BookId
    from station.wiring import Station


def find_doubles(station: Station, only: BookId | None = None) -> dict[str, list[Finding]]:
    """What stands twice, by book, once the pages that came since were looked for, and what could not be compared.

    Where no pages came, nothing of imaging is loaded.
    """
    if station.catalogue.anything_to_compare(FINGERPRINT_VERSION, station.recipe.key, only):
        from station.duplicates.search import compare_pages

        compare_pages(station, only)
    found = all_duplicate_findings(station.catalogue, only)
    for book, findings in _uncompared(station, only).items():
        found.setdefault(book, []).extend(findings)
    return found


def _uncompared(station: Station, only: BookId | None) -> dict[str, list[Finding]]:
    """What the comparison left of open books: a page whose own copy is gone, or that of a page that looks like it."""
    catalogue, recipe = station.catalogue, station.recipe.key
    if not catalogue.anything_to_compare(FINGERPRINT_VERSION, recipe, only):
        return {}
    left = {page: book for page, book, _ in catalogue.pages_not_sought(FINGERPRINT_VERSION, only)}
    left |= {one.page: one.book for one in catalogue.pages_without_fingerprint(FINGERPRINT_VERSION, recipe, only)}
    sealed = {str(one.id) for one in catalogue.books() if one.state is BookState.SEALED}
    left = {page: book for page, book in left.items() if book not in sealed}
    sights = catalogue.sights(left, recipe)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for page, book in left.items():
        there = page in sights and (station.root.path / sights[page].file).is_file()
        counts[book, "look-alike-gone" if there else "copies-gone"] += 1
    found: dict[str, list[Finding]] = defaultdict(list)
    for (book, code), pages in sorted(counts.items()):
        found[book].append(Finding.look(code, book, {"pages": pages}))
    return found
