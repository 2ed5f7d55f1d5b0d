"""Putting pages right by keys, and taking it back."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from station.model import PageKind
from station.root import Root
from station.wiring import Station
from tests.support import BOOK
from tests.ui.kiosks import app_of, at, drive, kiosk_of, screen_of, text, until
from tests.ui.scans import kept, loaded, numbered, open_book, ready
from ui.screens.review import ReviewScreen
from ui.widgets.picture import PagePicture


def page_line(pilot: Pilot[None]) -> str:
    return text(pilot, "page-line")


async def review(pilot: Pilot[None], pages: int) -> None:
    """Scan a stack and look at its last page."""
    await open_book(pilot)
    await pilot.press("space")
    await ready(pilot, pages)
    await pilot.press("x")
    await at(pilot, "review")
    await until(pilot, lambda: page_line(pilot).startswith(f"Page {pages} / {pages}"))


async def said(pilot: Pilot[None], words: str) -> None:
    await until(pilot, lambda: words in screen_of(pilot).said)


async def answer(pilot: Pilot[None], *keys: str) -> None:
    await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
    await pilot.press(*keys)


def test_pages_are_looked_at_one_by_one_and_pixel_for_pixel(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3")

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 3)
        await pilot.press("home")
        assert page_line(pilot) == "Page 1 / 3 · page · number 01/2005"
        await pilot.press("pagedown")
        assert page_line(pilot).startswith("Page 2")
        await pilot.press("pageup", "pageup", "end")
        assert page_line(pilot).startswith("Page 3")
        pane = pilot.app.screen.query_one(PagePicture)
        await pilot.press("z", "right", "down")
        zoomed = [pane.is_zoomed]
        await pilot.press("z")
        assert [*zoomed, pane.is_zoomed] == [True, False]
        await pilot.press("escape")
        await at(pilot, "scan")

    drive(app_of(root), steps)


def test_kind_number_and_discard_and_all_of_it_taken_back(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3")

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 3)
        await pilot.press("m")
        await answer(pilot, "3")
        await said(pilot, "Page 3: blank")
        await pilot.press("home", "k")
        await answer(pilot, "1")
        await said(pilot, "Page 1 is discarded")
        await until(pilot, lambda: page_line(pilot).startswith("Page 1 / 2"))
        assert kept(root) == [(1, PageKind.PAGE, ["02/2005"]), (2, PageKind.BLANK, [])]
        await pilot.press("n")
        await answer(pilot, *["backspace"] * 7, "9", "enter")
        await said(pilot, "bears number 9")
        assert kept(root)[0] == (1, PageKind.PAGE, ["09/2005"])
        for _ in range(3):
            screen_of(pilot).say("")
            await pilot.press("u")
            await said(pilot, "Taken back")
        await pilot.press("u")
        await said(pilot, "nothing to take back")

    drive(app_of(root), steps)
    assert kept(root) == numbered(3)


def test_numbers_from_here_on(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3")

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 3)
        await pilot.press("pageup", "e")
        await answer(pilot, *["backspace"] * 7, "5", "enter")
        await said(pilot, "Numbered anew")
        await pilot.press("e")
        await answer(pilot, *["backspace"] * 7, "1", "enter")
        await said(pilot, "is taken")

    drive(app_of(root), steps)
    assert [numbers for _, _, numbers in kept(root)] == [["01/2005"], ["05/2005"], ["06/2005"]]


def test_a_page_is_scanned_again_and_one_that_was_left_out_comes_in(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 3", 'press = "scan"', "page 2", "page 5")

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 2)
        await pilot.press("home", "a")
        await said(pilot, "Page 2 is put in")
        await until(pilot, lambda: page_line(pilot).startswith("Page 2 / 3"))
        assert kept(root)[1] == (2, PageKind.PAGE, [])
        await pilot.press("n")
        await answer(pilot, *"77", "enter")
        await said(pilot, "bears number 77")
        before = ids(root)
        await pilot.press("r")
        await said(pilot, "Page 2 is replaced")
        assert [one == other for one, other in zip(before, ids(root), strict=True)] == [True, False, True]
        assert kept(root)[1] == (2, PageKind.PAGE, ["77/2005"])
        screen_of(pilot).say("")
        await pilot.press("u")
        await said(pilot, "Taken back")
        assert ids(root) == before
        assert kept(root)[1] == (2, PageKind.PAGE, ["77/2005"])
        await pilot.press("r")
        await said(pilot, "no paper")
        assert not kiosk_of(pilot).scanner.busy

    drive(app_of(root), steps)


def ids(root: Root) -> list[str]:
    with Station.open(root, "tester") as station:
        return [page.id for page in station.catalogue.pages(station.book_id(BOOK))]


def test_a_page_that_wants_a_look_is_confirmed(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", 'fault = "cover-open"', "page 2")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await at(pilot, "fault")
        await pilot.press("space", "space")
        await ready(pilot, 2)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen) and "● wants a look" in doubts(pilot))
        await pilot.press("o")
        await said(pilot, "Page 2 is confirmed")
        await until(pilot, lambda: "● wants a look" not in doubts(pilot))

    drive(app_of(root), steps)


def doubts(pilot: Pilot[None]) -> str:
    return text(pilot, "verdicts")
