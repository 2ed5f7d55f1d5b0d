"""The kiosk in real terminals with the simulated scanner, from signing in to the sealed book, by keys alone."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from station.model import BookState
from station.root import Root
from station.wiring import Station
from tests.flow import tmuxes, xterms
from tests.flow.tours import BOOK, PAGES, PEOPLE, Desk, do_a_book, lay_out, make_station, words
from tests.flow.xterms import Shown, kiosk_in_xterm

pytestmark = pytest.mark.timeout(420)
needs_tmux = pytest.mark.skipif(bool(tmuxes.missing), reason=f"not installed: {', '.join(tmuxes.missing)}")
needs_xterm = pytest.mark.skipif(bool(xterms.missing), reason=f"not installed: {', '.join(xterms.missing)}")


def sealed(root: Path) -> tuple[BookState, list[list[str]], int]:
    """State, numbers of each page in order, pages in the bag."""
    with Station.open(Root(root), "tester") as station:
        book = station.book_id(BOOK)
        numbers = station.catalogue.numbers_of_pages(book)
        (bag,) = station.catalogue.bags(book)
        on_pages = [[str(one) for one in numbers.get(page.id, [])] for page in station.catalogue.pages(book)]
        return station.book(BOOK).state, on_pages, int(str(bag["pages"]))


DONE = (BookState.SEALED, [[], ["01/2005"], ["02/2005"], ["03/2005"], ["05/2005"], ["06/2005"]], PAGES)


@needs_tmux
def test_a_book_from_signing_in_to_the_seal_in_tmux(tmp_path: Path) -> None:
    root = make_station(tmp_path / "station", picture="blocks")
    stops: list[str] = []
    with lay_out(tmp_path / "sheets") as scanner:
        desk = Desk(root, scanner)
        with tmuxes.kiosk_in_tmux(root, tmp_path, desk.environment) as pane:
            do_a_book(pane, scanner, stops.append)
            pane.press("escape", "escape", "f10")
            pane.read(words("ask.leave"))
            pane.press(PEOPLE["Vi Thị Ví"][1], "enter")
            until_gone(pane)
    assert sealed(root) == DONE
    assert stops[0] == "sign-in"
    assert stops[-1] == "outbox"


def until_gone(pane: tmuxes.Pane) -> None:
    """tmux ends with its last program."""
    end = time.monotonic() + tmuxes.WAIT_SECONDS
    while time.monotonic() < end:
        try:
            pane.run("list-panes")
        except AssertionError:
            return
        time.sleep(0.2)
    raise AssertionError(pane.text)


@needs_xterm
def test_a_book_in_a_terminal_with_pictures_and_the_page_that_was_scanned_is_the_one_on_the_screen(
    tmp_path: Path,
) -> None:
    screen = tmp_path / "screen"
    screen.mkdir()
    root = make_station(tmp_path / "station")
    seen: dict[str, NDArray[np.int16]] = {}
    sheets = {name: tmp_path / "sheets" / f"page-{sheet:03}.jpg" for name, sheet in SHEETS.items()}
    with lay_out(tmp_path / "sheets") as scanner:
        desk = Desk(root, scanner)
        with kiosk_in_xterm(root, screen, desk.environment) as shown:
            do_a_book(shown, scanner, lambda name: seen.update({name: keep(shown, sheets.get(name))}))
    assert sealed(root) == DONE
    for name in sheets:
        likeness = {other: alike(paper_on(seen[name]), sheet) for other, sheet in sheets.items()}
        own = likeness.pop(name)
        assert own > max(LIKE, max(likeness.values()) + APART), (name, own, likeness)
    for name in ("sign-in", "today", "cases"):
        assert not has_paper(seen[name]), name


SHEETS = {"fault": 3, "review": 6, "scan": 7}
"""The sheet whose picture stands on the screen at each stop: the last good one, the one looked at, the last one."""
LIKE, APART = 0.6, 0.15
"""Likeness of a page on the screen with the sheet that lay in the scanner, 0.74 to 0.87 as that lay a little askew, and
how much less it is with another one of the same form: 0.4 to 0.51 by where the lines of the table fall.
"""


def keep(shown: Shown, sheet: Path | None) -> NDArray[np.int16]:
    """The screen at rest, with this sheet on it: its picture comes after its words."""
    return shown.settle(lambda screen: sheet is None or (has_paper(screen) and alike(paper_on(screen), sheet) > LIKE))


def paper(screen: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Where something has the colour of old paper: light, more red than blue."""
    red, blue = screen[..., 0], screen[..., 2]
    return (red > 140) & (red - blue > 20) & (red - blue < 110)


def has_paper(screen: NDArray[np.int16]) -> bool:
    """Whether a page is on the screen: paper over a thirtieth of it, for the window may be half of it."""
    return bool(paper(screen).mean() > 1 / 30)


def paper_on(screen: NDArray[np.int16]) -> NDArray[np.int16]:
    """The rectangle of the page: rows and columns that are paper for the most part."""
    there = paper(screen)
    rows = np.flatnonzero(there.mean(axis=1) > there.mean(axis=1).max() / 2)
    columns = np.flatnonzero(there[rows[0] : rows[-1]].mean(axis=0) > 0.4)
    return screen[rows[0] : rows[-1], columns[0] : columns[-1]]


def alike(shown: NDArray[np.int16], sheet: Path) -> float:
    """How well the middle of a picture fits into the scanned sheet, best of some sizes: 1 is the same picture."""
    image = cv2.cvtColor(shown.astype(np.uint8), cv2.COLOR_RGB2GRAY)
    height, width = image.shape
    middle = image[height // 5 : -height // 5, width // 5 : -width // 5]
    page = cv2.imread(str(sheet), cv2.IMREAD_GRAYSCALE)
    assert page is not None
    sizes = (height / page.shape[0] * scale for scale in np.arange(0.98, 1.10, 0.01))
    return max(
        float(cv2.matchTemplate(cv2.resize(page, None, fx=size, fy=size, interpolation=cv2.INTER_AREA), middle,
                                cv2.TM_CCOEFF_NORMED).max())
        for size in sizes
    )  # fmt: skip
