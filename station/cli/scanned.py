"""What is said of a scan that has ended: its document, its sentences, its exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from station.capture.feeds import Ending, feed_words, find_doubt
from station.cli.capture import (
    books_of,
    refused_cover,
    say_clashes,
    say_excluded,
    say_refused_cover,
    say_reviews,
    say_unreadable,
)
from station.errors import Exit
from station.words import Phrase

if TYPE_CHECKING:
    from station.capture.duplex import Pairing
    from station.capture.keeping import ScanResult
    from station.capture.outcomes import ScanOutcome
    from station.capture.requests import ScanRequest
    from station.catalogue import Catalogue
    from station.console import Console
    from station.model import Book
    from station.wiring import Station


def scanned(outcome: ScanOutcome) -> dict[str, Any]:
    """The document of a scan; programs rely on its keys."""
    result = outcome.result
    return {
        "pages": len(result.pages),
        "last_page": result.pages[-1].order if result.pages else None,
        "paper_ended": result.paper_ended,
        "fault": Ending.OUT_OF_ORDER if result.out_of_order else result.fault.kind if result.fault else None,
        "sheets_fed": result.sheets_fed,
        "review": [page.id for page in result.pages if page.review],
        "refused": [{"file": str(one.path), "reason": one.reason} for one in result.refused],
        "waiting": [str(number) for number in result.waiting],
        "unreadable": [page.id for page in outcome.unreadable],
        "unnumbered": [page.id for page, _ in outcome.clashes],
        "excluded": [str(number) for _, number in outcome.excluded],
        "pairing": paired(outcome.pairing) if outcome.pairing else None,
        "books": books_of(result.pages),
        "aside": result.aside,
        "refused_cover": refused_cover(result.refused_cover),
    }


def paired(pairing: Pairing) -> dict[str, Any]:
    """What became of a stack, as part of a document."""
    return {
        "fronts": pairing.fronts,
        "backs": pairing.backs,
        "paired": pairing.paired,
        "alike": pairing.alike,
        "other_size": pairing.other_size,
    }


def say_scan(console: Console, station: Station, outcome: ScanOutcome, request: ScanRequest) -> int:
    """What the operator reads at the end, and the exit code that says the same."""
    result, capture = outcome.result, outcome.pile.current
    if result.aside:
        console.note("cover.aside", images=result.aside, folder=station.root.quarantine)
    if result.refused_cover:
        say_refused_cover(console, result.refused_cover)
    say_reviews(console, result.pages)
    say_excluded(console, outcome.excluded)
    if result.out_of_order:
        image = result.out_of_order
        console.note("scan.out-of-order", sheet=image.sheet, side=image.side)
        _say_how_to_go_on(console, station, outcome)
        return Exit.DEFECT
    if result.fault:
        _say_how_to_go_on(console, station, outcome)
        return Exit.STORAGE if result.fault.kind == "spool-full" else Exit.DEVICE
    return _say_end(console, station, capture.book, outcome, request) if capture else _say_no_book(console, outcome)


def _say_no_book(console: Console, outcome: ScanOutcome) -> int:
    """A scan in which no cover sheet opened a book."""
    if outcome.result.refused:
        return Exit.BAD_INPUT
    if outcome.result.aside and not outcome.result.refused_cover:
        console.note("cover.none")
    _say_nothing(console, outcome.result)
    return Exit.FINDINGS


def _say_nothing(console: Console, result: ScanResult) -> None:
    """That no page came, where nothing was said yet of images that were set aside or of a cover that was refused."""
    if not (result.aside or result.refused_cover):
        console.note("scan.stopped" if result.stopped else "scan.nothing")


def _say_end(console: Console, station: Station, book: Book, outcome: ScanOutcome, request: ScanRequest) -> int:
    """A scan that no fault ended."""
    result = outcome.result
    *before, ended = books_of(result.pages) or [{"book": str(book.id), "pages": 0}]
    for one in before:
        console.note("cover.book-done", **one)
    if result.pages or result.refused:
        console.note("scan.done", **ended, last=result.pages[-1].order if result.pages else Phrase("scan.none"))
    if result.refused:
        return Exit.BAD_INPUT
    if not result.pages:
        _say_nothing(console, result)
        return Exit.FINDINGS
    if result.streak is not None:
        console.note(
            "scan.dirty-glass",
            place=result.streak.place,
            pages=", ".join(map(str, result.streak.pages)),
            book=book.id,
        )
    say_clashes(console, station.catalogue, outcome.clashes)
    say_unreadable(console, outcome.unreadable)
    found = result.streak is not None or bool(
        outcome.unreadable or outcome.clashes or outcome.excluded or result.aside or result.refused_cover
    )
    if outcome.pairing:
        found |= not say_pairing(console, station.catalogue, book, outcome.pairing)
    elif request.turned:
        console.note("turned.fronts", fronts=len(result.pages), book=book.id)
    if request.pages and len(result.pages) < request.pages:
        console.note("scan.fewer", asked=request.pages, pages=len(result.pages))
        found = True
    return Exit.FINDINGS if found else Exit.DONE


def say_pairing(console: Console, catalogue: Catalogue, book: Book, pairing: Pairing) -> bool:
    """Say what became of a stack, or what to do first; whether it is paired."""
    say_clashes(console, catalogue, pairing.clashes)
    if pairing.paired:
        console.note("turned.paired", sheets=pairing.fronts, book=book.id)
    elif pairing.fronts != pairing.backs:
        console.note("turned.counts", fronts=pairing.fronts, backs=pairing.backs, book=book.id)
    for key, sheets in (("turned.alike", pairing.alike), ("turned.other-size", pairing.other_size)):
        if sheets:
            console.note(key, sheets=", ".join(map(str, sheets)), book=book.id)
    return pairing.paired


def _say_how_to_go_on(console: Console, station: Station, outcome: ScanOutcome) -> None:
    """The last good page, sheets against pages where somebody counted, and what to type next."""
    result, catalogue, capture = outcome.result, station.catalogue, outcome.pile.current
    if capture is None:
        console.note("scan.kept", kept=0, last=Phrase("scan.none"))
        return
    book = capture.book
    pages = catalogue.pages(book.id)
    last = result.pages[-1] if result.pages else pages[-1] if pages else None
    numbers = catalogue.numbers_of_pages(book.id).get(last.id, []) if last else []
    console.note(
        "scan.kept-numbered" if numbers else "scan.kept",
        kept=len(result.pages),
        last=last.order if last else Phrase("scan.none"),
        numbers=", ".join(map(str, numbers)),
    )
    if result.sheets_fed is not None:
        console.note("scan.counts", fed=result.sheets_fed, kept=len(result.pages))
    doubt, due, side = find_doubt(catalogue, book.id), capture.numbers, capture.side
    if doubt:
        console.note("scan.confirm", book=book.id, **feed_words(doubt.values))
    elif side:
        console.note("turned.go-on", side=side)
    elif due.due:
        joins = " --join" if due.next_joins else ""
        console.note("scan.go-on", book=book.id, number=f"{due.due[0]}{joins}")
