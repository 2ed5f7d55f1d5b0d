"""`station link BOOK RECORDS`: the scans of a book against the Ministry's records."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from station.cli.options import Common, command
from station.errors import Exit, UsageError
from station.words import Phrase, both

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from station.console import Console
    from station.link.linking import Difference, LinkReport
    from station.link.records import Place, RecordSheet

_DIFFERENCES = ("number", "field", "ours", "theirs", "by", "place")


@command("link")
@click.argument("book")
@click.argument("records", type=click.Path(path_type=Path))
@click.option("--apply", is_flag=True, help=both("help.opt.apply"))
@click.option("--take", multiple=True, metavar="FIELD", help=both("help.opt.take_fields"))
def link(common: Common, book: str, records: Path, apply: bool, take: tuple[str, ...]) -> int:  # noqa: FBT001
    from station.link import linking

    if take and not apply:
        raise UsageError("take-needs-apply")
    with common.open_station() as station:
        found = station.book(book)
        for name in take:
            station.desk(found.id).field(name)
        if apply:
            report = linking.link_book(station, found.id, records, take)
        else:
            report = linking.link(linking.Book.of(station, found.id), records, station.operator)
    document = {"book": str(found.id), "file": str(records), "applied": apply, **_document(report)}
    if common.json:
        common.console.data(document)
    else:
        _show(common.console, report)
    _say(common.console, report, str(found.id), applied=apply)
    return Exit.FINDINGS if report.findings or report.differences else Exit.DONE


def _document(report: LinkReport) -> dict[str, Any]:
    return {
        "rows": report.rows,
        "matched": report.matched,
        "agreed": report.agreed,
        "filled": len(report.entries),
        "findings": [finding.as_json() for finding in report.findings],
        "differences": [_difference(one) for one in report.differences],
        "other_books": report.other_books,
        "sheets": [_sheet(sheet) for sheet in report.records.sheets],
        "hidden_sheets": list(report.records.hidden),
        "sheets_of_other_types": list(report.records.other_types),
    }


def _sheet(sheet: RecordSheet) -> dict[str, Any]:
    return {
        "name": sheet.name,
        "columns": sheet.columns.name,
        "header_row": sheet.header_row,
        "extra": list(sheet.extra),
    }


def _difference(one: Difference) -> dict[str, Any]:
    return asdict(one) | {"place": {"sheet": one.place.sheet, "row": one.place.row, "column": one.place.column}}


def _show(console: Console, report: LinkReport) -> None:
    """Findings and differences as the result that a person reads; with values, because that was asked for."""
    from station.tables import rows_told

    for finding in report.findings:
        told = finding.as_json()
        if "rows" in told:
            told["rows"] = rows_told(told["rows"])
        text = Phrase(f"link.{finding.code}", told)
        console.line("link.finding", place=_cell(finding.place) if finding.place else finding.number, text=text)
    if report.differences:
        console.data(list(_grouped(report.differences)), _DIFFERENCES)


def _grouped(differences: Iterable[Difference]) -> Iterator[dict[str, Any]]:
    """One line for cases that differ in the same words, such as the name of the registry in every row of a file."""
    alike: dict[tuple[str, str, str, str], list[Difference]] = {}
    for one in differences:
        alike.setdefault((one.field, one.ours, one.theirs, one.by), []).append(one)
    for first, *others in alike.values():
        more = f" (+{len(others)})" if others else ""
        row = {"number": first.number + more, "place": _cell(first.place) + more, "by": first.by or "-"}
        yield asdict(first) | row


def _cell(place: Place) -> str:
    return f"{place.sheet}!{place.column}{place.row}"


def _say(console: Console, report: LinkReport, book: str, *, applied: bool) -> None:
    """What came of it, without a single value: this may stand in a log."""
    for sheet in report.records.sheets:
        console.note("link.sheet", sheet=sheet.name, columns=sheet.columns.name, extra=len(sheet.extra))
    for name in report.records.hidden:
        console.note("link.hidden", sheet=name)
    for name in report.records.other_types:
        console.note("link.other-type", sheet=name)
    for other, count in report.other_books.items():
        console.note("link.other-book", other=other, rows=count, place=_cell(report.first_of_others[other]))
    done = "link.applied" if applied else "link.compared"
    console.note(
        done,
        book=book,
        rows=report.rows,
        matched=report.matched,
        filled=len(report.entries),
        differences=len(report.differences),
        findings=len(report.findings),
    )
