"""The sentences of the screen."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from drivers.faults import FaultKind
from outbox.errors import Code
from station.agenda import Shelf
from station.errors import UsageError
from station.operators import Role
from station.sentences import SENTENCES
from station.words import Phrase
from ui import words
from ui.keys import KEYS
from ui.words import CATALOGUES, Language, joined, number, say, say_again, tell, when
from ui.words.en import ENGLISH
from ui.words.errors import why
from ui.words.findings import FINDINGS
from ui.words.vi import VIETNAMESE

UI = Path(__file__).parents[2] / "ui"
LETTERS = re.compile(r"[A-Za-zÀ-ỹ]{2,}.* .*[A-Za-zÀ-ỹ]{2,}")
"""Two words or more: what a person reads and no key, id or class is."""
SHOWING = {"update", "say", "notify", "Static", "Label", "Button", "refuse", "show", "_complain"}


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_sentences_in_a_row_are_said_again_in_the_other_language() -> None:
    words.choose(Language.VI)
    row = joined("●", "", say("failed", why=joined(say("outbox.none"), say("export.keep"), by=" · ")))
    try:
        words.choose(Language.EN)
        again = say_again(row)
        assert again == f"● {ENGLISH['failed'].format(why=ENGLISH['outbox.none'] + ' · ' + ENGLISH['export.keep'])}"
        assert again != row
    finally:
        words.choose(Language.VI)
    assert say_again(again) == row


def test_both_languages_have_the_same_keys_and_fields() -> None:
    assert list(VIETNAMESE) == list(ENGLISH)
    for key, text in VIETNAMESE.items():
        assert fields(text) == fields(ENGLISH[key]), key


def test_every_family_has_its_words() -> None:
    wanted = [f"key.{action}" for action in KEYS]
    wanted += [f"shelf.{shelf}" for shelf in Shelf] + [f"role.{role}" for role in Role]
    assert [key for key in wanted if key not in VIETNAMESE] == []
    assert all(tell(f"fault.{kind}") != f"fault.{kind}" for kind in FaultKind)
    assert all(tell(f"outbox.{code}", detail="x") for code in Code)


def test_every_key_that_the_screen_asks_for_is_there_and_none_is_left_over() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in UI.rglob("*.py") if path.parent.name != "words")
    asked = set(re.findall(r"""say\(\s*"([a-z0-9.-]+)\"""", source))
    assert len(asked) > 20
    assert asked - set(VIETNAMESE) == set()


def test_nothing_that_is_shown_stands_outside_the_catalogues() -> None:
    loose = [
        f"{path.relative_to(UI)}:{node.lineno}: {text}"
        for path in UI.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _name(node) in SHOWING
        for text in _literals(node)
        if LETTERS.search(text)
    ]
    assert loose == []


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _literals(call: ast.Call) -> list[str]:
    return [one.value for one in ast.walk(call) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


@pytest.mark.parametrize("language", Language)
def test_what_the_checks_say_names_a_key_and_never_a_command(language: Language) -> None:
    families = ("finding.", "verdict.", "review.")
    place = list(Language).index(language)
    told = {
        key: CATALOGUES[language].get(f"told.{key}", sentences[place])
        for key, sentences in SENTENCES.items()
        if key.startswith(families)
    }
    assert len(told) > 30
    assert {key: text for key, text in told.items() if re.search(r"\bstation [a-z]|--[a-z]", text)} == {}
    for key, (vietnamese, english) in FINDINGS.items():
        known = fields(SENTENCES[key.removeprefix("told.")][place])
        assert fields(vietnamese) == fields(english) <= known, key


@pytest.fixture
def _vietnamese_again() -> object:
    yield
    words.choose(Language.VI)


@pytest.mark.usefixtures("_vietnamese_again")
def test_numbers_and_dates_are_written_as_people_here_do() -> None:
    words.choose(Language.VI)
    assert (number(1234567), when("2025-03-20"), when("2025-03-20T14:05:00+07:00")) == (
        "1.234.567", "20/03/2025", "20/03/2025 14:05",
    )  # fmt: skip
    words.choose(Language.EN)
    assert number(1234567) == "1,234,567"


@pytest.mark.usefixtures("_vietnamese_again")
def test_what_the_station_says_is_said_in_one_language() -> None:
    words.choose(Language.EN)
    assert tell("no-station", root="/x").startswith("There is no station")
    assert "{x}" in tell(f"outbox.{Code.FAR_FAILURE}", detail="{x}")
    assert tell("outbox.made-up", detail="host") == "outbox.made-up host"
    assert tell("send.later", bag="b", reason=Phrase("outbox.cut", {"detail": "x"})).endswith("by itself.")
    words.choose(Language.VI)
    assert tell("send.later", bag="b", reason=Phrase("outbox.cut", {"detail": "x"})).startswith("● Gửi b sau: Đường")
    assert say("role.checker") in why(UsageError("role-needed", name="Mai", role=Role.CHECKER))
