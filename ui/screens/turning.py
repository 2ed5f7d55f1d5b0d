"""A stack that lay the wrong way round: what turning its pages round would do is shown first, then done by a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from station.books.reversing import Reversal, has_sheets, last_stack, plan_reversal, reverse
from ui.widgets.dialogs import Choice
from ui.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.amending import Undo
    from station.naming import CaseNumber
    from station.standing import Seen
    from station.wiring import Station
    from ui.screens.review import ReviewScreen


@dataclass(frozen=True)
class _Proposal:
    """A way to turn pages round, and the numbers that its first and its last page bear so far."""

    plan: Reversal
    first: Sequence[CaseNumber]
    last: Sequence[CaseNumber]
    sided: bool


@dataclass(frozen=True)
class Turning:
    """Turns the last stack of a book round; `here` is the page that is looked at. `from_here`: from that page on."""

    screen: ReviewScreen
    here: Seen
    from_here: bool = False
    by_sheet: bool = False

    def ask(self) -> None:
        """Show the first and the last page with their numbers before and after."""
        self.screen.read(self._propose, self._show)

    def _plan(self, station: Station) -> Reversal:
        book = station.book_id(self.screen.book)
        stack, here = last_stack(station.catalogue, book), station.page(self.here.page.id)
        last = stack[-1] if stack else station.catalogue.last_pages(book, 1)[0]
        first = here if self.from_here or not stack else stack[0]
        return plan_reversal(station, book, first, last, by_sheet=self.by_sheet)

    def _propose(self, station: Station) -> _Proposal:
        plan = self._plan(station)
        numbers = station.catalogue.numbers_of_pages(plan.book)
        pages = [page for page in station.catalogue.pages(plan.book) if page.id in plan.before]
        return _Proposal(plan, numbers.get(plan.before[0], ()), numbers.get(plan.before[-1], ()), has_sheets(pages))

    def _show(self, proposal: _Proposal) -> None:
        plan, here = proposal.plan, self.here.page.order
        text = say(
            "ask.reverse",
            count=len(plan.before),
            first=plan.first_order,
            last=plan.last_order,
            first_now=_listed(proposal.first),
            last_now=_listed(proposal.last),
            **_becomes(plan, "first", plan.before[0]),
            **_becomes(plan, "last", plan.before[-1]),
        )
        answers = [("1", say("reverse.do"), "do")]
        if proposal.sided and not self.by_sheet:
            answers.append(("2", say("reverse.by-sheet"), "by-sheet"))
        if here < plan.last_order and here != plan.first_order:
            answers.append(("3", say("reverse.from-here", order=here), "from-here"))
        self.screen.app.push_screen(Choice(text, answers), self._answered)

    def _answered(self, answer: str | None) -> None:
        screen = self.screen
        if answer == "do":
            screen.try_to_change_book(lambda station: reverse(station, self._plan), self._done, screen.complain)
        elif answer:
            others = {"by-sheet": (self.from_here, True), "from-here": (True, self.by_sheet)}
            Turning(screen, self.here, *others[answer]).ask()

    def _done(self, answer: tuple[Reversal, Undo]) -> None:
        plan, undo = answer
        span = {"first": plan.first_order, "last": plan.last_order}
        said = say("review.reversed", **span, key=self.screen.key_of("undo"))
        self.screen.changed(undo, said, (self.here.page.id, "reversed", span))


def _becomes(plan: Reversal, name: str, page: str) -> dict[str, object]:
    """Where a page comes to lie, and its numbers there."""
    order = plan.first_order + plan.after.index(page)
    return {f"{name}_then": order, f"{name}_number": _listed(plan.on_pages[page])}


def _listed(numbers: Sequence[CaseNumber]) -> str:
    return ", ".join(map(str, numbers)) or "-"
