"""Help on every screen, readiness, and what the technician sees."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import DataTable

from station.root import Root
from station.settings import ScanProfile, Settings, settings_lines
from tests.ui.kiosks import PINS, app_of, at, drive, kiosk_of, sign_in, text, until
from tests.ui.scans import loaded, open_book, word
from ui.screens import ROUTES, is_there
from ui.screens.listing import ListScreen
from ui.words.en import ENGLISH

SCREENS = {"sign-in", *ROUTES} - {"sign_in", "help"}


def table_rows(pilot: Pilot[None]) -> list[list[str]]:
    table = pilot.app.screen.query_one(DataTable)
    return [[str(cell) for cell in table.get_row_at(row)] for row in range(table.row_count)]


async def found(pilot: Pilot[None], screen: str) -> None:
    await at(pilot, screen)
    await until(pilot, lambda: isinstance(pilot.app.screen, ListScreen) and pilot.app.screen.found is not None)


def test_every_screen_that_is_installed_has_its_sentences() -> None:
    assert all(is_there(name) for name in ROUTES)
    assert {f"help.{name}" for name in SCREENS} - set(ENGLISH) == set()


def test_f1_tells_the_keys_of_the_screen_below_and_goes_back(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("f1")
        await at(pilot, "help")
        assert "Type your PIN" in text(pilot, "help-about")
        keys = f"{text(pilot, 'help-keys')}\n{text(pilot, 'help-frame')}"
        assert all(key in keys for key in ("Enter", "↑", "F10"))
        assert not any(key in keys for key in ("Esc", "F5", "F6", "F7", "F9"))
        await pilot.press("f1")
        await at(pilot, "sign-in")
        await open_book(pilot)
        await pilot.press("f1")
        await at(pilot, "help")
        assert "Space Enter PgDn F12" in text(pilot, "help-keys").replace("PAGEDOWN", "PgDn")
        assert "Close book" in text(pilot, "help-keys")
        await pilot.press("f2")
        await until(pilot, lambda: "Đóng quyển" in text(pilot, "help-keys"))
        await pilot.press("escape")
        await at(pilot, "scan")
        await pilot.press("f9")
        await at(pilot, "sign-in")
        await pilot.press("f1", "escape")
        await at(pilot, "sign-in")
        assert kiosk_of(pilot).is_locked

    drive(app_of(root), steps)


def test_readiness_shows_the_worst_first(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1")

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        await pilot.press("f6")
        await found(pilot, "readiness")
        rows = table_rows(pilot)
        states = [row[1] for row in rows]
        assert states == sorted(states, key=["✗ stops work", "● look at it", "✓ good"].index)
        assert {"catalogue", "destination", "room on the disk"} <= {row[0] for row in rows}
        await pilot.press("escape")
        await at(pilot, "today")

    drive(app_of(root), steps)


def test_the_technician_sees_devices_and_settings_behind_a_pin(tmp_path: Path) -> None:
    root = loaded(tmp_path, "page 1")

    async def steps(pilot: Pilot[None]) -> None:
        await sign_in(pilot)
        await at(pilot, "today")
        await pilot.press("f7")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-names"))
        await until(pilot, lambda: getattr(pilot.app.screen.query_one("#dialog-names"), "option_count", 0))
        await pilot.press(*PINS["Lan"], "enter")
        await found(pilot, "technician")
        rows = dict(table_rows(pilot))
        assert rows["station.registry"] == "19441"
        assert rows["kiosk.typing"] == "telex"
        assert "devices" in word(pilot)

    drive(app_of(root), steps)


def test_settings_are_told_by_their_dotted_keys() -> None:
    lines = dict(settings_lines(Settings()))
    assert lines["scan.dpi"] == "300"
    assert lines["sending.window"] == "-"
    assert lines["kiosk.cell"] == "10, 20"


def test_a_password_in_an_address_is_not_told() -> None:
    named = Settings(scan=ScanProfile(device="http://user:word@host:80/x"))
    assert dict(settings_lines(named))["scan.device"] == "http://***@host:80/x"
