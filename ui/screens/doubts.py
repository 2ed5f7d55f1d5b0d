"""What may be wrong with a page: what the checks say, pages that stand twice, a page that has no number yet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from station.books.mending import told
from station.completeness.pages import check_twins
from station.duplicates.deciding import without_kept
from station.duplicates.findings import duplicate_findings
from station.finding_words import finding_text
from station.model import BookState
from station.standing import Seen, read_pages
from ui.widgets.strip import verdict_words
from ui.words import say, tell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from station.model import Finding
    from station.wiring import Station


@dataclass(frozen=True)
class Reviewed:
    """The pages of a book, and by their ids what is known of pages that stand twice."""

    pages: list[Seen] = field(default_factory=list)
    doubles: Mapping[str, Sequence[dict[str, Any]]] = field(default_factory=dict)
    sealed: bool = False


def read_reviewed(station: Station, text: str) -> Reviewed:
    """Read a book to be looked at page by page; only what was compared before is told. Raises `UsageError`."""
    book = station.book(text)
    pages, catalogue = read_pages(station, book.id), station.catalogue
    twins: list[Finding] = [
        finding
        for found in catalogue.same_masters(book.id).values()
        for finding in check_twins([seen.page for seen in pages], found)
    ]
    found = [
        *without_kept(catalogue.kept_doubles(), book.id, twins),
        *duplicate_findings(catalogue, book.id),
    ]
    doubles: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for finding in found:
        doubles[finding.subject].append(by_order(station, told(book, finding)))
    return Reviewed(pages, doubles, book.state is BookState.SEALED)


def by_order(station: Station, finding: dict[str, Any]) -> dict[str, Any]:
    """A finding that names another page by its id names it by its place in the book."""
    other = station.catalogue.find_page(str(finding["other"])) if finding["code"] == "same-image" else None
    return finding | {"other": other.order} if other else finding


def doubt_lines(seen: Seen, doubles: Sequence[dict[str, Any]], key: str) -> list[str]:
    """All of it in sentences; `key` is the one that gives a page its number."""
    page, lines = seen.page, []
    if page.part:
        lines.append(say("review.half"))
    if page.kind.in_case and not seen.numbers:
        lines.append(say("review.no-number", key=key))
    if page.review:
        lines.append(f"{say('strip.review')}: {tell(f'review.{page.review}')}")
    for finding in doubles:
        phrase = finding_text(finding)
        lines.append(f"● {tell(phrase.key, **phrase.values)}")
    lines += verdict_words(seen)
    if seen.level is None:
        lines.append(say("strip.waiting"))
    return lines or [say("review.fine")]
