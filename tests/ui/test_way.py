"""The way from screen to screen: no screen stands there twice, locks keep what is open, and nothing crashes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import Input, Static

from station.operators import Operator, Role
from station.root import Root
from tests.support import BOOK
from tests.ui.kiosks import (
    PINS,
    SIZE,
    WAIT_SECONDS,
    add_book,
    app_of,
    at,
    drive,
    kiosk_of,
    make,
    screen_of,
    sign_in,
    text,
    type_in,
    until,
)
from tests.ui.scans import loaded, open_book, ready, scanning
from ui.app import KioskApp
from ui.memory import Place, remember
from ui.screens import base
from ui.screens.base import KioskScreen
from ui.widgets.dialogs import Choice, Dialog, TextDialog
from ui.widgets.keybar import KeyBar, KeyButton
from ui.words import Language, say

OTHER = "19441/KS.2005.02"


def screens(app: KioskApp) -> list[str | None]:
    return [screen.id for screen in app.screen_stack][1:]


async def unlock(pilot: Pilot[None], name: str = "Mai") -> None:
    await at(pilot, "sign-in")
    await sign_in(pilot, name)


async def with_pin(pilot: Pilot[None], name: str) -> None:
    """Answer a question for somebody's PIN; the first name is theirs."""
    await until(pilot, lambda: pilot.app.screen.query("#dialog-names"))
    await until(pilot, lambda: getattr(pilot.app.screen.query_one("#dialog-names"), "option_count", 0))
    await pilot.press(*PINS[name], "enter")


def test_a_lock_over_a_question_keeps_the_question(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        app = kiosk_of(pilot)
        await open_book(pilot)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        await pilot.press("f9")
        await unlock(pilot)
        assert isinstance(app.screen, TextDialog)
        await pilot.press("escape")
        await at(pilot, "scan")
        assert screens(app) == ["today", "scan"]

    drive(app_of(root), steps)


def test_another_person_begins_at_today_also_when_a_question_was_open(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        app = kiosk_of(pilot)
        await open_book(pilot)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        await pilot.press("f9")
        await unlock(pilot, "Hà")
        await at(pilot, "today")
        assert screens(app) == ["today"]

    drive(app_of(root), steps)


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (["x", "d", "x"], ["today", "scan", "review"]),
        (["c", "d", "c"], ["today", "scan", "cases"]),
        (["f5", "f6", "f5"], ["today", "scan", "outbox"]),
        (["f1", "f5", "f1"], ["today", "scan", "outbox", "help"]),
    ],
)
def test_a_screen_that_is_there_already_is_gone_back_to(tmp_path: Path, keys: list[str], left: list[str]) -> None:
    root = loaded(tmp_path, "page 1")

    async def steps(pilot: Pilot[None]) -> None:
        app = kiosk_of(pilot)
        await open_book(pilot)
        await pilot.press("space")
        await ready(pilot, 1)
        for key in keys:
            before = app.screen
            await until(pilot, lambda: not app.scanner.clerk.busy)
            await pilot.press(key)
            await until(pilot, lambda before=before: app.screen is not before)  # type: ignore[misc]
        assert screens(app) == left

    drive(app_of(root), steps)


def test_two_answers_that_open_a_book_open_it_once(root: Root) -> None:
    add_book(root, OTHER)

    async def steps(pilot: Pilot[None]) -> None:
        app = kiosk_of(pilot)
        await sign_in(pilot)
        await at(pilot, "today")
        app.go("scan", book=OTHER)
        app.go("scan", book=OTHER)
        await at(pilot, "scan")
        app.go("review", book=OTHER)
        app.go("scan", book=BOOK)
        await until(pilot, lambda: app.screen.id == "scan" and scanning(pilot).book == BOOK)
        assert screens(app) == ["today", "scan"]

    drive(app_of(root), steps)


def test_a_pin_leads_to_the_screen_that_is_there_already(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        app = kiosk_of(pilot)
        await sign_in(pilot)
        await at(pilot, "today")
        await pilot.press("f7")
        await with_pin(pilot, "Lan")
        await at(pilot, "technician")
        await pilot.press("f5")
        await at(pilot, "outbox")
        await pilot.press("f7")
        await at(pilot, "technician")
        assert screens(app) == ["today", "technician"]

    drive(app_of(root), steps)


def test_a_right_pin_for_a_question_does_not_unlock(root: Root) -> None:
    go_on = threading.Event()

    async def steps(pilot: Pilot[None]) -> None:
        app = kiosk_of(pilot)
        await sign_in(pilot)
        await at(pilot, "today")
        await pilot.press("f7")
        await until(pilot, lambda: getattr(app.screen.query_one("#dialog-names"), "option_count", 0))
        app.desk.ask(lambda _: go_on.wait(WAIT_SECONDS), lambda _: None, lambda _: None)
        await pilot.press(*PINS["Lan"], "enter", "f9")
        await at(pilot, "sign-in")
        go_on.set()
        await until(pilot, lambda: not app.desk.busy)
        await pilot.pause()
        assert app.screen.id == "sign-in"

    drive(app_of(root), steps)


def test_what_comes_while_it_is_locked_waits_for_the_pin(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        app = kiosk_of(pilot)
        await sign_in(pilot)
        await at(pilot, "today")
        await pilot.press("f9")
        await at(pilot, "sign-in")
        app.go("scan", book=BOOK)
        await pilot.pause()
        assert app.screen.id == "sign-in"
        await unlock(pilot)
        await at(pilot, "scan")

    drive(app_of(root), steps)


def test_letters_are_keys_with_caps_lock_too(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        app = kiosk_of(pilot)
        await open_book(pilot)
        await pilot.press("X")
        await at(pilot, "review")
        await pilot.press("escape")
        answers: list[str | None] = []
        app.push_screen(Choice("", [("y", "", "yes")]), answers.append)
        await pilot.press("Y")
        await until(pilot, lambda: answers)
        assert answers == ["yes"]

    drive(app_of(root), steps)


def test_changed_letters_are_keys_with_caps_lock_too(tmp_path: Path) -> None:
    root = make(tmp_path / "station", kiosk='[kiosk.keys]\nreview = ["v"]\n')

    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("V")
        await at(pilot, "review")
        await pilot.press("f1")
        await at(pilot, "help")

    drive(app_of(root), steps)


@pytest.mark.parametrize("size", [SIZE, (80, 24)])
def test_a_question_stands_beside_the_picture(root: Root, size: tuple[int, int]) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        below = screen_of(pilot)
        pane = below.query_one("#picture").region
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, Dialog) and pilot.app.screen.query("#dialog"))
        await pilot.pause()
        box = pilot.app.screen.query_one("#dialog").region
        assert box.width > 20
        assert not box.overlaps(pane)
        assert (box.right, box.bottom <= size[1]) == (size[0], True)

    drive(app_of(root), steps, size)


def test_a_question_speaks_the_language_that_is_chosen_and_names_its_keys(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        below = screen_of(pilot)
        below.say(say("leave-refused"))
        await pilot.press("f10")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-names"))

        def words() -> str:
            return " ".join(str(one.content) for one in pilot.app.screen.query(Static))

        assert "technician's PIN" in text(pilot, "dialog-text")
        assert "Enter" in words()
        assert "Esc" in words()
        assert [key.action for key in below.query(KeyButton) if key.visible] == ["language", "lock"]
        await pilot.press("f2")
        assert text(pilot, "dialog-text") == "Thoát khỏi màn hình này cần mã PIN của kỹ thuật viên."
        assert "Never mind" not in words()
        assert below.said == say("leave-refused") != "A scan is running. Stop it before leaving."
        await pilot.press("escape")
        await at(pilot, "scan")
        await until(pilot, lambda: not below.query_one(KeyBar).has_class("resting"))

    drive(app_of(root), steps)


def test_a_second_enter_takes_away_no_second_screen(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        app = kiosk_of(pilot)
        await open_book(pilot)
        dialog = TextDialog("", "5")
        app.push_screen(dialog)
        await until(pilot, lambda: dialog.query(Input))
        dialog.dismiss("5")
        dialog.dismiss("5")
        await at(pilot, "scan")
        assert screens(app) == ["today", "scan"]

    drive(app_of(root), steps)


def test_a_sentence_goes_with_the_next_key_and_with_leaving(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await open_book(pilot)
        await pilot.press("escape")
        await at(pilot, "today")
        today = screen_of(pilot)
        today.say("something")
        await pilot.press("down")
        assert today.said == "something"
        monkeypatch.setattr(base, "SENTENCE_SECONDS", 0.0)
        await pilot.press("f4")
        assert today.said != ""
        await pilot.press("down")
        assert today.said == ""
        today.say("something")
        await pilot.press("enter")
        await at(pilot, "scan")
        assert today.said == ""

    drive(app_of(root), steps)


MOVES = st.one_of(
    st.sampled_from(["f1", "f5", "f6", "f9", "f10", "escape", "x", "X", "c", "d", "n", "i", "enter", "f2", "f3"]),
    st.tuples(st.sampled_from(["scan", "review", "cases", "index", "close_book"]), st.sampled_from([BOOK, OTHER])),
    st.sampled_from(["ask", "unlock", "unlock Hà", "home"]),
)


async def move(pilot: Pilot[None], step: str | tuple[str, str]) -> None:
    app = kiosk_of(pilot)
    if isinstance(step, tuple):
        app.go(step[0], book=step[1])
    elif step == "ask":
        app.push_screen(Choice("", [("y", "", "yes")]))
    elif step == "home":
        if not app.is_locked:
            app.go_home()
    elif step.startswith("unlock"):
        if app.is_locked:
            app.sign_in(Operator("Hà" if "Hà" in step else "Mai", Role.CHECKER, "", ""))
    else:
        await pilot.press(step)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(MOVES, min_size=5, max_size=25))
def test_no_way_from_screen_to_screen_crashes(root: Root, moves: list[str | tuple[str, str]]) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        app = kiosk_of(pilot)
        await sign_in(pilot)
        await at(pilot, "today")
        for step in moves:
            await move(pilot, step)
            names = [screen.id for screen in app.screen_stack if isinstance(screen, KioskScreen)]
            assert len(names) == len(set(names))
            assert names[0] == "today"
        await pilot.pause()
        await move(pilot, "unlock")
        await until(pilot, lambda: not app.is_locked)
        app.go_home()
        await at(pilot, "today")
        await type_in(pilot, "2005")
        assert app.screen.query_one("#find", Input).value.endswith("2005")

    with_other(root)
    remember(root, Place(left=True))
    drive(app_of(root, Language.EN), steps)


def with_other(root: Root) -> None:
    from station.wiring import Station

    with Station.open(root, "tester") as station:
        known = [str(book.id) for book in station.catalogue.books()]
    if OTHER not in known:
        add_book(root, OTHER)
