"""Looking at the pages of a book one by one, and putting them right; the last changes can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.containers import Horizontal, Vertical

from station import amending
from station.books import folding
from station.model import PageKind
from ui.keys import bind, shown_key
from ui.memory import Place
from ui.screens.base import KioskScreen
from ui.screens.changes import Change
from ui.screens.doubts import doubt_lines, read_reviewed
from ui.screens.gutter import STEP, Gutter
from ui.screens.numbers import ask_numbers
from ui.screens.rescan import Rescan
from ui.screens.turning import Turning
from ui.widgets.dialogs import Choice, TextDialog
from ui.widgets.line import Line
from ui.widgets.picture import PagePicture
from ui.widgets.strip import numbers_of
from ui.words import number, say, when

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from station.amending import Undo
    from station.standing import Seen
    from station.wiring import Station
    from ui.screens.doubts import Reviewed

T = TypeVar("T")
Did = tuple[str, str, "Mapping[str, Any]"]
"""A change of a page: the page, the key of its words, their values."""

_PAN = 0.5
_REASONS = (("1", "twice"), ("2", "bad"), ("3", "foreign"), ("4", "other"))


class ReviewScreen(KioskScreen):
    """One page at a time, with its verdicts and cases."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "next_page", "previous_page", "zoom", "replace", "insert_after", "insert_before", "discard", "mark", "assign",
        "renumber", "reverse", "split", "confirm", "undo", "close_book", "back",
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        *bind("next_page", "previous_page", "first_page", "last_page", "zoom", "left", "right", "up", "down"),
        *bind("replace", "insert_before", "insert_after", "discard", "mark", "assign", "renumber", "reverse", "split"),
        *bind("confirm", "undo", "close_book"),
    ]

    def __init__(self, book: str, page: str = "", notice: str = "") -> None:
        super().__init__(id="review")
        self.book = book
        self._wanted = page
        self._notice = notice
        self._pages: list[Seen] = []
        self._at = 0
        self._doubles: Mapping[str, Sequence[dict[str, Any]]] = {}
        self.rescan: Rescan | None = None
        self._gutter: Gutter | None = None

    @property
    def seen(self) -> Seen | None:
        """The page that is looked at."""
        return self._pages[self._at] if self._pages else None

    def body(self) -> ComposeResult:
        with Horizontal(id="review-parts"):
            yield PagePicture(self.kiosk.output)
            with Vertical(id="review-side"):
                yield Line("page-line")
                yield Line("page-more")
                yield Line("verdicts")

    def title_words(self) -> str:
        return say("review.title", book=self.book)

    def place(self) -> Place:
        return Place("review", self.book, self.seen.page.id if self.seen else self._wanted)

    async def on_mount(self) -> None:
        await self.draw()
        self.say(self._notice)

    async def on_screen_resume(self) -> None:
        await super().on_screen_resume()
        self.look()

    def arrive(self, page: str = "", notice: str = "", **_: str) -> None:
        """Another page of the book is to be seen."""
        self.say(notice)
        self._drop_gutter()
        self.look(page)

    def look(self, page: str = "") -> None:
        """Read the book again; the page that is looked at stays, or the given one comes."""
        self._wanted = page or self._wanted
        self.read(lambda station: read_reviewed(station, self.book), self._show, "review")

    def _show(self, read: Reviewed) -> None:
        """Keys may have gone to another page while this was read: that one stays."""
        pages, self._doubles, self.sealed = read.pages, read.doubles, read.sealed
        wanted, self._wanted = self._wanted or (self.seen.page.id if self.seen else ""), ""
        ids, last, first_time = [seen.page.id for seen in pages], max(0, len(pages) - 1), not self._pages
        self._pages = pages
        self._at = ids.index(wanted) if wanted in ids else last if first_time else min(self._at, last)
        self._draw_page()

    async def draw(self) -> None:
        await super().draw()
        self._draw_page()

    def _draw_page(self) -> None:
        seen = self.seen
        if self._gutter is None:
            self.query_one(PagePicture).show_page(seen)
        lines = ("", "", "")
        if seen:
            page = seen.page
            size = f"{number(page.width)} x {number(page.height)}"
            lines = (
                say(
                    "review.page" if seen.numbers else "review.page-plain",
                    order=page.order,
                    pages=number(len(self._pages)),
                    kind=say(f"kind.{page.kind}"),
                    numbers=numbers_of(seen),
                ),
                say("review.taken", size=size, at=when(page.origin.taken_at), operator=page.origin.operator),
                "\n".join(doubt_lines(seen, self._doubles.get(page.id, ()), self.key_of("assign"))),
            )
            self.kiosk.keep_place(self.place())
        elif self.is_attached:
            lines = (say("review.none"), "", "")
        for widget, text in zip(("page-line", "page-more", "verdicts"), lines, strict=True):
            self.query_one(f"#{widget}", Line).update(text)

    def key_of(self, action: str) -> str:
        """The key of an action as it stands on its button."""
        return shown_key(action, self.kiosk.changed_keys)

    # Moving

    def _go_to(self, place: int) -> None:
        before, self._at = self._at, max(0, min(place, len(self._pages) - 1))
        if self._at != before:
            self.hush()  # what was said is of the page before
        self._drop_gutter()
        self.query_one(PagePicture).zoom_out()
        self._draw_page()

    def action_next_page(self) -> None:
        self._go_to(self._at + 1)

    def action_previous_page(self) -> None:
        self._go_to(self._at - 1)

    def action_first_page(self) -> None:
        self._go_to(0)

    def action_last_page(self) -> None:
        self._go_to(len(self._pages))

    def action_zoom(self) -> None:
        pane = self.query_one(PagePicture)
        if pane.is_zoomed:
            pane.zoom_out()
        else:
            pane.zoom_in()

    def action_left(self) -> None:
        self._go_aside(-1)

    def action_right(self) -> None:
        self._go_aside(1)

    def _go_aside(self, way: int) -> None:
        if self._gutter:
            self._gutter.move(way * STEP)
        else:
            self.query_one(PagePicture).pan(way * _PAN, 0)

    def action_up(self) -> None:
        self.query_one(PagePicture).pan(0, -_PAN)

    def action_down(self) -> None:
        self.query_one(PagePicture).pan(0, _PAN)

    def action_close_book(self) -> None:
        if not self.kiosk.scanner.busy:
            self.kiosk.go("close_book", book=self.book)

    # Changing

    def _to_change(self) -> Seen | None:
        """The page that is looked at, unless the book is sealed, which is said."""
        return None if self.refuse_sealed(self.book) else self.seen

    def amend(self, job: Callable[[Station], Undo | None], said: str, did: Did) -> None:
        """Have a change made, say so, and keep what takes it back."""
        self.change_book(job, lambda undo: self.changed(undo, said, did))

    def changed(self, undo: Undo | None, said: str, did: Did) -> None:
        """A page was changed: say so, and keep what takes it back."""
        if undo:
            self.kiosk.changes.add(self.book, Change(undo, *did))
        self._drop_gutter()
        self.say(said)
        self.look()

    def action_undo(self) -> None:
        """Take back the last change of the book, and show the page that it was of."""
        change = self.kiosk.changes.take(self.book)
        if change is None:
            self.say(say("review.nothing-to-undo"))
            return

        def undone(_: None) -> None:
            self._drop_gutter()
            self.say(say("review.undone", what=change.words))
            self.look(change.page)

        def failed(error: Exception) -> None:
            self.kiosk.changes.add(self.book, change)
            self.complain(error)

        self.try_to_change_book(change.undo, undone, failed)

    def action_discard(self) -> None:
        seen = self._to_change()
        if seen is None:
            return
        order = seen.page.order

        def chosen(reason: str | None) -> None:
            if reason == "other":
                self.app.push_screen(TextDialog(say("ask.discard", order=order), words=True), discard)
            elif reason:
                discard(say(f"why.{reason}"))

        def discard(why: str | None) -> None:
            if why:
                self.amend(
                    lambda station: amending.discard(station, seen.page.id, why),
                    say("review.discarded", order=order),
                    did(seen, "discarded"),
                )

        answers = [(key, say(f"why.{reason}"), reason) for key, reason in _REASONS]
        self.app.push_screen(Choice(say("ask.discard", order=order), answers), chosen)

    def action_mark(self) -> None:
        seen = self._to_change()
        if seen is None:
            return
        order = seen.page.order

        def chosen(kind: str | None) -> None:
            if kind:
                self.amend(
                    lambda station: amending.mark(station, seen.page.id, PageKind(kind)),
                    say("review.marked", order=order, kind=say(f"kind.{kind}")),
                    did(seen, "marked"),
                )

        answers = [(str(place), say(f"kind.{kind}"), kind.value) for place, kind in enumerate(PageKind, 1)]
        self.app.push_screen(Choice(say("ask.kind", order=order), answers), chosen)

    def action_assign(self) -> None:
        if seen := self._to_change():
            ask_numbers(self, seen)

    def action_renumber(self) -> None:
        seen = self._to_change()
        if seen is None:
            return
        order = seen.page.order

        def attempt(text: str, taken: Callable[[], Any], refused: Callable[[Exception], None]) -> None:
            def done(undo: Undo) -> None:
                taken()
                said = say("review.renumbered", order=order, numbers=text)
                self.changed(undo, said, did(seen, "renumbered"))

            self.try_to_change_book(lambda station: amending.renumber(station, seen.page.id, text), done, refused)

        now = str(seen.numbers[0]) if seen.numbers else ""
        self.app.push_screen(TextDialog(say("ask.renumber", order=order), now, attempt=attempt))

    def action_reverse(self) -> None:
        """The last stack lay the wrong way round."""
        if not self.kiosk.scanner.busy and (seen := self._to_change()):
            Turning(self, seen).ask()

    def action_confirm(self) -> None:
        seen = self._to_change()
        if seen is None:
            return

        said = say("review.confirmed", order=seen.page.order)
        self.amend(lambda station: amending.confirm(station, seen.page.id), said, did(seen, "confirmed"))

    def action_split(self) -> None:
        """An open book in two pages at the line that is shown first, or two halves in one again."""
        seen = self._to_change()
        if seen is None:
            return
        if seen.page.part:
            said = say("review.whole", order=seen.page.order)
            self.amend(lambda station: folding.unsplit(station, seen.page.id), said, did(seen, "whole"))
        elif self._gutter and self._gutter.fold:
            self._gutter.split()
        else:
            self.query_one(PagePicture).zoom_out()
            self._gutter = Gutter(self, seen)
            self._gutter.find()

    def _drop_gutter(self) -> None:
        if self._gutter:
            self._gutter.drop()
            self._gutter = None

    # Scanning single pages

    def action_replace(self) -> None:
        if not self.kiosk.scanner.busy and (seen := self._to_change()):
            Rescan(self, old=seen.page).ask()

    def action_insert_after(self) -> None:
        if not self.kiosk.scanner.busy and (seen := self._to_change()):
            Rescan(self, after=seen.page.id).ask()

    def action_insert_before(self) -> None:
        if not self.kiosk.scanner.busy and (seen := self._to_change()):
            Rescan(self, before=seen.page.id).ask()

    def heard(self, news: object) -> None:
        if self.rescan and self.kiosk.scanner.owner is self:
            self.rescan.heard(news)

    async def action_back(self) -> None:
        if self._gutter:
            self._drop_gutter()
            self.say("")
            self._draw_page()
        elif not self.kiosk.scanner.moves:
            self.kiosk.go_back()


def did(seen: Seen, what: str) -> Did:
    """What was done to a page, for taking it back: the page, the key of the words, their values."""
    return seen.page.id, what, {"order": seen.page.order}
