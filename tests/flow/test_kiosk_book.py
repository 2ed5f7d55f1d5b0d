"""An operator at the kiosk does a whole book by keys alone, from signing in to the sealed bag."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from station.model import BookState
from station.root import Root
from station.wiring import Station
from tests.support import BOOK
from tests.ui.kiosks import app_of, at, drive, kiosk_of, screen_of, sign_in, text, until
from tests.ui.scans import kept as kept_pages
from tests.ui.scans import loaded, numbered, pages_shown
from ui.app import KioskApp
from ui.screens.close_book import CloseBookScreen

BOOK_SECONDS = 400.0
"""What belongs to a whole book: its scan, its check, its bag."""
FAULTS = ("jam", "cover-open", "double-feed", "short-page", "stopped-at-device")


class Hands:
    """The operator: presses what the screen asks for, and counts."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot
        self.keys = 0
        self.faults: list[str] = []

    @property
    def app(self) -> KioskApp:
        return kiosk_of(self.pilot)

    async def press(self, *keys: str) -> None:
        self.keys += len(keys)
        await self.pilot.press(*keys)

    async def open_book(self) -> None:
        await sign_in(self.pilot)
        await at(self.pilot, "today")
        await until(self.pilot, lambda: getattr(self.app.screen, "rows", ()))
        await self.press("enter")
        await at(self.pilot, "scan")
        await until(self.pilot, lambda: pages_shown(self.pilot) >= 0)
        await at(self.pilot, "scan")

    async def scan_stack(self, pages: int) -> None:
        """One key; after a fault what its screen says, until the book has so many pages."""
        await self.press("space")
        while True:
            await until(self.pilot, self._wants_something, BOOK_SECONDS)
            if self.app.screen.id == "fault":
                await until(self.pilot, lambda: self.app.screen.query("#what-to-do"))
                await until(self.pilot, lambda: text(self.pilot, "what-to-do"))
                await at(self.pilot, "fault")
                self.faults.append(text(self.pilot, "what-to-do"))
                await self.press("space")
                await at(self.pilot, "scan")
                await self.press("space")
                await until(self.pilot, lambda: self.app.scanner.busy or self.app.screen.id != "scan")
            elif self.app.screen.query("#dialog-text"):
                await self.press("y")
                await until(self.pilot, lambda: not self.app.screen.query("#dialog-text"))
            else:
                await until(self.pilot, lambda: pages_shown(self.pilot) == pages)
                return

    def _wants_something(self) -> bool:
        screen = self.app.screen
        return bool(screen.id == "fault" or screen.query("#dialog-text") or not self.app.scanner.busy)

    async def scan_again(self, steps_back: int) -> None:
        """Look at a page before the last one and scan it again."""
        await self.press("x")
        await at(self.pilot, "review")
        await until(self.pilot, lambda: text(self.pilot, "page-line"))
        await self.press(*["pageup"] * steps_back, "r")
        await until(self.pilot, lambda: self.app.screen.query("#dialog-text"))
        await self.press("space")
        await at(self.pilot, "review")
        await until(self.pilot, lambda: "is replaced" in screen_of(self.pilot).said)
        await self.press("escape")
        await at(self.pilot, "scan")

    async def seal(self) -> None:
        """Close the book: what wants mending is told, what does not is sealed."""
        await self.press("d")
        await at(self.pilot, "close_book")
        screen = self.app.screen
        assert isinstance(screen, CloseBookScreen)
        await until(self.pilot, lambda: screen.state == "checked", BOOK_SECONDS)
        assert [finding for finding in screen.findings if finding["blocking"]] == []
        await self.press("g")
        await until(self.pilot, lambda: screen.bag, BOOK_SECONDS)
        await self.press("escape")
        await at(self.pilot, "today")


def sealed_with(root: Root) -> tuple[BookState, int]:
    with Station.open(root, "tester") as station:
        (bag,) = station.catalogue.bags(station.book_id(BOOK))
        return station.book(BOOK).state, int(str(bag["pages"]))


def test_a_small_book_with_a_jam_and_a_page_scanned_again(tmp_path: Path) -> None:
    sheets = ["page 1", "page 2", 'fault = "jam"', "page 3", 'press = "scan"', "page 9"]
    root = loaded(tmp_path, *sheets, expected=3)

    async def steps(pilot: Pilot[None]) -> None:
        hands = Hands(pilot)
        await hands.open_book()
        await hands.scan_stack(3)
        await hands.scan_again(1)
        await hands.seal()
        assert len(hands.faults) == 1

    drive(app_of(root), steps)
    assert kept_pages(root) == numbered(3)
    assert sealed_with(root) == (BookState.SEALED, 3)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_book_of_200_pages_with_five_faults_and_three_pages_scanned_again(tmp_path: Path) -> None:
    sheets: list[str] = []
    for number in range(1, 201):
        sheets.append(f"page {number}")
        if number % 40 == 20:
            sheets.append(f'fault = "{FAULTS[number // 40]}"')
    for number in range(201, 204):
        sheets += ['press = "scan"', f"page {number}"]
    root = loaded(tmp_path, *sheets, expected=200, kiosk="lock_minutes = 0\n")

    async def steps(pilot: Pilot[None]) -> None:
        hands = Hands(pilot)
        await hands.open_book()
        await hands.scan_stack(200)
        assert len(hands.faults) == len(FAULTS)
        for steps_back in (10, 50, 90):
            await hands.scan_again(steps_back)
        await confirm_looks(hands)
        await hands.seal()

    drive(app_of(root), steps)
    assert kept_pages(root) == numbered(200)
    assert sealed_with(root) == (BookState.SEALED, 200)


async def confirm_looks(hands: Hands) -> None:
    """Nothing is left to a command: what a fault left to be looked at is looked at by key."""
    await hands.press("d")
    await at(hands.pilot, "close_book")
    screen = hands.app.screen
    assert isinstance(screen, CloseBookScreen)
    await until(hands.pilot, lambda: screen.state == "checked", BOOK_SECONDS)
    while any(finding["blocking"] for finding in screen.findings):
        await hands.press("enter")
        await at(hands.pilot, "review")
        await until(hands.pilot, lambda: text(hands.pilot, "page-line"))
        await hands.press("o")
        await until(hands.pilot, lambda: "is confirmed" in screen_of(hands.pilot).said)
        await hands.press("escape")
        await at(hands.pilot, "close_book")
        await until(hands.pilot, lambda: screen.state == "checked", BOOK_SECONDS)
    await hands.press("escape")
    await at(hands.pilot, "scan")
