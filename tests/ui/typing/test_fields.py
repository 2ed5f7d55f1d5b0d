"""The field that composes, under keys as they come from a keyboard."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.typing.fields import FieldsApp


def drive(app: FieldsApp, steps: Callable[[Pilot[None]], Awaitable[None]]) -> None:
    async def run() -> None:
        async with app.run_test() as pilot:
            await steps(pilot)

    asyncio.run(run())


async def type_in(pilot: Pilot[None], field: str, keys: list[str]) -> Input:
    """Keys one after another, with the pauses of a hand between."""
    found = pilot.app.query_one(field, Input)
    found.focus()
    for key in keys:
        await pilot.press(key)
        await pilot.pause(0.05)
    return found


@pytest.mark.parametrize(
    ("field", "keys", "text"),
    [
        ("#name", [*"Nguyeenx", "space", *"Hoaf"], "Nguyễn Hòa"),
        ("#name", [*"Nguyeenx", "backspace", "backspace"], "Nguy"),
        ("#name", [*"anh", "left", "left", "s"], "ánh"),
        ("#name", [*"toan", "left", "s", "end", "g"], "toáng"),
        ("#name", [*"Nguyn", "left", "e", "e", "x"], "Nguyễn"),
        ("#name", [*"hoa", "shift+home", *"tes"], "té"),
        ("#code", [*"KSss"], "KSss"),
        ("#pin", [*"ddaa"], "ddaa"),
        ("#vni", [*"Nguye6n4"], "Nguyễn"),
    ],
)
def test_what_is_typed_stands_in_the_field(field: str, keys: list[str], text: str) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        found = await type_in(pilot, field, keys)
        assert found.value == text

    drive(FieldsApp(), steps)


def test_whatever_is_put_into_a_field_is_nfc() -> None:
    async def steps(pilot: Pilot[None]) -> None:
        found = pilot.app.query_one("#name", Input)
        found.value = unicodedata.normalize("NFD", "Đặng Thị Tường")
        await pilot.pause()
        assert found.value == "Đặng Thị Tường"
        found.focus()
        await pilot.press("end", "backspace", "backspace")
        await pilot.pause(0.1)
        assert found.value == "Đặng Thị Tườ"

    drive(FieldsApp(), steps)
