"""Whether a word can be Vietnamese: how a syllable is built. It tells readings of old encodings apart."""

from __future__ import annotations

import re
from functools import lru_cache

from station.text.folding import split_tones

# The last ones stand in names of the Bru-Vân Kiều, Tà Ôi and other peoples: Krông, Plang.
BEGINNINGS = (
    "ngh", "ng", "nh", "gh", "gi", "kh", "ph", "qu", "th", "tr", "ch", "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n",
    "p", "r", "s", "t", "v", "x", "kr", "br", "pr", "dr", "đr", "gr", "cr", "kl", "bl", "pl", "cl", "gl",
)  # fmt: skip
"""The consonants that a syllable can begin with; each before those that are a part of it."""

VOWELS = (
    "ươi", "ươu", "uôi", "iêu", "yêu", "uyê", "uya", "oai", "oay", "oao", "oeo", "uây", "uao", "uêu", "uyu", "ươ", "uô",
    "iê", "yê", "ưa", "ua", "ia", "ya", "oa", "oă", "oe", "uâ", "uê", "uơ", "uy", "oo", "ai", "ao", "au", "ay", "âu",
    "ây", "eo", "êu", "iu", "oi", "ôi", "ơi", "ui", "ưi", "ưu", "a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư",
    "y",
)  # fmt: skip
"""The vowels and groups of vowels in the middle of a syllable; each before those that are a part of it."""

ENDINGS = ("ng", "nh", "ch", "p", "t", "c", "k", "m", "n")

_BEGINNING = f"(?:{'|'.join(BEGINNINGS)})"
_RIME = f"(?:{'|'.join(VOWELS)})(?:{'|'.join(ENDINGS)})?"
_SYLLABLE = re.compile(_BEGINNING + _RIME)
# Names of places are also written in one: Đakrông.
_WORD = re.compile(f"{_BEGINNING}?{_RIME}(?:{_BEGINNING}{_RIME}){{0,3}}")


@lru_cache(maxsize=50_000)
def is_syllable(word: str) -> bool:
    """Whether a word is built like one Vietnamese syllable that begins with a consonant, with one tone at most."""
    letters, tones = split_tones(word.lower())
    return len(tones) <= 1 and _SYLLABLE.fullmatch(letters) is not None


@lru_cache(maxsize=50_000)
def is_word(word: str) -> bool:
    """Whether a word is built like up to four syllables."""
    letters, tones = split_tones(word.lower())
    return len(tones) <= 2 and _WORD.fullmatch(letters) is not None
