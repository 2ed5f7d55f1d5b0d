"""`station pages ID`, and one page at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.groups import BookGroup
from station.cli.options import Common, command, group
from station.cli.rows import page_row
from station.errors import UsageError
from station.model import PageKind
from station.words import both

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.line import Intent
    from station.wiring import Station

pages = group("pages", BookGroup)
_COLUMNS = ("order", "id", "kind", "cases", "width", "height", "dpi", "verdicts", "taken_at")


@command("list", pages)
@click.argument("book")
def list_pages(common: Common, book: str) -> None:
    with common.open_station() as station:
        found = station.book(book)
        numbers = station.catalogue.numbers_of_pages(found.id)
        copies = station.catalogue.copies(found.id, station.recipe.key)
        rows = [
            page_row(page, numbers.get(page.id, []), copies.get(page.sha256))
            for page in station.catalogue.pages(found.id)
        ]
        if not common.json:
            for row in rows:
                row["verdicts"] = [verdict["check"] for verdict in row["verdicts"] if verdict["level"] != "ok"]
        common.console.data(rows, _COLUMNS)


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
@click.argument("page")
@click.option("--why", required=True, help=both("help.opt.why_discard"))
def discard(common: Common, page: str, why: str) -> None:
    with common.open_station() as station:
        found = station.page(page)
        with station.changing(found.book):
            found = station.page(found.id)
            station.catalogue.discard_page(found.id, why)
        common.console.note("page.discarded", order=found.order, book=found.book)


@command("replace", pages)
@click.argument("page")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--scan", is_flag=True, help=both("help.opt.scan_instead"))
@click.option("--device", help=both("help.opt.device"))
def replace(common: Common, page: str, file: Path | None, scan: bool, device: str | None) -> int:  # noqa: FBT001
    from station.line import Intent

    if scan == bool(file):
        raise UsageError("scan-or-file")
    with common.open_station() as station:
        old = station.page(page)
        return _bring(common, station, Intent(old.kind, replaces=old), [file] if file else [], device)


@command("insert", pages)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--after", required=True, help=both("help.opt.after"))
@click.option("--scan", is_flag=True, help=both("help.opt.scan_instead"))
@click.option("--device", help=both("help.opt.device"))
def insert(common: Common, files: tuple[Path, ...], after: str, scan: bool, device: str | None) -> int:  # noqa: FBT001
    from station.line import Intent

    if scan == bool(files):
        raise UsageError("scan-or-file")
    with common.open_station() as station:
        before = station.page(after)
        return _bring(common, station, Intent(PageKind.PAGE, after=before), files, device)


def _bring(common: Common, station: Station, intent: Intent, files: Sequence[Path], device: str | None) -> int:
    """One page from the scanner, or files, into the place that the intent names."""
    from station.cli.capture import ingest_into, scan_into
    from station.line import ScanRequest

    place = intent.replaces or intent.after
    assert place is not None
    book = station.book(str(place.book))
    if files:
        return ingest_into(common, station, book, files, intent)
    return scan_into(common, station, book, device, ScanRequest(station.settings.scan, intent, pages=1))
