"""Bringing images into a book so that no committed page can be lost and no half page can be seen.

One page, one commit point: its master lies fsynced under its final name, then its row is written, then it is announced.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from outbox import durable
from station import clock
from station.books.numbers import NumberGiver
from station.digest import sha256_of
from station.errors import UsageError
from station.model import Book, BookState, Origin, Page, PageKind, PageState, Review
from station.words import Phrase
from station.worklist.exclusions import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from drivers.faults import DeviceFault
    from drivers.interface import RawImage, Side
    from station.capture.streaks import Streak
    from station.catalogue import Catalogue
    from station.intake import Delivered, RefusedFile
    from station.naming import BookId, CaseNumber, Numbering
    from station.root import Root


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """What happened to one delivered file: the pages it became, or why it was refused."""

    path: Path
    pages: tuple[Page, ...] = ()
    already: tuple[str, ...] = ()
    refused: RefusedFile | None = None
    waiting: tuple[CaseNumber, ...] = ()
    """Numbers that stay free for pages of this file, which did not come or are here without them."""
    count_lost: bool = False
    """Whether the pages behind a refused file get no numbers, because nobody can tell how many pages it has."""
    may_be_cover: bool = False
    """Whether a refused file may have been the cover sheet of another book."""
    source_sha256: str = ""
    whole: bool = False
    """Whether the one page's master has the very bytes of the file."""
    lies_at: Path | None = None
    """Where a refused file lies, where that is no longer its `path`."""
    unfinished: bool = False
    """Whether the file is back in its folder, because its writer may not be done with it."""


@dataclass
class ScanResult:
    """How a scan ended. `fault` is what stopped it; the pages before it are kept.

    `sheets_fed` counts the sheets that a feeder drew in, None where nobody counted. `stopped`: by the operator, between
    two pages. `out_of_order` is an image that its driver gave out of its turn; it is in quarantine.
    """

    pages: list[Page] = field(default_factory=list)
    paper_ended: bool = False
    fault: DeviceFault | None = None
    refused: list[RefusedFile] = field(default_factory=list)
    """Files of a folder that served as the scanner."""
    waiting: list[CaseNumber] = field(default_factory=list)
    """Numbers that stay free for pages of files that were not taken."""
    sheets_fed: int | None = None
    stopped: bool = False
    out_of_order: RawImage | None = None
    aside: int = 0
    """Images in quarantine, because no cover sheet said which book they belong to, or a cover sheet ended the scan."""
    refused_cover: UsageError | None = None
    """Why the book of a cover sheet was not opened, which ended the scan."""
    streak: Streak | None = None
    """The dirt on the feeder's glass that ended the scan."""

    @property
    def images(self) -> int:
        """How many images came, whatever became of them."""
        return len(self.pages) + self.aside

    def add(self, later: ScanResult) -> None:
        """Take over what a further trigger of the same scan gave, and how it ended."""
        self.pages += later.pages
        self.refused += later.refused
        self.waiting += later.waiting
        if later.sheets_fed is not None:
            self.sheets_fed = (self.sheets_fed or 0) + later.sheets_fed
        self.paper_ended, self.fault, self.stopped = later.paper_ended, later.fault, later.stopped
        self.out_of_order, self.refused_cover = later.out_of_order, later.refused_cover
        self.streak = later.streak
        self.aside += later.aside


@dataclass
class Capture:
    """Brings images into one open book. `announce` is told of each page after its row is durable.

    Pages go to the end of the book; with `replaces` the first that comes takes the place of that page and further ones
    follow it, with `after` they go right behind that page and with `before` right in front of it. `feed` is the feed
    that they come from, `stack` and `side` say that they are one side of a stack of sheets; `review` marks the first
    that comes for a look. `noted` is told at once of a page whose number an earlier phase has done.
    """

    root: Root
    catalogue: Catalogue
    book: Book
    operator: str
    announce: Callable[[Page], None]
    noted: Callable[[Phrase], None] = lambda _: None
    kind: PageKind = PageKind.PAGE
    numbering: Numbering | None = None
    replaces: Page | None = None
    after: Page | None = None
    before: Page | None = None
    covers: int = 0
    """How many of the pages that come first, but for a cover sheet, are covers, whatever `kind` says."""
    feed: int | None = None
    stack: int | None = None
    side: Side | None = None
    review: Review | None = None
    clashes: list[tuple[Page, CaseNumber]] = field(default_factory=list)
    """Pages that got no number, because the number that was due belongs to another page already."""
    excluded: list[tuple[BookId, CaseNumber]] = field(default_factory=list)
    """Numbers of pages that an earlier phase has done: the pages are kept with them, and somebody has to look."""
    waiting: list[CaseNumber] = field(default_factory=list)
    """Numbers that stay free for pages which did not come: see `station.books.numbers`."""
    _came: int = 0

    def __post_init__(self) -> None:
        if self.book.state is BookState.SEALED:
            raise UsageError("book-sealed", book=str(self.book.id))
        self._folder = self.root.masters_of(self.book.id)
        numbering = self.numbering if self.kind.in_case else None
        self.numbers = NumberGiver(self.catalogue, self.book.id, numbering)

    def commit_raw(self, image: RawImage, device: str, *, cover: bool = False, unread: bool = False) -> Page:
        """A scanner's image as the next page; `cover`: it is a cover sheet, whatever was due. `unread`: it may be."""
        if image.width is None or image.height is None:
            raise ValueError(image)
        if image.after_reconnect:
            self.review = Review.AFTER_RECONNECT
        elif unread:
            self.review = self.review or Review.CODES_UNREAD
        origin = Origin(self.operator, device, clock.now(), sheet=image.sheet, side=self.side or image.side)
        return self._commit(image.path, image.sha256, origin, (image.width, image.height), image.dpi, cover=cover)

    def commit_delivered(
        self, image: Delivered, device: str, *, cover: bool = False, again: bool = False
    ) -> Page | str:
        """A page of a delivered file as the next page; the id of the page that it is already is given back instead.

        With `again` a cover sheet that was used before is one more page, unless it came just now: the files of a folder
        go into the book of the last page that came from there.
        """
        known = self.catalogue.page_of_source(self.book.id, image.source_sha256, image.source_index)
        if known and not (cover and again and not self.catalogue.came_last(device, image.sha256)):
            image.file.unlink()
            self._came += not cover
            if not cover:
                self.waiting += self.numbers.pass_known(known)
            return known
        if image.unread:
            self.review = self.review or Review.CODES_UNREAD
        source = None if known else image.source_sha256
        origin = Origin(self.operator, device, clock.now(), source, image.source_index)
        return self._commit(image.file, image.sha256, origin, (image.width, image.height), image.dpi, cover=cover)

    def pass_over(self, pages: int | None, *, may_be_cover: bool = False, read: bool = False) -> bool:
        """A file of so many pages (None: nobody can tell) is not taken; its places among the pages stay free.

        The page before it is marked for a look, durably, before anything becomes of the file; where there is none, the
        next that comes. `read`: what is on the file is known. Returns whether the pages behind it get no numbers.
        """
        if self.replaces:
            return False
        before, lost = len(self.waiting), pages is None and self.numbers.lose_count()
        for _ in range(pages or 0):
            covers = self._came < self.covers
            self._came += 1
            self.waiting += () if covers else self.numbers.pass_over()
        numbering = self.numbers.numbering
        short = numbering is not None and numbering.pages_per_case > 1 and len(self.waiting) > before
        if may_be_cover:
            self._mark_for_look(Review.COVER_LOST)
        elif short:
            self._mark_for_look(Review.CASE_SHORT)
        elif pages != 0 and not read:
            self._mark_for_look(Review.FILE_REFUSED)
        return lost

    def _mark_for_look(self, review: Review) -> None:
        last = self.after or self.before or next(reversed(self.catalogue.pages(self.book.id)), None)
        if last is None:
            self.review = review
        elif not (last.review and last.review.blocking):
            self.catalogue.mark_for_look(last.id, review)

    def _commit(
        self, file: Path, sha256: str | None, origin: Origin, size: tuple[int, int], dpi: int | None, *, cover: bool
    ) -> Page:
        """The commit point of a page: master fsynced and renamed into place, then its row, then the announcement.

        A crash before the rename leaves a raw image in the spool, after it a master without a row: both go to
        quarantine at the next start and are offered to the operator. There is never a row without its master.
        """
        page_id = "p" + secrets.token_hex(6)
        master = self._folder / f"{page_id}{file.suffix}"
        durable.make_folder(self._folder)
        durable.sync_file(file)
        kind = PageKind.COVER if cover else self._kind_due()
        numbers, clash = self.numbers.offer(kind)
        page = self._of_stack(
            Page(
                id=page_id,
                book=self.book.id,
                order=self._order_due(),
                kind=kind,
                state=PageState.KEPT,
                sha256=sha256 or sha256_of(file),
                file=self.root.relative(master),
                bytes=file.stat().st_size,
                width=size[0],
                height=size[1],
                dpi=dpi,
                origin=origin,
                replaces=self.replaces.id if self.replaces else None,
                feed=self.feed,
                review=self.review,
                cover_sheet=cover or (self.replaces is not None and self.replaces.cover_sheet),
            )
        )
        durable.move_new(file, master)
        self.catalogue.add_page(
            page,
            numbers,
            after=self.after.id if self.after else None,
            before=self.before.id if self.before else None,
        )
        self._came += not cover
        self.numbers.count(numbers, kind)
        self.review = None
        in_place = (self.replaces or self.after or self.before) is not None
        self.replaces, self.after, self.before = None, page if in_place else None, None
        if clash:
            self.clashes.append((page, clash))
        self.announce(page)
        self._tell_excluded(page, numbers)
        return page

    def _tell_excluded(self, page: Page, numbers: Sequence[CaseNumber]) -> None:
        for number, exclusion in self.numbers.excluded(numbers).items():
            self.excluded.append((self.book.id, number))
            values = {"reason": reason_of(exclusion), "source": exclusion.source}
            self.noted(Phrase("page.number-excluded", {"order": page.order, "number": number, **values}))

    def _order_due(self) -> int:
        beside = self.replaces or self.before
        if beside:
            return beside.order
        return (self.after.order if self.after else self.catalogue.page_count(self.book.id)) + 1

    def _kind_due(self) -> PageKind:
        if self.replaces:
            return self.replaces.kind
        return PageKind.COVER if self._came < self.covers else self.kind

    def _of_stack(self, page: Page) -> Page:
        """A page in the place of one of a stack, or right beside one, is of that stack and side too."""
        beside = self.replaces or self.after or self.before
        if beside is None or beside.stack is None:
            return replace(page, stack=self.stack)
        origin = replace(page.origin, sheet=beside.origin.sheet, side=beside.origin.side)
        return replace(page, stack=beside.stack, origin=origin)
