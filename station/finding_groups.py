"""Findings as a person reads a list of them: a run of missing numbers is one line, and two sides are said once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_RUNS = {"gap": "gaps", "gap-between": "gaps-between"}
_MIRRORED = {"same-book", "same-page"}
_NUMBER = re.compile(r"([0-9]+)/([0-9]{4})")


def grouped(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings as `told` gives them, in their order, with fewer lines and nothing left unsaid.

    A run keeps the command that mends its first number.
    """
    lines: list[dict[str, Any]] = []
    said: set[tuple[str, frozenset[str]]] = set()
    for finding in findings:
        if finding["code"] in _MIRRORED:
            sides = (finding["code"], frozenset({finding["subject"], finding["other"]}))
            if sides in said:
                continue
            said.add(sides)
        if lines and _goes_on(lines[-1], finding):
            lines[-1] = _longer(lines[-1], finding)
        else:
            lines.append(finding)
    return lines


def _goes_on(line: dict[str, Any], finding: dict[str, Any]) -> bool:
    """Whether a missing number is the next one of a run."""
    code = finding["code"]
    if code not in _RUNS or line["code"] not in {code, _RUNS[code]} or line["book"] != finding["book"]:
        return False
    before, here = _NUMBER.fullmatch(line.get("last", line["subject"])), _NUMBER.fullmatch(finding["subject"])
    elsewhere = "other" in line or "other" in finding
    return bool(
        before and here and not elsewhere and before[2] == here[2] and int(here[1]) == int(before[1]) + 1
    )  # fmt: skip


def _longer(line: dict[str, Any], finding: dict[str, Any]) -> dict[str, Any]:
    first, last = line.get("first_missing", line["subject"]), finding["subject"]
    count = line.get("count", 1) + 1
    span = f"{first.partition('/')[0]}-{last}"
    return line | {
        "code": _RUNS[finding["code"]], "first_missing": first, "last": last, "count": count, "span": span,
    }  # fmt: skip
