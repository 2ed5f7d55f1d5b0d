"""Typing cases: order of the fields, what is refused at once, what is kept, and two people who disagree."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap

from textual.events import Key
from textual.pilot import Pilot

from station.indexing.entries import Side
from station.naming import CaseNumber
from station.root import Root
from station.wiring import Station
from tests.station.desks import add_cases, desk_of
from tests.support import BOOK
from tests.ui.kiosks import PINS, app_of, at, drive, make, screen_of, text, type_in, until
from tests.ui.scans import open_book
from tests.ui.terminals import terminal, wait
from ui.memory import recall
from ui.screens.index import FieldInput, IndexScreen, hint_words
from ui.widgets.line import Line


def number(value: int) -> CaseNumber:
    return CaseNumber(2005, value)


def with_cases(root: Root, count: int) -> None:
    with Station.open(root, "tester") as station:
        add_cases(station, station.book_id(BOOK), [number(value + 1) for value in range(count)])


def indexing(pilot: Pilot[None]) -> IndexScreen:
    screen = pilot.app.screen
    assert isinstance(screen, IndexScreen), screen
    return screen


async def shows(pilot: Pilot[None], value: int, side: Side = Side.FIRST) -> None:
    """Until this case is on the screen with the cursor in its first field."""

    def holds() -> bool:
        screen = pilot.app.screen
        card = screen.card if isinstance(screen, IndexScreen) else None
        return bool(card and card.number == number(value) and card.side is side)

    await until(pilot, holds)
    await until(pilot, lambda: pilot.app.focused in indexing(pilot).inputs[:1])


async def open_index(pilot: Pilot[None]) -> None:
    await open_book(pilot)
    await pilot.press("i")
    await at(pilot, "index")


async def into(pilot: Pilot[None], name: str) -> FieldInput:
    """Go to a field by the key for the next one."""
    for _ in indexing(pilot).inputs:
        here = pilot.app.focused
        if isinstance(here, FieldInput) and here.field.name == name:
            return here
        await pilot.press("enter")
    raise AssertionError(name)


def typed(root: Root, value: int, operator: str = "looker") -> dict[str, str]:
    with Station.open(root) as station:
        desk = desk_of(station, operator, BOOK)
        return {name: state.value for name, state in desk.states(desk.case(number(value))).items()}


def test_the_fields_come_in_the_order_of_the_columns_and_are_kept_on_going_on(root: Root) -> None:
    with_cases(root, 2)

    async def steps(pilot: Pilot[None]) -> None:
        await open_index(pilot)
        await shows(pilot, 1)
        card = indexing(pilot).card
        assert card
        assert [one.field.name for one in indexing(pilot).inputs] == [field.name for field in card.fields]
        await into(pilot, "nksHoTen")
        await type_in(pilot, "Leef Thij Hoa")
        await pilot.press("pagedown")
        await shows(pilot, 2)
        assert {one.value for one in indexing(pilot).inputs} == {""}
        await pilot.press("pageup")
        await shows(pilot, 1)
        assert (await into(pilot, "nksHoTen")).value == "Lề Thị Hoa"
        await pilot.press("escape")
        await at(pilot, "scan")

    drive(app_of(root), steps)
    assert typed(root, 1) == {"nksHoTen": "Lề Thị Hoa"}


def test_what_a_field_does_not_take_is_said_as_it_is_typed_and_not_kept(root: Root) -> None:
    with_cases(root, 1)

    async def steps(pilot: Pilot[None]) -> None:
        await open_index(pilot)
        await shows(pilot, 1)
        field = await into(pilot, "ngayDangKy")
        await type_in(pilot, "31.02.2005")
        await until(pilot, lambda: field.has_class("wrong"))
        assert text(pilot, "field-hint").startswith("✗ Registered on: not a date")
        await pilot.press("enter")
        await until(pilot, lambda: "Registered on: not a date" in screen_of(pilot).said)
        assert label_of(pilot, field).startswith("✗ Registered on")
        assert pilot.app.focused is not field
        await pilot.press("up")
        await until(pilot, lambda: text(pilot, "field-hint").startswith("✗ Registered on: not a date"))
        await pilot.press("escape")
        await until(pilot, lambda: screen_of(pilot).said.startswith("✗ NOT kept: Registered on (0"))
        assert indexing(pilot).inputs
        await pilot.press(*["backspace"] * 10, *"1.3.2005", "escape")
        await at(pilot, "scan")

    drive(app_of(root), steps)
    assert typed(root, 1) == {"ngayDangKy": "01.03.2005"}


def label_of(pilot: Pilot[None], field: FieldInput) -> str:
    labels = list(indexing(pilot).query(".field-word").results(Line))
    return str(labels[indexing(pilot).inputs.index(field)].content)


def test_leaving_with_a_refused_field_keeps_the_others_and_says_which_is_not_kept(root: Root) -> None:
    with_cases(root, 1)

    async def steps(pilot: Pilot[None]) -> None:
        await open_index(pilot)
        await shows(pilot, 1)
        await into(pilot, "nksHoTen")
        await type_in(pilot, "Leef Thij Hoa")
        await into(pilot, "ngayDangKy")
        await type_in(pilot, "31.02.2005")
        await pilot.press("escape")
        await until(pilot, lambda: screen_of(pilot).said.startswith("✗ NOT kept: Registered on (1 "))
        assert typed(root, 1) == {"nksHoTen": "Lề Thị Hoa"}
        await pilot.press("escape")
        await at(pilot, "scan")

    drive(app_of(root), steps)
    assert typed(root, 1) == {"nksHoTen": "Lề Thị Hoa"}


def send(pilot: Pilot[None], keys: list[str]) -> None:
    """All keys at once, as they come out of a terminal in one piece."""
    driver = pilot.app._driver
    assert driver
    for key in keys:
        name = {".": "full_stop", " ": "space"}.get(key, key)
        driver.send_message(Key(name, key if len(key) == 1 else {"enter": "\r"}.get(key)))


def test_a_burst_lands_field_by_field_and_case_by_case(root: Root) -> None:
    with_cases(root, 2)

    async def steps(pilot: Pilot[None]) -> None:
        await open_index(pilot)
        await shows(pilot, 1)
        names = [one.field.name for one in indexing(pilot).inputs]
        date = names.index("ngayDangKy")
        first = ["enter"] * date + [*"2.2.2005", "enter"]
        send(pilot, [*first, "pagedown", *(["enter"] * date), *"3.2.2005", "enter", "pageup"])
        await shows(pilot, 1)
        await until(pilot, lambda: indexing(pilot).inputs[date].value == "02.02.2005")
        await until(pilot, lambda: not indexing(pilot).holds_keys)

    drive(app_of(root), steps)
    assert [typed(root, value) for value in (1, 2)] == [{"ngayDangKy": "02.02.2005"}, {"ngayDangKy": "03.02.2005"}]


def test_a_burst_of_a_terminal_lands_field_by_field(tmp_path: Path) -> None:
    root = make(tmp_path / "station")
    with_cases(root, 1)
    with terminal(root) as shown:
        shown.wait_for("Mai")
        shown.settle()
        shown.press(PINS["Mai"] + "\r")
        shown.wait_for("1–1")
        shown.settle()
        shown.press("\r")
        wait(lambda: recall(root).book == BOOK)
        shown.settle()
        shown.press("i")
        shown.wait_for("Typing")
        shown.settle()
        shown.press("5\r2.2.2005\r1\rXa Hai\rBa\rBon\r\x1b[6~")
        shown.wait_for("kept")
    kept = typed(root, 1)
    with Station.open(root) as station:
        fields = [field.name for field in desk_of(station, "looker", BOOK).fields().values() if field.typed]
    wanted = ["5", "02.02.2005", "1", "Xa Hai", "Ba", "Bon"]
    assert [kept.get(name) for name in fields[: len(wanted)]] == wanted


def test_codes_fit_below_what_is_said_first_and_dots_tell_of_the_rest() -> None:
    codes = [f"{code} = word" for code in range(30)]
    text = hint_words("✗ no such code", codes, 40, 4)
    assert text.startswith("✗ no such code\n0 = word · ")
    assert text.endswith(" · …")
    assert len([line for part in text.split("\n") for line in wrap(part, 40)]) <= 4
    assert hint_words("Kind", codes[:2], 40, 4) == "Kind\n0 = word · 1 = word"


def test_a_second_person_types_again_and_differences_are_settled_by_a_key(root: Root) -> None:
    with_cases(root, 1)
    with Station.open(root) as station:
        desk_of(station, "Hà", BOOK).type_in(number(1), {"nksHoTen": "Lê Hoa", "ngayDangKy": "1.3.2005"})

    async def steps(pilot: Pilot[None]) -> None:
        await open_index(pilot)
        await shows(pilot, 1)
        await pilot.press("ctrl+e")
        await shows(pilot, 1, Side.SECOND)
        assert {one.value for one in indexing(pilot).inputs} == {""}
        await into(pilot, "nksHoTen")
        await type_in(pilot, "Lee Hoaf")
        await into(pilot, "ngayDangKy")
        await type_in(pilot, "1.3.2005")
        await pilot.press("ctrl+d")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
        await pilot.press("2")
        await until(pilot, lambda: screen_of(pilot).said == "✓ Both entries say the same.")

    drive(app_of(root), steps)
    assert typed(root, 1)["nksHoTen"] == "Lê Hòa"


def test_the_second_entry_is_for_cases_that_another_person_has_typed(root: Root) -> None:
    with_cases(root, 6)
    with Station.open(root) as station:
        for case, who in ((2, "Mai"), (3, "Hà"), (5, "Hà")):
            desk_of(station, who, BOOK).type_in(number(case), {"nksHoTen": "Lê Hoa"})

    async def steps(pilot: Pilot[None]) -> None:
        await open_index(pilot)
        await shows(pilot, 1)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: "01/2005 has no first entry" in screen_of(pilot).said)
        await pilot.press("pagedown")
        await shows(pilot, 2)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: "needs two people" in screen_of(pilot).said)
        await shows(pilot, 2)
        await pilot.press("pagedown")
        await shows(pilot, 3)
        await pilot.press("ctrl+e")
        await shows(pilot, 3, Side.SECOND)
        await pilot.press("pagedown")
        await shows(pilot, 5, Side.SECOND)
        await pilot.press("pageup")
        await shows(pilot, 3, Side.SECOND)

    drive(app_of(root), steps)


def test_a_required_field_that_one_of_two_did_not_type_is_not_settled_as_empty(root: Root) -> None:
    with_cases(root, 1)
    with Station.open(root) as station:
        fields = desk_of(station, "Hà", BOOK).fields()
        assert fields["ngayDangKy"].required
        desk_of(station, "Hà", BOOK).type_in(number(1), {"nksHoTen": "Lê Hoa"})
        both = {"nksHoTen": "Lê Hoa", "ngayDangKy": "1.3.2005"}
        desk_of(station, "Minh", BOOK).type_in(number(1), both, Side.SECOND)

    async def steps(pilot: Pilot[None]) -> None:
        await open_index(pilot)
        await shows(pilot, 1)
        await pilot.press("ctrl+d")
        await until(pilot, lambda: pilot.app.screen.query("#dialog-text"))
        await pilot.press("1")
        await pilot.pause(0.2)
        await pilot.press("2")
        await until(pilot, lambda: not pilot.app.screen.query("#dialog-text"))
        await until(pilot, lambda: screen_of(pilot).said == "✓ Both entries say the same.")

    drive(app_of(root), steps)
    assert typed(root, 1)["ngayDangKy"] == "01.03.2005"
