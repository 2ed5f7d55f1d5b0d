"""`station pages ID`, and one page at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from drivers.interface import Source
from station.cli.groups import BookGroup
from station.cli.options import Common, command, group
from station.cli.rows import page_row
from station.errors import Exit, UsageError
from station.imaging.page import Level
from station.model import PageKind
from station.words import both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from station.capture.requests import Intent
    from station.model import Page
    from station.naming import BookId
    from station.wiring import Station

pages = group("pages", BookGroup)
_COLUMNS = ("order", "id", "kind", "half", "cases", "width", "height", "dpi", "verdicts", "review", "taken_at")


@command("list", pages)
@click.argument("book")
def list_pages(common: Common, book: str) -> None:
    from station.recipes import copies_key

    with common.open_station() as station:
        found = station.book(book)
        numbers = station.catalogue.numbers_of_pages(found.id)
        copies = station.catalogue.copies(found.id, copies_key(station, found.id))
        previews = station.settings.imaging.previews
        rows = [
            page_row(page, numbers.get(page.id, []), copies.get(page.copy_of), previews=previews)
            for page in station.catalogue.pages(found.id)
        ]
        if not common.json:
            for row in rows:
                row["verdicts"] = _seen(row)
        common.console.data(rows, _COLUMNS)


def _seen(row: dict[str, Any]) -> str:
    """What the checks say of a page, in its line: `ok`, or what is doubtful; `unchecked` before there is a copy."""
    doubtful = [verdict["check"] for verdict in row["verdicts"] if verdict["level"] != Level.OK]
    return ",".join(doubtful) or ("ok" if row["copy"] else "unchecked")


@command("mark", pages)
@click.argument("page")
@click.option("--kind", type=click.Choice([kind.value for kind in PageKind]), required=True, help=both("help.opt.kind"))
def mark(common: Common, page: str, kind: str) -> None:
    with common.open_station() as station:
        found = station.page(page)
        with station.changing(found.book):
            found = station.page(found.id)
            station.catalogue.mark_page(found.id, PageKind(kind))
        common.console.note("page.marked", order=found.order, book=found.book, kind=kind)


@command("discard", pages)
@click.argument("pages", nargs=-1, required=True)
@click.option("--why", required=True, help=both("help.opt.why_discard"))
def discard(common: Common, pages: tuple[str, ...], why: str) -> None:
    from station.said import said_why

    with common.open_station() as station:
        why = said_why(why)
        for found in _changing(station, pages):
            station.catalogue.discard_page(found.id, why)
            common.console.note("page.discarded", order=found.order, book=found.book)


@command("confirm", pages)
@click.argument("pages", nargs=-1, required=True)
def confirm(common: Common, pages: tuple[str, ...]) -> None:
    from station.capture.paper import confirm_page

    with common.open_station() as station:
        for found in _changing(station, pages):
            ends = confirm_page(station.catalogue, found, station.operator)
            common.console.note("feed.confirmed" if ends else "page.confirmed", order=found.order, book=found.book)


@command("pair", pages)
@click.argument("book")
@click.option("--backs-in-order", is_flag=True, help=both("help.opt.backs_in_order"))
@click.option("--as-they-are", is_flag=True, help=both("help.opt.as_they_are"))
def pair(common: Common, book: str, backs_in_order: bool, as_they_are: bool) -> int:  # noqa: FBT001
    from station.announcements import Announcements
    from station.cli.capture import say_excluded
    from station.cli.scanned import paired, say_pairing
    from station.line import pair_stack

    with common.open_station() as station:
        found, console = station.book(book), common.console
        announce = Announcements(comparing=lambda: console.note("turned.comparing"))
        pairing = pair_stack(station, found, announce, in_order=backs_in_order, as_they_are=as_they_are)
        console.data({"book": str(found.id), **paired(pairing)})
        clear = say_pairing(console, station.catalogue, found, pairing) and not (pairing.clashes or pairing.excluded)
        say_excluded(console, pairing.excluded)
        return Exit.DONE if clear else Exit.FINDINGS


def _changing(station: Station, texts: Iterable[str]) -> Iterator[Page]:
    """Pages by their ids, one after the other, each while its open book is held. All of them must be there first."""
    named = [station.page(text) for text in texts]
    for page in named:
        with station.changing(page.book):
            yield station.page(page.id)


@command("replace", pages)
@click.argument("page")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--scan", is_flag=True, help=both("help.opt.scan_instead"))
@click.option("--device", help=both("help.opt.device"))
def replace(common: Common, page: str, file: Path | None, scan: bool, device: str | None) -> int:  # noqa: FBT001
    from station.capture.requests import Intent

    if scan == bool(file):
        raise UsageError("scan-or-file")
    with common.open_station() as station:
        old = station.page(page)
        if old.part:
            common.console.note("spread.replaces-half", order=old.order, page=old.id)
        return _bring(common, station, Intent(old.kind, replaces=old), [file] if file else [], device)


def _place_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say beside which page; `_place_in` reads them."""
    for option in (
        click.option("--before", help=both("help.opt.before")),
        click.option("--after", help=both("help.opt.after")),
    ):
        function = option(function)
    return function


def _place_in(place: Mapping[str, str | None]) -> tuple[str, str]:
    """On which side of which page, in the words that `Intent` and `amending.move` take. Raises `UsageError`."""
    given = [(side, text) for side, text in place.items() if text]
    if len(given) != 1:
        raise UsageError("choose-one", options="--after, --before")
    return given[0]


@command("insert", pages)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@_place_options
@click.option("--number", help=both("help.opt.number_inserted"))
@click.option("--scan", is_flag=True, help=both("help.opt.scan_instead"))
@click.option("--device", help=both("help.opt.device"))
def insert(
    common: Common,
    files: tuple[Path, ...],
    number: str | None,
    scan: bool,  # noqa: FBT001 - click hands options on by name
    device: str | None,
    **place: str | None,
) -> int:
    from station.capture.requests import Intent
    from station.naming import Numbering

    side, text = _place_in(place)
    if scan == bool(files):
        raise UsageError("scan-or-file")
    with common.open_station() as station:
        beside = station.page(text)
        numbering = Numbering.parse(number, "1", beside.book) if number else None
        where = {side: beside}
        intent = Intent(PageKind.PAGE, numbering, after=where.get("after"), before=where.get("before"))
        return _bring(common, station, intent, files, device)


@command("move", pages)
@click.argument("book")
@click.argument("page")
@_place_options
def move(common: Common, book: str, page: str, **place: str | None) -> None:
    from station import amending
    from station.books.cases import find_page

    side, text = _place_in(place)
    with common.open_station() as station:
        found = station.book(book)
        moved, beside = (find_page(station.catalogue, found.id, one) for one in (page, text))
        amending.move(station, moved.id, **{side: beside.id})
        order = station.page(moved.id).order
        common.console.note("page.moved", before=moved.order, order=order, book=found.id)
        common.console.data({"book": str(found.id), "page": moved.id, "before": moved.order, "order": order})


@command("reverse", pages)
@click.argument("book")
@click.option("--from", "first", help=both("help.opt.from_page"))
@click.option("--to", "last", help=both("help.opt.to_page"))
@click.option("--by-sheet", is_flag=True, help=both("help.opt.by_sheet"))
@click.option("--with-typed", is_flag=True, help=both("help.opt.with_typed"))
def reverse(
    common: Common,
    book: str,
    first: str | None,
    last: str | None,
    by_sheet: bool,  # noqa: FBT001 - click hands options on by name
    with_typed: bool,  # noqa: FBT001
) -> None:
    from station.books.reversing import Reversal, plan_reversal
    from station.books.reversing import reverse as turn_round

    if last and not first:
        raise UsageError("reverse-needs-from")
    with common.open_station() as station:
        found = station.book(book).id

        def plan(now: Station) -> Reversal:
            one, other = _range_of(now, found, first, last)
            return plan_reversal(now, found, one, other, by_sheet=by_sheet, with_typed=with_typed)

        done, _ = turn_round(station, plan)
        numbers = [[str(number) for number in done.on_pages[page]] for page in done.after]
        ends = {"first_numbers": ", ".join(numbers[0]) or "-", "last_numbers": ", ".join(numbers[-1]) or "-"}
        rows = [
            {"id": page, "order": order, "cases": cases}
            for order, (page, cases) in enumerate(zip(done.after, numbers, strict=True), done.first_order)
        ]
        common.console.note("pages.reversed", book=found, first=done.first_order, last=done.last_order, **ends)
        common.console.data({"book": str(found), "pages": rows})


def _range_of(station: Station, book: BookId, first: str | None, last: str | None) -> tuple[Page, Page]:
    """The first and last page that are meant; without any those of the last feed. Raises `UsageError`."""
    from station.books.cases import find_page
    from station.books.reversing import last_stack

    if first is None:
        stack = last_stack(station.catalogue, book)
        if not stack:
            raise UsageError("nothing-to-reverse", book=str(book))
        return stack[0], stack[-1]
    end = find_page(station.catalogue, book, last) if last else station.catalogue.last_pages(book, 1)[0]
    return find_page(station.catalogue, book, first), end


def _bring(common: Common, station: Station, intent: Intent, files: Sequence[Path], device: str | None) -> int:
    """One page from the scanner, or files, into the place that the intent names."""
    from station.capture.requests import ScanRequest
    from station.cli.capture import ingest_into
    from station.cli.scanning import scan_into

    assert intent.beside is not None
    book = station.book(str(intent.beside.book))
    if files:
        return ingest_into(common, station, book, files, intent)
    source = Source.ADF if station.settings.scan.source is Source.ADF_DUPLEX else None  # one page is one side
    return scan_into(common, station, book, device, ScanRequest(station.settings.scan, intent, source, pages=1))
