"""Signing in, the first technician, wrong PINs, the idle lock and the way out."""

from __future__ import annotations

import threading
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from station.operators import Role
from station.root import Root
from station.wiring import Station
from tests.ui.kiosks import WAIT_SECONDS, app_of, at, drive, kiosk_of, make, screen_of, sign_in, text, type_in, until
from ui.memory import Place, recall


def test_a_name_and_its_pin_open_todays_list(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot, "Hà")
        await at(pilot, "today")
        operator = kiosk_of(pilot).operator
        assert operator
        assert (operator.name, operator.role) == ("Hà", Role.CHECKER)
        assert "Hà (checker)" in text(pilot, "title")

    drive(app_of(root), steps)


def test_a_wrong_pin_is_refused_and_the_field_is_empty_again(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: getattr(pilot.app.screen, "names", ()))
        await pilot.press(*"9999", "enter")
        await until(pilot, lambda: "4 tries" in screen_of(pilot).said)
        assert pilot.app.screen.query_one("#pin", Input).value == ""
        assert kiosk_of(pilot).operator is None
        await pilot.press("escape", "f5", "f6", "f7")
        assert pilot.app.screen.id == "sign-in"

    drive(app_of(root), steps)


def test_the_first_person_becomes_the_technician(tmp_path: Path) -> None:
    root = make(tmp_path / "station", people=False)

    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: "first technician" in text(pilot, "sign-in-how"))
        await until(pilot, lambda: pilot.app.focused and pilot.app.focused.id == "first-name")
        await type_in(pilot, "Lan")
        await pilot.press("enter", *"1357", "enter", *"1358", "enter")
        await until(pilot, lambda: "differ" in screen_of(pilot).said)
        fields = [pilot.app.screen.query_one(f"#{field}", Input).value for field in ("first-name", "pin", "again")]
        assert fields == ["Lan", "", ""]
        await pilot.press("up", "down", *"1357", "enter", *"1357", "enter")
        await at(pilot, "today")

    drive(app_of(root), steps)
    with Station.open(root) as station:
        (only,) = station.catalogue.operators()
    assert (only.name, only.role) == ("Lan", Role.TECHNICIAN)


def test_only_a_technicians_pin_leaves(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        await pilot.press("ctrl+q", "ctrl+c", "ctrl+p", "escape", "escape")
        assert pilot.app.screen.id == "today"
        await pilot.press("f10")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-names"))
        await until(pilot, lambda: getattr(pilot.app.screen.query_one("#dialog-names"), "option_count", 0))
        await pilot.press(*"2468", "enter")
        await until(pilot, lambda: "PIN is wrong" in text(pilot, "dialog-error"))
        await pilot.press(*"1357", "enter")
        await until(pilot, lambda: not pilot.app.is_running)

    app = app_of(root)
    drive(app, steps)
    assert app.return_code == 0
    assert recall(root) == Place(left=True)


def test_an_answer_to_a_dialog_that_was_taken_away_goes_nowhere(root: Root) -> None:
    go_on = threading.Event()

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        kiosk_of(pilot).reader.ask(lambda _: go_on.wait(WAIT_SECONDS), lambda _: None, lambda _: None)
        await pilot.press("f10")
        dialog = pilot.app.screen
        dialog.query_one("#dialog-names")
        await pilot.press("escape")
        await at(pilot, "today")
        go_on.set()
        await until(pilot, lambda: not kiosk_of(pilot).reader.busy)
        assert dialog not in pilot.app.screen_stack

    app = app_of(root)
    drive(app, steps)
    assert app.return_code != 1


def test_a_pin_that_is_entered_before_the_names_come_counts(root: Root) -> None:
    go_on = threading.Event()

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        kiosk_of(pilot).reader.ask(lambda _: go_on.wait(WAIT_SECONDS), lambda _: None, lambda _: None)
        await pilot.press("f10", *"1357", "enter")
        assert pilot.app.is_running
        go_on.set()
        await until(pilot, lambda: not pilot.app.is_running)

    app = app_of(root)
    drive(app, steps)
    assert app.return_code == 0


def test_the_lock_keeps_what_was_open_and_another_person_begins_at_today(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        await type_in(pilot, "2005")
        await pilot.press("f9")
        await at(pilot, "sign-in")
        assert "locked" in text(pilot, "sign-in-how")
        await pilot.press("escape", "f9")
        assert kiosk_of(pilot).is_locked
        await until(pilot, lambda: getattr(pilot.app.screen, "names", ()))
        await pilot.press(*"2468", "enter")
        await at(pilot, "today")
        assert pilot.app.screen.query_one("#find", Input).value == "2005"

    drive(app_of(root), steps)


def test_a_while_without_a_key_locks(tmp_path: Path) -> None:
    root = make(tmp_path / "station", kiosk="lock_minutes = 0.01")

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await until(pilot, lambda: kiosk_of(pilot).is_locked)

    drive(app_of(root), steps)
