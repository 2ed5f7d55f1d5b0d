"""What the scan asks the operator: the last page in doubt, covers of books that are closed, stacks that do not pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.capture.feeds import Doubt, feed_words
from station.covers.admission import Answer, Choice
from station.errors import StationError
from station.model import Book
from station.operators import Role
from ui.widgets.dialogs import Choice as ChoiceDialog
from ui.widgets.dialogs import PinDialog
from ui.words import say, tell
from ui.words.errors import why

if TYPE_CHECKING:
    from collections.abc import Callable

    from station.errors import UsageError
    from station.operators import Operator
    from station.wiring import Station
    from ui.app import KioskApp
    from ui.messages import Question
    from ui.scan_report import ScanReport
    from ui.screens.scan import ScanScreen


def ask_about(screen: ScanScreen, question: Question) -> None:
    """Put a question of the scan; the scan waits for the answer."""
    screen.kiosk.sound("look")
    if isinstance(question.about, Doubt):
        _ask_last_page(screen, question, question.about)
    else:
        _ask_cover(screen, question, question.about)


def _ask_last_page(screen: ScanScreen, question: Question, doubt: Doubt) -> None:
    values = {name: tell(one.key, **one.values) if hasattr(one, "key") else one
              for name, one in feed_words(doubt.values).items()}  # fmt: skip
    answers = [("y", say("ask.last-page-yes"), "yes")]
    if doubt.last:
        answers.append(("x", say("ask.last-page-no"), "no"))

    def answered(answer: str | None) -> None:
        question.answer(str(doubt.values["last"]) if answer == "yes" else None)
        if answer == "no" and doubt.last:
            screen.kiosk.go("review", book=screen.book, page=doubt.last.id)

    key = "ask.last-page" if doubt.last else "ask.last-page-none"
    screen.app.push_screen(ChoiceDialog(say(key, **values), answers), answered)


def _ask_cover(screen: ScanScreen, question: Question, against: UsageError) -> None:
    listed = against.code != "no-such-book"
    answers = [("a", say("ask.cover-append"), Choice.APPEND.value)]
    if listed:
        answers.append(("w", say("ask.cover-rework"), Choice.REWORK.value))
    answers.append(("n", say("ask.cover-refuse"), Choice.REFUSE.value))

    def answered(answer: str | None) -> None:
        choice = Choice(answer or Choice.REFUSE)
        if choice is Choice.REFUSE or not listed:
            question.answer(Answer(choice))
            return
        text = say("ask.reopen", why=why(against))
        screen.app.push_screen(PinDialog(text, Role.CHECKER, reason=True), lambda word: allowed(choice, word))

    def allowed(choice: Choice, word: tuple[Operator, str] | None) -> None:
        question.answer(Answer(choice, word[0].name, word[1]) if word else Answer(Choice.REFUSE))

    screen.app.push_screen(ChoiceDialog(say("ask.cover", why=why(against)), answers), answered)


def ask_to_open(screen: ScanScreen, error: StationError) -> None:
    """A sealed or excluded book: a checker may open it, with a reason."""
    text = say("ask.reopen", why=why(error))

    def allowed(word: tuple[Operator, str] | None) -> None:
        if word is None:
            return
        checker, reason = word[0].name, word[1]

        def open_book(station: Station) -> None:
            from station.announcements import Announcements
            from station.books.rework import reopen
            from station.worklist.including import include_book

            book = station.book_id(screen.book)
            if error.code == "book-sealed":
                reopen(station, book, checker, reason, Announcements())
            else:
                include_book(station, book, checker, reason)

        screen.change_book(open_book, lambda _: screen.look())

    screen.app.push_screen(PinDialog(text, Role.CHECKER, reason=True), allowed)


def ask_to_list(kiosk: KioskApp, error: Exception, listed: Callable[[str], None]) -> None:
    """The cover sheet of a book that is in no list: it may be entered; `listed` is told its id then."""
    if not (isinstance(error, StationError) and error.code == "no-such-book"):
        kiosk.fail(error)
        return
    book = str(error.values["book"])

    def add(station: Station) -> str:
        found = Book(station.book_id(book))
        station.add_book(found)
        return str(found.id)

    def answered(answer: str | None) -> None:
        if answer:
            kiosk.desk.ask(add, listed, kiosk.fail)

    kiosk.sound("look")
    kiosk.push_screen(ChoiceDialog(say("ask.list", book=book), [("a", say("ask.list-yes"), "add")]), answered)


def ask_again_for_backs(screen: ScanScreen, report: ScanReport) -> None:
    """A stack whose sides do not fit: its backs once more, or as they are."""
    assert report.pairing is not None
    text = say("scan.not-paired", fronts=report.pairing.fronts, backs=report.pairing.backs)
    answers = [("a", say("scan.backs-again"), "again")]
    if report.pairing.fronts == report.pairing.backs:
        answers.append(("g", say("scan.pair-anyway"), "anyway"))

    def pair(station: Station) -> None:
        from station.announcements import Announcements
        from station.line import pair_stack

        pair_stack(station, station.book(screen.book), Announcements(), in_order=False, as_they_are=True)

    def answered(answer: str | None) -> None:
        if answer == "again":
            screen.scan_backs_again()
        elif answer == "anyway":
            screen.kiosk.scanner.clerk.ask(pair, lambda _: screen.look(), screen.complain)

    screen.app.push_screen(ChoiceDialog(text, answers), answered)
