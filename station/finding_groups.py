"""Findings as a person reads a list of them: a run of missing numbers is one line, and so is one of excluded numbers;
two sides are said once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_RUNS = {"gap": "gaps", "gap-between": "gaps-between", "number-excluded": "numbers-excluded"}
_MIRRORED = {"same-book", "same-page"}
_NUMBER = re.compile(r"([0-9]+)/([0-9]{4})")


def grouped(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings as `told` gives them, in their order, with fewer lines and nothing left unsaid.

    A run keeps the command that mends its first number; the commands of excluded numbers name all of them.
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
    """Whether a number is the next one of a run."""
    code = finding["code"]
    if code not in _RUNS or line["code"] not in {code, _RUNS[code]} or line["book"] != finding["book"]:
        return False
    before, here = _NUMBER.fullmatch(line.get("last", line["subject"])), _NUMBER.fullmatch(finding["subject"])
    alone = not any(name in one for one in (line, finding) for name in ("other", "only"))
    next_one = before and here and before[2] == here[2] and int(here[1]) == int(before[1]) + 1
    return bool(next_one and alone and _same_exclusion(line, finding))


def _same_exclusion(line: dict[str, Any], finding: dict[str, Any]) -> bool:
    """Whether excluded numbers have one reason, and pages that bear no others; true for missing numbers."""
    if finding["code"] != "number-excluded":
        return True
    same = all(str(line[name]) == str(finding[name]) for name in ("reason", "source"))
    return same and all(one["pages"] and not one["others"] for one in (line, finding))


def _longer(line: dict[str, Any], finding: dict[str, Any]) -> dict[str, Any]:
    first, last = line.get("first_missing", line["subject"]), finding["subject"]
    count = line.get("count", 1) + 1
    span = f"{first.partition('/')[0]}-{last}"
    commands = _commands_of_both(line, finding, span) if finding["code"] == "number-excluded" else {}
    return line | commands | {
        "code": _RUNS[finding["code"]], "first_missing": first, "last": last, "count": count, "span": span,
    }  # fmt: skip


def _commands_of_both(line: dict[str, Any], finding: dict[str, Any], span: str) -> dict[str, Any]:
    pages = list(dict.fromkeys([*line["pages"], *finding["pages"]]))
    commands = {"pages": pages, "mend": line["mend"].replace(_words(line["pages"]), _words(pages))}
    if "accept" in line:
        commands["accept"] = line["accept"].replace(_words([line.get("span", line["subject"])]), _words([span]))
    return commands


def _words(words: Iterable[str]) -> str:
    """As they stand inside of a command."""
    return f" {' '.join(words)} "
