"""Findings in the operator's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.capture.feeds import feed_words
from station.words import Phrase

if TYPE_CHECKING:
    from typing import Any


def finding_text(finding: dict[str, Any]) -> Phrase:
    """What a finding, as `station.books.mending.told` gives it, says."""
    code = f"verdict.{finding['check']}" if finding["code"] == "image" else f"finding.{finding['code']}"
    return Phrase(code, _in_words(finding))


def _in_words(finding: dict[str, Any]) -> dict[str, Any]:
    """The values of a finding, with words for what is a code in its data."""
    match finding["code"]:
        case "last-page-unconfirmed":
            return feed_words(finding)
        case "review":
            return finding | {"why": Phrase(f"review.{finding['reason']}")}
        case "same-page" | "cannot-tell" | "same-page-elsewhere":
            told = {name: finding[name] for name in ("numbers", "other_numbers") if name in finding}
            return finding | {name: _cases_on_page(numbers) for name, numbers in told.items()}
        case "unreadable":
            return finding | {"why": Phrase(f"unreadable.{finding['reason']}")}
    return finding


def _cases_on_page(numbers: str) -> Phrase:
    return Phrase("numbers.of-page", {"numbers": numbers}) if numbers else Phrase("numbers.none")
