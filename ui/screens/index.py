"""Typing what the pages say: the fields of the column set, in its order, beside the picture of the case."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from station.errors import UsageError
from station.indexing.cards import read_card, read_differences
from station.indexing.entries import Side
from station.indexing.values import BadField, normalise
from station.naming import CaseNumber
from station.registers.columns import Kind
from ui.clerk import while_here
from ui.keys import bind, shown_key
from ui.memory import Place
from ui.screens.base import KioskScreen
from ui.typing.field import VietnameseInput
from ui.widgets.dialogs import Choice, TextDialog
from ui.widgets.line import Line
from ui.widgets.picture import PagePicture
from ui.words import number, say
from ui.words.errors import why
from ui.words.fields import FieldWord, error_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.events import DescendantFocus

    from station.indexing.cards import Card, Difference
    from station.indexing.desk import Outcome
    from station.registers.columns import Field
    from station.wiring import Station

_WORDS = frozenset({Kind.NAME, Kind.TEXT, Kind.PLACE})
_PAN = 0.5


class FieldInput(VietnameseInput):
    """The field of a case. Codes, dates and numbers are typed as they are."""

    def __init__(self, field: Field, screen: IndexScreen) -> None:
        words = field.kind in _WORDS and not field.codes
        super().__init__(compact=True, method=screen.kiosk.typing if words else None)
        self.field = field

    @property
    def word(self) -> str:
        """What it is called."""
        return str(FieldWord(self.field))

    def trouble(self) -> str:
        """Why the field does not take what is in it; nothing when it does."""
        try:
            normalise(self.field, self.value)
        except BadField as error:
            return why(error_in_words(error, {self.field.name: self.field}))
        return ""


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
        self.holds_keys = True
        """Keys wait: they are for the case that is on its way."""
        self._known: dict[str, str] = {}
        """What is kept of the case, as it was typed."""
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

    def arrive(self, number: str = "", **_: str) -> None:
        """Another case of the book is to be typed."""
        if number:
            self._wanted = number
            self._keep(lambda: self._load(0, Side.FIRST))

    def _load(self, step: int, side: Side | None = None) -> None:
        """Read the case so many steps from this one, for another `side` if given; refused, all stays as it is."""
        wanted, side, shown = self._wanted, side or self.side, self.card.number if self.card else None

        def look(station: Station) -> Card | None:
            book = station.book_id(self.book)
            return read_card(station, book, CaseNumber.parse(wanted, book) if wanted else shown, step, side)

        self._wanted = ""

        def show(card: Card | None) -> None:
            self.call_later(self._show, card)

        self.holds_keys = True
        self.kiosk.reader.ask(look, while_here(self, show), while_here(self, self._failed), "index")

    def _failed(self, error: Exception) -> None:
        self.holds_keys = False
        self.complain(error_in_words(error, self._fields))

    @property
    def _fields(self) -> dict[str, Field]:
        return {field.name: field for field in self.card.fields} if self.card else {}

    async def _show(self, card: Card | None) -> None:
        if card is None:
            self.holds_keys = False
            self.say(say("index.none"))
            return
        if self.card is None:
            await self._make_fields(card)
        self.card, self.side, self._page, self._leaves = card, card.side, 0, False
        self._known = dict(card.values)
        for one in self.inputs:
            with one.prevent(Input.Changed):
                one.value = card.values.get(one.field.name, "")
        self.query_one(PagePicture).zoom_out()
        self._draw_card()
        if self.inputs:
            self.set_focus(self.inputs[0])
        self.holds_keys = False
        if card.barred:
            self._failed(UsageError("same-person", number=str(card.number), operator=card.barred))

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
        for one in self.inputs:
            self._label(one)
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

    def _label(self, one: FieldInput) -> str:
        """Put the field's word above it, with a sign where the field does not take what is in it; why it does not."""
        trouble = one.trouble()
        one.set_class(bool(trouble), "wrong")
        label = list(self.query(".field-word").results(Line))[self.inputs.index(one)]
        label.update(f"{'✗ ' if trouble else ''}{one.word}{' *' if one.field.required else ''}")
        return trouble

    def _hint(self, one: FieldInput) -> None:
        """Why the field does not take this, then what it takes, as much as there is room for."""
        trouble, hint = self._label(one), self.query_one("#field-hint", Line)
        codes = [f"{code} = {word}" for code, word in one.field.codes.items()]
        size = hint.content_size
        hint.update(hint_words(f"✗ {trouble}" if trouble else one.word, codes, size.width, size.height))

    def action_next_field(self) -> None:
        self._step(1)

    def action_previous_field(self) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        """To another field. One that does not take what is in it is left as well, and says so: hands look at paper."""
        inputs, here = self.inputs, self.focused
        if not inputs:
            return
        place = inputs.index(here) if isinstance(here, FieldInput) else -step
        self.set_focus(inputs[(place + step) % len(inputs)])
        trouble = here.trouble() if isinstance(here, FieldInput) else ""
        if trouble:
            self.say(say("failed", why=trouble))
            self.kiosk.sound("stop")

    # From case to case

    def _changed(self) -> list[FieldInput]:
        return [one for one in self.inputs if one.value.strip() != self._known.get(one.field.name, "")]

    def _keep(self, then: Callable[[], None]) -> None:
        """Keep what was typed of this case and go on; where a field is refused, keep the others and stay."""
        card, changed = self.card, self._changed()
        values = {one.field.name: one.value.strip() for one in changed if not one.trouble()}
        wrong = [one for one in changed if one.field.name not in values]
        if card is None or not changed:
            then()
            return

        def job(station: Station) -> Outcome:
            book = station.book_id(self.book)
            with station.changing(book):
                return station.desk(book).type_in(card.number, values, card.side)

        def done(outcome: Outcome) -> None:
            self.holds_keys = False
            if outcome.refused:
                self._failed(outcome.refused[0])
                return
            self._known |= values
            self.say(say("index.kept", number=card.number, fields=number(len(outcome.kept))))
            if wrong:
                self._stay(wrong, len(values))
            else:
                then()

        if values:
            self.holds_keys = True
            self.kiosk.scanner.clerk.ask(job, while_here(self, done), while_here(self, self._failed))
        else:
            self._stay(wrong, 0)

    def _stay(self, wrong: list[FieldInput], kept: int) -> None:
        """Say what was not kept, and go there."""
        self.set_focus(wrong[0])
        words, key = ", ".join(one.word for one in wrong), shown_key("back", self.kiosk.changed_keys)
        refused = say("index.refused", fields=words, kept=number(kept))
        self.say(say("index.not-kept", fields=words, kept=number(kept), key=key) if self._leaves else refused)
        self.kiosk.sound("stop")

    def action_next_case(self) -> None:
        self._keep(lambda: self._load(1))

    def action_previous_case(self) -> None:
        self._keep(lambda: self._load(-1))

    def action_other_entry(self) -> None:
        """The entry of the second person, or the first again."""
        self._keep(lambda: self._load(0, Side.SECOND if self.side is Side.FIRST else Side.FIRST))

    async def action_back(self) -> None:
        """Keep what was typed and leave; a second time right after, without the fields that it was said of."""
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
        self._load(0, Side.FIRST)
        sides = (("1", one.first, Side.FIRST.value), ("2", one.second, Side.SECOND.value))
        answers = [(key, _typed_words(typed), side) for key, typed, side in sides if typed[1] or not one.field.required]
        answers.append(("3", say("index.type-other"), "other"))
        text = say("ask.differs", number=one.number, field=FieldWord(one.field), count=number(len(found)))
        self.app.push_screen(Choice(text, answers), lambda answer: self._settle(one, answer))

    def _settle(self, one: Difference, answer: str | None) -> None:
        if answer is None:
            return
        if answer != "other":
            value = (one.first if answer == Side.FIRST else one.second)[0]
            self._decide(one, value)
            return

        def attempt(value: str, taken: Callable[[], Any], refused: Callable[[Exception], None]) -> None:
            self._decide(one, value, taken, refused)

        self.app.push_screen(TextDialog(say("index.type-other"), one.first[0], words=True, attempt=attempt))

    def _decide(
        self,
        one: Difference,
        value: str,
        taken: Callable[[], Any] | None = None,
        refused: Callable[[Exception], None] | None = None,
    ) -> None:
        """Keep what a third look found."""

        def failed(error: Exception) -> None:
            if refused:
                refused(error_in_words(error, {one.field.name: one.field}))
            else:
                self._failed(error)

        def job(station: Station) -> Outcome:
            book = station.book_id(self.book)
            with station.changing(book):
                return station.desk(book).settle(one.number, one.field.name, None, value)

        def done(outcome: Outcome) -> None:
            if outcome.refused:
                failed(outcome.refused[0])
                return
            if taken:
                taken()
            self.action_compare()

        self.try_to_change_book(job, done, failed)


def hint_words(first: str, codes: Sequence[str], width: int, height: int) -> str:
    """A line, and below it as many codes as fit into the rest of the room; what is left out is told by dots."""
    if not width:
        return "\n".join([first, " · ".join(codes)])
    left = height - len(wrap(first, width))
    for many in range(len(codes), 0, -1):
        text = " · ".join([*codes[:many], *(["…"] if many < len(codes) else [])])
        if len(wrap(text, width)) <= left:
            return f"{first}\n{text}"
    return first


def _typed_words(typed: tuple[str, str]) -> str:
    """What one of two people typed, and who."""
    value, who = typed
    return say("index.typed", value=value or say("index.left-empty"), who=who) if who else say("index.not-typed")
