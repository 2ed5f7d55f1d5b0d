"""Bringing images into a book so that no committed page can be lost and no half page can be seen.

One page, one commit point: its master lies fsynced under its final name, then its row is written, then it is announced.
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.faults import DeviceFault
from drivers.interface import EndOfPaper, RawImage
from outbox import durable
from station import clock
from station.digest import sha256_of
from station.errors import UsageError
from station.intake import RefusedFile
from station.model import Book, BookState, Origin, Page, PageKind, PageState
from station.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from drivers.interface import Scanner
    from station.catalogue import Catalogue
    from station.intake import Delivered
    from station.intake.process import IntakeProcess
    from station.naming import CaseNumber, Numbering
    from station.root import Root


@dataclass(frozen=True)
class Taken:
    """What happened to one delivered file: the pages it became, or why it was refused."""

    path: Path
    pages: tuple[Page, ...] = ()
    already: tuple[str, ...] = ()
    refused: RefusedFile | None = None
    source_sha256: str = ""
    whole: bool = False
    """Whether the one page's master has the very bytes of the file."""


@dataclass
class ScanResult:
    """How a scan ended. `fault` is what stopped it; the pages before it are kept."""

    pages: list[Page] = field(default_factory=list)
    paper_ended: bool = False
    fault: DeviceFault | None = None
    refused: list[RefusedFile] = field(default_factory=list)
    """Files of a folder that served as the scanner."""


@dataclass
class Capture:
    """Brings images into one open book. `announce` is told of each page after its row is durable.

    Pages go to the end of the book; with `replaces` the first that comes takes the place of that page and further ones
    follow it, with `after` they go right behind that page.
    """

    root: Root
    catalogue: Catalogue
    book: Book
    operator: str
    announce: Callable[[Page], None]
    kind: PageKind = PageKind.PAGE
    numbering: Numbering | None = None
    replaces: Page | None = None
    after: Page | None = None
    covers: int = 0
    """How many of the pages that come first are covers, whatever `kind` says."""
    clashes: list[tuple[Page, CaseNumber]] = field(default_factory=list)
    """Pages that got no number, because the number that was due belongs to another page already."""
    _came: int = 0
    _numbered: int = 0
    _given: set[CaseNumber] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.book.state is BookState.SEALED:
            raise UsageError("book-sealed", book=str(self.book.id))
        self._folder = self.root.masters_of(self.book.id)

    def scan(self, scanner: Scanner, limit: int | None) -> ScanResult:
        """One trigger of a scanner, page by page into the book. A device fault ends it and is part of the result."""
        result = ScanResult()
        spool = self.root.spool_of(self.book.id, "scan")
        try:
            for image in scanner.feed(spool, limit):
                if isinstance(image, EndOfPaper):
                    result.paper_ended = True
                else:
                    result.pages.append(self._commit_raw(image, scanner.info.id))
        except DeviceFault as fault:
            result.fault = fault
        return result

    def take_files(self, files: Iterable[Path], intake: IntakeProcess, device: str, *, remove: bool) -> Iterator[Taken]:
        """Delivered files into the book, in the order given; a bad one never stops the rest.

        With `remove` (a hot folder) a file leaves its place once it is safe: after the rows of its pages, or into
        quarantine. A crash in between leaves it there, and the next run finds that it was taken already.
        """
        for path in files:
            taken = self._take_file(path, intake, device)
            if taken.refused:
                Quarantine(self.root).refuse(taken.refused, move=remove)
            elif remove:
                self._clear_away(path, taken)
            yield taken

    def _clear_away(self, path: Path, taken: Taken) -> None:
        """A picture's master is the file itself; a file of several pages is kept beside the pages made of it."""
        if taken.whole:
            path.unlink(missing_ok=True)
            return
        kept = self.root.sources_of(self.book.id) / f"{taken.source_sha256}{path.suffix.lower()}"
        durable.make_folder(kept.parent)
        shutil.move(path, kept)
        durable.sync_file(kept)
        durable.sync_folder(kept.parent)

    def _take_file(self, path: Path, intake: IntakeProcess, device: str) -> Taken:
        spool = self.root.spool_of(self.book.id, "intake")
        spool.mkdir(parents=True, exist_ok=True)
        pages, already = [], []
        try:
            delivered = intake.take_apart(path, spool)
        except RefusedFile as refused:
            return Taken(path, refused=refused)
        for image in delivered:
            known = self.catalogue.page_of_source(self.book.id, image.source_sha256, image.source_index)
            if known:
                image.file.unlink()
                self._came += 1
                self._count_known(known)
                already.append(known)
            else:
                pages.append(self._commit_delivered(image, device))
        whole = len(delivered) == 1 and delivered[0].sha256 == delivered[0].source_sha256
        return Taken(path, tuple(pages), tuple(already), source_sha256=delivered[0].source_sha256, whole=whole)

    def _commit_raw(self, image: RawImage, device: str) -> Page:
        if image.width is None or image.height is None:
            raise ValueError(image)
        origin = Origin(self.operator, device, clock.now(), sheet=image.sheet, side=image.side)
        return self._commit(image.path, image.sha256, origin, (image.width, image.height), image.dpi)

    def _commit_delivered(self, image: Delivered, device: str) -> Page:
        origin = Origin(self.operator, device, clock.now(), image.source_sha256, image.source_index)
        return self._commit(image.file, image.sha256, origin, (image.width, image.height), image.dpi)

    def _commit(self, file: Path, sha256: str | None, origin: Origin, size: tuple[int, int], dpi: int | None) -> Page:
        """The commit point of a page: master fsynced and renamed into place, then its row, then the announcement.

        A crash before the rename leaves a raw image in the spool, after it a master without a row: both go to
        quarantine at the next start and are offered to the operator. There is never a row without its master.
        """
        page_id = "p" + secrets.token_hex(6)
        master = self._folder / f"{page_id}{file.suffix}"
        durable.make_folder(self._folder)
        durable.sync_file(file)
        kind = self._kind_due()
        numbers, clash = self._numbers_due(kind)
        page = Page(
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
        )
        durable.move_new(file, master)
        self.catalogue.add_page(page, numbers, after=self.after.id if self.after else None)
        self._came += 1
        self._count(numbers, kind)
        in_place = self.replaces is not None or self.after is not None
        self.replaces, self.after = None, page if in_place else None
        if clash:
            self.clashes.append((page, clash))
        self.announce(page)
        return page

    def join_first(self) -> None:
        """Let the first page that comes be another page of the case that has its number already."""
        self._given.update(self._due())

    def refuse_taken_number(self) -> None:
        """Raise `UsageError` when the next number belongs to a case already: nothing is merged in silence."""
        for number in self._due():
            holder = self._holder(number)
            if holder:
                raise UsageError("number-taken", number=str(number), holder=holder, book=str(self.book.id))

    @property
    def next_number(self) -> CaseNumber | None:
        """The first number of the page that would come next."""
        return next(iter(self._due()), None)

    def _order_due(self) -> int:
        if self.replaces:
            return self.replaces.order
        return (self.after.order if self.after else self.catalogue.page_count(self.book.id)) + 1

    def _kind_due(self) -> PageKind:
        if self.replaces:
            return self.replaces.kind
        return PageKind.COVER if self._came < self.covers else self.kind

    def _due(self) -> list[CaseNumber]:
        if self.numbering is None or not self.kind.in_case:
            return []
        return self.numbering.numbers_of(self._numbered)

    def _numbers_due(self, kind: PageKind) -> tuple[list[CaseNumber], CaseNumber | None]:
        """The numbers of the page that comes, none of them if one is taken; and the one that is."""
        due = self._due() if kind.in_case else []
        clash = next((number for number in due if self._holder(number)), None)
        return ([], clash) if clash else (due, None)

    def _count(self, numbers: list[CaseNumber], kind: PageKind) -> None:
        if kind.in_case:
            self._numbered += 1
            self._given.update(numbers)

    def _holder(self, number: CaseNumber) -> str | None:
        return None if number in self._given else self.catalogue.holder(self.book.id, number)

    def _count_known(self, page_id: str) -> None:
        """A file taken by an interrupted run counts as this run's if it has the number that would be due now."""
        due = self._due()
        if due and due == self.catalogue.numbers_of_pages(self.book.id).get(page_id):
            self._numbered += 1
            self._given.update(due)
