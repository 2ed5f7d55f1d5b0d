"""One feed of a scanner into a pile of books, and what stands on record of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from drivers.faults import DeviceFault
from drivers.interface import EndOfPaper, Side, Source
from station import clock
from station.capture.feeds import Ending, owes_look
from station.capture.keeping import ScanResult
from station.capture.quarantine import Quarantine
from station.capture.sheets import SideCounter
from station.model import Feed, Review

if TYPE_CHECKING:
    from drivers.interface import RawImage, Scanner
    from station.capture.keeping import Capture
    from station.catalogue import Catalogue
    from station.covers.pile import Pile

log = logging.getLogger(__name__)


def feed_pile(pile: Pile, scanner: Scanner, limit: int | None, source: Source) -> ScanResult:
    """One trigger of a scanner, page by page into the books. A device fault ends it and is part of the result.

    So does an image that is not the one due: front and back of a sheet would no longer be a pair. It goes to
    quarantine, and what the driver gave after it too. A cover sheet whose book must not be opened ends it likewise.
    Dirt on the feeder's glass ends it behind a whole sheet. A feeder that is faster than the checks may be done before
    they tell: dirt is then found behind its last sheet.
    """
    result, due, device = ScanResult(), SideCounter(source), scanner.info.id
    images, aside, fed = 0, len(pile.aside), None
    try:
        for image in scanner.feed(pile.raw_spool, limit):
            if isinstance(image, EndOfPaper):
                result.paper_ended = True
            elif result.out_of_order is None and due.fits(image):
                images += 1
                result.pages += pile.place(image, device, duplex=source is Source.ADF_DUPLEX)
            else:
                result.out_of_order = result.out_of_order or image
                _set_aside(pile, image)
            if result.streak is None and _ends_sheet(image, source):
                result.streak = pile.streak()
            if _is_ended(result, pile):
                scanner.cancel()
    except DeviceFault as fault:
        result.fault, fed = None if _is_ended(result, pile) else fault, fault.sheets_fed
    result.pages += pile.flush(device)
    if source is not Source.FLATBED and not (result.fault or _is_ended(result, pile)):
        pile.await_checks()
        result.streak = pile.streak()
    result.aside, result.refused_cover = len(pile.aside) - aside, pile.stopped
    result.sheets_fed = _sheets_fed(result, source, images, fed)
    return result


def _ends_sheet(image: RawImage | EndOfPaper, source: Source) -> bool:
    """Whether the feeder has drawn in a whole sheet; a flatbed has none."""
    if isinstance(image, EndOfPaper) or source is Source.FLATBED:
        return False
    return source is Source.ADF or image.side is Side.BACK


def _is_ended(result: ScanResult, pile: Pile) -> bool:
    """Whether the station has seen enough, whatever the device says of being cancelled."""
    return bool(result.out_of_order or pile.stopped or result.streak is not None)


def _set_aside(pile: Pile, image: RawImage) -> None:
    """An image that nobody can place is kept for a person to judge."""
    log.error("an image out of its order: %s", image)
    words = {"book": str(pile.book or "-"), "sheet": image.sheet, "side": image.side}
    Quarantine(pile.root).keep(image.path, "why.out-of-order", **words)


def _sheets_fed(result: ScanResult, source: Source, images: int, fed: int | None) -> int | None:
    """As the fault says, `fed`; else the sheets that the images came from. A flatbed feeds none."""
    if source is Source.FLATBED or result.out_of_order:
        return None
    if result.fault or fed is not None:
        return fed
    return images if source is Source.ADF else (images + 1) // 2


@dataclass
class FeedRecord:
    """A feed on record, from its beginning to its end: for each book that its sheets go into a row of its own.

    A crash leaves a row without an end, which is how the next feed knows that this one was interrupted. Before the
    first cover sheet there is no row. `before` is the feed whose shortfall this one makes good.
    """

    catalogue: Catalogue
    device: str
    operator: str
    profile: str
    source: str
    asked: int | None
    before: int | None = None
    _open: tuple[Feed, Capture] | None = None
    _sheets: int = field(default=0)
    """Sheets that went into earlier books."""

    def begin(self, capture: Capture) -> None:
        place = capture.replaces or capture.after or capture.before
        if place is None and owes_look(self.catalogue.feeds(capture.book.id)):
            capture.review = Review.AFTER_BREAK
        due = capture.numbers.due
        feed = Feed(
            id=0,
            book=capture.book.id,
            device=self.device,
            source=self.source,
            profile=self.profile,
            operator=self.operator,
            began=clock.now(),
            asked=self.asked,
            place=place.id if place else None,
            stack=capture.stack,
            side=capture.side,
            number_due=str(due[0]) if due else None,
        )
        feed = replace(feed, id=self.catalogue.begin_feed(feed))
        capture.feed = feed.id
        self._open = feed, capture

    def switch(self, capture: Capture, sheet: int | None) -> None:
        """A cover sheet came: the pages go into another book from now on. `sheet` is its place in the feed."""
        if sheet is None or self.source == Source.FLATBED:
            self._close(Ending.SWITCHED, None)
        else:
            self._close(Ending.SWITCHED, sheet - 1 - self._sheets)
            self._sheets = sheet - 1
        self.begin(capture)

    def end(self, result: ScanResult) -> None:
        fed = result.sheets_fed
        made_good = self.before if result.pages else None
        self._close(_ending(result), None if fed is None else fed - self._sheets, made_good)

    def _close(self, ending: str, fed: int | None, makes_good: int | None = None) -> None:
        if self._open is None:
            return
        (feed, capture), self._open = self._open, None
        due = capture.numbers.due
        number = str(due[0]) if due else None
        ended = replace(feed, ending=ending, ended=clock.now(), fed=fed, number_due=number)
        self.catalogue.end_feed(ended, makes_good=makes_good)


def _ending(result: ScanResult) -> str:
    if result.out_of_order:
        return Ending.OUT_OF_ORDER
    if result.fault:
        return result.fault.kind
    if result.refused_cover:
        return Ending.SWITCHED
    if result.streak is not None:
        return Ending.DIRTY_GLASS
    if result.stopped:
        return Ending.STOPPED
    return Ending.PAPER_ENDED if result.paper_ended else Ending.LIMIT
