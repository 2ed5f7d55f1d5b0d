"""The command that mends a finding, with its ids filled in: a look or a scan, never a word that ends it unseen.

What a person has to say stands as a word in capitals, which no command takes. Numbers are what is likely; the person
who looks at the paper decides. Where it may be right as it is, a second command says so. For a sealed book there is no
way but a checker's word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from station.model import BookState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from station.model import Book, Finding

_WHY, _NAME = "WHY", "NAME"
"""Where a person has to write a reason or a name: see `station.said`."""
_CONFIRM = "pages confirm {subject}"
_MISSING = "cases missing {book} --number {subject}"
_ASSIGN = "cases assign {book} --page {order}"
_INCLUDE = f"books include {{book}} --checker {_NAME} --why {_WHY}"

_COMMANDS: dict[str, str] = {
    "book-excluded": _INCLUDE,
    "number-excluded": f"pages discard {{pages}} --why {_WHY}",
    "excluded-beside": f"{_ASSIGN} --numbers {{others}}",
    "no-pages": "scan {book}",
    "too-few-pages": "scan {book}",
    "page-without-case": f"{_ASSIGN} --numbers {{likely}}",
    "page-goes-on": f"{_ASSIGN} --numbers NUMBERS",
    "case-without-page": f"cases drop {{book}} --number {{subject}} --why {_WHY}",
    "gap": "pages insert --scan --after {after} --number {subject}",
    "gap-between": "pages insert --scan --after {after} --number {subject}",
    "gap-at-begin": "pages insert --scan --before {before} --number {subject}",
    "gap-in-nothing": "scan {book} --number {subject}",
    "second-missing": "pages insert --scan --before {before} --number {subject}",
    "second-nowhere": "cases drop {book} --number {only} --why " + _WHY,
    "gap-elsewhere": f"{_MISSING} --why other-book --in {{other}}",
    "volume-missing": "books add {first}",
    "explained-but-there": f"{_MISSING} --withdraw",
    "explained-but-elsewhere": f"{_MISSING} --why other-book --in {{other}}",
    "explained-beyond-list": f"{_MISSING} --withdraw",
    "not-in-other-book": f"{_MISSING} --withdraw",
    "number-in-other-book": f"{_ASSIGN} --numbers NUMBERS",
    "beyond-list": f"{_ASSIGN} --numbers NUMBERS",
    "number-out-of-order": f"{_ASSIGN} --numbers NUMBERS",
    "out-of-place-before": "pages move {book} {move} --before {to_before}",
    "out-of-place-after": "pages move {book} {move} --after {to_after}",
    "same-image": f"pages discard {{later}} --why {_WHY}",
    "same-page": f"pages discard {{later}} --why {_WHY}",
    "same-book": f"pages discard {{later}} --why {_WHY}",
    "cannot-tell": "pages mark {subject} --kind blank",
    "same-book-elsewhere": f"duplicates keep {{subject}} {{other}} --why {_WHY}",
    "same-page-elsewhere": f"duplicates keep {{subject}} {{other}} --why {_WHY}",
    "numbers-elsewhere": f"duplicates keep {{subject}} {{other}} --why {_WHY}",
    "numbers-recorded": f"pages discard {{pages}} --why {_WHY}",
    "no-copy": "process {book}",
    "copies-gone": "process {book}",
    "look-alike-gone": "process",
    "unreadable": "pages replace {subject} --scan",
    "last-page-unconfirmed": _CONFIRM,
    "all-pages-gone": "scan {book} {go_on}",
    "fewer-pages": _CONFIRM,
    "half-sheet": _CONFIRM,
    "stack-waits": "pages pair {book}",
    "review": _CONFIRM,
    "spread-without-gutter": "pages split {subject} --at {at}",
    "spread-for-half": f"pages discard {{subject}} --why {_WHY}",
    "image": "pages replace {subject} --scan",
    "blank": "pages mark {subject} --kind blank",
    "entries-differ": "cases settle {book} --number {number} --field {field} --take SIDE",
    "field-missing": "cases show {book} --number {number}",
    "year-differs": "cases show {book} --number {number}",
    "cases-of-book": "cases {book}",
    "sealed": f"reopen {{book}} --checker {_NAME} --why {_WHY}",
}


_KEEP = f"duplicates keep {{subject}} {{other}} --why {_WHY}"
_ACCEPTS: dict[str, str] = {
    "image": _CONFIRM,
    "number-excluded": f"books include {{book}} --numbers {{subject}} --checker {_NAME} --why {_WHY}",
    "number-out-of-order": _CONFIRM,
    "same-image": _KEEP,
    "same-page": _KEEP,
    "same-book": _KEEP,
    "numbers-recorded": _KEEP,
}


_WAYS: tuple[tuple[str, Callable[[Mapping[str, Any]], bool], str], ...] = (
    ("gap", lambda values: "other" in values, "gap-elsewhere"),
    ("gap", lambda values: "before" in values, "gap-at-begin"),
    ("gap", lambda values: "after" not in values, "gap-in-nothing"),
    ("gap-between", lambda values: "other" in values, "gap-elsewhere"),
    ("gap-between", lambda values: "before" in values, "gap-at-begin"),
    ("gap-between", lambda values: "after" not in values, "gap-in-nothing"),
    ("second-missing", lambda values: not values["instead"], "second-nowhere"),
    ("page-without-case", lambda values: "likely" not in values, "page-goes-on"),
    ("number-in-other-book", lambda values: not values.get("order"), "case-without-page"),
    ("beyond-list", lambda values: not values.get("order"), "case-without-page"),
    ("number-out-of-order", lambda values: "to_before" in values, "out-of-place-before"),
    ("number-out-of-order", lambda values: "to_after" in values, "out-of-place-after"),
    ("page-count", lambda values: values["found"] < values["expected"], "too-few-pages"),
    ("image", lambda values: values["check"] == "blank", "blank"),
    ("last-page-unconfirmed", lambda values: not values["last"], "all-pages-gone"),
    ("numbers-recorded", lambda values: not values.get("pages"), "cases-of-book"),
    ("number-excluded", lambda values: values["others"], "excluded-beside"),
    ("number-excluded", lambda values: not values["pages"], "case-without-page"),
)
"""Where another command mends a finding, because of its values; the first that holds."""


def mend_of(book: Book, finding: Finding) -> str:
    """The command line that mends a finding of a book; a look at its pages where no command does."""
    return f"station {_COMMANDS.get(_way(book, finding), 'pages {book}').format(**_values(book, finding))}"


def accept_of(book: Book, finding: Finding) -> str | None:
    """The command by which a person who looked says that it is good as it is; None where that is no answer."""
    command = _ACCEPTS.get(finding.code)
    no_answer = finding.code == "image" and finding.blocking
    if command is None or no_answer or book.state is BookState.SEALED:
        return None
    return f"station {command.format(**_values(book, finding))}"


def told(book: Book, finding: Finding) -> dict[str, Any]:
    """A finding with its book and the command that mends it, as it stands in `--json` output. `accept` is there where
    a person may also say that nothing is to be mended.
    """
    accept = accept_of(book, finding)
    row = {"book": str(book.id), **finding.as_json(), "mend": mend_of(book, finding)}
    return row | {"accept": accept} if accept else row


def _values(book: Book, finding: Finding) -> dict[str, Any]:
    """What fills the gaps of a command."""
    values = {**finding.values, "book": str(book.id), "subject": finding.subject}
    if book.state is BookState.SEALED:
        return values
    match finding.code:
        case "same-page" | "same-image":
            values["later"] = _later_page(values)
        case "same-book":
            side = "page" if values["book"] > values["other"] else "other"
            values["later"] = " ".join(pair[side] for pair in values["pairs"])
        case "entries-differ":
            values["field"] = values["fields"].partition(",")[0]
        case "numbers-recorded" | "number-excluded":
            values["pages"] = " ".join(values.get("pages", ()))
    return values


def _later_page(values: Mapping[str, Any]) -> str:
    """Of two pages the one that comes later in the order of books and pages: both sides name the same one."""
    here, there = (values["book"], values["order"]), (values["other_book"], values["other_order"] or 0)
    return str(values["subject"] if here > there else values["other"])


def _way(book: Book, finding: Finding) -> str:
    """The key of the command: mostly the finding's own code."""
    if book.state is BookState.SEALED:
        return "sealed"
    ways = (way for code, holds, way in _WAYS if code == finding.code and holds(finding.values))
    return next(ways, finding.code)
