"""Putting pages right by keys, and taking it back."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from station.announcements import Announcements
from station.line import pack_book
from station.model import PageKind
from station.root import Root
from station.wiring import Station
from tests.station.desks import add_cases
from tests.station.desks import numbers as case_numbers
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
    """Until the screen says so, and no question lies on it."""
    await until(pilot, lambda: pilot.app.screen.id == "review" and words in screen_of(pilot).said)


async def answer(pilot: Pilot[None], *keys: str) -> None:
    await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
    await pilot.press(*keys)


def test_pages_are_looked_at_one_by_one_and_pixel_for_pixel(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3")

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 3)
        await pilot.press("home")
        await until(pilot, lambda: page_line(pilot) == "Page 1 / 3 · page · number 01/2005")
        await pilot.press("pagedown")
        await until(pilot, lambda: page_line(pilot).startswith("Page 2"))
        await pilot.press("pageup", "pageup", "end")
        await until(pilot, lambda: page_line(pilot).startswith("Page 3"))
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
        await said(pilot, "bears number 09/2005")
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
        await until(pilot, lambda: "is taken" in text(pilot, "dialog-error"))
        await pilot.press("escape")

    drive(app_of(root), steps)
    assert [numbers for _, _, numbers in kept(root)] == [["01/2005"], ["05/2005"], ["06/2005"]]


def test_a_page_is_scanned_again_and_one_that_was_left_out_comes_in(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 3", 'press = "scan"', "page 2", "page 5")

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 2)
        await pilot.press("home", "a")
        await lay_down(pilot, "paper from: as the profile says")
        await said(pilot, "Page 2 is put in")
        await until(pilot, lambda: page_line(pilot).startswith("Page 2 / 3"))
        assert kept(root)[1] == (2, PageKind.PAGE, [])
        await until(pilot, lambda: "has no number yet" in doubts(pilot))
        assert "nothing to look at" not in doubts(pilot).lower()
        await pilot.press("n")
        await answer(pilot, *"77", "enter")
        await said(pilot, "bears number 77/2005")
        before = ids(root)
        await pilot.press("r")
        await answer(pilot, "escape")
        await said(pilot, "Nothing is scanned")
        assert ids(root) == before
        await pilot.press("r")
        await lay_down(pilot, "Lay page 2")
        await said(pilot, "Page 2 is replaced")
        assert [one == other for one, other in zip(before, ids(root), strict=True)] == [True, False, True]
        assert kept(root)[1] == (2, PageKind.PAGE, ["77/2005"])
        screen_of(pilot).say("")
        await pilot.press("u")
        await said(pilot, "Taken back: page 2 scanned again")
        assert ids(root) == before
        assert kept(root)[1] == (2, PageKind.PAGE, ["77/2005"])
        await pilot.press("r")
        await lay_down(pilot, "Lay page 2")
        await said(pilot, "no paper")
        assert not kiosk_of(pilot).scanner.busy

    drive(app_of(root), steps)


def test_a_page_goes_before_the_first_one(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 2", 'press = "scan"', "page 1")

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 1)
        before = ids(root)
        await pilot.press("home", "p")
        await lay_down(pilot, "paper from: as the profile says")
        await said(pilot, "Page 1 is put in")
        assert ids(root)[1:] == before
        await until(pilot, lambda: page_line(pilot).startswith("Page 1 / 2"))
        screen_of(pilot).say("")
        await pilot.press("u")
        await said(pilot, "Taken back: page 1 put in")
        assert ids(root) == before

    drive(app_of(root), steps)


async def lay_down(pilot: Pilot[None], words: str) -> None:
    """The page lies in the scanner: nothing moved before this key."""
    await question(pilot, words)
    assert not kiosk_of(pilot).scanner.busy
    await pilot.press("space")


async def retype(pilot: Pilot[None], number: str) -> None:
    """Give the page that is looked at another number."""
    await pilot.press("n")
    await answer(pilot, *["backspace"] * 7, *number, "enter")


async def question(pilot: Pilot[None], words: str) -> None:
    await until(pilot, lambda: words in " ".join(text(pilot, "dialog-text").split()) if on_dialog(pilot) else False)


def on_dialog(pilot: Pilot[None]) -> bool:
    return bool(pilot.app.screen.query("#dialog-text")) and not pilot.app.screen.query("#dialog-input")


def numbers(root: Root) -> list[list[str]]:
    return [found for _, _, found in kept(root)]


def test_a_number_that_another_page_has_is_asked_about_and_never_joined_in_silence(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3")

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 3)
        await retype(pilot, "2")
        await question(pilot, "The number 02/2005 is on page 2 already")
        assert numbers(root) == [["01/2005"], ["02/2005"], ["03/2005"]]
        await pilot.press("1")
        await said(pilot, "Page 3 bears number 02/2005")
        assert numbers(root) == [["01/2005"], ["02/2005"], ["02/2005"]]
        await retype(pilot, "1")
        await question(pilot, "The number 01/2005 is on page 1 already")
        await pilot.press("2")
        await said(pilot, "Page 3 bears number 01a/2005")
        assert numbers(root) == [["01/2005"], ["02/2005"], ["01a/2005"]]
        await retype(pilot, "1")
        await question(pilot, "The number 01/2005 is on page 1 already")
        await pilot.press("3")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-input"))
        await pilot.press("backspace", "7", "enter")
        await said(pilot, "Page 3 bears number 07/2005")
        for _ in range(3):
            screen_of(pilot).say("")
            await pilot.press("u")
            await said(pilot, "Taken back")

    drive(app_of(root), steps)
    assert kept(root) == numbered(3)


def test_a_number_of_another_book_is_a_second_case_or_a_slip(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2")
    other = "19441/KS.2005.02"

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 2)
        with Station.open(root, "tester") as station:
            add_cases(station, station.book_id(other), case_numbers(40, 40))
        await retype(pilot, "40")
        await question(pilot, "The number 40/2005 is in the book 19441/KS.2005.02 already")
        await pilot.press("1")
        await pilot.pause()
        assert on_dialog(pilot)
        await pilot.press("2")
        await said(pilot, "Page 2 bears number 40a/2005")

    drive(app_of(root), steps)
    assert numbers(root) == [["01/2005"], ["40a/2005"]]


def test_an_open_book_is_split_where_the_line_is_and_put_together_again(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3")

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 3)
        pane = pilot.app.screen.query_one(PagePicture)
        await until(pilot, lambda: "checked" not in doubts(pilot))
        whole = pane.path
        await pilot.press("t")
        await said(pilot, "Is the gutter at the red line?")
        assert pane.path != whole
        await pilot.press("escape")
        await until(pilot, lambda: pane.path == whole)
        assert kept(root) == numbered(3)
        screen_of(pilot).say("")
        await pilot.press("t")
        await said(pilot, "Is the gutter")
        before = pane.path
        await pilot.press("left", "left")
        await until(pilot, lambda: str(pane.path).endswith("-4900-4900.png"))
        assert pane.path != before
        await pilot.press("t")
        await said(pilot, "Page 3 is two pages")
        await until(pilot, lambda: "of 4" in page_line(pilot).replace("/ 4", "of 4"))
        assert numbers(root) == [["01/2005"], ["02/2005"], ["03/2005"], ["03/2005"]]
        await pilot.press("end", "t")
        await said(pilot, "is one page again")
        await until(pilot, lambda: page_line(pilot).startswith("Page 3 / 3"))
        assert kept(root) == numbered(3)
        for pages in (4, 3):
            screen_of(pilot).say("")
            await pilot.press("u")
            await said(pilot, "Taken back")
            assert len(kept(root)) == pages

    drive(app_of(root), steps)
    assert kept(root) == numbered(3)


def ids(root: Root) -> list[str]:
    with Station.open(root, "tester") as station:
        return [page.id for page in station.catalogue.pages(station.book_id(BOOK))]


def test_a_page_that_wants_a_look_is_confirmed(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", 'fault = "cover-open"', "page 2")

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await at(pilot, "fault")
        await pilot.press("space")
        await at(pilot, "scan")
        await pilot.press("space")
        await ready(pilot, 2)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen) and "● wants a look" in doubts(pilot))
        await pilot.press("o")
        await said(pilot, "Page 2 is confirmed")
        await until(pilot, lambda: "● wants a look" not in doubts(pilot))
        await pilot.press("home", "u")
        await said(pilot, "Taken back: page 2 confirmed")
        await until(pilot, lambda: "● wants a look" in doubts(pilot))
        assert page_line(pilot).startswith("Page 2")

    drive(app_of(root), steps)


def test_what_was_changed_can_be_taken_back_after_leaving_and_on_the_page_that_it_was_of(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3")

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 3)
        await pilot.press("home", "m")
        await answer(pilot, "3")
        await said(pilot, "Page 1: blank")
        await pilot.press("o")
        await said(pilot, "Page 1 is confirmed")
        await pilot.press("escape")
        await at(pilot, "scan")
        await pilot.press("x")
        await at(pilot, "review")
        await until(pilot, lambda: page_line(pilot).startswith("Page 3 / 3"))
        await pilot.press("u")
        await said(pilot, "Taken back: page 1 confirmed")
        assert kept(root)[0][1] is PageKind.BLANK
        await until(pilot, lambda: page_line(pilot).startswith("Page 1 / 3"))
        await pilot.press("end", "u")
        await said(pilot, "Taken back: the kind of page 1")
        await until(pilot, lambda: page_line(pilot).startswith("Page 1 / 3"))

    drive(app_of(root), steps)
    assert kept(root) == numbered(3)


def test_a_page_that_stands_twice_says_so(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 2")

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 3)
        await until(pilot, lambda: "Page 3 is the same as page 2" in doubts(pilot))

    drive(app_of(root), steps)


def doubts(pilot: Pilot[None]) -> str:
    return text(pilot, "verdicts")


def test_a_stack_that_lay_the_wrong_way_round_is_turned_by_one_key_and_taken_back(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 4", "page 3", "page 2", "page 1")
    before: list[str] = []

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 4)
        await until(pilot, lambda: "wrong way round (last sheet first)? X, then V turns it" in screen_of(pilot).said)
        before.extend(ids(root))
        await pilot.press("x")
        await at(pilot, "review")
        await until(pilot, lambda: page_line(pilot).startswith("Page 4"))
        await pilot.press("v")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
        asked = text(pilot, "dialog-text")
        assert "Page 1 (number 01/2005) becomes page 4 (number 04/2005)." in asked
        assert "Page 4 (number 04/2005) becomes page 1 (number 01/2005)." in asked
        await answer(pilot, "1")
        await said(pilot, "pages 1 to 4 are turned round")
        assert (ids(root), kept(root)) == (before[::-1], numbered(4))
        await pilot.press("u")
        await said(pilot, "turning the pages 1 to 4 round")

    drive(app_of(root), steps)
    assert (ids(root), kept(root)) == (before, numbered(4))


def test_a_stack_can_be_turned_round_from_the_page_that_is_looked_at(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 4", "page 3", "page 2")
    before: list[str] = []

    async def steps(pilot: Pilot[None]) -> None:
        await review(pilot, 4)
        before.extend(ids(root))
        await pilot.press("home", "pagedown", "v")
        await answer(pilot, "3")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-text") and "page 2 to" in text(pilot, "dialog-text"))
        await answer(pilot, "1")
        await said(pilot, "pages 2 to 4 are turned round")

    drive(app_of(root), steps)
    assert ids(root) == [before[0], *before[:0:-1]]
    assert kept(root) == numbered(4)


def test_of_a_sealed_book_nothing_is_asked_before_that_is_said(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", expected=1)

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 1)
        with Station.open(root, "tester") as station:
            pack_book(station, station.book(BOOK), Announcements())
        await pilot.press("x")
        await at(pilot, "review")
        await until(pilot, lambda: page_line(pilot).startswith("Page 1"))
        for key in ("delete", "m", "n", "e", "v", "r", "a", "t", "o"):
            await pilot.press(key)
            await said(pilot, f"The book {BOOK} is sealed")
            screen_of(pilot).hush()

    drive(app_of(root), steps)
    assert kept(root) == numbered(1)
