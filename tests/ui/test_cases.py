"""The numbers of a book by keys: gaps explained one by one, reasons taken back, dates."""

from __future__ import annotations

from functools import partial

from textual.pilot import Pilot
from textual.widgets import Input

from station.books.ledger import Stands
from station.model import Book, Why
from station.naming import CaseNumber
from station.root import Root
from station.wiring import Station
from tests.station.desks import add_cases
from tests.support import BOOK
from tests.ui.kiosks import app_of, at, drive, screen_of, text, type_in, until
from tests.ui.scans import open_book, word
from ui.screens.cases import CasesScreen


def number(value: int) -> CaseNumber:
    return CaseNumber(2005, value)


def gapped(root: Root, there: list[int], last: int) -> None:
    with Station.open(root, "tester") as station:
        add_cases(station, station.book_id(BOOK), [number(value) for value in there])
        station.add_book(Book(station.book_id(BOOK), first_number=1, last_number=last))


def stands(pilot: Pilot[None]) -> dict[int, Stands]:
    screen = pilot.app.screen
    return {line.number.value: line.stands for line in screen.lines} if isinstance(screen, CasesScreen) else {}


def at_number(pilot: Pilot[None]) -> int:
    screen = pilot.app.screen
    assert isinstance(screen, CasesScreen)
    return screen.chosen.number.value if screen.chosen else 0


async def open_cases(pilot: Pilot[None]) -> None:
    await open_book(pilot)
    await pilot.press("c")
    await at(pilot, "cases")
    await until(pilot, lambda: stands(pilot))
    await pilot.pause()


def test_each_gap_takes_one_key_and_the_cursor_goes_on(root: Root) -> None:
    gapped(root, [1, 2, 5], 6)

    async def steps(pilot: Pilot[None]) -> None:
        await open_cases(pilot)
        assert word(pilot) == "● Numbers missing: 3"
        assert at_number(pilot) == 3
        await pilot.press("3")
        await until(pilot, lambda: stands(pilot)[3] is Stands.EXPLAINED)
        assert at_number(pilot) == 4
        await pilot.press("1")
        await until(pilot, lambda: stands(pilot)[4] is Stands.EXPLAINED)
        assert at_number(pilot) == 6
        await pilot.press("5")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-input"))
        await type_in(pilot, "KS.2005.02")
        await pilot.press("enter")
        await until(pilot, lambda: stands(pilot).get(6) is Stands.DISPUTED)
        await pilot.press("w")
        await until(pilot, lambda: stands(pilot)[6] is Stands.GAP)

    drive(app_of(root), steps)
    with Station.open(root) as station:
        kept = station.catalogue.missing(station.book_id(BOOK))
        assert [(one.number.value, one.why, one.operator) for one in kept] == [
            (3, Why.TORN, "Mai"),
            (4, Why.VOID, "Mai"),
        ]


def test_a_date_is_typed_and_a_wrong_one_refused(root: Root) -> None:
    gapped(root, [1, 2], 2)

    async def steps(pilot: Pilot[None]) -> None:
        await open_cases(pilot)
        assert word(pilot) == "✓ 2 cases, nothing missing"
        await pilot.press("down", "n")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-input"))
        await type_in(pilot, "31.02.2005")
        await pilot.press("enter")
        await until(pilot, partial(refuses, pilot, "is not a date"))
        assert pilot.app.screen.query_one(Input).value == "31.02.2005"
        await pilot.press(*["backspace"] * 10)
        await type_in(pilot, "1/3/2005")
        await pilot.press("enter")
        await at(pilot, "cases")
        await until(pilot, lambda: screen_of(pilot).said == "✓ Number 02/2005: 01.03.2005.")

    drive(app_of(root), steps)
    with Station.open(root) as station:
        assert [case.date for case in station.catalogue.cases(station.book_id(BOOK))] == [None, "2005-03-01"]


def test_a_reason_is_replaced_only_when_that_is_meant_and_a_gap_takes_no_date(root: Root) -> None:
    gapped(root, [1, 3], 3)

    async def steps(pilot: Pilot[None]) -> None:
        await open_cases(pilot)
        assert at_number(pilot) == 2
        await pilot.press("n")
        await until(pilot, lambda: "takes no date" in screen_of(pilot).said)
        await pilot.press("3")
        await until(pilot, lambda: stands(pilot)[2] is Stands.EXPLAINED)
        await pilot.press("1")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
        await pilot.press("escape")
        await at(pilot, "cases")
        assert reasons(root) == [Why.TORN]
        await pilot.press("1")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
        await pilot.press("y")
        await until(pilot, lambda: reasons(root) == [Why.VOID])

    drive(app_of(root), steps)


def reasons(root: Root) -> list[Why]:
    with Station.open(root) as station:
        return [one.why for one in station.catalogue.missing(station.book_id(BOOK))]


def refuses(pilot: Pilot[None], words: str) -> bool:
    return words in text(pilot, "dialog-error")


def test_a_book_of_another_year_or_register_is_not_taken_for_the_one_that_has_the_number(root: Root) -> None:
    gapped(root, [1, 3], 3)

    async def steps(pilot: Pilot[None]) -> None:
        await open_cases(pilot)
        await pilot.press("5")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-input"))
        for other in ("KS.2006.01", "KT.2005.01"):
            await type_in(pilot, other)
            await pilot.press("enter")
            await until(pilot, partial(refuses, pilot, f"{other} cannot have"))
            assert pilot.app.screen.query_one(Input).value == other
            await pilot.press(*["backspace"] * len(other))
        await pilot.press("escape")
        await at(pilot, "cases")
        assert stands(pilot)[2] is Stands.GAP

    drive(app_of(root), steps)


def test_a_number_that_has_a_page_is_not_explained(root: Root) -> None:
    gapped(root, [1, 2], 2)

    async def steps(pilot: Pilot[None]) -> None:
        await open_cases(pilot)
        await pilot.press("1")
        await until(pilot, lambda: "has a page in the book" in screen_of(pilot).said)
        assert set(stands(pilot).values()) == {Stands.THERE}
        await pilot.press("enter")
        await at(pilot, "review")
        await pilot.press("escape", "escape")
        await at(pilot, "scan")

    drive(app_of(root), steps)
