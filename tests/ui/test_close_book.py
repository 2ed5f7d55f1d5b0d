"""Closing a book: findings with the key that mends each, and the seal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from station.model import BookState
from station.root import Root
from station.wiring import Station
from tests.support import BOOK
from tests.ui.kiosks import PINS, app_of, at, drive, screen_of, until
from tests.ui.scans import loaded, open_book, ready, word
from ui.screens.cases import CasesScreen
from ui.screens.close_book import CloseBookScreen


def closing(pilot: Pilot[None]) -> CloseBookScreen:
    screen = pilot.app.screen
    assert isinstance(screen, CloseBookScreen), screen
    return screen


async def checked(pilot: Pilot[None]) -> list[str]:
    """The codes of what blocks, once the check is done."""
    await at(pilot, "close_book")
    await until(pilot, lambda: closing(pilot).state == "checked")
    await pilot.pause()
    return [finding["code"] for finding in closing(pilot).findings if finding["blocking"]]


def sealed(root: Root) -> BookState:
    with Station.open(root, "tester") as station:
        return station.book(BOOK).state


def test_a_complete_book_is_sealed_with_one_key(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3", expected=3)

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 3)
        await pilot.press("d")
        assert await checked(pilot) == []
        await pilot.press("g")
        await until(pilot, lambda: closing(pilot).bag)
        await until(pilot, lambda: word(pilot) == "✓ Sealed: 3 cases, 3 pages")
        await until(pilot, lambda: not {"mend", "pack"} & set(closing(pilot).buttons()))
        await pilot.press("escape")
        await at(pilot, "today")

    drive(app_of(root), steps)
    assert sealed(root) is BookState.SEALED


def test_what_is_missing_is_mended_by_key(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", 'press = "scan"', "page 4", expected=9)

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 2)
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-input"))
        await pilot.press(*["backspace"] * 7, "4", "enter")
        await at(pilot, "scan")
        await until(pilot, lambda: "4/2005" in str(pilot.app.screen.query_one("#message").render()))
        await pilot.press("space")
        await ready(pilot, 3)
        await pilot.press("d")
        assert sorted(await checked(pilot)) == ["gap", "page-count"]
        await pilot.press("g")
        await until(pilot, lambda: "cannot be sealed yet" in screen_of(pilot).said)
        await mend(pilot, "gap")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
        await pilot.press("1")
        await until(pilot, lambda: getattr(pilot.app.screen, "state", "") == "checked" and not has(pilot, "gap"))
        await mend(pilot, "page-count")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-names"))
        await until(pilot, lambda: getattr(pilot.app.screen.query_one("#dialog-names"), "option_count", 0))
        await pilot.press(*PINS["Hà"], "enter")
        await until(pilot, lambda: pilot.app.screen.id == "close_book" and not has(pilot, "page-count"))
        assert await checked(pilot) == []

    drive(app_of(root), steps)
    assert sealed(root) is BookState.OPEN


def has(pilot: Pilot[None], code: str) -> bool:
    return any(finding["code"] == code for finding in closing(pilot).findings)


async def mend(pilot: Pilot[None], code: str) -> None:
    """Go to the finding and press the key that mends it."""
    await checked(pilot)
    row = [finding["code"] for finding in closing(pilot).findings].index(code)
    await pilot.press(*["up"] * len(closing(pilot).findings), *["down"] * row, "enter")


def test_a_number_outside_of_the_list_is_gone_to(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", "page 2", "page 3", expected=3)
    with Station.open(root, "tester") as station:
        station.catalogue.expect(replace(station.book(BOOK), first_number=1, last_number=2))

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 3)
        await pilot.press("d")
        assert await checked(pilot) == ["beyond-list"]
        await pilot.press("enter")
        await at(pilot, "cases")
        cases = pilot.app.screen
        assert isinstance(cases, CasesScreen)
        await until(pilot, lambda: cases.chosen and str(cases.chosen.number) == "03/2005")

    drive(app_of(root), steps)


def test_a_finding_has_half_of_a_narrow_screen(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1", expected=9)

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 1)
        await pilot.press("d")
        await checked(pilot)
        widths = {str(column.key.value): column.width for column in closing(pilot).table.columns.values()}
        assert widths["finding"] >= 34
        assert sum(widths.values()) + 2 * len(widths) <= 80

    drive(app_of(root), steps, (80, 24))
