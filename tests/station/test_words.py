"""Every sentence exists in both languages, and every sentence that the code asks for exists."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from drivers.faults import FaultKind
from drivers.folder_watch import NoEvents
from outbox.errors import Code
from outbox.sender import Said
from outbox.states import State
from outbox.verify import FindingCode
from station import words
from station.imaging.page import Check
from station.intake import Refusal
from station.sentences import SENTENCES
from station.words import Phrase, sentence

STATION = Path(__file__).parents[2] / "station"
ASKED = re.compile(
    r"""(?:sentence|both|note|StationError|BadName|SettingsError|UsageError|BadInput|Refused|StorageError|ScanStopped)"""
    r"""\(\s*"([a-z0-9.-]+)["]"""
)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_say_something(key: str) -> None:
    vietnamese, english = SENTENCES[key]
    assert vietnamese
    assert english
    assert fields(vietnamese) == fields(english)


def test_every_sentence_that_the_code_asks_for_is_written() -> None:
    asked = {key for file in STATION.rglob("*.py") for key in ASKED.findall(file.read_text(encoding="utf-8"))}
    assert len(asked) > 60
    assert asked - set(SENTENCES) == set()


@pytest.mark.parametrize(
    ("prefix", "family"),
    [
        ("fault", FaultKind),
        ("refused", Refusal),
        ("verdict", Check),
        ("outbox", Code),
        ("send", Said),
        ("bag", FindingCode),
        ("item", State),
        ("watch.no-events", NoEvents),
    ],
)
def test_every_member_of_a_family_has_its_sentence(prefix: str, family: type) -> None:
    missing = [member for member in family if f"{prefix}.{member}" not in SENTENCES]  # type: ignore[attr-defined]  # enums iterate
    assert missing == []


def test_a_key_without_a_sentence_shows_itself_and_its_values() -> None:
    assert "lost" in sentence("no.such.key", what="lost")


def test_a_sentence_within_a_sentence_speaks_its_language() -> None:
    words.choose_language(None)
    key, inner = "send.later", Phrase("outbox.unreachable", {"detail": "x"})
    spoken = {}
    for language in ("vi", "en"):
        words._language = language
        spoken[language] = sentence(key, bag="b", reason=inner)
    words._language = "both"
    assert sentence(key, separator="|", bag="b", reason=inner) == f"{spoken['vi']}|{spoken['en']}"
    words.choose_language(None)
