"""`station cases edit, show, compare, settle, fields, move, drop`: what people type of cases.

This module completes the group `cases`. Fields are personal data: they go to stdout where they were asked for, never
into narration.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from station.cli.cases import cases
from station.cli.options import Common, command
from station.errors import Exit, StationError, UsageError
from station.words import Phrase, both

if TYPE_CHECKING:
    from station.console import Console
    from station.indexing.desk import Desk, Outcome
    from station.indexing.entries import Entry, FieldState
    from station.naming import CaseNumber

_SIDES = click.Choice(["first", "second"])
_SHOWN = ("field", "label", "value", "state", "by", "at")
_COMPARED = ("number", "field", "first", "first_by", "second", "second_by")


@command("edit", cases)
@click.argument("book")
@click.option("--number", help=both("help.opt.case_number"))
@click.option("--set", "fields", multiple=True, metavar="FIELD=VALUE", help=both("help.opt.set"))
@click.option("--from", "file", type=click.Path(allow_dash=True), metavar="FILE", help=both("help.opt.from_fields"))
@click.option("--entry", type=_SIDES, default="first", show_default=True, help=both("help.opt.entry"))
def edit(common: Common, book: str, number: str | None, fields: tuple[str, ...], file: str | None, entry: str) -> int:
    from station.indexing.entries import Side

    if bool(file) == bool(number and fields):
        raise UsageError("set-or-from")
    with common.open_station() as station:
        found = station.book(book)
        typed = _read_file(file) if file else [(str(number), dict(map(_pair, fields)))]
        with station.changing(found.id):
            desk = station.desk(found.id)
            outcomes = [_type_in(desk, text, values, Side(entry)) for text, values in typed]
        common.console.data([_outcome_row(text, outcome) for text, outcome in outcomes], ("number", "kept"))
        for text, outcome in outcomes:
            _say_outcome(common.console, text, outcome)
    if not any(outcome.refused for _, outcome in outcomes):
        return Exit.DONE
    return Exit.BAD_INPUT if file else Exit.USAGE


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise UsageError("bad-set", field=name.strip() or "-")
    return name.strip(), value


def _read_file(file: str) -> list[tuple[str, dict[str, str]]]:
    """A JSON list of `{"number": ..., "fields": {...}}` from a file, or from stdin for `-`."""
    import msgspec

    from station.errors import BadInput

    class Typed(msgspec.Struct, forbid_unknown_fields=True):
        number: str
        fields: dict[str, str]

    try:
        content = sys.stdin.buffer.read() if file == "-" else _content(file)
        return [(one.number, one.fields) for one in msgspec.json.decode(content, type=list[Typed])]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput("bad-fields-file", file=file, reason=str(error)) from error


def _content(file: str) -> bytes:
    from pathlib import Path

    from station.errors import BadInput

    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise BadInput("bad-fields-file", file=file, reason=error.strerror or type(error).__name__) from error


def _type_in(desk: Desk, number: str, values: dict[str, str], side: Any) -> tuple[str, Outcome]:
    """One case of several: what is wrong with it does not stop the others."""
    from station.indexing.desk import Outcome
    from station.naming import CaseNumber

    try:
        return number, desk.type_in(CaseNumber.parse(number, desk.book), values, side)
    except StationError as error:
        return number, Outcome(None, refused=[error])


def _outcome_row(number: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "number": str(outcome.number or number),
        "kept": outcome.kept,
        "replaced": [{"field": one.field, "by": one.operator, "at": one.at} for one in outcome.replaced],
        "refused": [{"field": error.values.get("field"), "code": error.code} for error in outcome.refused],
        "warnings": [{"field": finding.values["field"], "code": finding.code} for finding in outcome.warnings],
    }


def _say_outcome(console: Console, text: str, outcome: Outcome) -> None:
    number = outcome.number or text
    for error in outcome.refused:
        console.note("cases.refused", number=number, text=Phrase(error.code, error.values))
    if outcome.kept:
        console.note("cases.typed", number=number, fields=", ".join(outcome.kept))
    for one in outcome.replaced:
        console.note("cases.replaced", number=number, field=one.field, by=one.operator, at=one.at)
    for finding in outcome.warnings:
        console.note("cases.warned", text=Phrase(f"finding.{finding.code}", finding.values))


@command("show", cases)
@click.argument("book")
@click.option("--number", required=True, help=both("help.opt.case_number"))
@click.option("--entry", type=_SIDES, help=both("help.opt.entry_shown"))
@click.option("--history", is_flag=True, help=both("help.opt.history"))
def show(common: Common, book: str, number: str, entry: str | None, history: bool) -> None:  # noqa: FBT001
    from station.indexing.entries import states

    with common.open_station() as station:
        desk = station.desk(station.book(book).id)
        case = desk.case(_number(desk, number))
        told = [one for one in desk.history(case) if entry in {None, one.side}]
        if history:
            rows = [_history_row(one) for one in told]
            common.console.data(rows, ("field", "value", "entry", "source", "by", "at"))
            return
        found = states(told)
        rows = [_field_row(desk, name, found) for name in desk.fields() if desk.fields()[name].typed]
    if common.json:
        common.console.data({"number": str(case.number), "date": case.date, "fields": rows})
    else:
        common.console.data([row for row in rows if row["value"] or row["missing"]], _SHOWN)


def _number(desk: Desk, text: str) -> CaseNumber:
    from station.naming import CaseNumber

    return CaseNumber.parse(text, desk.book)


def _history_row(entry: Entry) -> dict[str, Any]:
    return {
        "field": entry.field, "value": entry.value, "entry": entry.side, "source": entry.source,
        "by": entry.operator, "at": entry.at,
    }  # fmt: skip


def _field_row(desk: Desk, name: str, found: dict[str, FieldState]) -> dict[str, Any]:
    from station.indexing.entries import FieldState, differences

    field, state = desk.fields()[name], found.get(name, FieldState())
    counts = state.counts
    return {
        "field": name,
        "label": field.vi,
        "label_en": field.en,
        "kind": field.kind,
        "required": field.required,
        "missing": field.required and not field.offered and not state.value,
        "codes": field.codes,
        "value": state.value,
        "state": "differs" if name in differences(found) else counts.side if counts else None,
        "by": counts.operator if counts else None,
        "at": counts.at if counts else None,
    }


@command("fields", cases)
@click.argument("book")
def fields(common: Common, book: str) -> None:
    with common.open_station() as station:
        desk = station.desk(station.book_id(book))
        rows = [
            {
                "id": field.name, "label": field.vi, "label_en": field.en, "kind": field.kind, "typed": field.typed,
                "required": field.required, "codes": field.codes,
            }
            for field in desk.fields().values()
        ]  # fmt: skip
        common.console.data(rows, ("id", "label", "label_en", "kind", "required", "codes"))


@command("compare", cases)
@click.argument("book")
def compare(common: Common, book: str) -> int:
    with common.open_station() as station:
        desk = station.desk(station.book(book).id)
        found = list(desk.compare())
        rows = [
            {
                "number": str(case.number),
                "field": name,
                "state": "differs",
                **_side("first", state.first),
                **_side("second", state.second),
            }
            for case, name, state in found
        ]
    if rows or common.json:
        common.console.data(rows, _COMPARED)
    common.console.note("cases.compared", book=desk.book, differences=len(rows))
    return Exit.FINDINGS if rows else Exit.DONE


def _side(name: str, entry: Entry | None) -> dict[str, Any]:
    return {name: entry.value if entry else "", f"{name}_by": entry.operator if entry else None}


@command("settle", cases)
@click.argument("book")
@click.option("--number", required=True, help=both("help.opt.case_number"))
@click.option("--field", required=True, help=both("help.opt.field"))
@click.option("--take", type=click.Choice(["first", "second"]), help=both("help.opt.take"))
@click.option("--value", help=both("help.opt.settled_value"))
def settle(common: Common, book: str, number: str, field: str, take: str | None, value: str | None) -> int:
    from station.indexing.entries import Side

    if (take is None) == (value is None):
        raise UsageError("take-or-value")
    with common.open_station() as station:
        found = station.book(book)
        with station.changing(found.id):
            desk = station.desk(found.id)
            outcome = desk.settle(_number(desk, number), field, Side(take) if take else None, value or "")
        if outcome.refused:
            _say_outcome(common.console, number, outcome)
            return Exit.USAGE
        common.console.note("cases.settled", number=outcome.number, field=field)
        common.console.data({"number": str(outcome.number), "field": field, "state": "settled"})
        return Exit.DONE


@command("move", cases)
@click.argument("book")
@click.option("--number", required=True, help=both("help.opt.case_number"))
@click.option("--to", required=True, help=both("help.opt.to_number"))
def move(common: Common, book: str, number: str, to: str) -> None:
    with common.open_station() as station:
        found = station.book(book)
        with station.changing(found.id):
            desk = station.desk(found.id)
            source, target = _number(desk, number), _number(desk, to)
            desk.move(source, target)
        common.console.note("cases.moved", number=source, to=target)


@command("drop", cases)
@click.argument("book")
@click.option("--number", required=True, help=both("help.opt.case_number"))
@click.option("--why", required=True, help=both("help.opt.why"))
def drop(common: Common, book: str, number: str, why: str) -> None:
    with common.open_station() as station:
        found = station.book(book)
        with station.changing(found.id):
            desk = station.desk(found.id)
            wanted = _number(desk, number)
            desk.drop(wanted, why)
        common.console.note("cases.dropped", number=wanted)
