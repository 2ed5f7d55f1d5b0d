"""`station duplicates`: what stands twice, what people say of it, and the lists of other stations and the Ministry."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.groups import BookGroup
from station.cli.options import Common, command, group
from station.cli.output import writing
from station.errors import Exit
from station.words import Phrase, both

if TYPE_CHECKING:
    from station.console import Console
    from station.duplicates.records import BadRow

duplicates = group("duplicates", BookGroup)
_FILE = click.Path(path_type=Path)
_OF_REGISTRIES = {"registry-missing", "registry-unknown", "registry-ambiguous"}


@command("list", duplicates)
@click.argument("book", required=False)
def list_duplicates(common: Common, book: str | None) -> int:
    from station.books.mending import told
    from station.cli.sealing import say_findings
    from station.duplicates.uncompared import find_doubles

    with common.open_station() as station:
        only = station.book(book).id if book else None
        findings = find_doubles(station, only)
        books = {str(one.id): one for one in station.catalogue.books()}
        found = [
            told(books[name], finding)
            for name, group in sorted(findings.items())
            for finding in group
            if only is None or name == str(only)
        ]
        if common.json:
            common.console.data(found)
        else:
            say_findings(common.console.line, found)
        if not found:
            common.console.note("duplicates.none")
        return Exit.FINDINGS if found else Exit.DONE


@command("keep", duplicates)
@click.argument("one")
@click.argument("other")
@click.option("--why", required=True, help=both("help.opt.why_keep"))
def keep(common: Common, one: str, other: str, why: str) -> None:
    from station.duplicates.deciding import keep_both

    with common.open_station() as station:
        kept = keep_both(station, one, other, why)
        common.console.note("duplicates.kept", one=kept.one, other=kept.other)
        common.console.data(asdict(kept))


@command("kept", duplicates)
def list_kept(common: Common) -> None:
    with common.open_station() as station:
        rows = [asdict(kept) for kept in station.catalogue.kept_doubles().values()]
        common.console.data(rows, ("one", "other", "why", "operator", "at"))


@command("export", duplicates)
@click.option("-o", "--output", "file", type=_FILE, required=True, help=both("help.opt.list_file"))
def export(common: Common, file: Path) -> None:
    from station.duplicates.lists import export_list

    with common.open_station() as station:
        with writing(file) as target:
            told = export_list(station, target)
        pages = sum(len(book.pages) for book in told.books)
        common.console.note("duplicates.exported", books=len(told.books), pages=pages, file=file, key=told.station)
        common.console.data({"file": str(file), "station": told.station, "books": len(told.books), "pages": pages})


@command("import", duplicates)
@click.argument("file", type=_FILE)
def take_list(common: Common, file: Path) -> None:
    from station.duplicates.lists import import_list

    with common.open_station() as station:
        report = import_list(station, file)
        console = common.console
        console.note(
            "duplicates.imported", name=report.name, key=report.station, books=report.books, found=report.found
        )
        if report.older:
            console.note("duplicates.older", books=", ".join(report.older))
        if not report.fingerprints_usable:
            console.note("duplicates.other-version")
        console.data(asdict(report))


@command("records", duplicates)
@click.argument("file", type=_FILE)
@click.option("--registry", help=both("help.opt.records_registry"))
@click.option("--type", "kind", help=both("help.opt.records_type"))
def records(common: Common, file: Path, registry: str | None, kind: str | None) -> int:
    from station.duplicates.records import import_records
    from station.worklist.cells import read_type

    with common.open_station() as station:
        report = import_records(station, file, registry, read_type(kind) if kind else None)
        console = common.console
        console.note("duplicates.records", numbers=report.numbers, added=report.added)
        _say_bad(console, report.bad)
        console.data(asdict(report) if console.json else asdict(report) | {"bad": len(report.bad)})
        return Exit.BAD_INPUT if report.bad else Exit.DONE


def _say_bad(console: Console, rows: list[BadRow]) -> None:
    """One line for rows in which the same is wrong: an extract may have ten thousand of them."""
    from station.duplicates.records import alike
    from station.tables import rows_told

    for first, *others in alike(rows):
        told = asdict(first) | {"row": rows_told([one.row for one in (first, *others)])}
        place = Phrase("row.place" if first.column else "row.place-row", told)
        console.note("row.bad", place=place, reason=Phrase(first.code, first.values))
    if any(one.code in _OF_REGISTRIES for one in rows):
        console.note("duplicates.name-registry")
