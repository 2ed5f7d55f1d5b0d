"""TCVN3 (ABC) and VNI: recognised by whether the words become Vietnamese, and turned into Unicode.

A text alone can be read in two ways ("Tó" is a word, and TCVN3 for "Tú"), so a column is judged by all its texts.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from itertools import chain
from typing import TYPE_CHECKING

from station.text.folding import nfc
from station.text.syllables import is_syllable, is_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Letters of one byte, as both encodings use them; the no-break space is a blank in both.
_WORDS = re.compile("[A-Za-z\u00a1-\u00ff]+")
_BEYOND_LATIN = re.compile("[^\u0000-\u00ff]")
_LETTERS = re.compile(r"[^\W\d_]+")


class Legacy(StrEnum):
    """Encodings of before Unicode, whose letters look like Latin-1."""

    TCVN3 = "tcvn3"
    VNI = "vni"


@dataclass(frozen=True)
class _Reading:
    """What a text can be: Unicode as it stands, or one of the old encodings. Neither: words of another language."""

    plain: bool
    legacy: frozenset[Legacy]

    @property
    def certain(self) -> Legacy | None:
        return next(iter(self.legacy)) if len(self.legacy) == 1 and not self.plain else None


def recognise(texts: Iterable[str]) -> Legacy | None:
    """The encoding that these texts were typed in together, or None for Unicode and anything else.

    Only texts that make no sense as Unicode speak for an old encoding, and they must outnumber those that make sense
    in no other way.
    """
    return _winner(_count_votes(Counter(texts)))


def _winner(votes: Counter[Legacy | None]) -> Legacy | None:
    winner = max(Legacy, key=lambda legacy: votes[legacy])
    return winner if votes[winner] > votes[None] else None


def _count_votes(texts: Counter[str]) -> Counter[Legacy | None]:
    votes: Counter[Legacy | None] = Counter()
    for text, times in texts.items():
        reading = _reading(text)
        if reading.certain:
            votes[reading.certain] += times
        elif reading.plain and not reading.legacy:
            votes[None] += times
    return votes


def convert(text: str, legacy: Legacy) -> str:
    """A text of an old encoding in Unicode.

    TCVN3 has no capitals with a tone: its capital fonts show the small ones. In a word or line of capitals they are
    meant, and become capitals.
    """
    table, pattern = _table(legacy)
    converted = nfc(pattern.sub(lambda found: table[found[0]], text))
    return converted.upper() if legacy is Legacy.TCVN3 and _all_capitals(text) else converted


def read_together(texts: Sequence[str]) -> tuple[list[str], Legacy | None]:
    """Texts that were typed by one hand, in Unicode; and what those were in that were converted, most of them."""
    (read,), used = read_rows([texts])
    return read, used


def read_rows(rows: Sequence[Sequence[str]]) -> tuple[list[list[str]], Legacy | None]:
    """The texts of a table in Unicode; and what those were in that were converted, most of them, None for none.

    A text that can only be of an old encoding is converted wherever it stands. One that can be Unicode too follows the
    whole table, and where that is Unicode the others of its row: a header is often typed later than what stands below.
    """
    texts = Counter(chain.from_iterable(rows))
    votes = _count_votes(texts)
    leaning = max(Legacy, key=lambda legacy: votes[legacy])
    if not votes[leaning]:
        composed = {text: nfc(text) for text in texts}
        return [[composed[text] for text in row] for row in rows], None
    common, old = _winner(votes), leaning
    used: Counter[Legacy] = Counter()
    read = []
    for row in rows:
        hand = common or recognise(row)
        chosen = [(text, _encoding_of(text, hand, old)) for text in row]
        used.update(legacy for _, legacy in chosen if legacy)
        read.append([convert(text, legacy) if legacy else nfc(text) for text, legacy in chosen])
    return read, used.most_common(1)[0][0] if used else None


def plausibility(text: str) -> int:
    """How many words with marks are Vietnamese, in the best reading of the whole, less those that are not.

    It tells readings of the same bytes apart.
    """
    if any(char > "\u00ff" for char in text):
        return _balance([is_word(word) for word in _LETTERS.findall(text) if not word.isascii()])
    marked = [word for word in _WORDS.findall(text) if not word.isascii()]
    plain = _balance(list(map(is_word, marked)))
    return max(plain, *(_balance([is_word(convert(word, legacy)) for word in marked]) for legacy in Legacy))


def _balance(fitting: Sequence[bool]) -> int:
    return 2 * sum(fitting) - len(fitting)


def _encoding_of(text: str, hand: Legacy | None, old: Legacy) -> Legacy | None:
    """What a text is to be converted from: `hand` is what those beside it were typed in, `old` the old encoding that
    is used somewhere at all.
    """
    if text.isascii():
        return None
    reading = _reading(text)
    if reading.certain:
        return reading.certain
    if not reading.plain and old in reading.legacy:
        return hand if hand in reading.legacy else old
    if hand is None or (reading.plain and hand not in reading.legacy):
        return None
    return hand if hand in reading.legacy or _reads_better(text, hand) else None


_TELLS_NOTHING = _Reading(plain=False, legacy=frozenset())
_UNICODE = _Reading(plain=True, legacy=frozenset())


def _reading(text: str) -> _Reading:
    """A letter beyond Latin-1 (ă, đ, ơ, ệ ...) exists in Unicode alone. Plain ASCII tells nothing."""
    if text.isascii():
        return _TELLS_NOTHING
    return _UNICODE if _BEYOND_LATIN.search(text) else _reading_of_latin(text)


@lru_cache(maxsize=20_000)
def _reading_of_latin(text: str) -> _Reading:
    marked = _marked_words(text)
    if not marked:
        return _TELLS_NOTHING
    return _Reading(
        plain=all(is_word(word) for word in marked),
        legacy=frozenset(legacy for legacy in Legacy if _fits(marked, legacy)),
    )


def _marked_words(text: str) -> list[str]:
    """The words with a letter beyond ASCII."""
    if _BEYOND_LATIN.search(text):
        return [text]
    return [word for word in _WORDS.findall(text) if not word.isascii()]


def _fits(marked: Sequence[str], legacy: Legacy) -> bool:
    """Whether all words become Vietnamese, and one of them a whole syllable that was written with a plain letter too.

    So much is asked because a word of several syllables is soon found (`piñata` would be VNI for "piđata"), and because
    signs that stand alone prove nothing: `·`, `®`, `µm`.
    """
    converted = [convert(word, legacy) for word in marked]
    sure = any(
        is_syllable(new) and any(char.isascii() for char in old) for old, new in zip(marked, converted, strict=True)
    )
    return sure and all(is_word(new) for new in converted)


def _reads_better(text: str, legacy: Legacy) -> bool:
    """Among texts of an old encoding one with odd words (a name, a slip of the pen) belongs to it if most words fit."""
    marked = _marked_words(text)
    if any(char > "\u00ff" for char in text):
        return False
    fitting = sum(is_word(convert(word, legacy)) for word in marked)
    return fitting > sum(map(is_word, marked))


def _all_capitals(text: str) -> bool:
    """Whether a line is of capitals, as far as its letters without tone tell: two in one word, and no small one."""
    small = any(char.islower() and char.isascii() for char in text)
    return not small and re.search("[A-Z\u00a1-\u00a7]{2}", text) is not None


@cache
def _table(legacy: Legacy) -> tuple[dict[str, str], re.Pattern[str]]:
    """What is written for each letter, and the pattern that finds it, the longest first."""
    file = resources.files("station") / "data" / "text" / "legacy.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))[legacy]
    table = dict(zip(data["written"].split(), data["letters"].split(), strict=True))
    if legacy is Legacy.VNI:
        table = _with_capitals(table)
    longest_first = sorted(table, key=len, reverse=True)
    return table, re.compile("|".join(map(re.escape, longest_first)))


def _with_capitals(table: dict[str, str]) -> dict[str, str]:
    """A capital is written with a capital mark, in careless texts with a small one."""
    capitals = {written[0].upper() + written[1:]: letter.upper() for written, letter in table.items()}
    return table | capitals | {written.upper(): letter.upper() for written, letter in table.items()}
