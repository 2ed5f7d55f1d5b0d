"""Every sentence of the screen, one catalogue for each language; a test holds their keys together.

What the station says already (why a scan stopped, what a finding means) comes from its own sentences, unless a
catalogue here has a key `told.CODE` for it: the station's sentence names commands to type, which a kiosk has not.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from station.amounts import size as _size
from station.amounts import span as _span
from station.words import Phrase, sentence_in
from ui.words.en import ENGLISH
from ui.words.findings import FINDINGS
from ui.words.vi import VIETNAMESE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from station.naming import CaseNumber

__all__ = [
    "CATALOGUES", "Language", "case", "choose", "chosen", "in_words", "joined", "number", "say", "say_again",
    "say_other", "size", "span", "tell", "when",
]  # fmt: skip


class Language(StrEnum):
    """A language of the screen; it shows one at a time."""

    VI = "vi"
    EN = "en"

    @property
    def other(self) -> Language:
        return Language.EN if self is Language.VI else Language.VI


CATALOGUES = {
    Language.VI: VIETNAMESE | {key: words for key, (words, _) in FINDINGS.items()},
    Language.EN: ENGLISH | {key: words for key, (_, words) in FINDINGS.items()},
}
_language = Language.VI


def choose(language: Language) -> None:
    """Speak this language from now on."""
    global _language  # noqa: PLW0603 - one language for the whole screen
    _language = language


def chosen() -> Language:
    """The language that is spoken."""
    return _language


class Said(str):
    """A sentence that is on the screen yet when somebody changes the language: it can be said again."""

    __slots__ = ("again",)
    again: Callable[[], str]

    @classmethod
    def of(cls, text: str, again: Callable[..., str], key: str, values: Mapping[str, Any]) -> Said:
        """The text, and how it came about."""
        said = cls(text)
        said.again = lambda: again(key, **{name: say_again(value) for name, value in values.items()})
        return said


def say(key: str, /, **values: Any) -> str:
    """The sentence of a key with its values filled in."""
    return Said.of(CATALOGUES[_language][key].format(**values), say, key, values)


def joined(*parts: str, by: str = " ") -> str:
    """Sentences in a row, without the empty ones, that can be said again as one."""
    said = Said(by.join(part for part in parts if part))
    said.again = lambda: joined(*map(say_again, parts), by=by)
    return said


def say_again(text: Any) -> Any:
    """A sentence in the language that is spoken now; plain text stays as it is."""
    return text.again() if isinstance(text, Said) else text


def say_other(key: str, /, **values: Any) -> str:
    """The same in the language that is not spoken, for what has to reach everybody."""
    return CATALOGUES[_language.other][key].format(**values)


def tell(code: str, /, **values: Any) -> str:
    """What a code of the station means, in the words of this screen where it has some."""
    return Said.of(_told(code, values), tell, code, values)


def _told(code: str, values: Mapping[str, Any]) -> str:
    own = CATALOGUES[_language].get(f"told.{code}")
    if own is not None:
        return own.format(**{name: in_words(value) for name, value in values.items()})
    spoken: Any = _language.value
    return sentence_in(spoken, code, **values)


def number(value: int) -> str:
    """A count as it is written here: 12.345 in Vietnamese, 12,345 in English."""
    return f"{value:,}".replace(",", "." if _language is Language.VI else ",")


def size(count: float) -> str:
    """Bytes as they are written here: 2,1 MB in Vietnamese, 2.1 MB in English."""
    phrase = _size(count)
    return tell(phrase.key, **phrase.values)


def span(seconds: float) -> str:
    """A span of time as people here say it: 3 giờ 20 phút."""
    phrase = _span(seconds)
    return tell(phrase.key, **phrase.values)


def case(number_of_case: CaseNumber | None) -> str:
    """The number of a case as registers write it; a dash where there is none."""
    return str(number_of_case) if number_of_case else "-"


def when(iso: str) -> str:
    """A moment or day as people here write it: 20/03/2025 14:05."""
    if not iso:
        return ""
    moment = datetime.fromisoformat(iso)
    return moment.strftime("%d/%m/%Y" if len(iso) <= len("2025-03-20") else "%d/%m/%Y %H:%M")


def in_words(value: Any) -> Any:
    """A phrase of the station in the words of this screen; everything else as it is."""
    return tell(value.key, **value.values) if isinstance(value, Phrase) else value
