"""A book done at the kiosk in a real terminal, from signing in to the seal, by keys alone.

The test of the terminal and the pictures of the documents go the same way; `stop` is called with a name wherever there
is something to look at. Every name and every entry is invented.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from drivers.simulator.faults import Fault, FaultKind
from drivers.simulator.process import SimulatedScanner
from station.demo.pages import draw_pages
from station.model import Book
from station.operators import Role, add_operator
from station.root import Root
from station.wiring import Station, create_station
from ui.typing.patience import DEAD_SECONDS, READING_SECONDS
from ui.words.vi import VIETNAMESE

REGISTRY, BOOK = "19441", "19441/KS.2005.01"
BOOKS = (BOOK, "19441/KS.2005.02", "19441/KH.2006.01", "19441/KT.2004.01")
PEOPLE = {
    "Bùi Thị Mẫu": (Role.OPERATOR, "2468"),
    "Lò Văn Thử": (Role.CHECKER, "8642"),
    "Vi Thị Ví": (Role.TECHNICIAN, "1357"),
}
PAGES = 6
"""A cover and five cases: numbers 1, 2, 3, 5 and 6. Number 4 was cancelled and has no page."""
JAM_AT = 3
SETTINGS = """
[imaging]
workers = 1

[storage]
min_free_mb = 0

[kiosk]
covers = 1
lock_minutes = 0
sound = false
picture = "{picture}"
picture_colours = "{colours}"
"""


class Terminal(Protocol):
    """A terminal with the kiosk in it, and somebody before it."""

    def press(self, *keys: str) -> None: ...

    def read(self, *words: str) -> None: ...

    def settle(self) -> object: ...


@dataclass(frozen=True)
class Desk:
    """A station with its scanner, in which a small book lies that jams on the way."""

    root: Path
    scanner: SimulatedScanner

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STATION_", "SANE_"))}
        return kept | self.scanner.environment


def lay_out(folder: Path) -> SimulatedScanner:
    """The simulated scanner with the book in its feeder; not started."""
    files = draw_pages(folder, pages=PAGES + 1, seed=2005)
    files[4].unlink()
    return SimulatedScanner(folder, faults=[Fault(JAM_AT, FaultKind.JAM)], name="Demo")


def make_station(path: Path, *, picture: str = "sixel", colours: str = "256") -> Path:
    """A station with people and books, whose kiosk shows pictures in this way."""
    root = Root(path)
    create_station(root, REGISTRY, None)
    with root.settings.open("a", encoding="utf-8") as file:
        file.write(SETTINGS.format(picture=picture, colours=colours))
    with Station.open(root, "tester") as station:
        for text in BOOKS:
            station.add_book(_book(station, text))
        for name, (role, pin) in PEOPLE.items():
            add_operator(station.catalogue, name, role, pin, "tester")
    return path


def _book(station: Station, text: str) -> Book:
    return Book(station.book_id(text), pages_expected=PAGES if text == BOOK else 120, shelf="Tủ 2, ngăn 3")


def words(key: str, /, **values: object) -> str:
    """A sentence of the screen, up to what is not known beforehand."""
    return VIETNAMESE[key].format(**values)


def do_a_book(shown: Terminal, scanner: SimulatedScanner, stop: Callable[[str], None]) -> None:
    """Sign in, scan, clear a jam, put numbers right, explain the one that has no page, seal."""
    _begin(shown, stop)
    _scan(shown, scanner, stop)
    _put_right(shown, stop)
    _close(shown, stop)


def _begin(shown: Terminal, stop: Callable[[str], None]) -> None:
    names = list(PEOPLE)
    shown.read(names[0])
    stop("sign-in")
    shown.press(PEOPLE[names[0]][1], "enter")
    shown.read("KT.2004.01")
    stop("today")
    shown.press(*"ks.2005.01")
    shown.read(words("today.rows", first=1, last=1, total=1))
    shown.press("enter")
    shown.read(words("band.ready-cover", key="Space"))


def _scan(shown: Terminal, scanner: SimulatedScanner, stop: Callable[[str], None]) -> None:
    shown.press("g", "g")
    shown.read(words("scan.source-set", source=words("source.adf")))
    time.sleep(DEAD_SECONDS)
    shown.press("space")
    shown.read(words("fault.title"))
    stop("fault")
    time.sleep(READING_SECONDS)
    scanner.refill(JAM_AT)
    shown.press("space")
    shown.read(words("band.ready", key="Space"))
    time.sleep(2 * DEAD_SECONDS)
    shown.press("space")
    shown.read(words("ask.last-page-yes"))
    stop("last-page")
    shown.press("y")
    shown.read("✓ Lần này 3 trang")
    shown.settle()
    stop("scan")


def _put_right(shown: Terminal, stop: Callable[[str], None]) -> None:
    shown.press("x")
    shown.read(f"Trang {PAGES} / {PAGES}")
    shown.press("pageup")
    shown.read(f"Trang {PAGES - 1} / {PAGES}")
    shown.press("e")
    shown.read(words("ask.renumber", order=PAGES - 1).split(",", maxsplit=1)[0])
    shown.press(*["backspace"] * 7, "5", "enter")
    shown.read("✓ Đã đánh số lại")
    shown.settle()
    stop("review")
    shown.press("escape")
    shown.read(words("band.ready", key="Space"))
    shown.press("c")
    shown.read(words("cases.title", book=BOOK), words("stands.gap"))
    stop("cases")
    shown.press("escape")
    shown.read(words("band.ready", key="Space"))


def _close(shown: Terminal, stop: Callable[[str], None]) -> None:
    shown.press("d")
    shown.read(words("band.incomplete", count=1))
    stop("close")
    shown.press("enter")
    shown.read(words("ask.missing", number="04/2005"))
    shown.press("1")
    shown.read("Nhấn G để đóng gói")
    shown.press("g")
    shown.read(words("band.packed", cases=5, pages=PAGES))
    stop("sealed")
    shown.press("f5")
    shown.read(words("band.outbox-no-destination"))
    stop("outbox")
