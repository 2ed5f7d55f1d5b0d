"""The command that mends a finding, with its ids filled in: a look or a scan, never a word that ends it unseen.

What a person has to say stands as a word in capitals, which no command takes. Numbers are what is likely; the person
who looks at the paper decides. For a sealed book there is no way but a checker's word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from station.model import BookState

if TYPE_CHECKING:
    from station.model import Book, Finding

_WHY, _NAME = "WHY", "NAME"
"""Where a person has to write a reason or a name: see `station.said`."""
_CONFIRM = "pages confirm {subject}"
_MISSING = "cases missing {book} --number {subject}"
_ASSIGN = "cases assign {book} --page {order}"
_INCLUDE = f"books include {{book}} --checker {_NAME} --why {_WHY}"

_COMMANDS: dict[str, str] = {
    "book-excluded": _INCLUDE,
    "number-excluded": _INCLUDE,
    "no-pages": "scan {book}",
    "too-few-pages": "scan {book}",
    "page-without-case": f"{_ASSIGN} --numbers {{likely}}",
    "case-without-page": f"cases drop {{book}} --number {{subject}} --why {_WHY}",
    "gap": "pages insert --scan --after {after} --number {subject}",
    "gap-between": "pages insert --scan --after {after} --number {subject}",
    "gap-at-begin": "scan {book} --number {subject}",
    "gap-elsewhere": f"{_MISSING} --why other-book --in {{other}}",
    "volume-missing": "books add {first}",
    "explained-but-there": f"{_MISSING} --withdraw",
    "not-in-other-book": f"{_MISSING} --withdraw",
    "number-in-other-book": f"{_ASSIGN} --numbers NUMBERS",
    "number-out-of-order": f"{_ASSIGN} --numbers {{number}}",
    "same-image": f"pages discard {{subject}} --why {_WHY}",
    "same-page": f"duplicates keep {{subject}} {{other}} --why {_WHY}",
    "same-book": f"duplicates keep {{subject}} {{other}} --why {_WHY}",
    "cannot-tell": "pages mark {subject} --kind blank",
    "same-book-elsewhere": f"duplicates keep {{subject}} {{other}} --why {_WHY}",
    "same-page-elsewhere": f"duplicates keep {{subject}} {{other}} --why {_WHY}",
    "numbers-elsewhere": f"duplicates keep {{subject}} {{other}} --why {_WHY}",
    "numbers-recorded": f"duplicates keep {{subject}} {{other}} --why {_WHY}",
    "no-copy": "process {book}",
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
    "entries-differ": "cases compare {book}",
    "field-missing": "cases show {book} --number {number}",
    "year-differs": "cases show {book} --number {number}",
    "sealed": f"reopen {{book}} --checker {_NAME} --why {_WHY}",
}


def mend_of(book: Book, finding: Finding) -> str:
    """The command line that mends a finding of a book; a look at its pages where no command does."""
    values = {**finding.values, "book": str(book.id), "subject": finding.subject}
    return f"station {_COMMANDS.get(_way(book, finding), 'pages {book}').format(**values)}"


def accept_of(book: Book, finding: Finding) -> str | None:
    """The command by which a person who looked says that a page is good as it is; None where that is no answer."""
    if finding.code != "image" or finding.blocking or book.state is BookState.SEALED:
        return None
    return f"station {_CONFIRM.format(subject=finding.subject)}"


def told(book: Book, finding: Finding) -> dict[str, Any]:
    """A finding with its book and the command that mends it, as it stands in `--json` output. `accept` is there where
    a person may also say that nothing is to be mended.
    """
    accept = accept_of(book, finding)
    row = {"book": str(book.id), **finding.as_json(), "mend": mend_of(book, finding)}
    return row | {"accept": accept} if accept else row


def _way(book: Book, finding: Finding) -> str:
    """The key of the command: mostly the finding's own code."""
    code, values = finding.code, finding.values
    if book.state is BookState.SEALED:
        return "sealed"
    if code in {"gap", "gap-between"}:
        return "gap-elsewhere" if "other" in values else code if "after" in values else "gap-at-begin"
    if code == "page-count" and values["found"] < values["expected"]:
        return "too-few-pages"
    if code == "image" and values["check"] == "blank":
        return "blank"
    return "all-pages-gone" if code == "last-page-unconfirmed" and not values["last"] else code
