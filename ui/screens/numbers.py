"""Which cases stand on a page, typed; what a number means that another page has already is asked, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from station import amending
from station.amending import Same
from station.errors import Refused
from ui.widgets.dialogs import Choice, TextDialog
from ui.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from station.amending import Undo
    from station.standing import Seen
    from station.wiring import Station
    from ui.screens.review import ReviewScreen

_IN_THIS_BOOK, _IN_ANOTHER = "number-on-other-page", "number-in-book"


def ask_numbers(screen: ReviewScreen, seen: Seen, text: str = "") -> None:
    """Have the numbers of a page typed; `text` stands in the field, or what the page bears."""

    def attempt(numbers: str, taken: Callable[[], Any], refused: Callable[[Exception], None]) -> None:
        _assign(screen, seen, numbers, None, taken, refused)

    now = text or ", ".join(map(str, seen.numbers))
    screen.app.push_screen(TextDialog(say("ask.numbers", order=seen.page.order), now, attempt=attempt))


def _assign(
    screen: ReviewScreen,
    seen: Seen,
    text: str,
    same: Same | None,
    taken: Callable[[], Any],
    refused: Callable[[Exception], None],
) -> None:
    def assign(station: Station) -> tuple[Undo, str]:
        undo = amending.assign(station, seen.page.id, text, same)
        return undo, ", ".join(map(str, station.catalogue.numbers_of_pages(seen.page.book)[seen.page.id]))

    def done(answer: tuple[Undo, str]) -> None:
        undo, numbers = answer
        taken()
        order = seen.page.order
        said = say("review.assigned", order=order, numbers=numbers)
        screen.changed(undo, said, (seen.page.id, "assigned", {"order": order}))

    def failed(error: Exception) -> None:
        if isinstance(error, Refused) and error.code in {_IN_THIS_BOOK, _IN_ANOTHER}:
            taken()
            _ask_same(screen, seen, text, error)
        else:
            refused(error)

    screen.try_to_change_book(assign, done, failed)


def _ask_same(screen: ReviewScreen, seen: Seen, text: str, against: Refused) -> None:
    """Another page of the same case, a second case with this number, or the wrong number."""
    here = against.code == _IN_THIS_BOOK
    values = against.values
    question = (
        say("ask.same", number=values["number"], pages=values["pages"])
        if here
        else say("ask.same-elsewhere", number=values["number"], book=values["other"])
    )
    answers = [("1", say("same.page"), Same.PAGE.value)] if here else []
    answers += [("2", say("same.case"), Same.CASE.value), ("3", say("same.wrong"), "wrong")]

    def answered(answer: str | None) -> None:
        if answer == "wrong":
            ask_numbers(screen, seen, text)
        elif answer:
            _assign(screen, seen, text, Same(answer), lambda: None, screen.complain)

    screen.kiosk.sound("look")
    screen.app.push_screen(Choice(question, answers), answered)
