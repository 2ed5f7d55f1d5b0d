"""Findings in the operator's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.capture.feeds import feed_words
from station.imaging.page import Check
from station.words import Phrase

if TYPE_CHECKING:
    from typing import Any


def finding_text(finding: dict[str, Any]) -> Phrase:
    """What a finding, as `station.books.mending.told` gives it, says."""
    return Phrase(_key(finding), _in_words(finding))


def _key(finding: dict[str, Any]) -> str:
    code = finding["code"]
    match code:
        case "second-missing" if not finding["instead"]:
            return "finding.second-nowhere"
        case "image":
            return f"verdict.{finding['check']}"
        case "gap" if finding.get("instead"):
            return "finding.gap-second"
        case "page-without-case" if "likely" not in finding:
            return "finding.page-goes-on" if "before" in finding else "finding.page-unknown"
        case "number-out-of-order" if "move" in finding:
            return "finding.page-out-of-place"
    return f"finding.{code}"


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
        case "gap" | "second-missing" if finding.get("instead"):
            return finding | {"rename": _rename(finding)}
        case "unreadable":
            return finding | {"why": Phrase(f"unreadable.{finding['reason']}")}
    return finding | {"value": round(finding["value"])} if finding.get("check") == Check.DPI_DISBELIEVED else finding


def _rename(finding: dict[str, Any]) -> str:
    """The commands by which the pages of a second case become those of the first."""
    commands = [
        f"station cases assign {finding['book']} --page {page['order']} --numbers {page['numbers']}"
        for page in finding["instead"]
    ]
    return "; ".join([commands[0], *(f"{command} --join" for command in commands[1:])])


def _cases_on_page(numbers: str) -> Phrase:
    return Phrase("numbers.of-page", {"numbers": numbers}) if numbers else Phrase("numbers.none")
