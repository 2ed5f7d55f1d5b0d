"""Typing what the pages say: the fields of the column set, in its order, beside the picture of the case."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from station.indexing.cards import read_card, read_differences
from station.indexing.entries import Side
from station.indexing.values import BadField, normalise
from station.naming import CaseNumber
from station.registers.columns import Kind
from ui.keys import bind
from ui.memory import Place
from ui.screens.base import KioskScreen
from ui.typing.field import VietnameseInput
from ui.widgets.dialogs import Choice, TextDialog
from ui.widgets.line import Line
from ui.widgets.picture import PagePicture
from ui.words import Language, chosen, number, say
from ui.words.errors import why

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.events import DescendantFocus

    from station.indexing.cards import Card, Difference
    from station.indexing.desk import Outcome
    from station.registers.columns import Field
    from station.wiring import Station

_WORDS = frozenset({Kind.NAME, Kind.TEXT, Kind.PLACE})
_PAN = 0.5


def word_of(field: Field) -> str:
    """What a field is called."""
    return field.vi if chosen() is Language.VI else field.en


class FieldInput(VietnameseInput):
    """The field of a case. Codes, dates and numbers are typed as they are."""

    def __init__(self, field: Field, screen: IndexScreen) -> None:
        words = field.kind in _WORDS and not field.codes
        super().__init__(compact=True, method=screen.kiosk.typing if words else None)
        self.field = field

    def trouble(self) -> BadField | None:
        """Why the field does not take what is in it."""
        try:
            normalise(self.field, self.value)
        except BadField as error:
            return error
        return None


class IndexScreen(KioskScreen):
    """One case at a time. What was typed is kept when one goes to another case or leaves."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "next_case", "previous_case", "other_page", "enlarge", "other_entry", "compare", "back",
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        *bind("next_case", "previous_case", "other_page", "enlarge", "other_entry", "compare", priority=True),
        *bind("next_field", "previous_field", "picture_up", "picture_down", priority=True),
    ]

    def __init__(self, book: str, number: str = "") -> None:
        super().__init__(id="index")
        self.book = book
        self._wanted = number
        self.card: Card | None = None
        self.side = Side.FIRST
        self._page = 0
        self._leaves = False

    def body(self) -> ComposeResult:
        with Horizontal(id="index-parts"):
            yield PagePicture(self.kiosk.output)
            with Vertical(id="index-side"):
                yield Line("case-line")
                yield Vertical(id="fields")
                yield Line("field-hint")

    def title_words(self) -> str:
        return say("index.title", book=self.book)

    def place(self) -> Place:
        return Place("scan", self.book)

    @property
    def inputs(self) -> list[FieldInput]:
        """The fields in the order of the columns."""
        return list(self.query(FieldInput))

    async def on_mount(self) -> None:
        await self.draw()
        self._load(0)

    def _load(self, step: int) -> None:
        """Read the case so many steps from this one."""
        wanted, side, shown = self._wanted, self.side, self.card.number if self.card else None

        def look(station: Station) -> Card | None:
            book = station.book_id(self.book)
            return read_card(station, book, CaseNumber.parse(wanted, book) if wanted else shown, step, side)

        self._wanted = ""

        def show(card: Card | None) -> None:
            self.call_later(self._show, card)

        self.read(look, show, "index")

    async def _show(self, card: Card | None) -> None:
        if card is None:
            self.say(say("index.none"))
            return
        if self.card is None:
            await self._make_fields(card)
        self.card, self._page, self._leaves = card, 0, False
        for one in self.inputs:
            with one.prevent(Input.Changed):
                one.value = card.values.get(one.field.name, "")
            one.remove_class("wrong")
        self.query_one(PagePicture).zoom_out()
        self._draw_card()
        if self.inputs:
            self.inputs[0].focus()

    async def _make_fields(self, card: Card) -> None:
        place = self.query_one("#fields", Vertical)
        for field in card.fields:
            await place.mount(Line(classes="field-word"), FieldInput(field, self))

    async def draw(self) -> None:
        await super().draw()
        self._draw_card()

    def _draw_card(self) -> None:
        card = self.card
        if card is None:
            return
        for label, one in zip(self.query(".field-word").results(Line), self.inputs, strict=True):
            label.update(f"{word_of(one.field)}{' *' if one.field.required else ''}")
        line = say("index.case", number=card.number, place=number(card.place), total=number(card.total))
        self.query_one("#case-line", Line).update(f"{line} · {say(f'entry.{self.side}')}")
        self.query_one(PagePicture).show_page(card.pages[self._page] if card.pages else None)
        if isinstance(self.focused, FieldInput):
            self._hint(self.focused)

    # The fields

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        if isinstance(event.widget, FieldInput):
            self._hint(event.widget)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._leaves = False
        if isinstance(event.input, FieldInput):
            self._hint(event.input)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_next_field()

    def _hint(self, one: FieldInput) -> None:
        """What the field takes, or why it does not take this."""
        trouble = one.trouble()
        one.set_class(trouble is not None, "wrong")
        codes = " · ".join(f"{code} = {word}" for code, word in one.field.codes.items())
        more = f"✗ {why(trouble)}" if trouble else codes
        self.query_one("#field-hint", Line).update(f"{word_of(one.field)}\n{more}")

    def action_next_field(self) -> None:
        self._step(1)

    def action_previous_field(self) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        inputs = self.inputs
        if inputs:
            here = inputs.index(self.focused) if isinstance(self.focused, FieldInput) else -step
            inputs[(here + step) % len(inputs)].focus()

    # From case to case

    def _changed(self) -> dict[str, str]:
        known = self.card.values if self.card else {}
        return {one.field.name: one.value for one in self.inputs if one.value.strip() != known.get(one.field.name, "")}

    def _keep(self, then: Callable[[], None]) -> None:
        """Keep what was typed of this case; what is refused stays on the screen, and nothing of it is kept."""
        card, values = self.card, self._changed()
        if card is None or not values:
            then()
            return

        def job(station: Station) -> Outcome:
            book = station.book_id(self.book)
            with station.changing(book):
                return station.desk(book).type_in(card.number, values, card.side)

        def done(outcome: Outcome) -> None:
            if outcome.refused:
                self._refused(outcome)
                return
            self.say(say("index.kept", number=card.number, fields=number(len(outcome.kept))))
            then()

        self.change_book(job, done)

    def _refused(self, outcome: Outcome) -> None:
        error = outcome.refused[0]
        wrong = [one for one in self.inputs if one.field.name == error.values.get("field")]
        if wrong:
            wrong[0].focus()
        self.complain(error)

    def action_next_case(self) -> None:
        self._keep(lambda: self._load(1))

    def action_previous_case(self) -> None:
        self._keep(lambda: self._load(-1))

    def action_other_entry(self) -> None:
        """The entry of the second person, or the first again."""

        def change() -> None:
            self.side = Side.SECOND if self.side is Side.FIRST else Side.FIRST
            self._load(0)

        self._keep(change)

    async def action_back(self) -> None:
        """Keep what was typed and leave; a second time right after, without what is refused."""
        if self._leaves:
            self.kiosk.go_back()
            return
        self._leaves = bool(self._changed())
        self._keep(self.kiosk.go_back)

    # The picture

    def action_other_page(self) -> None:
        if self.card and self.card.pages:
            self._page = (self._page + 1) % len(self.card.pages)
            self.query_one(PagePicture).show_page(self.card.pages[self._page])

    def action_enlarge(self) -> None:
        pane = self.query_one(PagePicture)
        if pane.is_zoomed:
            pane.zoom_out()
        else:
            pane.zoom_in()

    def action_picture_up(self) -> None:
        self.query_one(PagePicture).pan(0, -_PAN)

    def action_picture_down(self) -> None:
        self.query_one(PagePicture).pan(0, _PAN)

    # Two entries

    def action_compare(self) -> None:
        """The first field in which two people disagree, with its case behind the question."""
        self._keep(lambda: self.read(lambda station: read_differences(station, station.book_id(self.book)), self._ask))

    def _ask(self, found: list[Difference]) -> None:
        if not found:
            self.say(say("index.same"))
            return
        one = found[0]
        self._wanted = str(one.number)
        self._load(0)
        answers = [
            ("1", say("index.typed", value=one.first[0] or "-", who=one.first[1]), Side.FIRST.value),
            ("2", say("index.typed", value=one.second[0] or "-", who=one.second[1]), Side.SECOND.value),
            ("3", say("index.type-other"), "other"),
        ]
        text = say("ask.differs", number=one.number, field=word_of(one.field), count=number(len(found)))
        self.app.push_screen(Choice(text, answers), lambda answer: self._settle(one, answer))

    def _settle(self, one: Difference, answer: str | None) -> None:
        if answer is None:
            return
        if answer != "other":
            value = (one.first if answer == Side.FIRST else one.second)[0]
            self._decide(one, value)
            return

        def typed(value: str | None) -> None:
            if value:
                self._decide(one, value)

        self.app.push_screen(TextDialog(say("index.type-other"), one.first[0], words=True), typed)

    def _decide(self, one: Difference, value: str) -> None:
        def job(station: Station) -> Outcome:
            book = station.book_id(self.book)
            with station.changing(book):
                return station.desk(book).settle(one.number, one.field.name, None, value)

        def done(outcome: Outcome) -> None:
            if outcome.refused:
                self.complain(outcome.refused[0])
            else:
                self.action_compare()

        self.change_book(job, done)
