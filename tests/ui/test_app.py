"""The app on a real root, driven through Textual's pilot."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.coordinate import Coordinate
from textual.pilot import Pilot
from textual.widgets import Static

from outbox import bagfile
from outbox.errors import Code, Reason
from station.model import Book
from station.root import Root
from station.wiring import Station, create_station
from tests.outbox.bags import make_bag
from ui.app import StationApp, open_app
from ui.tables import BookTable, OutboxTable, StateTable
from ui.words import Language

WAIT_SECONDS = 10.0


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATION_ROOT", "STATION_LANGUAGE", "STATION_OPERATOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    made = Root(tmp_path / "station")
    create_station(made, "19441", None)
    add_book(made, "KS.2005.01", pages_expected=24)
    return made


def add_book(root: Root, text: str, pages_expected: int | None = None) -> None:
    with Station.open(root) as station:
        station.add_book(Book(station.book_id(text), pages_expected=pages_expected))


def rows(table: StateTable) -> list[str]:
    return [" | ".join(str(cell) for cell in table.get_row_at(row)) for row in range(table.row_count)]


def text(app: StationApp, widget: str) -> str:
    return str(app.query_one(f"#{widget}", Static).content)


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait for something that the reading thread brings."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():
            await pilot.pause(0.02)


def drive(app: StationApp, steps: Callable[[Pilot[None]], Awaitable[None]]) -> None:
    async def run() -> None:
        async with app.run_test(size=(100, 30)) as pilot:
            await steps(pilot)

    asyncio.run(run())


def test_shows_books_and_says_when_it_read_them(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        table = app.query_one(BookTable)
        await until(pilot, lambda: table.row_count == 1)
        assert rows(table) == ["19441/KS.2005.01 | ● đang làm | 0 / 24 | 0"]
        assert "Xã Hướng Phùng (19441)" in text(app, "title")
        assert text(app, "books-heading") == "Quyển · 1"
        assert "station pack" in text(app, "outbox-heading")
        assert text(app, "status").startswith("Cập nhật lúc ")

    app = open_app(root)
    drive(app, steps)


def test_new_books_come_by_themselves(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        table = app.query_one(BookTable)
        await until(pilot, lambda: table.row_count == 1)
        add_book(root, "KT.2004.02")
        await until(pilot, lambda: table.row_count == 2)
        assert rows(table)[1] == "19441/KT.2004.02 | ● đang làm | 0 | 0"

    app = StationApp(root, refresh_seconds=0.05)
    drive(app, steps)


def test_a_bag_that_waits_says_why(root: Root, tmp_path: Path) -> None:
    with Station.open(root) as station:
        bag = bagfile.sealed(make_bag(tmp_path))
        station.outbox.enqueue(bag, "province")

    async def steps(pilot: Pilot[None]) -> None:
        table = app.query_one(OutboxTable)
        await until(pilot, lambda: table.row_count == 1)
        assert rows(table) == [f"{bag.bag_id} | ● chờ gửi | 0 % | "]
        with Station.open(root) as station:
            assert station.outbox.note(bag.bag_id, Reason(Code.UNREACHABLE, "sftp.example"))
        await until(pilot, lambda: "sftp.example" in rows(table)[0])

    app = StationApp(root, refresh_seconds=0.05)
    drive(app, steps)


def test_f2_changes_the_language_of_everything(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        table = app.query_one(BookTable)
        await until(pilot, lambda: table.row_count == 1)
        await pilot.press("f2")
        assert rows(table) == ["19441/KS.2005.01 | ● open | 0 / 24 | 0"]
        assert [str(column.label) for column in table.ordered_columns] == ["Book", "State", "Pages", "Cases"]
        assert text(app, "status").startswith("Read at ")
        await pilot.press("f2")
        assert text(app, "keys").startswith("F2 English")

    app = open_app(root)
    drive(app, steps)


def test_only_f10_leaves(root: Root) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("q", "escape", "ctrl+q", "ctrl+c", "ctrl+p")
        assert app.is_running
        assert len(app.screen_stack) == 1
        await pilot.press("f10")

    app = open_app(root)
    drive(app, steps)
    assert app.return_code == 0


def test_a_station_that_goes_away_and_comes_back(root: Root) -> None:
    settings = root.settings.read_text(encoding="utf-8")

    async def steps(pilot: Pilot[None]) -> None:
        table = app.query_one(BookTable)
        await until(pilot, lambda: "✗" in text(app, "status"))
        assert "Chưa có trạm" in text(app, "status")
        root.settings.write_text("nonsense = 1\n", encoding="utf-8")
        await until(pilot, lambda: "nonsense" in text(app, "status"))
        root.settings.write_text(settings, encoding="utf-8")
        await until(pilot, lambda: table.row_count == 1)
        assert not text(app, "status").startswith("✗")

    root.settings.unlink()
    app = StationApp(root, refresh_seconds=0.05)
    drive(app, steps)


def test_the_place_in_the_table_is_kept(root: Root) -> None:
    for volume in range(2, 41):
        add_book(root, f"KS.2005.{volume}")

    async def steps(pilot: Pilot[None]) -> None:
        table = app.query_one(BookTable)
        await until(pilot, lambda: table.row_count == 40)
        table.focus()
        await pilot.press(*["down"] * 20)
        scroll = table.scroll_y
        add_book(root, "KT.2004.02")
        await until(pilot, lambda: table.row_count == 41)
        await pilot.pause()
        assert table.cursor_coordinate == Coordinate(20, 0)
        assert table.scroll_y == scroll

    app = StationApp(root, refresh_seconds=0.05)
    drive(app, steps)


@pytest.mark.parametrize(
    ("setting", "variable", "first"),
    [("both", None, Language.VI), ("vi", None, Language.VI), ("en", None, Language.EN), ("vi", "en", Language.EN)],
)
def test_begins_in_the_language_of_the_station(
    root: Root, monkeypatch: pytest.MonkeyPatch, setting: str, variable: str | None, first: Language
) -> None:
    changed = root.settings.read_text(encoding="utf-8").replace('language = "both"', f'language = "{setting}"')
    root.settings.write_text(changed, encoding="utf-8")
    if variable:
        monkeypatch.setenv("STATION_LANGUAGE", variable)

    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: bool(text(app, "keys")))
        assert ("English" in text(app, "keys")) is (first is Language.VI)

    app = open_app(root)
    drive(app, steps)
