"""The sentences of the screen."""

import string

from outbox.errors import Code
from outbox.states import State
from station.model import BookState
from ui.words import ENGLISH, VIETNAMESE, Language, say, say_found


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_both_languages_have_the_same_keys_and_fields() -> None:
    assert VIETNAMESE.keys() == ENGLISH.keys()
    for key, text in VIETNAMESE.items():
        assert fields(text) == fields(ENGLISH[key]), key


def test_every_state_has_a_word() -> None:
    for language in Language:
        assert all(say(language, f"book.{state}") for state in BookState)
        assert all(say(language, f"item.{state}") for state in State)


def test_the_other_language_is_the_other_one() -> None:
    assert Language.VI.other is Language.EN
    assert Language.EN.other is Language.VI


def test_what_the_command_says_is_said_in_one_language() -> None:
    assert say_found(Language.VI, "no-station", root="/x").startswith("Chưa có trạm")
    assert say_found(Language.EN, "no-station", root="/x").startswith("There is no station")


def test_a_code_without_a_sentence_is_shown_as_it_is() -> None:
    assert say_found(Language.EN, "outbox.made-up", detail="host") == "outbox.made-up host"


def test_a_detail_with_braces_is_only_text() -> None:
    assert "{x}" in say_found(Language.EN, f"outbox.{Code.FAR_FAILURE}", detail="{x}")
