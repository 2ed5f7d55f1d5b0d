"""Every screen as it is drawn, letter by letter: in both languages, in three sizes, on a small terminal too.

One file a screen in `snapshots/`. After a change that is wanted run this file with `UPDATE_SNAPSHOTS=1` in the
environment and look at what `git diff` shows.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.pilot import Pilot

from drivers.faults import FaultKind
from drivers.interface import DeviceInfo
from station.devices.here import DeviceReport
from station.devices.readiness import Examined
from station.root import Root
from station.wiring import Station
from tests.support import BOOK, draw_pages, folder_destination, succeed
from tests.ui.kiosks import WAIT_SECONDS, add_book, app_of, at, drive, kiosk_of, make, sign_in, until
from ui.scan_report import ScanReport
from ui.screens.base import KioskScreen
from ui.screens.listing import ListScreen
from ui.screens.technician import Shown
from ui.themes import THEMES
from ui.words import Language

FOLDER = Path(__file__).parent / "snapshots"
UPDATE = bool(os.environ.get("UPDATE_SNAPSHOTS"))
SEALED = "19441/KS.2004.01"
NORMAL, SMALL = (120, 36), (80, 24)
_MASKS = (
    (re.compile(r"\d\d/\d\d/\d{4}"), "20/03/2025"),
    (re.compile(r"\b\d\d:\d\d\b"), "14:05"),
    (re.compile(r"[\d.,]+ GB"), "99 GB"),
    (re.compile(r"_[0-9a-f]{8}\b"), "_12345678"),
    (re.compile(r"[\d.,]+ kB"), "99 kB"),
    (re.compile("▀"), "#"),
)
"""What differs from run to run, and the half-blocks of pictures."""

Reach = Callable[[Pilot[None]], Awaitable[None]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with a book in which a number is missing, one that is sealed, and two that nobody has begun."""
    folder = tmp_path_factory.mktemp("made")
    path = folder / "station"
    root = make(path, kiosk="lock_minutes = 0\n")
    with root.settings.open("a", encoding="utf-8") as file:
        file.write(folder_destination(folder / "share"))
    for book in ("19441/KH.2006.01", "19441/KT.2004.01"):
        add_book(root, book, pages_expected=120)
    pages = [str(page) for page in draw_pages(folder / "pages", 4)]
    succeed(path, "ingest", BOOK, *pages[:2], "--number", "1")
    succeed(path, "ingest", BOOK, pages[2], "--number", "4")
    add_book(root, SEALED, pages_expected=1)
    succeed(path, "ingest", SEALED, pages[3], "--number", "1")
    succeed(path, "pack", SEALED)
    return path


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Root:
    return Root(Path(shutil.copytree(made, tmp_path / "station")))


def lines_of(pilot: Pilot[None]) -> str:
    """The letters on the terminal, without colours."""
    strips = pilot.app.screen._compositor.render_strips()
    text = "\n".join(strip.text.rstrip() for strip in strips)
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


async def settled(pilot: Pilot[None]) -> str:
    """The same, once nothing changes any more: no clerk has work, no picture is under way."""
    seen, same = "", 0
    app = kiosk_of(pilot)
    async with asyncio.timeout(WAIT_SECONDS):
        while same < 4:
            await pilot.pause(0.05)
            now = lines_of(pilot)
            busy = any(clerk.busy for clerk in (app.reader, app.desk, app.scanner.clerk))
            same = same + 1 if now == seen and not busy else 0
            seen = now
    return seen


async def _sign_in(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: getattr(pilot.app.screen, "names", ()))


async def _today(pilot: Pilot[None]) -> None:
    await sign_in(pilot)
    await at(pilot, "today")
    await until(pilot, lambda: getattr(pilot.app.screen, "rows", ()))


def _of_book(name: str, is_read: Callable[[KioskScreen], object]) -> Reach:
    async def reach(pilot: Pilot[None]) -> None:
        await _today(pilot)
        kiosk_of(pilot).go(name, book=BOOK)
        await at(pilot, name)
        await until(pilot, lambda: is_read(kiosk_of(pilot).screen))  # type: ignore[arg-type]

    return reach


async def _fault(pilot: Pilot[None]) -> None:
    await _today(pilot)
    app = kiosk_of(pilot)
    with Station.open(app.root, "tester") as station:
        book = station.book_id(BOOK)
        last = station.catalogue.pages(book)[-1]
        numbers = tuple(station.catalogue.numbers_of_pages(book)[last.id])
    report = ScanReport(book, 3, FaultKind.JAM, sheets_fed=4, last=last, last_numbers=numbers)
    app.go("fault", report=report)
    await at(pilot, "fault")


def _list(name: str, found: object) -> Reach:
    """A list that would tell of this machine; it shows another one."""

    async def reach(pilot: Pilot[None]) -> None:
        await sign_in(pilot, "Lan")
        await at(pilot, "today")
        kiosk_of(pilot).go(name)
        await at(pilot, name)
        screen = kiosk_of(pilot).screen
        assert isinstance(screen, ListScreen)
        await until(pilot, lambda: screen.found is not None)
        screen._show(found)

    return reach


async def _help(pilot: Pilot[None]) -> None:
    await _of_book("scan", lambda screen: getattr(screen, "standing", None))(pilot)
    await pilot.press("f1")
    await at(pilot, "help")


async def _outbox(pilot: Pilot[None]) -> None:
    await _today(pilot)
    await pilot.press("f5")
    await at(pilot, "outbox")


READINESS = [
    Examined("disk", "look", "12 GB"),
    Examined("driver", "ok", "libsane 1.2.1"),
    Examined("device", "stop", "airscan:e0:Demo"),
]
TECHNICIAN = Shown(
    "/var/lib/scan-station/station.toml",
    [DeviceReport(DeviceInfo("airscan:e0:Demo", "sane", "Demo", "eSCL"))],
    [("kiosk.covers", "1"), ("kiosk.lock_minutes", "10.0")],
)
SCREENS: dict[str, Reach] = {
    "sign-in": _sign_in,
    "today": _today,
    "scan": _of_book("scan", lambda screen: getattr(screen, "standing", None)),
    "fault": _fault,
    "review": _of_book("review", lambda screen: getattr(screen, "seen", None)),
    "cases": _of_book("cases", lambda screen: getattr(screen, "lines", None)),
    "index": _of_book("index", lambda _: True),
    "close_book": _of_book("close_book", lambda screen: getattr(screen, "state", "") == "checked"),
    "outbox": _outbox,
    "readiness": _list("readiness", READINESS),
    "technician": _list("technician", TECHNICIAN),
    "help": _help,
}


@dataclass
class Looks:
    """What a screen looks like, by language and size."""

    pilot: Pilot[None]
    seen: dict[str, str]

    async def keep(self, name: str) -> None:
        self.seen[name] = await settled(self.pilot)


async def look_at(pilot: Pilot[None], reach: Reach) -> dict[str, str]:
    """Reach a screen in Vietnamese, then change language, size and terminal under it by the keys for that."""
    await reach(pilot)
    looks = Looks(pilot, {})
    await looks.keep("vi normal")
    await pilot.press("f2")
    await looks.keep("en normal")
    await pilot.press("f2", "f3")
    await looks.keep("vi large")
    await pilot.press("f3")
    await looks.keep("vi small")
    await pilot.resize_terminal(*SMALL)
    await looks.keep("vi small 80x24")
    await pilot.press("f2")
    await looks.keep("en small 80x24")
    return looks.seen


@pytest.mark.parametrize("name", SCREENS)
def test_screen_looks_as_it_did(name: str, root: Root) -> None:
    seen: dict[str, str] = {}

    async def steps(pilot: Pilot[None]) -> None:
        seen.update(await look_at(pilot, SCREENS[name]))

    drive(app_of(root, Language.VI), steps, NORMAL)
    now = "\n".join(f"==== {look} ====\n{text}" for look, text in seen.items()) + "\n"
    file = FOLDER / f"{name}.txt"
    if UPDATE:
        FOLDER.mkdir(exist_ok=True)
        file.write_text(now, encoding="utf-8")
    assert now == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SCREENS)
def test_no_button_is_outside_of_a_small_terminal(name: str) -> None:
    """The last button of the frame, behind all others, stands whole on each."""
    looks = dict(re.findall(r"==== (.+?) ====\n(.*?)(?=\n====|\Z)", (FOLDER / f"{name}.txt").read_text(), re.DOTALL))
    last = {"sign-in": ("Thoát", "Leave"), "today": ("Thoát", "Leave"), "help": ("Tương phản", "Contrast")}
    vietnamese, english = last.get(name, ("Khóa", "Lock"))
    for look, text in looks.items():
        bottom = "\n".join(text.splitlines()[-8:])
        assert (vietnamese if look.startswith("vi") else english) in bottom, look


@pytest.mark.parametrize("theme", THEMES)
def test_letters_stand_out_from_what_is_behind_them(theme: str) -> None:
    """By the rule of WCAG 2.1 for contrast: 4.5 to 1 for all, 7 to 1 where somebody asked for more."""
    wanted = 7.0 if theme == "high" else 4.5
    colours = THEMES[theme]
    behind = [colours.background, colours.surface, colours.panel]
    letters = [colours.foreground, colours.accent]
    assert min(contrast(letter, ground) for letter in letters for ground in behind if ground and letter) >= wanted
    bands = [colours.success, colours.warning, colours.error]
    assert min(contrast("#000000", band) for band in bands if band) >= wanted - 0.2


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
