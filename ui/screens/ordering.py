"""The keys that say how the next page comes: its number, covers, the source of the paper, both sides, the button."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from drivers.interface import Side, Source
from station.capture.duplex import Turned
from station.naming import CaseNumber
from ui.keys import shown_key
from ui.scanning import ScanOrder
from ui.screens.base import KioskScreen
from ui.widgets.dialogs import TextDialog
from ui.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from station.standing import Standing
    from station.wiring import Station
    from ui.scanning import ScanDesk

_SOURCES: tuple[Source | None, ...] = (None, Source.FLATBED, Source.ADF, Source.ADF_DUPLEX)
_MOST_COVERS = 3


class OrderingScreen(KioskScreen):
    """A book at the scanner, and what was ordered for its next page. The order outlives the screen: whoever comes back
    to the same book finds it as it was.
    """

    def __init__(self, book: str) -> None:
        super().__init__(id="scan")
        self.book = book
        self._order = ScanOrder(book)
        self._covers: int | None = None
        self._changed = ""
        """What was changed while the flatbed waited: to be said when that scan has ended."""

    @property
    def desk(self) -> ScanDesk:
        return self.kiosk.scanner

    @property
    def standing(self) -> Standing | None:
        """The book as it was read last."""
        raise NotImplementedError

    def draw_parts(self) -> None:
        """Show what was ordered."""
        raise NotImplementedError

    def take_up_order(self) -> None:
        """What was ordered for this book before."""
        if self.desk.visit and self.desk.visit.book == self.book:
            self._order = self.desk.visit

    def order(self, order: ScanOrder) -> None:
        """From the next page on."""
        self._order = self.desk.visit = order

    def refuse_moving(self) -> bool:
        """Whether paper may be moving; then what to do first is said."""
        if self.desk.moves:
            self.say(say("scan.busy", key=shown_key("stop", self.kiosk.changed_keys)))
        return self.desk.moves

    def _begin_anew(self, text: str) -> None:
        """What was changed holds from the next page on: a flatbed that waits is stopped."""
        if self.desk.awaits_sheet:
            self._changed = text
            self.desk.stop()
        self.draw_parts()
        self.say(text)

    async def action_number(self) -> None:
        if self.refuse_moving():
            return
        due = self.standing.due if self.standing else None
        self.app.push_screen(TextDialog(say("scan.ask-number"), str(due or ""), attempt=self._try_number))

    def _try_number(self, text: str, taken: Callable[[], Any], refused: Callable[[Exception], None]) -> None:
        def parse(station: Station) -> str:
            return str(CaseNumber.parse(text, station.book_id(self.book)))

        def parsed(number: str) -> None:
            taken()
            self._number_set(number)

        self.kiosk.reader.ask(parse, self._if_here(parsed), self._if_here(refused))

    def _number_set(self, text: str) -> None:
        self.order(replace(self._order, number=text))
        self._begin_anew(say("scan.number-set", number=text))

    async def action_cover(self) -> None:
        if self.refuse_moving():
            return
        self._covers = ((self._covers or 0) + 1) % (_MOST_COVERS + 1)
        self._begin_anew(say("scan.covers-set", covers=self._covers))

    async def action_source(self) -> None:
        if self.refuse_moving():
            return
        source = _SOURCES[(_SOURCES.index(self._order.source) + 1) % len(_SOURCES)]
        self.order(replace(self._order, source=source))
        self._begin_anew(say("scan.source-set", source=say(f"source.{source or 'none'}")))

    async def action_by_hand(self) -> None:
        if self.refuse_moving():
            return
        if self.desk.awaits_sheet or self._order.source is Source.FLATBED:
            self.say(say("scan.by-hand-feeder", key=shown_key("source", self.kiosk.changed_keys)))
            return
        turned = None if self._order.turned else Turned(Side.FRONT, both=True)
        if turned and self.standing and self.standing.fronts:
            turned = Turned(Side.BACK)
        self.order(replace(self._order, turned=turned))
        self._begin_anew(say("scan.by-hand-on" if turned else "scan.by-hand-off"))

    async def action_button(self) -> None:
        if self.refuse_moving():
            return
        self.order(replace(self._order, wait=not self._order.wait))
        self._begin_anew(say("scan.button-on" if self._order.wait else "scan.button-off"))
