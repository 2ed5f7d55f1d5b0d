"""`station covers`: the printed sheets that tell the scanner which book comes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from station.cli.options import Common, command
from station.cli.output import writing
from station.errors import UsageError
from station.words import both

if TYPE_CHECKING:
    from station.model import Book
    from station.wiring import Station


@command("covers")
@click.argument("books", nargs=-1)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help=both("help.opt.covers_file"))
@click.option("--all", "every", is_flag=True, help=both("help.opt.covers_all"))
@click.option("--registry", help=both("help.opt.find_registry"))
@click.option("--type", "kind", help=both("help.opt.find_type"))
@click.option("--year", type=click.IntRange(0, 2099), help=both("help.opt.find_year"))
def covers(common: Common, books: tuple[str, ...], output: Path, every: bool, **wanted: Any) -> None:  # noqa: FBT001 - click hands options on by name
    from outbox import durable
    from station.covers.sheet import CoverSheet, draw_sheets
    from station.worklist.exclusions import exclusion_of, reason_of

    with common.open_station() as station:
        found = _books(station, books, every=every, **wanted)
        sheets = [CoverSheet(book, station.registry(book.id.registry)) for book in found]
        with writing(output) as target:
            durable.replace(target, draw_sheets(sheets))
        for book in found:
            if exclusion := exclusion_of(station.catalogue, book.id):
                reason, source = reason_of(exclusion), exclusion.source
                common.console.note("covers.excluded", book=book.id, reason=reason, source=source)
        common.console.note("covers.made", sheets=len(sheets), file=output)
        common.console.data({"file": str(output), "books": [str(book.id) for book in found]})


def _books(
    station: Station, books: tuple[str, ...], *, every: bool, registry: str | None, kind: str | None, year: int | None
) -> list[Book]:
    """The books that are named; or those of the work list that are open and wanted. Raises `UsageError`."""
    from station.worklist.cells import read_type
    from station.worklist.listing import Filter, Shown, listed_books

    filters = {"--all": every, "--registry": registry, "--type": kind, "--year": year is not None}
    given = [option for option, value in filters.items() if value]
    if bool(books) == bool(given):
        raise UsageError("covers-which" if not books else "choose-one", options=", ".join(["ID", *given]))
    if books:
        return [station.book(text) for text in books]
    narrowed = Filter(registry, read_type(kind) if kind else None, year, Shown.OPEN)
    found = [book for book, _ in listed_books(station.catalogue, narrowed)]
    if not found:
        raise UsageError("covers-none")
    return found
