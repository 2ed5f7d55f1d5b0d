"""Esc in a terminal that sends it as one byte: pieces of input as the driver's thread reads them."""

from __future__ import annotations

import pytest
from textual.events import Key

from ui.typing.escapes import EscapeParser


def keys(*pieces: str) -> list[str]:
    parser = EscapeParser()
    found = [event for piece in pieces for event in parser.feed(piece)]
    parser._timeout_time = 0.0 if parser._timeout_time is not None else None
    return [event.key for event in [*found, *parser.tick()] if isinstance(event, Key)]


@pytest.mark.parametrize(("after", "key"), [("x", "x"), ("1", "1"), (" ", "space"), ("\r", "enter"), ("é", "é")])
def test_esc_and_a_key_right_after_it_are_two_keys(after: str, key: str) -> None:
    assert keys("\x1b", after) == ["escape", key]


def test_a_key_that_came_in_pieces_is_one_key() -> None:
    assert keys("\x1b", "[21~") == ["f10"]
    assert keys("\x1b", "[", "2", "1~") == ["f10"]
    assert keys("\x1b", "OP") == ["f1"]


def test_esc_and_a_key_with_a_sequence_keep_their_order() -> None:
    assert keys("\x1b", "\x1b[21~") == ["escape", "f10"]
    assert keys("\x1b", "\x1b", "x") == ["escape", "escape", "x"]


def test_an_esc_inside_of_an_answer_of_the_terminal_waits_for_its_end() -> None:
    assert keys("\x1bP>|foot(1.13)", "\x1b", "\\", "x")[-1] == "x"


def test_esc_alone_comes_after_its_time() -> None:
    assert keys("\x1b") == ["escape"]
    assert keys("x", "\x1b") == ["x", "escape"]
    assert keys("\x1b[27u", "x") == ["escape", "x"]


def test_a_key_with_alt_in_one_piece_stays_one() -> None:
    assert keys("\x1bx") == ["alt+x"]
