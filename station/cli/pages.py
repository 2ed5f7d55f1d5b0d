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
    from collections.abc import Iterable, Iterator, Sequence

    from station.capture.requests import Intent
    from station.model import Page
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
    from station.cli.scanned import paired, say_pairing
    from station.line import pair_stack

    with common.open_station() as station:
        found, console = station.book(book), common.console
        announce = Announcements(comparing=lambda: console.note("turned.comparing"))
        pairing = pair_stack(station, found, announce, in_order=backs_in_order, as_they_are=as_they_are)
        console.data({"book": str(found.id), **paired(pairing)})
        clear = say_pairing(console, station.catalogue, found, pairing) and not pairing.clashes
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


@command("insert", pages)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--after", required=True, help=both("help.opt.after"))
@click.option("--number", help=both("help.opt.number_inserted"))
@click.option("--scan", is_flag=True, help=both("help.opt.scan_instead"))
@click.option("--device", help=both("help.opt.device"))
def insert(
    common: Common,
    files: tuple[Path, ...],
    after: str,
    number: str | None,
    scan: bool,  # noqa: FBT001 - click hands options on by name
    device: str | None,
) -> int:
    from station.capture.requests import Intent
    from station.naming import Numbering

    if scan == bool(files):
        raise UsageError("scan-or-file")
    with common.open_station() as station:
        before = station.page(after)
        numbering = Numbering.parse(number, "1", before.book) if number else None
        return _bring(common, station, Intent(PageKind.PAGE, numbering, after=before), files, device)


def _bring(common: Common, station: Station, intent: Intent, files: Sequence[Path], device: str | None) -> int:
    """One page from the scanner, or files, into the place that the intent names."""
    from station.capture.requests import ScanRequest
    from station.cli.capture import ingest_into
    from station.cli.scanning import scan_into

    place = intent.replaces or intent.after
    assert place is not None
    book = station.book(str(place.book))
    if files:
        return ingest_into(common, station, book, files, intent)
    source = Source.ADF if station.settings.scan.source is Source.ADF_DUPLEX else None  # one page is one side
    return scan_into(common, station, book, device, ScanRequest(station.settings.scan, intent, source, pages=1))
