"""Telex and VNI: Vietnamese out of the keys of any keyboard.

A word is composed key by key as long as it can be a Vietnamese syllable. Once it cannot, it stands as its keys were
typed. A mark that is typed twice is taken back, and its key is a letter for the rest of the word: `oo` is `ô`, `ooo`
is `oo`. In Telex a `w` where a vowel can begin is `ư`, and `ww` is `w`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from station.text.folding import split_tones
from station.text.syllables import ENDINGS, VOWELS
from ui.typing.syllable import ACUTE, DOT, GRAVE, HOOK, PLAIN, TILDE, split, with_tone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ui.typing.syllable import Parts

_LAST_WORD = re.compile(r"[^\W\d_]*$")
_HALF_HORNED = re.compile("(uơ|ưo)(?=.)")


class Method(StrEnum):
    """A way of typing."""

    TELEX = "telex"
    VNI = "vni"

    @classmethod
    def of_setting(cls, name: str) -> Method | None:
        """The one of `[kiosk] typing`; None for off."""
        return None if name == "off" else cls(name)


@dataclass(frozen=True)
class Edit:
    """What a key does to the text before the cursor: so many letters go, these come."""

    removes: int
    inserts: str


@dataclass(frozen=True)
class _Keys:
    """The keys of a method: of tones, of marks letter by letter, and of đ: right after its d alone, or later too."""

    tones: Mapping[str, str]
    marks: Mapping[str, Mapping[str, str]]
    bar: str
    bar_later: bool
    lone_horn: str = ""
    """The key that is ư by itself where a vowel can begin."""


_CIRCUMFLEX_A = {"a": "â", "ă": "â"}
_CIRCUMFLEX_O = {"o": "ô", "ơ": "ô"}
_HORN = {"u": "ư", "o": "ơ", "ô": "ơ"}
_BREVE = {"a": "ă", "â": "ă"}
_KEYS = {
    Method.TELEX: _Keys(
        {"s": ACUTE, "f": GRAVE, "r": HOOK, "x": TILDE, "j": DOT, "z": ""},
        {"a": _CIRCUMFLEX_A, "e": {"e": "ê"}, "o": _CIRCUMFLEX_O, "w": _HORN | _BREVE},
        bar="d",
        bar_later=False,
        lone_horn="w",
    ),
    Method.VNI: _Keys(
        {"1": ACUTE, "2": GRAVE, "3": HOOK, "4": TILDE, "5": DOT, "0": ""},
        {"6": _CIRCUMFLEX_A | {"e": "ê"} | _CIRCUMFLEX_O, "7": _HORN, "8": _BREVE},
        bar="9",
        bar_later=True,
    ),
}


@dataclass(frozen=True)
class _Word:
    """A word in the making: its letters without tone, its tone, the keys so far, those that are letters by now."""

    letters: str = ""
    tone: str = ""
    typed: str = ""
    spent: frozenset[str] = field(default_factory=frozenset)
    composes: bool = True
    lone: int | None = None
    """Where an ư stands that is one key by itself."""

    @property
    def shown(self) -> str:
        return with_tone(self.letters, self.tone)

    @property
    def parts(self) -> Parts | None:
        return split(self.letters.lower(), self.tone)


class Composer:
    """Composes one field's text. It remembers the keys of the word before the cursor while nothing else touches it."""

    def __init__(self, method: Method) -> None:
        self._keys = _KEYS[method]
        self._word = _Word()

    def compose(self, before: str, key: str) -> Edit | None:
        """What to do for a printable key with this text before the cursor; None to insert the key as it is."""
        if not (key.isalpha() or key in self._keys.tones or key in self._keys.marks or key == self._keys.bar):
            return self._end_word(before, key)
        word = self._word_before(before)
        after = self._word = _press(word, key, self._keys)
        if after.shown == word.shown + key:
            return None
        kept = _common(word.shown, after.shown)
        return Edit(len(word.shown) - kept, after.shown[kept:])

    def _end_word(self, before: str, key: str) -> Edit | None:
        """A word with a w for its ư that is no whole syllable stands as it was typed: two, wow."""
        word, self._word = self._word, _Word()
        if word.lone is None or not before.endswith(word.shown) or _is_whole(word.parts):
            return None
        return Edit(len(word.shown), word.typed + key)

    def _word_before(self, before: str) -> _Word:
        known = self._word.shown
        if known and before.endswith(known) and not before[: -len(known)][-1:].isalpha():
            return self._word
        last = unicodedata.normalize("NFC", _LAST_WORD.findall(before)[0])
        letters, tones = split_tones(last)
        word = _Word(letters, tones, last)
        # A word of another making (two tones, letters in an order that no syllable has) is not touched.
        return word if word.shown == last else _Word(last, "", last, composes=False)


def _press(word: _Word, key: str, keys: _Keys) -> _Word:
    small = key.lower()
    if word.composes and small not in word.spent and word.parts:
        tried = _try_tone(word, small, keys) or _try_mark(word, small, keys) or _try_bar(word, small, keys)
        if tried:
            return replace(tried, typed=word.typed + key)
        if small == keys.lone_horn and word.lone is not None:
            return _take_lone_back(word, key)
        if _has_already(word, small, keys):
            return _take_back(word, key, keys)
        if small == keys.lone_horn and not word.parts.vowels:
            return _try_lone(word, key) or _append(word, key)
    return _append(word, key)


def _try_lone(word: _Word, key: str) -> _Word | None:
    """An ư where a vowel can begin."""
    letters = word.letters + _like("ư", key)
    longer = replace(word, letters=letters, typed=word.typed + key, lone=len(word.letters))
    return longer if longer.parts else None


def _take_lone_back(word: _Word, key: str) -> _Word:
    """The ư that was one key is that key."""
    at = word.lone or 0
    text = word.shown[:at] + _like("w", word.letters[at]) + word.shown[at + 1 :]
    if len(word.letters) > at + 1:
        text += key
    return _Word(text, "", text, word.spent | {"w"}, composes=False)


def _is_whole(parts: Parts | None) -> bool:
    return parts is not None and parts.vowels in VOWELS and parts.ending in {"", *ENDINGS}


def _append(word: _Word, key: str) -> _Word:
    longer = replace(word, letters=word.letters + key, typed=word.typed + key)
    if not word.composes:
        return longer
    longer = replace(longer, letters=_with_both_horns(longer.letters))
    return longer if longer.parts else _Word(longer.typed, "", longer.typed, composes=False)


def _with_both_horns(letters: str) -> str:
    """`ươ` has both its horns as soon as something follows; before that it can be the `uơ` of thuở."""
    found = _HALF_HORNED.search(letters.lower())
    if not found or letters.lower().startswith("qu"):
        return letters
    return _put(_put(letters, found.start(), "ư"), found.start() + 1, "ơ")


def _try_tone(word: _Word, key: str, keys: _Keys) -> _Word | None:
    tone = keys.tones.get(key)
    if tone is None or tone == word.tone or not word.parts or not word.parts.vowels:
        return None
    toned = replace(word, tone=tone)
    return toned if toned.parts else None


def _try_mark(word: _Word, key: str, keys: _Keys) -> _Word | None:
    marks = keys.marks.get(key)
    if marks is None or not word.parts:
        return None
    tried = (replace(word, letters=letters) for letters in _marked(word.letters, word.parts, marks))
    return next((marked for marked in tried if marked.parts and marked.letters != word.letters), None)


def _marked(letters: str, parts: Parts, marks: Mapping[str, str]) -> Iterator[str]:
    """The word with a mark on one of its vowels, or with the two horns of ươ, the likeliest first."""
    vowels, at = parts.vowels, parts.vowels_at
    if "u" in marks and vowels[:2] in {"uo", "uô", "ưo"} and (parts.ending or vowels[2:] or vowels != "uo"):
        yield _put(_put(letters, at, "ư"), at + 1, "ơ")
    if vowels == "uơ":
        return
    first = "o" if "u" in marks and vowels == "uo" else ""
    for letter in (*first, *marks):
        for place, vowel in enumerate(vowels):
            if vowel == letter:
                yield _put(letters, at + place, marks[letter])


def _try_bar(word: _Word, key: str, keys: _Keys) -> _Word | None:
    small = word.letters.lower()
    if key != keys.bar or not (small.startswith("d") if keys.bar_later else small == "d"):
        return None
    barred = replace(word, letters=_put(word.letters, 0, "đ"))
    return barred if barred.parts else None


def _has_already(word: _Word, key: str, keys: _Keys) -> bool:
    """Whether the key's tone or mark is there, so that typing it again takes it back."""
    if keys.tones.get(key):
        return keys.tones[key] == word.tone
    if key == keys.bar:
        return word.letters.lower().startswith("đ") if keys.bar_later else word.letters.lower() == "đ"
    vowels = word.parts.vowels if word.parts else ""
    return any(letter in keys.marks.get(key, {}).values() for letter in vowels)


def _take_back(word: _Word, key: str, keys: _Keys) -> _Word:
    small = key.lower()
    letters, tone = word.letters, word.tone
    if small in keys.tones:
        tone = ""
    elif small == keys.bar:
        letters = _put(letters, 0, "d")
    else:
        made = set(keys.marks[small].values())
        letters = "".join(_like(PLAIN[one.lower()], one) if one.lower() in made else one for one in letters)
    back = replace(word, letters=letters + key, tone=tone, spent=word.spent | {small})
    if back.parts or not back.tone:
        return replace(back, typed=back.shown, composes=back.parts is not None)
    return _Word(word.typed + key, "", word.typed + key, composes=False)


def _put(letters: str, at: int, letter: str) -> str:
    """The letters with another one at a place, in the case of the one that stood there."""
    return letters[:at] + _like(letter, letters[at]) + letters[at + 1 :]


def _like(letter: str, model: str) -> str:
    return letter.upper() if model.isupper() else letter


def _common(one: str, other: str) -> int:
    """How many letters both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))
