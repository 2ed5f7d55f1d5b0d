"""Every sentence that a person reads, by key: the look-up. The sentences stand in `station.sentences`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from station.sentences import SENTENCES

if TYPE_CHECKING:
    from station.settings import Language

_language: Language = "both"
# Which value of which sentences is a text of the parts below us.
_FROM_BELOW = {
    "detail": ("outbox.", "bag.", "receive.", "storage-failed"),
    "reason": ("bad-setting", "unreadable-settings"),
}
# What is to be reported word by word.
_AS_IT_CAME = {"outbox.sender-defect"}


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
    vietnamese, english = (_fill(text, _spoken(key, values, place)) for place, text in enumerate(found))
    if _language == "vi" or vietnamese == english:
        return vietnamese
    return english if _language == "en" else f"{vietnamese}{separator}{english}"


def _spoken(key: str, values: dict[str, Any], place: int) -> dict[str, Any]:
    """The values of a sentence with every phrase among them, and what comes from below, in one language.

    `place` is 0 for Vietnamese, 1 for English.
    """
    spoken = dict(values)
    for name, value in values.items():
        if isinstance(value, Phrase):
            texts = SENTENCES.get(value.key)
            spoken[name] = _fill(texts[place], _spoken(value.key, value.values, place)) if texts else value.key
        elif isinstance(value, str) and key.startswith(_FROM_BELOW.get(name, ())) and key not in _AS_IT_CAME:
            from station import causes  # some forty patterns, which only a trouble needs

            spoken[name] = causes.spoken(value, place)
    return spoken


def sentence_in(language: Literal["vi", "en"], key: str, /, **values: Any) -> str:
    """The sentence of a key in one language, whatever the program speaks otherwise."""
    place = 0 if language == "vi" else 1
    found = SENTENCES.get(key)
    if found is None:
        return f"{key} {' '.join(map(str, values.values()))}".strip()
    return _fill(found[place], _spoken(key, values, place))


def both(key: str, /, **values: Any) -> str:
    """A help text, or what stands on paper: in both languages, Vietnamese first, whatever the screen speaks."""
    return " · ".join(_fill(text, values) if values else text for text in SENTENCES[key])


def _fill(text: str, values: dict[str, Any]) -> str:
    """A text with its values; one from below that is empty takes its brackets or its colon along."""
    for name in _FROM_BELOW:
        if values.get(name) == "":
            text = re.sub(rf":? (\(\{{{name}\}}\)|\{{{name}\}})", "", text)
    try:
        return text.format(**values)
    except (KeyError, IndexError):
        return f"{text} {values}"
