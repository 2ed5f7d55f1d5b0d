"""`station check`, `station process`, `station pack`, `station reopen`: from pages to a sealed bag, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from station.cli.options import Common, command
from station.errors import Exit, Refused
from station.finding_groups import grouped
from station.finding_words import finding_text
from station.model import BookState
from station.words import both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from station.console import Console
    from station.naming import BookId
    from station.sizes import Sizes


_UNCOUNTED_SHOWN = 10
"""Books that are named; of the others their number is said."""


@command("check")
@click.argument("book", required=False)
def check(common: Common, book: str | None) -> int:
    from station.books.mending import told
    from station.completeness.counted import remarked
    from station.line import check as check_book
    from station.line import check_all

    with common.open_station() as station:
        if book:
            one = station.book(book)
            found = [told(one, finding) for finding in check_book(station, one)]
        else:
            found = [told(one, finding) for one, finding in check_all(station)]
        if common.json:
            common.console.data(found)
        else:
            say_findings(common.console.line, found)
        books = [one] if book else station.catalogue.books()
        say_uncounted(common.console, remarked(station.catalogue, books, station.columns))
        if not found:
            common.console.note("check.clean", books=len(books))
        return Exit.FINDINGS if found else Exit.DONE


def say_findings(say: Callable[..., None], findings: Iterable[dict[str, Any]]) -> None:
    """Each finding in the operator's words, with the command that mends it, and the one that lets it stand as it is
    where there is one; `say` is the console's `line` or `note`.
    """
    for finding in grouped(findings):
        weight = "blocking" if finding["blocking"] else "look"
        if "accept" in finding:
            weight = "accept-blocking" if finding["blocking"] else "accept"
        values = {name: finding[name] for name in ("book", "mend", "accept") if name in finding}
        say(f"finding.{weight}", text=finding_text(finding), **values)


def say_uncounted(console: Console, books: Sequence[BookId]) -> None:
    """Books that may lack pages at their end without anybody being able to tell."""
    for book in books[:_UNCOUNTED_SHOWN]:
        console.note("check.uncounted", book=book)
    if len(books) > _UNCOUNTED_SHOWN:
        console.note("check.uncounted-more", books=len(books) - _UNCOUNTED_SHOWN)


@command("process")
@click.argument("book", required=False)
@click.option("--sealed", is_flag=True, help=both("help.opt.process_sealed"))
def process(common: Common, book: str | None, sealed: bool) -> int:  # noqa: FBT001 - click hands options on by name
    from station.announcements import Announcements
    from station.line import process_book
    from station.sizes import sizes_of
    from station.worklist.exclusions import not_excluded

    with common.open_station() as station:
        announce = Announcements(noted=lambda phrase: common.console.note(phrase.key, **phrase.values))
        made: list[int] = []
        announce.copy = lambda copy: made.append(copy.bytes)
        books = [station.book(book)] if book else not_excluded(station.catalogue)
        left = [] if sealed else [one for one in books if one.state is BookState.SEALED]
        if left and not book:
            books = [one for one in books if one.state is not BookState.SEALED]
            common.console.note("process.sealed-left", books=len(left))
        failed = [page for one in books for page in process_book(station, one, announce, sealed=sealed)]
        weighed = {str(one.id): sizes_of(station, one.id) for one in books}
        common.console.data(
            {
                "made": len(made),
                "bytes": sum(made),
                "unreadable": [page.id for page in failed],
                "sealed": [str(one.id) for one in left],
                "sizes": [{"book": one, **sizes.as_json()} for one, sizes in weighed.items() if sizes.pages],
            }
        )
        for one, sizes in weighed.items():
            say_sizes(common.console, one, sizes)
        for page in failed:
            common.console.note("page.unreadable", order=page.order, page=page.id)
        return Exit.FINDINGS if failed else Exit.DONE


def say_sizes(console: Console, book: str, sizes: Sizes) -> None:
    """What the copies of a book take, and why it is more than the guideline where it is."""
    if sizes.pages and sizes.target_kb_per_a4 is None:
        console.note("sizes.mean-alone", book=book, **sizes.as_json())
    elif sizes.pages:
        console.note("sizes.mean", book=book, **sizes.as_json())
    if sizes.over and sizes.at_floor:
        console.note("sizes.over", book=book, **sizes.as_json())


@command("pack")
@click.argument("book")
def pack(common: Common, book: str) -> int:
    from station.announcements import Announcements
    from station.completeness.counted import remarked
    from station.line import pack_book
    from station.purging import purge_of, when
    from station.sizes import sizes_of

    with common.open_station() as station:
        found, console = station.book(book), common.console
        try:
            bag = pack_book(station, found, Announcements(noted=lambda said: console.note(said.key, **said.values)))
        except Refused as refused:
            say_findings(console.note, refused.values.get("findings", ()))
            raise
        if bag.unchanged:
            console.note("pack.unchanged", book=found.id, bag=bag.id)
        elif bag.supersedes:
            console.note("pack.supersedes", bag=bag.id, old=bag.supersedes)
        sizes = sizes_of(station, found.id)
        say_sizes(console, str(found.id), sizes)
        say_uncounted(console, remarked(station.catalogue, [found], station.columns))
        if cleared := purge_of(station, bag.id):
            console.note("pack.purged", book=found.id, bag=bag.id, at=when(cleared))
        else:
            console.note("pack.done", book=found.id, bag=bag.id, cases=bag.cases, pages=bag.pages)
        console.data(
            {
                "id": bag.id,
                "state": "purged" if cleared else "sealed",
                "book": str(found.id),
                "folder": str(bag.folder),
                "digest": bag.digest,
                "pages": bag.pages,
                "cases": bag.cases,
                "supersedes": bag.supersedes,
                "unchanged": bag.unchanged,
                "sizes": sizes.as_json(),
            }
        )
        return Exit.DONE


@command("reopen")
@click.argument("book")
@click.option("--checker", required=True, help=both("help.opt.checker"))
@click.option("--why", required=True, help=both("help.opt.why_reopen"))
def reopen(common: Common, book: str, checker: str, why: str) -> None:
    from station.announcements import Announcements
    from station.books.rework import reopen as open_again
    from station.purging import purge_of, when

    with common.open_station() as station:
        found, console = station.book(book), common.console
        rework = open_again(station, found.id, checker, why, Announcements())
        console.note("reopen.done", book=found.id, bag=rework.bag, checker=rework.checker)
        if rework.held:
            console.note("reopen.held", bag=rework.bag)
        elif cleared := purge_of(station, rework.bag):
            console.note("reopen.purged", bag=rework.bag, at=when(cleared))
        else:
            console.note("reopen.gone", bag=rework.bag, state=station.outbox.item(rework.bag).state)
        console.data({"book": str(found.id), "state": "open", **asdict(rework)})
