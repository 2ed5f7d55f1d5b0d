"""Delivery copies: made in a pool of processes while the next pages are scanned, and never packed when stale."""

from __future__ import annotations

import logging
from collections import deque
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from outbox import durable
from station.digest import sha256_of
from station.errors import SettingsError
from station.imaging.page import PageJob, UnreadablePage
from station.imaging.recipe import Recipe, RecipeError, load_recipe
from station.model import Copy

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from station.catalogue import Catalogue
    from station.imaging.page import PageResult
    from station.imaging.pool import PagePool
    from station.model import Page
    from station.naming import BookId
    from station.root import Root

log = logging.getLogger(__name__)


def recipe_named(name: str) -> Recipe:
    """A shipped recipe. Raises `SettingsError`."""
    try:
        return load_recipe(name)
    except RecipeError as error:
        raise SettingsError("bad-recipe", file=error.source, key=error.key, reason=error.detail) from error


@dataclass
class Processing:
    """Makes the delivery copies of pages. `offer` never waits for the image work: only paths wait in the queue."""

    root: Root
    catalogue: Catalogue
    recipe: Recipe
    pool: PagePool
    done: Callable[[Copy], None] = lambda _: None
    ready: Callable[[], None] = lambda: None
    """Told by another thread that `collect` will find something."""
    failures: list[tuple[Page, UnreadablePage]] = field(default_factory=list)
    _waiting: deque[Page] = field(default_factory=deque)
    _running: dict[Future[PageResult], Page] = field(default_factory=dict)
    _offered: set[str] = field(default_factory=set)

    def offer(self, page: Page) -> None:
        """Have a page's copy made unless there is one. Also enters what has been finished meanwhile."""
        known = page.sha256 in self._offered or self.catalogue.copy(page.sha256, self.recipe.key) is not None
        if not known:
            self._offered.add(page.sha256)
            self._waiting.append(page)
        self._collect(block=False)

    def offer_stale(self, book: BookId) -> int:
        """Offer every page of a book that has no copy by this recipe; returns how many."""
        copies = self.catalogue.copies(book, self.recipe.key)
        stale = [page for page in self.catalogue.pages(book) if not self._is_whole(copies.get(page.sha256))]
        for page in stale:
            self._offered.add(page.sha256)
        self._waiting.extend(stale)
        self._collect(block=False)
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

    def _is_whole(self, copy: Copy | None) -> bool:
        """Copies are not fsynced, because they can be made again: after a power cut one may be there and be empty."""
        if copy is None:
            return False
        file = self.root.path / copy.file
        return file.is_file() and sha256_of(file) == copy.sha256

    def _collect(self, *, block: bool) -> None:
        self._submit()
        ready, _ = wait(self._running, timeout=None if block else 0, return_when=FIRST_COMPLETED)
        for future in ready:
            self._enter(self._running.pop(future), future)
        self._submit()

    def _submit(self) -> None:
        """Keep every process busy and one page ready for each; the others wait as paths."""
        while self._waiting and len(self._running) < self.pool.room:
            page = self._waiting.popleft()
            running = self.pool.submit(self._job(page))
            self._running[running] = page
            running.add_done_callback(lambda _: self.ready())

    def _job(self, page: Page) -> PageJob:
        folder = self.root.copies_of(page.book)
        durable.make_folder(folder)
        copy = folder / f"{page.sha256[:32]}.{self.recipe.key}.jpg"
        return PageJob(self.root.path / page.file, page.sha256, copy, self.recipe, page.dpi)

    def _enter(self, page: Page, future: Future[PageResult]) -> None:
        try:
            result = future.result()
        except UnreadablePage as error:
            log.warning("page %s: %s", page.id, error)
            self.failures.append((page, error))
            return
        copy = Copy(
            master_sha256=page.sha256,
            recipe=self.recipe.key,
            file=self.root.relative(result.copy),
            sha256=result.sha256,
            bytes=result.bytes,
            width=result.width,
            height=result.height,
            dpi=result.dpi,
            quality=result.quality,
            verdicts=tuple(asdict(verdict) for verdict in result.verdicts),
        )
        self.catalogue.add_copy(copy)
        # Where a crash comes between the two, the fingerprint is made again from the copy.
        self.catalogue.keep_fingerprint(page.id, result.fingerprint)
        self.done(copy)
