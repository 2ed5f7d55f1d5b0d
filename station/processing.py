"""Delivery copies: made in a pool of processes while the next pages are scanned, and never packed when stale."""

from __future__ import annotations

import logging
import os
from collections import defaultdict, deque
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from outbox import durable
from station.digest import sha256_of
from station.imaging.average import Rate, settle_quality
from station.imaging.page import Level, PageJob, UnreadablePage, preview_of, thumbnail_of
from station.model import Copy
from station.sizes import is_faint, rate_of, size_mm_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from station.catalogue import Catalogue
    from station.imaging.page import Half, PageResult
    from station.imaging.pool import PagePool
    from station.imaging.recipe import Recipe
    from station.model import Page
    from station.naming import BookId
    from station.root import Root

log = logging.getLogger(__name__)

_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"


@dataclass(frozen=True)
class _Order:
    """A page whose copy is to be made, at the quality of its book where that is settled."""

    page: Page
    quality: int | None = None


@dataclass
class Processing:
    """Makes the delivery copies of pages. `offer` never waits for the image work: only paths wait in the queue.

    `recipe` tells by which recipe the copies of a book are made; it is asked once for each. Where that averages over
    the book, a page's quality is a guess from the pages before it until `settle`.
    """

    root: Root
    catalogue: Catalogue
    recipe: Callable[[BookId], Recipe]
    pool: PagePool
    previews: bool = True
    done: Callable[[Copy], None] = lambda _: None
    ready: Callable[[], None] = lambda: None
    """Told by another thread that `collect` will find something."""
    failures: list[tuple[Page, UnreadablePage]] = field(default_factory=list)
    _waiting: deque[_Order] = field(default_factory=deque)
    _running: dict[Future[PageResult], Page] = field(default_factory=dict)
    _offered: set[tuple[str, str]] = field(default_factory=set)
    _recipes: dict[BookId, Recipe] = field(default_factory=dict)
    _rates: defaultdict[str, list[Rate]] = field(default_factory=lambda: defaultdict(list))
    """What pages need, by the key of their recipe."""
    _references: dict[tuple[BookId, Half | None], Copy] = field(default_factory=dict)

    def offer(self, page: Page) -> None:
        """Have a page's copy made unless there is one. Also enters what has been finished meanwhile."""
        key = self._recipe_of(page.book).key
        known = (page.copy_of, key) in self._offered or self.catalogue.copy(page.copy_of, key) is not None
        if not known:
            self._offered.add((page.copy_of, key))
            self._waiting.append(_Order(page))
        self._collect(block=False)

    def offer_stale(self, book: BookId) -> int:
        """Offer every page of a book that has no copy by this recipe; returns how many."""
        copies = self._copies(book)
        stale = [page for page in self.catalogue.pages(book) if not self._is_whole(copies.get(page.copy_of))]
        for page in stale:
            self._offered.add((page.copy_of, self._recipe_of(book).key))
        self._waiting.extend(map(_Order, stale))
        self._collect(block=False)
        return len(stale)

    def settle(self, book: BookId) -> int:
        """Offer the pages again whose quality is not the one with which the book meets its target; returns how many.

        To be called when all pages have their copies: the same pages then have the same bytes, whatever was guessed.
        """
        recipe = self._recipe_of(book)
        if recipe.averaged == "page":
            return 0
        pages = self.catalogue.pages(book)
        copies = self._copies(book)
        counted = [copies[page.copy_of] for page in pages if page.kind.in_case and page.copy_of in copies]
        wanted = settle_quality([rate for copy in counted if (rate := rate_of(copy))], recipe)
        limits = recipe.quality
        others = {
            copy.master_sha256
            for copy in copies.values()
            if copy.quality != limits.within(wanted, faint=is_faint(copy))
        }
        again = [
            _Order(page, wanted) for page in {page.copy_of: page for page in pages}.values() if page.copy_of in others
        ]
        self._waiting.extend(again)
        self._collect(block=False)
        return len(again)

    def clear_stale(self, book: BookId) -> int:
        """Remove copies by other recipes, of pages that are not kept, and halves that a crash left; returns how many.

        Nothing is removed while a page lacks its copy. Each of them can be made again from its master. For whoever
        holds the book.
        """
        copies = self._copies(book)
        if any(page.copy_of not in copies for page in self.catalogue.pages(book)):
            return 0
        files = [self.root.path / copy.file for copy in copies.values()]
        wanted = {path for file in files for path in (file, preview_of(file), thumbnail_of(file))}
        stale = [path for path in self.root.copies_of(book).glob("*") if path.is_file() and path not in wanted]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    @property
    def open(self) -> int:
        """How many pages that were offered have neither their copy nor their failure yet."""
        return len(self._waiting) + len(self._running)

    def collect(self) -> None:
        """Enter what has been finished meanwhile, and have the next pages made."""
        self._collect(block=False)

    def finish(self) -> None:
        """Wait until every page that was offered has its copy or its failure."""
        while self._waiting or self._running:
            self._collect(block=True)

    def _recipe_of(self, book: BookId) -> Recipe:
        if book not in self._recipes:
            self._recipes[book] = self.recipe(book)
        return self._recipes[book]

    def _copies(self, book: BookId) -> dict[str, Copy]:
        return self.catalogue.copies(book, self._recipe_of(book).key)

    def _is_whole(self, copy: Copy | None) -> bool:
        """Copies are not fsynced, because they can be made again: after a power cut one may be there and be empty, and
        so may the small pictures beside it.
        """
        if copy is None:
            return False
        file = self.root.path / copy.file
        seen = not self.previews or all(_is_whole_jpeg(path) for path in (preview_of(file), thumbnail_of(file)))
        return seen and file.is_file() and sha256_of(file) == copy.sha256

    def _collect(self, *, block: bool) -> None:
        self._submit()
        ready, _ = wait(self._running, timeout=None if block else 0, return_when=FIRST_COMPLETED)
        for future in ready:
            self._enter(self._running.pop(future), future)
        self._submit()

    def _submit(self) -> None:
        """Keep every process busy and one page ready for each; the others wait as paths."""
        while self._waiting and len(self._running) < self.pool.room:
            order = self._waiting.popleft()
            running = self.pool.submit(self._job(order))
            self._running[running] = order.page
            running.add_done_callback(lambda _: self.ready())

    def _job(self, order: _Order) -> PageJob:
        page, recipe = order.page, self._recipe_of(order.page.book)
        folder = self.root.copies_of(page.book)
        durable.make_folder(folder)
        copy = folder / f"{page.copy_of[:32]}.{recipe.key}.jpg"
        rates = self._rates[recipe.key]
        quality = order.quality or (settle_quality(rates, recipe) if rates else None)
        master = self.root.path / page.file
        reference = self._reference(page.book, _half_of(page)) if page.kind.in_case else None
        return PageJob(
            master,
            page.copy_of,
            copy,
            recipe,
            page.dpi,
            quality=quality,
            previews=self.previews,
            reference=self.root.path / reference.file if reference else None,
            reference_mm=size_mm_of(reference) if reference else None,
            part=page.part.cut if page.part else None,
        )

    def _reference(self, book: BookId, half: Half | None) -> Copy | None:
        """The delivery copy by which the other pages of a book are known to lie right and to be as large as they should
        be: its first good page's. Left pages are held against left ones, right ones against right ones.

        None until there is one.
        """
        if (book, half) not in self._references:
            copies = self._copies(book)
            for page in self.catalogue.pages(book) if copies else ():
                copy = copies.get(page.copy_of) if page.kind.in_case and _half_of(page) is half else None
                if copy and self._shows_right(copy):
                    self._references[book, half] = copy
                    break
        return self._references.get((book, half))

    def _shows_right(self, copy: Copy) -> bool:
        good = all(verdict["level"] == Level.OK for verdict in copy.verdicts)
        return good and (self.root.path / copy.file).is_file()

    def _enter(self, page: Page, future: Future[PageResult]) -> None:
        try:
            result = future.result()
        except UnreadablePage as error:
            log.warning("page %s: %s", page.id, error)
            self.failures.append((page, error))
            self.catalogue.keep_failure(page.copy_of, error.reason)
            return
        copy = Copy(
            master_sha256=page.copy_of,
            recipe=result.recipe_key,
            file=self.root.relative(result.copy),
            sha256=result.sha256,
            bytes=result.bytes,
            width=result.width,
            height=result.height,
            dpi=result.dpi,
            quality=result.quality,
            verdicts=tuple(verdict.row for verdict in result.verdicts),
            gutter=result.gutter,
        )
        if page.kind.in_case and (rate := rate_of(copy)):
            self._rates[copy.recipe].append(rate)
        known = self.catalogue.copy(copy.master_sha256, copy.recipe)
        if known and known.sha256 == copy.sha256:
            # What was said of these bytes stands, whichever page the checks would hold them against today.
            copy = replace(copy, verdicts=known.verdicts)
        self.catalogue.add_copy(copy)
        # Where a crash comes between the two, the fingerprint is made again from the copy.
        self.catalogue.keep_fingerprint(page.id, result.fingerprint)
        self.done(copy)


def _is_whole_jpeg(path: Path) -> bool:
    """Whether a file begins and ends as a JPEG does: one that was cut short, or lost its tail to zeros, does not."""
    try:
        with path.open("rb") as file:
            begins = file.read(len(_JPEG_START)) == _JPEG_START
            file.seek(-len(_JPEG_END), os.SEEK_END)
            return begins and file.read() == _JPEG_END
    except OSError:
        return False


def _half_of(page: Page) -> Half | None:
    return page.part.cut.half if page.part else None
