"""Every sentence that a person reads, by key: the look-up. The sentences stand in `station.sentences`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from station.sentences import SENTENCES

if TYPE_CHECKING:
    from station.settings import Language

_language: Language = "both"


def choose_language(language: Language | None) -> None:
    """Speak this language from now on; `STATION_LANGUAGE` goes before what the settings say."""
    global _language  # noqa: PLW0603 - one language for the whole program
    wanted = os.environ.get("STATION_LANGUAGE") or language or "both"
    _language = wanted if wanted in {"vi", "en"} else "both"  # type: ignore[assignment]  # narrowed by the test


@dataclass(frozen=True)
class Phrase:
    """A sentence as a value of another one: said in the language of the sentence that it stands in."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return sentence(self.key, separator=" · ", **self.values)


def sentence(key: str, /, *, separator: str = "\n", **values: Any) -> str:
    """The sentence of a key with its values filled in: Vietnamese, English, or both with `separator` between.

    A key that nobody wrote a sentence for is shown as it is, with its values: better than hiding what happened.
    """
    found = SENTENCES.get(key)
    if found is None:
        return f"{key} {values}" if values else key
    vietnamese, english = (_fill(text, _spoken(values, place)) for place, text in enumerate(found))
    if _language == "vi" or vietnamese == english:
        return vietnamese
    return english if _language == "en" else f"{vietnamese}{separator}{english}"


def _spoken(values: dict[str, Any], place: int) -> dict[str, Any]:
    """The values with every phrase among them in one language: 0 Vietnamese, 1 English."""
    spoken = dict(values)
    for name, value in values.items():
        if isinstance(value, Phrase):
            texts = SENTENCES.get(value.key)
            spoken[name] = _fill(texts[place], _spoken(value.values, place)) if texts else value.key
    return spoken


def sentence_in(language: Literal["vi", "en"], key: str, /, **values: Any) -> str:
    """The sentence of a key in one language, whatever the program speaks otherwise."""
    place = 0 if language == "vi" else 1
    found = SENTENCES.get(key)
    if found is None:
        return f"{key} {' '.join(map(str, values.values()))}".strip()
    return _fill(found[place], _spoken(values, place))


def both(key: str, /, **values: Any) -> str:
    """A help text, or what stands on paper: in both languages, Vietnamese first, whatever the screen speaks."""
    return " · ".join(_fill(text, values) if values else text for text in SENTENCES[key])


def _fill(text: str, values: dict[str, Any]) -> str:
    try:
        return text.format(**values)
    except (KeyError, IndexError):
        return f"{text} {values}"
