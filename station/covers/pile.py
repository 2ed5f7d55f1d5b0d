"""A pile of paper, or of files: its pages go into the book that the cover sheet before them names.

A cover sheet is kept as a page of kind cover of its own book. Every book that the pile has gone into stays held until
the pile is done. The commit point of a page is that of its book: see `station.capture.keeping`.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from drivers.interface import Side
from station.capture.quarantine import Quarantine
from station.covers.code import book_of_codes
from station.errors import BadName, UsageError
from station.intake import Refusal, RefusedFile, pages_meant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from drivers.interface import RawImage
    from station.capture.keeping import Capture, Taken
    from station.capture.streaks import Streak
    from station.catalogue import Catalogue
    from station.covers.reader import CodeReader
    from station.intake import Delivered
    from station.intake.process import IntakeProcess
    from station.model import Page
    from station.naming import BookId, CaseNumber
    from station.root import Root


class CoverRefused(UsageError):  # noqa: N818 - reads as what it is
    """A cover sheet names a book that must not be opened, or nobody can tell which one it names."""


@dataclass
class Pile:
    """Pages on their way into books. `current` is the book that they go into, None before the first cover.

    `open_book` lets the pile into a further book and holds it; it raises `UsageError` where that must not be, and is
    None where only the current book may be meant. `spool` is where images lie that belong to no book yet. With
    `looks` False nothing is looked for: the pages are what they were said to be.
    """

    root: Root
    catalogue: Catalogue
    reader: CodeReader
    spool: str
    open_book: Callable[[BookId], AbstractContextManager[Capture]] | None = None
    current: Capture | None = None
    default: BookId | None = None
    """The book that files go into before the first cover; opened when one comes."""
    looks: bool = True
    switched: Callable[[Capture, int | None], None] = lambda *_: None
    """Told of the book that the pile goes into from now on, and of the sheet of its feed that said so."""
    by_cover: bool = False
    """Whether it is cover sheets that say which book the pages go into, and nobody else."""
    streak: Callable[[], Streak | None] = lambda: None
    """The dirt that turned up on the glass of the feeder while its pages came."""
    await_checks: Callable[[], None] = lambda: None
    """Waits until the checks have seen all the pages that came."""
    stopped: CoverRefused | None = None
    """The cover sheet that ended the pile."""
    aside: list[Path] = field(default_factory=list)
    """Images that belong to no book, in quarantine."""
    _captures: dict[BookId, Capture] = field(default_factory=dict)
    _held: ExitStack = field(default_factory=ExitStack)
    _front: RawImage | None = None
    _cover_sheet: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    @property
    def book(self) -> BookId | None:
        return self.current.book.id if self.current else None

    @property
    def captures(self) -> list[Capture]:
        """The captures of all books that the pile has gone into, in that order."""
        return list(self._captures.values())

    @property
    def clashes(self) -> list[tuple[Page, CaseNumber]]:
        return [clash for capture in self.captures for clash in capture.clashes]

    @property
    def excluded(self) -> list[tuple[BookId, CaseNumber]]:
        """The numbers of its pages that an earlier phase has done, with their books."""
        return [one for capture in self.captures for one in capture.excluded]

    @property
    def raw_spool(self) -> Path:
        """Where a scanner writes the images of this pile."""
        return self.root.spool / "scan" / self.spool

    @property
    def waiting(self) -> list[CaseNumber]:
        """The numbers that stay free for pages which did not come."""
        return [number for capture in self.captures for number in capture.waiting]

    def start_in(self, capture: Capture) -> None:
        """Go into a book that the caller holds."""
        self.current = self._captures[capture.book.id] = capture

    def begin(self, book: BookId) -> None:
        """Go into a book without a cover sheet. Raises `UsageError`."""
        self.by_cover = True
        self.current = self._open(book)

    def _switch(self, capture: Capture, sheet: int | None) -> None:
        """Go into the book of a cover sheet; `sheet` is its place in the feed."""
        self.by_cover = True
        self.current = capture
        self.switched(capture, sheet)

    def _open(self, book: BookId) -> Capture:
        capture = self._captures.get(book)
        if capture is None:
            if self.open_book is None:
                raise UsageError("cover-other-book", book=str(book), current=str(self.book or "-"))
            capture = self._captures[book] = self._held.enter_context(self.open_book(book))
        return capture

    def _look(self, codes: Iterable[str]) -> Capture | None:
        """The capture of the book that a cover names, opened; None for another page. Raises `CoverRefused`."""
        try:
            book = book_of_codes(codes)
            return self._open(book) if book else None
        except (BadName, UsageError) as error:
            raise CoverRefused(error.code, **error.values) from error

    # From a scanner.

    def place(self, image: RawImage, device: str, *, duplex: bool) -> Iterator[Page]:
        """The pages that come of an image, committed. The front of a sheet waits for its back: a cover may lie upside
        down. After a stop, and before the first cover, images go to quarantine.
        """
        if self.looks and duplex and image.side is Side.FRONT:
            self._front = image
            return
        yield from self._place_sheet([*self._take_front(), image], device)

    def flush(self, device: str) -> Iterator[Page]:
        """Commit a front whose back will not come."""
        yield from self._place_sheet(self._take_front(), device)

    def _take_front(self) -> list[RawImage]:
        front, self._front = self._front, None
        return [front] if front else []

    def _place_sheet(self, images: Sequence[RawImage], device: str) -> Iterator[Page]:
        """The sides of one sheet, all of them cover where one of them is."""
        cover, unread = False, set()
        if self.looks and not self.stopped and images:
            seen = {image.path: self.reader.look(image.path, _size_of(image)) for image in images}
            unread = {path for path, look in seen.items() if look.failed}
            try:
                found = self._look([code for look in seen.values() for code in look.codes])
            except CoverRefused as error:
                self.stopped = error
            else:
                cover = found is not None
                if found and found is not self.current:
                    self._switch(found, images[0].sheet)
        for image in images:
            if self.stopped or self.current is None:
                self._set_aside(image)
            else:
                moved, failed = self._moved(image, self.current), image.path in unread
                yield self.current.commit_raw(moved, device, cover=cover, unread=failed)

    def _moved(self, image: RawImage, capture: Capture) -> RawImage:
        """The image in the spool of its book: a crash leaves it as what it is."""
        spool = self.root.spool_of(capture.book.id, "scan")
        if image.path.parent == spool:
            return image
        spool.mkdir(parents=True, exist_ok=True)
        return replace(image, path=image.path.rename(spool / image.path.name))

    def _set_aside(self, image: RawImage) -> None:
        why = "why.after-stop" if self.stopped else "why.before-cover"
        values = {"book": self.stopped.values.get("book", "?")} if self.stopped else {}
        self.aside.append(Quarantine(self.root).keep(image.path, why, **values))

    # From files.

    def take_apart(self, path: Path, intake: IntakeProcess) -> list[Delivered]:
        """The pages of a delivered file, copied into the spool, with the codes on them. Raises `RefusedFile`."""
        spool = self.root.spool / "intake" / self.spool
        spool.mkdir(parents=True, exist_ok=True)
        delivered = intake.take_apart(path, spool)
        return [self._with_codes(image) for image in delivered] if self.looks else delivered

    def _with_codes(self, image: Delivered) -> Delivered:
        look = self.reader.look(image.file, (image.width, image.height))
        return replace(image, codes=look.codes, unread=look.failed)

    def open_books(self, path: Path, delivered: Sequence[Delivered]) -> None:
        """Have every book open that the pages of a file go into, before anything is done with it.

        Raises `CoverRefused`, `UsageError` for the default book, and `RefusedFile` for pages before any cover sheet
        where there is no such book; the copies are removed then.
        """
        if not self.looks:
            return
        try:
            found = [self._look(image.codes) for image in delivered]
            if self.current is None and found[0] is None:
                self._begin_without_cover(path)
        except (UsageError, RefusedFile):
            for image in delivered:
                image.file.unlink()
            raise

    def _begin_without_cover(self, path: Path) -> None:
        if self.default is None:
            raise RefusedFile(path, Refusal.BEFORE_COVER)
        self.begin(self.default)

    def resume(self, delivered: Sequence[Delivered]) -> None:
        """Go on with a file that an interrupted run began: in the book that has its first page, if one has it.

        Raises `UsageError`.
        """
        book = self.catalogue.book_of_source(delivered[0].source_sha256, delivered[0].source_index)
        if book and self.open_book:
            self.begin(book)

    def is_cover(self, delivered: Sequence[Delivered]) -> bool:
        """Whether a file is one cover sheet and nothing else: it may be used as often as one likes."""
        return self.looks and len(delivered) == 1 and bool(delivered[0].codes)

    def commit_file(self, path: Path, delivered: Sequence[Delivered], device: str, *, again: bool = False) -> Taken:
        """The pages of a file into their books, which `open_books` opened; those there already are not taken again.

        `again`: but for a cover sheet that was used before.
        """
        from station.capture.keeping import Taken

        pages, already, before = [], [], len(self.waiting)
        for image in delivered:
            cover = self._look(image.codes) if self.looks else None
            if cover and cover is not self.current:
                self._switch(cover, None)
            assert self.current is not None
            came = self.current.commit_delivered(image, device, cover=cover is not None, again=again)
            if isinstance(came, str):
                already.append(came)
            else:
                pages.append(came)
        source, waiting = delivered[0].source_sha256, tuple(self.waiting[before:])
        whole = len(delivered) == 1 and delivered[0].sha256 == source
        return Taken(path, tuple(pages), tuple(already), waiting=waiting, source_sha256=source, whole=whole)

    def pass_over(self, refused: RefusedFile, pages: int | None, *, read: bool = False) -> Taken:
        """A file of so many pages (None: nobody can tell) is not taken: its places stay free, and the page before it is
        marked for a look, durably. `read`: somebody saw that it is no cover sheet. Raises `UsageError`.
        """
        from station.capture.keeping import Taken

        self._begin_default()
        if self.current is None:
            return Taken(refused.path, refused=refused)
        before, cover = len(self.waiting), self.looks and self.by_cover and pages != 0 and not read
        lost = self.current.pass_over(pages, may_be_cover=cover, read=read)
        waiting = tuple(self.waiting[before:])
        return Taken(refused.path, refused=refused, waiting=waiting, count_lost=lost, may_be_cover=cover)

    def _begin_default(self) -> None:
        """Go on in the default book. One that must not be opened is left: nothing can go into it either."""
        if self.current is None and self.default is not None:
            try:
                self.begin(self.default)
            except UsageError as error:
                if error.code == "book-in-use":
                    raise

    def take_files(self, files: Iterable[Path], intake: IntakeProcess, device: str) -> Iterator[Taken]:
        """Delivered files, in the order given; they stay where they are. A bad one stops no other.

        Raises `CoverRefused` at a file with a cover sheet whose book must not be opened.
        """
        for path in files:
            try:
                delivered = self.take_apart(path, intake)
                self.open_books(path, delivered)
            except RefusedFile as refused:
                taken = self.pass_over(refused, pages_meant(refused))
                Quarantine(self.root).refuse(refused)
                yield taken
            else:
                yield self.commit_file(path, delivered, device)


def _size_of(image: RawImage) -> tuple[int, int] | None:
    return (image.width, image.height) if image.width and image.height else None
