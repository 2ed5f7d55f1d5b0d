"""Barcode readers among hands: every character comes once, in one text or in none."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
import time
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.typing.fields import FieldsApp
from tests.ui.typing.test_fields import drive
from ui.typing.bursts import GAP_SECONDS, LEAST_KEYS, Bursts

REPOSITORY = Path(__file__).parents[3]
WAIT_SECONDS = 40.0
CODE = "19441/KS.2005.s {}"
"""What a cover's code says; `s` and the blank are keys of screens too."""


def key_at(character: str, at: float) -> Key:
    key = Key("enter" if character == "\r" else "space" if character == " " else character, character)
    key.time = at
    return key


@given(
    st.lists(st.tuples(st.sampled_from("ab1\r"), st.sampled_from([0.0, 0.005, GAP_SECONDS, 0.031, 0.5])), max_size=40)
)
def test_every_key_comes_out_once_and_in_its_order(typed: list[tuple[str, float]]) -> None:
    bursts, now, out, readings = Bursts(), 100.0, "", []
    for character, pause in typed:
        now += pause
        outcome = bursts.feed(key_at(character, now))
        out += "".join(key.character for key in outcome.released)
        if outcome.burst is not None:
            readings.append(outcome.burst)
            out += "".join(key.character for key in outcome.burst_keys)
            assert outcome.burst_keys[-1].character == "\r"
    out += "".join(key.character for key in bursts.release())
    assert out == "".join(character for character, _ in typed)
    assert all(len(reading) >= LEAST_KEYS and "\r" not in reading for reading in readings)


def test_a_hand_is_no_reader_and_a_short_run_is_none() -> None:
    bursts = Bursts()
    for at, character in enumerate("1234567\r"):
        assert bursts.feed(key_at(character, at * (GAP_SECONDS + 0.001))).burst is None
    bursts = Bursts()
    times = (0.0, 0.0, 0.0, 0.1, 0.1, 0.1, 0.1)
    paused = [bursts.feed(key_at(*one)).burst for one in zip("123456\r", times, strict=True)]
    assert paused[-1] == "123456"
    bursts = Bursts()
    assert [bursts.feed(key_at(character, 1.0)).burst for character in "12345\r"] == [None] * 6
    assert [bursts.feed(key_at(character, 9.0)).burst for character in "123456\r"][-1] == "123456"


def test_a_first_key_that_went_on_already_belongs_to_its_reading() -> None:
    bursts = Bursts()
    bursts.feed(key_at("1", 5.0))
    assert [key.character for key in bursts.let_go()] == ["1"]
    outcome = [bursts.feed(key_at(character, 5.05)) for character in "9441/\r"][-1]
    assert outcome.burst == "19441/"
    assert "".join(key.character for key in outcome.burst_keys) == "9441/\r"
    bursts.feed(key_at("x", 7.0))
    bursts.let_go()
    assert [bursts.feed(key_at(character, 7.4)).burst for character in "234567\r"][-1] == "234567"


def send(pilot: Pilot[None], text: str) -> float:
    """As the thread that reads the keyboard does; the longest pause between two keys, in seconds."""
    driver = pilot.app._driver
    assert driver is not None
    times = []
    for character in text:
        times.append(time.monotonic())
        driver.send_message(key_at(character, times[-1]))
    return max((later - sooner for sooner, later in pairwise([*times, time.monotonic()])), default=0.0)


def test_none_of_120_readings_loses_a_character() -> None:
    app = FieldsApp()

    async def reading(pilot: Pilot[None], code: str) -> bool:
        """Read once; whether it came as fast as a reader sends, else a key may have gone on by itself."""
        before = len(app.scanned)
        longest: list[float] = []
        reader = threading.Thread(target=lambda: longest.append(send(pilot, code + "\r")))
        reader.start()
        async with asyncio.timeout(WAIT_SECONDS):
            while len(app.scanned) == before:
                await pilot.pause(0.005)
        reader.join(WAIT_SECONDS)
        return max(longest) < GAP_SECONDS / 2

    async def steps(pilot: Pilot[None]) -> None:
        fields = list(app.query(Input))
        for number in range(120):
            app.set_focus([None, *fields][number % 5])
            notes, values = app.notes, [field.value for field in fields]
            while not await reading(pilot, CODE.format(number)):
                notes, values = app.notes, [field.value for field in fields]
            assert app.scanned[-1] == CODE.format(number)
            assert (app.notes, [field.value for field in fields]) == (notes, values)

    drive(app, steps)


def test_keys_of_a_hand_arrive_after_the_pause_that_settles_it() -> None:
    app = FieldsApp()

    async def steps(pilot: Pilot[None]) -> None:
        send(pilot, "s")
        async with asyncio.timeout(WAIT_SECONDS):
            while not app.notes:
                await pilot.pause(0.005)
        app.query_one("#code").focus()
        send(pilot, "abc\r")
        async with asyncio.timeout(WAIT_SECONDS):
            while app.query_one("#code", Input).value != "abc":
                await pilot.pause(0.005)
        assert (app.scanned, app.notes) == ([], 1)

    drive(app, steps)


def test_where_no_reading_is_wanted_its_keys_are_keys() -> None:
    app = FieldsApp(takes=False)

    async def steps(pilot: Pilot[None]) -> None:
        app.query_one("#code").focus()
        send(pilot, "1234567\r")
        async with asyncio.timeout(WAIT_SECONDS):
            while app.query_one("#code", Input).value != "1234567":
                await pilot.pause(0.005)
        assert app.scanned == []

    drive(app, steps)


def test_a_reading_comes_whole_through_a_terminal(tmp_path: Path) -> None:
    out = tmp_path / "got"
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.ui.typing.fields", str(out)],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=REPOSITORY, env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(theirs)
    threading.Thread(target=swallow, args=(ours,), daemon=True).start()
    try:
        wait_for(out, ["ready"])
        os.write(ours, CODE.format("Đ").encode() + b"\r")
        wait_for(out, ["ready", CODE.format("Đ")])
        for letter in "Hoaf":
            os.write(ours, letter.encode())
            time.sleep(0.1)
        os.write(ours, b"\r")
        wait_for(out, ["ready", CODE.format("Đ"), "Hòa 0"])
    finally:
        process.kill()
        process.wait(20)
        os.close(ours)


def swallow(terminal: int) -> None:
    """What is drawn, so that the app never waits for the terminal."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        pass


def wait_for(file: Path, lines: list[str]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while (got := file.read_text(encoding="utf-8").splitlines() if file.exists() else []) != lines:
        assert time.monotonic() < end, got
        time.sleep(0.05)
