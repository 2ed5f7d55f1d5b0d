"""What is said of a scan that no fault ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.interface import Side
from station.model import BookState
from ui.keys import shown_key
from ui.words import number, say
from ui.words.errors import why

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from station.model import Book
    from station.naming import CaseNumber
    from station.standing import Standing
    from ui.scan_report import ScanReport
    from ui.scanning import ScanOrder


def ending_words(report: ScanReport, keys: Mapping[str, str]) -> str:
    """What came, and what wants a look, a line each; `keys` are those that the technician changed."""
    last, review = report.last.order if report.last else "-", shown_key("review", keys)
    lines = _came(report, last)
    if report.again:
        orders = ", ".join(map(str, report.again))
        lines.append(say("scan.again", count=len(report.again), orders=orders, key=review))
    if report.went_well and report.sheets_fed and report.pages - report.printed > 1:
        lines.append(say("scan.wrong-way", review=review, key=shown_key("reverse", keys)))
    if report.stopped and report.doubt:
        lines.append(say("scan.sheets-back", fed=report.sheets_fed, pages=report.pages, last=last))
    if report.listed and report.pages:
        full = fullness_words(report.listed, report.total, report.last_numbers, shown_key("close_book", keys))
        lines += [full] if full else []
    if report.next_book:
        lines.append(say("scan.next-book", book=report.next_book))
    elif report.refused_cover:
        lines.append(say("failed", why=why(report.refused_cover)))
    if report.pairing and report.pairing.paired:
        lines.append(say("scan.paired", sheets=report.pairing.fronts))
    if report.aside:
        lines.append(say(f"scan.aside{_behind_cover(report)}", images=report.aside))
    return "\n".join([*lines, *_doubtful_pages(report)])


def _came(report: ScanReport, last: int | str) -> list[str]:
    """How many pages came, or why none did."""
    numbers = ", ".join(map(str, report.last_numbers)) or "-"
    if report.pages:
        key = "scan.done-bad" if report.again else "scan.done"
        return [say(key, pages=report.pages - report.printed, last=last, numbers=numbers)]
    if report.stopped:
        return [say("scan.stopped", last=last, numbers=numbers)]
    return [] if report.aside or report.refused_cover else [say("scan.nothing")]


def _behind_cover(report: ScanReport) -> str:
    """Which sheets left images that belong to no book: those from a cover sheet on that ended the scan."""
    if report.next_book:
        return "-next"
    return "-from-cover" if report.refused_cover else ""


def _doubtful_pages(report: ScanReport) -> list[str]:
    """What is to be said of single pages that came."""
    lines = [say("scan.clash", order=page.order, number=number) for page, number in report.clashes]
    if report.excluded:
        lines.append(say("scan.excluded", numbers=report.excluded))
    return lines + [say("scan.unreadable", order=page.order) for page in report.unreadable]


def fullness_words(book: Book, pages: int, numbers: Sequence[CaseNumber], key: str) -> str:
    """Whether the book has what the work list expects, or more; nothing while pages are to come or nobody expects.

    `numbers` are those of the last page, `key` closes the book.
    """
    beyond = next((one for one in numbers if book.id.one_year and one.value > (book.last_number or one.value)), None)
    if beyond:
        return say("scan.beyond-last", number=beyond, last=book.last_number)
    if not book.pages_expected or pages < book.pages_expected:
        return ""
    if pages > book.pages_expected:
        return say("scan.beyond-pages", pages=number(pages), expected=number(book.pages_expected))
    return say("scan.full", expected=number(book.pages_expected), key=key)


def last_words(standing: Standing) -> str:
    """The last page that the book holds."""
    if not standing.last:
        return say("fault.last-none")
    last = standing.last[-1]
    return say("scan.last-kept", last=last.page.order, numbers=", ".join(map(str, last.numbers)) or "-")


def order_words(order: ScanOrder) -> str:
    """Where the next paper comes from, and how."""
    words = [say("scan.source-set", source=say(f"source.{order.source or 'none'}"))]
    words += [say("scan.by-hand-short")] if order.turned else []
    words += [say("scan.button-short")] if order.wait else []
    return " · ".join(words)


def ready_key(standing: Standing | None, order: ScanOrder, covers: int | None) -> str:
    """The key of the sentence that asks for the next page."""
    if standing and standing.book.state is BookState.SEALED:
        return "band.sealed"
    if order.turned and order.turned.side is Side.BACK:
        return "band.ready-turn"
    return "band.ready-cover" if covers else "band.ready"


def counts_words(standing: Standing) -> str:
    """Pages and cases of the book, with the pages that the work list expects."""
    key = "scan.counts-of" if standing.book.pages_expected else "scan.counts"
    pages, cases = number(standing.pages), number(standing.cases)
    return say(key, pages=pages, cases=cases, expected=number(standing.book.pages_expected or 0))
