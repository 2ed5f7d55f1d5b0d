"""`station pages ID`, and one page at a time."""

from __future__ import annotations

import click

from station.cli.groups import BookGroup
from station.cli.options import Common, command, group
from station.cli.rows import page_row
from station.model import PageKind
from station.words import both

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
        found = station.open_page(page)
        station.catalogue.mark_page(found.id, PageKind(kind))
        common.console.note("page.marked", order=found.order, book=found.book, kind=kind)


@command("discard", pages)
@click.argument("page")
@click.option("--why", required=True, help=both("help.opt.why_discard"))
def discard(common: Common, page: str, why: str) -> None:
    with common.open_station() as station:
        found = station.open_page(page)
        station.catalogue.discard_page(found.id, why)
        common.console.note("page.discarded", order=found.order, book=found.book)
