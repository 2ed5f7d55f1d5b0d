"""`station books`: the work list, and what must not be scanned again."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from station.cli.options import Common, command, group
from station.errors import Exit
from station.model import Spreads
from station.words import Phrase, both

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from station.console import Console
    from station.model import Book, Inclusion
    from station.naming import BookId
    from station.wiring import Station
    from station.worklist.rows import Problem
    from station.worklist.sheets import Sheet

books = group("books")
_COLUMNS = ("id", "state", "pages", "cases", "first", "last", "pages_expected", "place", "assigned", "due")
_LISTED = ("first", "last", "pages_expected", "place", "assigned", "due")
_BAD = ("sheet", "row", "column", "code", "reason")
_FILE = click.Path(path_type=Path)
_SPREADS = click.Choice([choice.value for choice in Spreads])


@command("import", books)
@click.argument("file", type=_FILE)
@click.option("--sheet", help=both("help.opt.sheet"))
def import_books(common: Common, file: Path, sheet: str | None) -> int:
    from station.worklist.importing import import_books as take_in

    with common.open_station() as station:
        report, console = take_in(station, file, sheet), common.console
        counts = {"added": len(report.added), "changed": len(report.changed), "unchanged": len(report.unchanged)}
        _say_sheets(console, report.sheets)
        for one in report.sheets:
            if one.header and not one.counts:
                console.note("list.no-counts", sheet=one.name)
        for _, book in report.given:
            console.note("books.given", book=book)
        console.note("books.imported", file=file.name, bad=_rows_of(report.problems), **counts)
        for overlap in report.overlaps:
            console.note("books.overlap", **vars(overlap))
        if report.excluded:
            console.note("books.excluded-count", count=len(report.excluded))
        given = [{"sheet": row.sheet, "row": row.row, "id": str(book)} for row, book in report.given]
        overlaps = [{name: str(value) for name, value in vars(one).items()} for one in report.overlaps]
        more = {"given": given, "excluded": [str(book) for book in report.excluded], "overlaps": overlaps}
        return _finish(console, {"file": file.name, **counts, **more}, report.sheets, report.problems)


@command("exclude", books)
@click.argument("file", type=_FILE)
@click.option("--sheet", help=both("help.opt.sheet"))
def exclude(common: Common, file: Path, sheet: str | None) -> int:
    from station.worklist.excluding import import_exclusions

    with common.open_station() as station:
        report, console = import_exclusions(station, file, sheet), common.console
        _say_sheets(console, report.sheets)
        counts = {"rows": report.rows, "added": report.added}
        console.note("books.excludes", file=file.name, books=len(report.books), bad=_rows_of(report.problems), **counts)
        for book in report.let_through:
            console.note("books.let-through", book=book)
        more = {"books": _ids(report.books), "let_through": _ids(report.let_through)}
        return _finish(console, {"file": file.name, **counts, **more}, report.sheets, report.problems)


def _ids(books: Iterable[BookId]) -> list[str]:
    return [str(book) for book in books]


def _say_sheets(console: Console, sheets: Iterable[Sheet]) -> None:
    for sheet in sheets:
        if sheet.state != "read":
            console.note(f"list.{sheet.state}", sheet=sheet.name)
        elif sheet.table.encoding:
            console.note("list.converted", sheet=sheet.name, encoding=sheet.table.encoding.upper())
        if sheet.extra:
            console.note("list.extra", sheet=sheet.name, columns=", ".join(f"«{label}»" for label in sheet.extra))


def _finish(console: Console, document: dict[str, Any], sheets: Iterable[Sheet], problems: Sequence[Problem]) -> int:
    """Bad rows: as data on stdout, with `--json` also in words on stderr; and in the exit code."""
    bad = [_bad_row(one) for one in problems]
    read = [_sheet_row(sheet) for sheet in sheets]
    if console.json:
        console.data({**document, "sheets": read, "bad": bad})
        for one in problems:
            place = Phrase("row.place" if one.column else "row.place-row", vars(one))
            console.note("row.bad", place=place, reason=Phrase(one.code, one.values))
    elif bad:
        console.data(bad, _BAD)
    if bad:
        console.note("books.mend-rows")
    return Exit.BAD_INPUT if bad else Exit.DONE


def _sheet_row(sheet: Sheet) -> dict[str, Any]:
    """A sheet in `--json` output. `extra` are columns left aside; `counts`: a column says what books should hold."""
    encoding = sheet.table.encoding
    return {
        "name": sheet.name,
        "state": sheet.state,
        "encoding": encoding,
        "extra": sheet.extra,
        "counts": sheet.counts,
    }


def _rows_of(problems: Iterable[Problem]) -> int:
    """In how many rows something is wrong."""
    return len({(one.sheet, one.row) for one in problems})


def _bad_row(one: Problem) -> dict[str, Any]:
    reason = str(Phrase(one.code, one.values))
    return {"sheet": one.sheet, "row": one.row, "column": one.column, "code": one.code, "reason": reason}


@command("include", books)
@click.argument("book")
@click.option("--checker", default="", help=both("help.opt.checker"))
@click.option("--why", default="", help=both("help.opt.why_include"))
@click.option("--numbers", help=both("help.opt.numbers_included"))
@click.option("--withdraw", is_flag=True, help=both("help.opt.withdraw_include"))
def include(common: Common, book: str, checker: str, why: str, numbers: str | None, withdraw: bool) -> None:  # noqa: FBT001 - click hands options on by name
    from station.books.cases import read_numbers
    from station.errors import UsageError
    from station.worklist.including import include_book, withdraw_inclusion

    if withdraw and checker:
        raise UsageError("choose-one", options="--checker, --withdraw")
    with common.open_station() as station:
        found = station.book_id(book)
        wanted = read_numbers(numbers, found) if numbers else ()
        if withdraw:
            kept = withdraw_inclusion(station, found, why, wanted)
        else:
            kept = include_book(station, found, checker, why, wanted)
        row = {"book": kept.book, **_word(kept)}
        common.console.note(f"books.{'withdrawn' if withdraw else 'included'}{'-part' if kept.spans else ''}", **row)
        common.console.data(row)


def _word(one: Inclusion) -> dict[str, Any]:
    """A checker's word on an excluded book in `--json` output; `numbers` is None for one on all of the book."""
    return {
        "checker": one.checker,
        "why": one.why,
        "operator": one.operator,
        "at": one.at,
        "numbers": ",".join(map(str, one.spans)) or None,
        "withdraws": one.withdraws,
    }


@command("add", books)
@click.argument("book")
@click.option("--first", type=click.IntRange(1, 9999), help=both("help.opt.first"))
@click.option("--last", type=click.IntRange(1, 9999), help=both("help.opt.last"))
@click.option("--pages", type=click.IntRange(1, 99999), help=both("help.opt.pages_expected"))
@click.option("--place", help=both("help.opt.shelf"))
@click.option("--assigned", help=both("help.opt.assigned"))
@click.option("--due", help=both("help.opt.due"))
@click.option("--spreads", type=_SPREADS, help=both("help.opt.spreads"))
def add(common: Common, book: str, spreads: str | None, **listed: Any) -> None:
    from station.worklist.adding import add_book
    from station.worklist.exclusions import exclusion_of, reason_of

    with common.open_station() as station:
        before = {str(one.id): one for one in station.catalogue.books()}
        wanted, added = add_book(station, book, **listed)
        if spreads:
            with nullcontext() if added else station.changing(wanted.id):
                station.catalogue.choose_spreads(wanted.id, Spreads(spreads))
        if wanted.number_given:
            common.console.note("books.given", book=wanted.id)
        changed = {} if added else _changed(before[str(wanted.id)], station.book(str(wanted.id)))
        _say_added(common.console, wanted, changed, added=added)
        kept, exclusion = station.book(str(wanted.id)), exclusion_of(station.catalogue, wanted.id)
        if exclusion:
            common.console.note("books.is-excluded", reason=reason_of(exclusion), source=exclusion.source)
        counts = (0, 0) if added else station.counts_of(wanted.id)
        common.console.data(_row(kept, counts, excluded=exclusion is not None) | {"changed": changed})


def _changed(before: Book, now: Book) -> dict[str, list[Any]]:
    """What the list says otherwise of a book: before and now, by the keys of its row."""
    old, new = (_row(book, (0, 0), excluded=False) for book in (before, now))
    return {key: [old[key], new[key]] for key in _LISTED if old[key] != new[key]}


def _say_added(console: Console, book: Book, changed: dict[str, list[Any]], *, added: bool) -> None:
    if changed:
        changes = ", ".join(f"{key} {old or '-'} → {new}" for key, (old, new) in changed.items())
        console.note("books.changed", book=book.id, changes=changes)
    else:
        console.note("books.added" if added else "books.known", book=book.id)


@command("list", books)
@click.option("--registry", help=both("help.opt.find_registry"))
@click.option("--type", "kind", help=both("help.opt.find_type"))
@click.option("--year", type=click.IntRange(0, 2099), help=both("help.opt.find_year"))
@click.option("--state", type=click.Choice(["open", "sealed", "excluded"]), help=both("help.opt.find_state"))
@click.option("--find", help=both("help.opt.find"))
@click.option("--assigned", help=both("help.opt.find_assigned"))
def list_books(common: Common, kind: str | None, state: str | None, **wanted: Any) -> None:
    from station.worklist.listing import Filter, Shown, listed_books

    with common.open_station() as station:
        narrowed = Filter(type=_type(kind) if kind else None, state=Shown(state) if state else None, **wanted)
        counts = station.catalogue.counts()
        found = listed_books(station.catalogue, narrowed)
        rows = [_row(book, counts[str(book.id)], excluded=excluded) for book, excluded in found]
        common.console.data(rows, _COLUMNS)


def _type(text: str) -> str:
    from station.worklist.cells import read_type

    return read_type(text)


@command("show", books)
@click.argument("book")
def show(common: Common, book: str) -> None:
    from station.worklist.exclusions import exclusion_of

    with common.open_station() as station:
        found = station.book(book)
        exclusion = exclusion_of(station.catalogue, found.id)
        row = _row(found, station.counts_of(found.id), excluded=exclusion is not None)
        common.console.data(row | _more(station, found))


@command("spreads", books)
@click.argument("book")
@click.argument("choice", type=_SPREADS)
def spreads(common: Common, book: str, choice: str) -> None:
    with common.open_station() as station:
        found = station.book(book)
        with station.changing(found.id):
            station.catalogue.choose_spreads(found.id, Spreads(choice))
        common.console.note(f"spread.choice-{choice}", book=found.id)
        common.console.data({"book": str(found.id), "spreads": choice})


@command("recipe", books)
@click.argument("book")
@click.argument("name", required=False)
@click.option("--default", "usual", is_flag=True, help=both("help.opt.default_recipe"))
def recipe(common: Common, book: str, name: str | None, usual: bool) -> None:  # noqa: FBT001 - click hands options on by name
    from station.errors import UsageError
    from station.recipes import choose_recipe

    if bool(name) == usual:
        raise UsageError("recipe-or-default")
    with common.open_station() as station:
        found = station.book(book)
        with station.changing(found.id):
            chosen = choose_recipe(station, found.id, name)
        common.console.note("recipe.chosen", book=found.id, recipe=chosen.name)
        common.console.data({"book": str(found.id), "recipe": chosen.name, "own": not usual})


def _more(station: Station, book: Book) -> dict[str, Any]:
    """What `show` says beside the row of the list."""
    from station.recipes import copies_key
    from station.sizes import sizes_of
    from station.worklist.exclusions import exclusion_of, lets_through, reason_of
    from station.worklist.including import excluded_parts

    registry, exclusion = station.registry(book.id.registry), exclusion_of(station.catalogue, book.id)
    words = station.catalogue.inclusions(book.id)
    return {
        "registry": registry.code,
        "registry_name": registry.name,
        "registry_place": registry.place,
        "spreads": station.catalogue.spreads_of(book.id),
        "recipe": copies_key(station, book.id).rpartition("-")[0],
        "bags": [bag["id"] for bag in station.catalogue.bags(book.id)],
        "reworks": [asdict(rework) for rework in station.catalogue.reworks(book.id)],
        "exclusion": {"reason": str(reason_of(exclusion)), "source": exclusion.source} if exclusion else None,
        "excluded_numbers": [
            {
                "numbers": str(span),
                "reason": str(reason_of(one)),
                "source": one.source,
                "let_through": ",".join(map(str, through)) or None,
            }
            for span, one, through in excluded_parts(station.catalogue, book.id)
        ],
        "included": next((_word(one) for one in reversed(words) if not one.withdraws), None)
        if lets_through(words)
        else None,
        "inclusions": [_word(word) for word in words],
        "sizes": sizes_of(station, book.id).as_json(),
    }


def _row(book: Book, counts: tuple[int, int], *, excluded: bool) -> dict[str, Any]:
    """A book in `--json` output. `place` is where it stands; `number_given`: the station gave it its number."""
    from station.worklist.listing import state_of

    return {
        "id": str(book.id),
        "state": state_of(book, excluded=excluded),
        "pages": counts[0],
        "cases": counts[1],
        "first": book.first_number,
        "last": book.last_number,
        "pages_expected": book.pages_expected,
        "place": book.shelf,
        "assigned": book.assigned,
        "due": book.due,
        "number_given": book.number_given,
    }
