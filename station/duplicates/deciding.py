"""Somebody's word that two things may both stand: a page kept twice on purpose, a book that only looks like another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station import clock
from station.catalogue.fingerprints import Kept
from station.duplicates.findings import RECORDS, is_kept
from station.errors import BadName, UsageError
from station.said import said_why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from station.model import Finding
    from station.naming import BookId
    from station.wiring import Station


def keep_both(station: Station, one: str, other: str, why: str) -> Kept:
    """Keep somebody's word on two things: pages or books of ours, or what a finding names as its other side.

    Raises `UsageError` for something that is not there, for one thing named twice, and without a reason.
    """
    why = said_why(why)
    sides = _side(station, one), _side(station, other)
    if sides[0] == sides[1]:
        raise UsageError("keep-one-thing", text=one)
    kept = Kept(*sides, why, station.operator, clock.now())
    station.catalogue.keep_double(kept)
    return kept


def _side(station: Station, text: str) -> str:
    """How a thing is named in the catalogue: the whole id of a page or book, or the key of something elsewhere."""
    if text == RECORDS or station.catalogue.is_foreign(text.partition("#")[0]):
        return text
    page = station.catalogue.find_page(text)
    if page is not None:
        return page.id
    try:
        return str(station.book(text).id)
    except (BadName, UsageError) as error:
        raise UsageError("no-such-side", text=text) from error


def without_kept(kept: Mapping[tuple[str, str], Kept], book: BookId, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings of the other checks without those on which somebody gave a word: the same file, the same number."""
    for finding in findings:
        sides = {"same-image": finding.subject, "number-in-other-book": str(book)}.get(finding.code)
        if sides is None or not is_kept(kept, sides, str(finding.values["other"])):
            yield finding
