"""`station cases ID`, and which pages make which case."""

from __future__ import annotations

import click

from station.cli.groups import BookGroup
from station.cli.options import Common, command, group
from station.cli.rows import case_row
from station.errors import UsageError
from station.model import Missing, Why
from station.words import both

cases = group("cases", BookGroup)
_COLUMNS = ("number", "state", "date", "orders")


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
    from station import cases as work
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
    from station import cases as work
    from station.naming import CaseNumber

    with common.open_station() as station:
        found = station.book(book)
        with station.changing(found.id):
            case = work.find_case(station.catalogue, found.id, CaseNumber.parse(number, found.id))
            station.catalogue.set_date(case.id, work.parse_date(date))
        common.console.note("cases.dated", number=case.number, date=date)


@command("missing", cases)
@click.argument("book")
@click.option("--number", required=True, help=both("help.opt.case_number"))
@click.option("--why", type=click.Choice([why.value for why in Why]), required=True, help=both("help.opt.why"))
def missing(common: Common, book: str, number: str, why: str) -> None:
    from station import clock
    from station.naming import CaseNumber

    with common.open_station() as station:
        found = station.book(book)
        explained = Missing(CaseNumber.parse(number, found.id), Why(why), station.operator, clock.now())
        with station.changing(found.id):
            station.catalogue.explain_missing(found.id, explained)
        common.console.note("cases.explained", number=explained.number, why=why)
