"""`station cases ID`, and which pages make which case."""

from __future__ import annotations

import click

from station.cli.groups import BookGroup
from station.cli.options import Common, command, group
from station.cli.rows import case_row, missing_row
from station.errors import UsageError
from station.model import Why
from station.words import Phrase, both

cases = group("cases", BookGroup)
_COLUMNS = ("number", "state", "date", "orders", "marks")
_MISSING = ("number", "why", "other", "by", "at")


@command("list", cases)
@click.argument("book")
def list_cases(common: Common, book: str) -> None:
    with common.open_station() as station:
        found = station.book(book)
        orders = {page.id: page.order for page in station.catalogue.pages(found.id)}
        common.console.data([case_row(case, orders) for case in station.catalogue.cases(found.id)], _COLUMNS)


@command("assign", cases)
@click.argument("book")
@click.option("--page", required=True, help=both("help.opt.page"))
@click.option("--numbers", required=True, help=both("help.opt.numbers"))
@click.option("--join", is_flag=True, help=both("help.opt.join"))
@click.option("--second", is_flag=True, help=both("help.opt.second"))
def assign(common: Common, book: str, page: str, numbers: str, join: bool, second: bool) -> None:  # noqa: FBT001
    from station.books import cases as work
    from station.naming import CaseNumber

    if join and second:
        raise UsageError("join-or-second")
    with common.open_station() as station:
        found = station.book(book)
        wanted = [CaseNumber.parse(text, found.id) for text in numbers.split(",") if text.strip()]
        with station.changing(found.id):
            target = work.find_page(station.catalogue, found.id, page)
            given = work.assign(station.catalogue, target, wanted, join=join, second=second, profile=station.naming)
        common.console.note("cases.assigned", order=target.order, numbers=", ".join(map(str, given)) or "-")
        common.console.data({"page": target.id, "order": target.order, "cases": [str(number) for number in given]})


@command("date", cases)
@click.argument("book")
@click.option("--number", required=True, help=both("help.opt.case_number"))
@click.option("--date", required=True, help=both("help.opt.date"))
def date(common: Common, book: str, number: str, date: str) -> None:
    from station.books import cases as work
    from station.indexing.dates import written_date
    from station.indexing.desk import DATE
    from station.naming import CaseNumber

    with common.open_station() as station:
        found = station.book(book)
        wanted, iso = CaseNumber.parse(number, found.id), work.parse_date(date)
        with station.changing(found.id):
            outcome = station.desk(found.id).type_in(wanted, {DATE: written_date(iso)})
        for error in outcome.refused:
            raise error
        common.console.note("cases.dated", number=wanted, date=iso)


@command("missing", cases)
@click.argument("book")
@click.option("--number", required=True, help=both("help.opt.missing_numbers"))
@click.option("--why", type=click.Choice([why.value for why in Why]), help=both("help.opt.why"))
@click.option("--in", "other", metavar="BOOK", help=both("help.opt.other_book"))
@click.option("--withdraw", is_flag=True, help=both("help.opt.withdraw"))
def missing(common: Common, book: str, number: str, why: str | None, other: str | None, withdraw: bool) -> None:  # noqa: FBT001
    from station.books import cases as work

    if withdraw == bool(why) or (withdraw and other):
        raise UsageError("why-or-withdraw")
    with common.open_station() as station:
        found = station.book(book)
        numbers = work.read_numbers(number, found.id)
        entry = (Why(why or Why.VOID), station.book_id(other) if other else None)
        with station.changing(found.id):
            if withdraw:
                work.withdraw_missing(station.catalogue, found.id, numbers, station.operator)
                kept = []
            else:
                kept = work.explain_missing(station.catalogue, found.id, numbers, entry, station.operator)
        for one in numbers:
            if withdraw:
                common.console.note("cases.withdrawn", number=one)
            else:
                common.console.note("cases.explained", number=one, why=Phrase(f"missing.{why}", {"other": entry[1]}))
        common.console.data([missing_row(one) for one in kept], _MISSING)


@command("mark", cases)
@click.argument("book")
@click.option("--number", required=True, help=both("help.opt.case_number"))
@click.option("--code", "codes", default="", help=both("help.opt.mark"))
@click.option("--note", help=both("help.opt.mark_note"))
def mark(common: Common, book: str, number: str, codes: str, note: str | None) -> None:
    from station.books import cases as work
    from station.naming import CaseNumber

    with common.open_station() as station:
        found = station.book(book)
        wanted = CaseNumber.parse(number, found.id)
        said = [code.strip() for code in codes.split(",") if code.strip()]
        with station.changing(found.id):
            case = work.find_case(station.catalogue, found.id, wanted)
            kept = work.mark(station.catalogue, case, said, note, station.operator)
            now = work.find_case(station.catalogue, found.id, wanted)
        common.console.note("cases.marked", number=wanted, codes=", ".join(kept) or "-")
        if case.marks and case.marks != now.marks:
            common.console.note("cases.marked-before", codes=", ".join(case.marks))
        if case.note:
            common.console.note("cases.note-kept" if now.note == case.note else "cases.note-replaced")
        before = {"marks": list(case.marks), "note": bool(case.note)}
        common.console.data({"number": str(wanted), "marks": kept, "note": bool(now.note), "before": before})


@command("marks", cases)
def list_marks(common: Common) -> None:
    from station.registers import marks

    with common.open_station():
        rows = [{"id": code, "vi": mark.vi, "en": mark.en} for code, mark in marks().items()]
    common.console.data(rows, ("id", "vi", "en"))


@command("exceptions", cases)
@click.argument("book")
def exceptions(common: Common, book: str) -> None:
    from station.books.exceptions import exceptions_of

    with common.open_station() as station:
        found = station.book(book)
        kinds = {page.id: page.kind for page in station.catalogue.pages(found.id)}
        coded = [(case, exceptions_of(found, case, kinds)) for case in station.catalogue.cases(found.id)]
        rows = [
            {"number": str(case.number), "state": "there", "codes": list(codes), "date": case.date}
            for case, codes in coded
            if codes
        ]
        rows += [
            {"number": str(one.number), "state": "missing", "codes": [one.why], "date": None}
            for one in station.catalogue.missing(found.id)
        ]
        common.console.data(rows, ("number", "state", "codes", "date"))
