"""What is said of a scan that no fault ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.interface import Side
from station.model import BookState
from ui.words import number, say
from ui.words.errors import why

if TYPE_CHECKING:
    from station.standing import Standing
    from ui.scan_report import ScanReport
    from ui.scanning import ScanOrder


def ending_words(report: ScanReport) -> str:
    """What came, and what wants a look, a line each."""
    last = report.last.order if report.last else "-"
    numbers = ", ".join(map(str, report.last_numbers)) or "-"
    if report.pages:
        lines = [say("scan.done", pages=report.pages, last=last, numbers=numbers)]
    elif report.stopped:
        lines = [say("scan.stopped", last=last, numbers=numbers)]
    else:
        lines = [] if report.aside else [say("scan.nothing")]
    if report.next_book:
        lines.append(say("scan.next-book", book=report.next_book))
    elif report.refused_cover:
        lines.append(say("failed", why=why(report.refused_cover)))
    if report.pairing and report.pairing.paired:
        lines.append(say("scan.paired", sheets=report.pairing.fronts))
    if report.aside:
        lines.append(say("scan.aside", images=report.aside))
    lines += [say("scan.clash", order=page.order, number=number) for page, number in report.clashes]
    lines += [say("scan.unreadable", order=page.order) for page in report.unreadable]
    return "\n".join(lines)


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
