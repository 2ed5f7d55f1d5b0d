"""How the letters of a syllable fit together while it is still being typed, and which of them carries the tone.

What a syllable is made of is `station.text.syllables`' knowledge; here vowels may still lack their marks.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from station.text.syllables import BEGINNINGS, ENDINGS, VOWELS, is_syllable

PLAIN = {"ă": "a", "â": "a", "ê": "e", "ô": "o", "ơ": "o", "ư": "u", "đ": "d"}
"""The letters with a mark, and what is left without it."""

GRAVE, HOOK, TILDE, ACUTE, DOT = "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"

_SPLIT = re.compile("(qu(?=[aăâeêioôơuưy])|gi(?=[aăâeêioôơuưy])|[^aăâeêioôơuưy]*)([aăâeêioôơuưy]*)([^aăâeêioôơuưy]*)")
_STOPS = {"c", "ch", "k", "p", "t"}
_SWUNG = {GRAVE, HOOK, TILDE}
"""Tones that no syllable has that ends in a stop."""

_OPEN = {"ưa", "ua", "ia", "ya", "uya", "uơ"}
_CLOSED_GLIDES = {"uy", "oo"}


def _starts(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word[:length] for word in words for length in range(len(word) + 1))


def _unmarked(vowels: str) -> set[str]:
    """The vowels with every choice of their marks left out."""
    return {"".join(letters) for letters in product(*((letter, PLAIN.get(letter, letter)) for letter in vowels))}


def _takes_ending(vowels: str) -> bool:
    glides = len(vowels) > 1 and vowels[-1] in "iouy" and vowels not in _CLOSED_GLIDES
    return vowels not in _OPEN and not glides


_BEGINNING_STARTS = _starts(BEGINNINGS)
_BEGINNINGS = {"", *BEGINNINGS}
_ENDING_STARTS = _starts(ENDINGS)
_VOWEL_STARTS = frozenset().union(*(_unmarked(start) for start in _starts(VOWELS)))
_VOWELS_BEFORE_ENDING = frozenset().union(*(_unmarked(vowels) for vowels in VOWELS if _takes_ending(vowels)))


@dataclass(frozen=True)
class Parts:
    """The last syllable of a word: where it begins, and its three parts in small letters without tone."""

    at: int
    beginning: str
    vowels: str
    ending: str

    @property
    def vowels_at(self) -> int:
        return self.at + len(self.beginning)


@lru_cache(maxsize=4096)
def split(letters: str, tone: str = "") -> Parts | None:
    """The parts of what can still become a syllable; None for what cannot. `letters` are small and without tone.

    Names of places that begin with đ are also written as one word of two syllables: Đakrông.
    """
    whole = _split_one(letters, 0, tone)
    if whole or not letters.startswith("đ") or tone:
        return whole
    ends = (at for at in range(2, len(letters)) if letters[at] not in _VOWEL_STARTS and is_syllable(letters[:at]))
    return next((parts for at in ends if (parts := _split_one(letters[at:], at, tone))), None)


def _split_one(letters: str, at: int, tone: str) -> Parts | None:
    found = _SPLIT.fullmatch(letters)
    if not found:
        return None
    beginning, vowels, ending = found.groups()
    if not vowels:
        return Parts(at, beginning, "", "") if beginning in _BEGINNING_STARTS and not tone else None
    if beginning not in _BEGINNINGS and (beginning, vowels) != ("q", "u"):
        return None
    fits = vowels in (_VOWELS_BEFORE_ENDING if ending else _VOWEL_STARTS) and ending in _ENDING_STARTS
    if not fits or (ending in _STOPS and tone in _SWUNG):
        return None
    return Parts(at, beginning, vowels, ending)


def with_tone(letters: str, tone: str) -> str:
    """The word with the tone on its letter, in NFC; `letters` in their own case. A word of no syllable stays.

    The usual spelling of offices: `hòa`, `thúy`, but `hoàn`, `quý`, `giá`.
    """
    parts = split(letters.lower(), tone)
    if not tone or parts is None or not parts.vowels:
        return letters
    at = parts.vowels_at + _carrier(parts)
    return letters[:at] + unicodedata.normalize("NFC", letters[at] + tone) + letters[at + 1 :]


def _carrier(parts: Parts) -> int:
    """Which vowel carries the tone: the last one with a mark, else by whether something follows them."""
    vowels = parts.vowels
    marked = [at for at, letter in enumerate(vowels) if letter in PLAIN]
    if marked:
        return marked[-1]
    if parts.ending or len(vowels) > 2:
        return len(vowels) - 1 if parts.ending else 1
    return 0
