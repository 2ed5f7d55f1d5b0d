"""Kiosks as tests drive them: a real station below, Textual's pilot in place of the operator's hands."""

from __future__ import annotations

import asyncio
import atexit
import json
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Static

from station.model import Book
from station.operators import Role, add_operator
from station.root import Root
from station.settings import load_settings
from station.wiring import Station, create_station
from tests.support import BOOK, REGISTRY
from ui.app import KioskApp
from ui.screens.base import KioskScreen
from ui.words import Language

WAIT_SECONDS = 30.0
SIZE = (120, 40)
PINS = {"Mai": "2468", "Hà": "8642", "Lan": "1357"}
ROLES = {"Mai": Role.OPERATOR, "Hà": Role.CHECKER, "Lan": Role.TECHNICIAN}

Steps = Callable[[Pilot[None]], Awaitable[None]]


def make(path: Path, *, people: bool = True, kiosk: str = "", pages_expected: int | None = 24) -> Root:
    """A station of Hướng Phùng with one book, an operator, a checker and a technician; `kiosk` are its settings."""
    shutil.copytree(_with_people() if people else _empty(), path, dirs_exist_ok=True)
    root = Root(path)
    with root.settings.open("a", encoding="utf-8") as file:
        file.write(f"\n[imaging]\nworkers = 1\n\n[storage]\nmin_free_mb = 0\n\n[kiosk]\n{kiosk}\n")
    add_book(root, BOOK, pages_expected=pages_expected)
    return root


@cache
def _empty() -> Path:
    """A station without books and people, to be copied; made once for each process of tests."""
    path = Path(tempfile.mkdtemp(prefix="kiosk-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    create_station(Root(path), REGISTRY, None)
    return path


@cache
def _with_people() -> Path:
    """The same with the people of `ROLES`: hashing their PINs costs more than all the rest."""
    path = Path(tempfile.mkdtemp(prefix="kiosk-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    shutil.copytree(_empty(), path, dirs_exist_ok=True)
    with Station.open(Root(path), "tester") as station:
        for name, role in ROLES.items():
            add_operator(station.catalogue, name, role, PINS[name], "tester")
    return path


def add_book(root: Root, text: str, **more: int | None) -> None:
    with Station.open(root, "tester") as station:
        station.add_book(Book(station.book_id(text), **more))  # type: ignore[arg-type]  # numbers alone


def app_of(root: Root, language: Language = Language.EN) -> KioskApp:
    return KioskApp(root, load_settings(root.settings), language)


def load_script(folder: Path, sheets: Sequence[str], *, feeder: bool = True, more: str = "") -> str:
    """A scripted scanner with these sheets in it, each the text of an entry; its id as the settings take it."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "script.toml"
    entries = "".join(f"[[sheet]]\n{sheet}\n" for sheet in sheets)
    script.write_text(f"feeder = {str(feeder).lower()}\ndpi = 100\n{more}{entries}", encoding="utf-8")
    return f"device = {json.dumps(f'scripted:{script}')}\n"


def kiosk_of(pilot: Pilot[None]) -> KioskApp:
    assert isinstance(pilot.app, KioskApp)
    return pilot.app


def screen_of(pilot: Pilot[None]) -> KioskScreen:
    screen = pilot.app.screen
    assert isinstance(screen, KioskScreen), screen
    return screen


def text(pilot: Pilot[None], widget: str) -> str:
    """What a line of the screen on top says."""
    return str(pilot.app.screen.query_one(f"#{widget}", Static).content)


async def until(pilot: Pilot[None], condition: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
    """Wait for something that a thread brings."""
    async with asyncio.timeout(seconds):
        while not condition():
            await pilot.pause(0.02)


async def type_in(pilot: Pilot[None], words: str) -> None:
    """As a keyboard or a barcode reader does."""
    await pilot.press(*("space" if letter == " " else letter for letter in words))


async def sign_in(pilot: Pilot[None], name: str = "Mai") -> None:
    """Choose a name and type its PIN."""
    app = kiosk_of(pilot)
    await until(pilot, lambda: name in getattr(app.screen, "names", ()))
    steps = getattr(app.screen, "names").index(name)  # noqa: B009 - the screen of signing in
    await pilot.press(*["down"] * steps, *PINS[name], "enter")
    await until(pilot, lambda: not app.is_locked)


async def at(pilot: Pilot[None], screen: str) -> None:
    """Wait until this screen is on top and hears the keys that it does not take in haste."""
    await until(pilot, lambda: pilot.app.screen.id == screen and getattr(pilot.app.screen, "takes_keys", True))
    await pilot.pause()


def drive(app: KioskApp, steps: Steps, size: tuple[int, int] = SIZE) -> None:
    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await steps(pilot)

    asyncio.run(run())
