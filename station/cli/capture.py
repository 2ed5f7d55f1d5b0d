"""`station ingest`, and what all commands that bring pages into books share."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from drivers.interface import Source
from station.cli.asking import ON_COVER, answer_of, ask_cover, cover_options
from station.cli.options import Common, command
from station.errors import Exit, UsageError
from station.model import PageKind
from station.words import Phrase, both, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drivers.interface import Applied
    from station.announcements import Announcements
    from station.capture.keeping import Taken
    from station.capture.outcomes import IntakeOutcome
    from station.capture.requests import Intent
    from station.catalogue import Catalogue
    from station.console import Console
    from station.covers.admission import Standing
    from station.model import Book, Page
    from station.naming import BookId, CaseNumber
    from station.wiring import Station

_KINDS = click.Choice([kind.value for kind in PageKind])
_SOURCES = click.Choice([source.value for source in Source])


def numbering_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what the pages are; `intent_of` reads them."""
    for option in (
        click.option("--number", help=both("help.opt.number")),
        click.option("--cases-per-page", default="1", show_default=True, help=both("help.opt.cases_per_page")),
        click.option("--kind", type=_KINDS, default=PageKind.PAGE.value, show_default=True, help=both("help.opt.kind")),
        click.option("--covers", type=click.IntRange(0, 20), default=0, help=both("help.opt.covers")),
        click.option("--join", is_flag=True, help=both("help.opt.join_first")),
    ):
        function = option(function)
    return function


def say_clashes(console: Console, catalogue: Catalogue, clashes: Iterable[tuple[Page, CaseNumber]]) -> None:
    """Each page that got no number, which page has it, and how to give this one its own."""
    from station.books.numbers import taken_by

    for page, number in clashes:
        holder = catalogue.holder(page.book, number) or str(page.book)
        taken = taken_by(catalogue, holder, number)
        console.note("page.unnumbered", **taken | {"order": page.order, "page": page.id, "book": page.book})


def say_excluded(console: Console, excluded: Iterable[tuple[BookId, CaseNumber]]) -> None:
    """The numbers that came though an earlier phase has done them, book by book."""
    from station.worklist.exclusions import spans_of

    by_book: dict[BookId, list[CaseNumber]] = {}
    for book, number in excluded:
        by_book.setdefault(book, []).append(number)
    for book, numbers in by_book.items():
        console.note("scan.excluded", book=book, numbers=", ".join(map(str, spans_of(numbers))), count=len(numbers))


def say_unreadable(console: Console, pages: Iterable[Page]) -> None:
    """Each page whose delivery copy could not be made."""
    for page in pages:
        console.note("page.unreadable", order=page.order, page=page.id)


def say_reviews(console: Console, pages: Iterable[Page]) -> None:
    """Each page that wants a look, and why."""
    for page in pages:
        if page.review:
            console.note("scan.review", order=page.order, page=page.id, reason=Phrase(f"review.{page.review}"))


def books_of(pages: Iterable[Page]) -> list[dict[str, Any]]:
    """The books that pages went into, in that order, each with how many they are, as part of a document."""
    counts = Counter(str(page.book) for page in pages)
    return [{"book": book, "pages": count} for book, count in counts.items()]


def refused_cover(error: UsageError | None) -> dict[str, Any] | None:
    """Why the book of a cover sheet was not opened, as part of a document."""
    return {"book": error.values.get("book"), "code": error.code} if error else None


def say_refused_cover(console: Console, error: UsageError) -> None:
    """Why a cover sheet ended the work, and what became of what follows it."""
    console.note("cover.refused", why=Phrase(error.code, error.values))


@command("ingest")
@click.argument("book")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@cover_options
@numbering_options
def ingest(common: Common, book: str, paths: tuple[Path, ...], **options: Any) -> int:
    on_cover = answer_of(**{name: options.pop(name) for name in ON_COVER})
    with common.open_station() as station:
        found = station.book(book)
        return ingest_into(common, station, found, paths, intent_of(found, **options), on_cover)


def ingest_into(
    common: Common,
    station: Station,
    book: Book,
    paths: Sequence[Path],
    intent: Intent,
    on_cover: Standing | None = None,
) -> int:
    """Take files, say what happened, and return the exit code that says the same."""
    from station.line import ingest as ingest_files

    console = common.console
    announce = announcements(console, station)
    announce.ask_cover = ask_cover
    outcome = ingest_files(station, book, paths, intent, announce, on_cover)
    pages = sum(len(one.pages) for one in outcome.taken)
    refused = [one.refused for one in outcome.taken if one.refused]
    console.data(
        {
            "book": str(book.id),
            "files": len(outcome.taken),
            "pages": pages,
            "already": sum(len(one.already) for one in outcome.taken),
            "refused": [{"file": str(one.path), "reason": one.reason} for one in refused],
            "unreadable": [page.id for page in outcome.unreadable],
            "waiting": [str(number) for number in outcome.pile.waiting],
            "unnumbered": [page.id for page, _ in outcome.pile.clashes],
            "excluded": [str(number) for _, number in outcome.pile.excluded],
            "books": books_of(page for one in outcome.taken for page in one.pages),
            "refused_cover": refused_cover(outcome.refused_cover),
        }
    )
    say_ingested(console, book, outcome)
    say_clashes(console, station.catalogue, outcome.pile.clashes)
    say_excluded(console, outcome.pile.excluded)
    say_reviews(console, (page for one in outcome.taken for page in one.pages))
    if outcome.refused_cover:
        say_refused_cover(console, outcome.refused_cover)
    say_unreadable(console, outcome.unreadable)
    if refused:
        return Exit.BAD_INPUT
    nothing_replaced = intent.replaces is not None and not pages
    pile = outcome.pile
    open_ends = pile.clashes or pile.excluded or pile.waiting or outcome.unreadable
    found = open_ends or outcome.refused_cover or nothing_replaced
    return Exit.FINDINGS if found else Exit.DONE


def say_ingested(console: Console, book: Book, outcome: IntakeOutcome) -> None:
    """How many pages came, and into which books where cover sheets named others."""
    counts = books_of(page for one in outcome.taken for page in one.pages)
    others = [one for one in counts if one["book"] != str(book.id)]
    own = sum(one["pages"] for one in counts) - sum(one["pages"] for one in others)
    refused = sum(one.refused is not None for one in outcome.taken)
    console.note("ingest.done", pages=own, files=len(outcome.taken), refused=refused, book=book.id)
    for one in others:
        console.note("cover.book-done", **one)


def intent_of(book: Book, *, number: str | None, cases_per_page: str, kind: str, join: bool, covers: int) -> Intent:
    """What the options say of the pages that come. Raises `UsageError`, `BadName`."""
    from station.capture.requests import Intent
    from station.naming import Numbering

    if join and not number:
        raise UsageError("join-needs-number")
    numbering = Numbering.parse(number, cases_per_page, book.id) if number else None
    return Intent(PageKind(kind), numbering, join, covers)


def say_taken(console: Console, into: BookId | None, one: Taken) -> None:
    """What of a delivered file is not as it should be, and what becomes of its numbers."""
    if one.refused:
        path = shlex.quote(str(one.lies_at or one.path))
        values = {"file": str(one.path), "detail": one.refused.detail, "path": path}
        console.note("file.refused", reason=sentence(f"refused.{one.refused.reason}", separator=" · ", **values))
    elif one.already and not one.pages:
        console.note("file.already", file=one.path.name, book=into)
    if one.waiting:
        console.note("file.number-waits", file=one.path.name, numbers=", ".join(map(str, one.waiting)), book=into)
    if one.count_lost:
        console.note("file.count-lost", file=one.path.name)
    if one.may_be_cover:
        console.note("file.may-be-cover", file=one.path.name, book=into)


def announcements(console: Console, station: Station) -> Announcements:
    from station.announcements import Announcements

    book: BookId | None = None

    def page(page: Page) -> None:
        nonlocal book
        if page.book != book and book:
            console.note("cover.switched", book=page.book)
        book = page.book
        console.note("page.kept", order=page.order, page=page.id)

    def configured(applied: Applied) -> None:
        console.note("scan.settings", source=applied.source, dpi=applied.dpi, mode=applied.mode)
        for difference in applied.differences:
            console.note("scan.clamped", option=difference.option, asked=difference.asked, got=difference.got)

    def recovered(path: Path) -> None:
        console.note("recovered", path=path, root=station.root.path)

    def taken(into: BookId | None, one: Taken) -> None:
        say_taken(console, into, one)

    def noted(phrase: Phrase) -> None:
        console.note(phrase.key, **phrase.values)

    return Announcements(page=page, configured=configured, taken=taken, recovered=recovered, noted=noted)
