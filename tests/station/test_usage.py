"""Commands that are typed wrong: what click says of them is said in our words, and is a document for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from station.cli import run
from station.words import choose_language, sentence

WRONG = {
    ("scan", "--nope"): "usage.no-such-option",
    ("nope",): "usage.no-such-command",
    ("books", "list", "--year", "abc"): "usage.bad-value",
    ("books", "list", "--year", "99999"): "usage.bad-value",
    ("books", "list", "--state", "x"): "usage.bad-value",
    ("books", "add", "a", "b", "c"): "usage.too-many",
    ("ingest",): "usage.missing-argument",
    ("covers", "x"): "usage.missing-option",
    ("pair", "x"): "usage.no-such-command",
}


@pytest.fixture
def in_vietnamese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("STATION_LANGUAGE", "vi")
    choose_language(None)
    yield
    monkeypatch.undo()
    choose_language(None)


@pytest.mark.usefixtures("in_vietnamese")
@pytest.mark.parametrize(("words", "reason"), WRONG.items())
def test_what_is_wrong_is_said_in_vietnamese_and_as_data(
    words: tuple[str, ...], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--json"]) == 2
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert (document["error"], document["reason"]) == ("usage.wrong", reason)
    assert document["help"].startswith("station")
    english = ("Invalid", "Missing", "No such", "Got", "Did you", "is not", "Usage", "Error")
    assert not any(word in said.err for word in english), said.err


@pytest.mark.usefixtures("in_vietnamese")
@pytest.mark.parametrize("words", [("books", "list", "--year"), ("covers", "x", "--all=3", "-o", "y")])
def test_what_is_wrong_with_an_option_itself(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--json", *words]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["error"] in {"usage.needs-value", "usage.takes-no-value"}
    assert "Tùy chọn" in said.err


def test_choices_and_likely_options_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    run(["books", "list", "--state", "x"])
    assert "open, sealed, excluded" in capsys.readouterr().err
    run(["books", "list", "--assign", "x"])
    assert "--assigned" in capsys.readouterr().err


def test_a_message_that_nobody_knows_is_still_said() -> None:
    assert "something else" in sentence("usage.other", detail="something else")
