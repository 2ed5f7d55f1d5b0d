"""Today's list: shelves, search without accents, windows, what a barcode reader types."""

from __future__ import annotations

import threading

from textual.pilot import Pilot
from textual.widgets import DataTable, Input

from station.covers.code import code_of
from station.model import Exclusion
from station.root import Root
from station.wiring import Station
from tests.station.desks import add_cases, numbers
from tests.support import BOOK
from tests.ui.kiosks import add_book, app_of, at, drive, kiosk_of, screen_of, sign_in, text, type_in, until
from tests.ui.test_outbox import queue
from tests.ui.typing.test_bursts import send
from ui.screens.today import TodayScreen


def books(pilot: Pilot[None]) -> list[str]:
    screen = pilot.app.screen
    return [entry.book for entry in screen.rows] if isinstance(screen, TodayScreen) else []


async def begin(pilot: Pilot[None], count: int) -> None:
    await sign_in(pilot)
    await at(pilot, "today")
    await until(pilot, lambda: len(books(pilot)) == count)


def test_books_to_do_stand_there_with_progress_and_outbox(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await begin(pilot, 1)
        assert "▶ To do 1" in text(pilot, "shelves")
        assert text(pilot, "progress") == "0 of 1 books sealed (0 %) · 0 pages · 0 cases"
        assert text(pilot, "outbox-line") == "Outbox: 0 to go · 0 without receipt"
        assert text(pilot, "room").endswith("GB of room")
        row = pilot.app.screen.query_one(DataTable).get_row_at(0)
        assert [str(cell) for cell in row[:3]] == [BOOK, "0 / 24", "0"]

    drive(app_of(root), steps)


def test_letters_search_without_accents_and_f2_changes_every_word(root: Root) -> None:
    with Station.open(root, "tester") as station:
        from station.worklist.adding import add_book as enter

        enter(station, "KT.2004.02", place="Tủ gà")

    async def steps(pilot: Pilot[None]) -> None:
        await begin(pilot, 2)
        await type_in(pilot, "tu ga")
        await until(pilot, lambda: books(pilot) == ["19441/KT.2004.02"])
        await pilot.press("f2")
        assert "Việc hôm nay" in text(pilot, "title")
        assert text(pilot, "rows") == "1–1 trong 1 quyển"
        labels = [str(column.label) for column in pilot.app.screen.query_one(DataTable).ordered_columns]
        assert labels[0] == "Quyển"
        await pilot.press("tab")
        await until(pilot, lambda: "▶ Chờ gửi" in text(pilot, "shelves"))
        assert books(pilot) == []

    drive(app_of(root), steps)


def test_a_long_list_is_shown_in_windows(root: Root) -> None:
    for year in range(1976, 1981):
        for volume in range(1, 61):
            add_book(root, f"KS.{year}.{volume:02}")

    async def steps(pilot: Pilot[None]) -> None:
        await begin(pilot, 200)
        assert text(pilot, "rows") == "1–200 of 301 books"
        await pilot.press("ctrl+pagedown")
        await until(pilot, lambda: len(books(pilot)) == 101)
        await pilot.press("down", "down")
        add_book(root, "KS.1976.61")
        screen = pilot.app.screen
        assert isinstance(screen, TodayScreen)
        chosen = screen.table.cursor_row
        screen.refresh_list()
        await until(pilot, lambda: text(pilot, "rows") == "201–302 of 302 books")
        assert screen.table.cursor_row == chosen + 1

    drive(app_of(root), steps)


def test_the_cover_sheet_of_a_book_in_no_list_is_asked_about(root: Root) -> None:
    with Station.open(root) as station:
        code = code_of(station.book_id("KH.1999.01"))

    async def steps(pilot: Pilot[None]) -> None:
        await begin(pilot, 1)
        for answer, screen in (("escape", "today"), ("a", "scan")):
            await type_in(pilot, code)
            await pilot.press("enter")
            await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
            assert "19441/KH.1999.01 is not in the list" in text(pilot, "dialog-text")
            assert pilot.app.screen_stack[1].query_one(Input).value == ""
            await pilot.press(answer)
            await at(pilot, screen)
        await until(pilot, lambda: "19441/KH.1999.01" in text(pilot, "title"))

    drive(app_of(root), steps)
    with Station.open(root) as station:
        assert station.book("KH.1999.01").pages_expected is None


def test_a_search_goes_to_the_shelf_that_has_the_book_and_enter_opens_it(root: Root) -> None:
    add_book(root, "KS.2005.02")
    with Station.open(root, "tester") as station:
        add_cases(station, station.book_id(BOOK), numbers(1, 2))

    async def steps(pilot: Pilot[None]) -> None:
        await begin(pilot, 1)
        await pilot.press("tab")
        await until(pilot, lambda: books(pilot) == ["19441/KS.2005.02"])
        await type_in(pilot, "KS.2005.01")
        await until(pilot, lambda: books(pilot) == [BOOK])
        assert "▶ In work 1" in text(pilot, "shelves")
        assert text(pilot, "progress").startswith("0 of 2 books sealed")
        await pilot.press(*["backspace"] * 10, "tab")
        await until(pilot, lambda: books(pilot) == ["19441/KS.2005.02"])
        send(pilot, "KS.2005.01\r\r")
        await at(pilot, "scan")
        assert BOOK in text(pilot, "title")
        assert [screen.id for screen in pilot.app.screen_stack][1:] == ["today", "scan"]

    drive(app_of(root), steps)


def test_an_excluded_book_is_found_as_excluded_with_the_reason(root: Root) -> None:
    with Station.open(root, "tester") as station:
        station.catalogue.exclude(
            [Exclusion("19441", "KS", 2005, 2005, 1, None, None, "scanned in 2019", "list")], "tester", "2026-01-01"
        )

    async def steps(pilot: Pilot[None]) -> None:
        await begin(pilot, 0)
        await type_in(pilot, "ks.2005.01")
        wanted = f"● The book {BOOK} is excluded: scanned in 2019."
        await until(pilot, lambda: text(pilot, "rows") == wanted)
        await pilot.press("enter")
        await until(pilot, lambda: screen_of(pilot).said == wanted)
        await pilot.press("backspace", "9", "enter")
        await until(pilot, lambda: screen_of(pilot).said == "No book is found: ks.2005.09")
        assert text(pilot, "rows") == screen_of(pilot).said

    drive(app_of(root), steps)


def test_the_second_enter_while_the_first_is_answered_does_nothing(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await begin(pilot, 1)
        gate, asked = threading.Event(), []
        kiosk_of(pilot).reader.ask(lambda _: gate.wait(30), lambda _: None, lambda _: None)
        screen = screen_of(pilot)
        assert isinstance(screen, TodayScreen)
        go = kiosk_of(pilot).go

        def note(name: str, **given: object) -> None:
            asked.append(name)
            go(name, **given)

        kiosk_of(pilot).go = note  # type: ignore[method-assign]
        await type_in(pilot, "2005")
        await pilot.press("enter", "enter")
        gate.set()
        await at(pilot, "scan")
        await until(pilot, lambda: not kiosk_of(pilot).reader.busy)
        await pilot.pause()
        assert asked == ["scan"]

    drive(app_of(root), steps)


def test_what_a_foreign_reader_left_is_replaced_by_the_next_letters(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await begin(pilot, 1)
        send(pilot, "dx 893 nws\r")
        await until(pilot, lambda: screen_of(pilot).said == "No book is found: dx 893 nws")
        await type_in(pilot, "ks")
        assert pilot.app.screen.query_one(Input).value == "ks"
        await until(pilot, lambda: books(pilot) == [BOOK])

    drive(app_of(root), steps)


def test_the_list_is_read_again_only_when_something_was_committed(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await begin(pilot, 1)
        screen = screen_of(pilot)
        assert isinstance(screen, TodayScreen)

        async def look() -> object:
            screen.refresh_list()
            await until(pilot, lambda: not kiosk_of(pilot).reader.busy)
            await pilot.pause()
            assert screen._seen
            return screen._seen.agenda

        first = await look()
        assert await look() is first
        add_book(root, "KS.2005.02")
        second = await look()
        assert second is not first
        assert len(books(pilot)) == 2
        queue(root)
        assert await look() is not second

    drive(app_of(root), steps)
