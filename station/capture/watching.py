"""The watching service: what arrives in hot folders becomes pages.

Files of one folder are taken in slices, in turn with those of other folders; the book is held for a slice alone, so
that people get at it in between. Nothing that stands in the way ends the service: the files wait where they are.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from itertools import islice
from math import inf
from typing import TYPE_CHECKING

from station.books.spreads import split_in
from station.capture.emptying import Emptying
from station.capture.keeping import Capture
from station.capture.watched import Watched
from station.covers.admission import let_in
from station.covers.pile import Pile
from station.errors import StorageError, UsageError, is_storage_trouble
from station.line import require_room
from station.model import BookState
from station.recovery import loose_paper, working_on
from station.root import work_name
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from station.announcements import Announcements
    from station.capture.watched import Folder
    from station.model import Book, Page
    from station.naming import BookId
    from station.processing import Processing
    from station.wiring import Station

log = logging.getLogger(__name__)

SLICE = 20
"""Files taken from a folder before others have their turn."""

COPIES_AHEAD = 100
"""Pages that may wait for their delivery copies; beyond that files wait in their folders, and memory stays flat."""

_RETRY_SECONDS = 2.0
_REWORK = "cover-rework"
"""Whoever has a book opened for rework wants its pages put right by hand: the files wait for another run."""
_NO_ROOM_SECONDS = 5.0
_TELL_SECONDS = 60.0
_COPIES_SECONDS = 1.0
_IDLE_SECONDS = 3600.0


class Watching:
    """The hot folders of one station, watched and emptied. `stop` alone may be called from a signal handler."""

    def __init__(self, station: Station, announce: Announcements) -> None:
        """Raises `SettingsError` for folders that must not be watched."""
        self._station, self._announce = station, announce
        self._watched = Watched(station.root, station.settings, announce.noted)
        self._processing: Processing | None = None
        self._came: set[BookId] = set()
        self._stopped = False
        self._no_room_until = self._tell_again = 0.0

    def close(self) -> None:
        """Finish the delivery copies under way and stop watching."""
        try:
            while self._processing:
                self._processing.finish()
                self._collect_copies()
        finally:
            self._watched.close()

    def stop(self) -> None:
        """End `run` and `once` after the file that is being taken."""
        self._stopped = True
        self._watched.wake()

    @property
    def waits(self) -> bool:
        """Whether files lie in some folder of which somebody was told why they cannot be taken."""
        return any(folder.said and not folder.arrivals.idle for folder in self._watched.folders.values())

    def once(self) -> None:
        """Take what is there, once all of it is whole. What nobody can take now stays."""
        while not self._stopped:
            self._take_turn()
            busy = [folder for folder in self._watched.folders.values() if self._can_become_pages(folder)]
            if not busy and not self._copies_wait:
                return
            self._watched.listen(self._next_turn())

    def run(self, on_trouble: Callable[[Exception], None]) -> None:
        """For ever. `on_trouble` is told once a minute that files wait because this machine cannot write."""
        while not self._stopped:
            try:
                self._watched.listen(self._next_turn())
                if time.monotonic() >= self._no_room_until:
                    self._take_turn()
            except Exception as error:
                if not isinstance(error, StorageError) and not is_storage_trouble(error):
                    raise
                log.warning("files wait: %s", error)
                now = time.monotonic()
                self._no_room_until = now + _NO_ROOM_SECONDS
                if now >= self._tell_again:
                    self._tell_again = now + _TELL_SECONDS
                    on_trouble(error)

    def _can_become_pages(self, folder: Folder) -> bool:
        return not folder.arrivals.idle and not folder.said

    def _next_turn(self) -> float:
        """When something is to be done that no event will tell of, on the monotonic clock."""
        now = time.monotonic()
        due = [max(self._no_room_until, self._next_look(folder)) for folder in self._watched.folders.values()]
        if self._processing:
            due.append(now + _COPIES_SECONDS)
        return min([*due, now + _IDLE_SECONDS])

    def _next_look(self, folder: Folder) -> float:
        if not folder.arrivals.ready:
            return max(folder.retry_at, folder.arrivals.next_look)
        return time.monotonic() + _COPIES_SECONDS if self._copies_wait else folder.retry_at

    @property
    def _copies_wait(self) -> bool:
        return self._processing is not None and self._processing.open >= COPIES_AHEAD

    def _take_turn(self) -> None:
        """A slice from each folder that has something whole."""
        self._collect_copies()
        now = time.monotonic()
        for folder in list(self._watched.folders.values()):
            if not folder.arrivals.ready and now >= folder.arrivals.next_look:
                folder.arrivals.look()
            if folder.arrivals.ready and now >= folder.retry_at and not self._copies_wait and not self._stopped:
                self._take_slice(folder)
        self._watched.forget_idle()

    def _take_slice(self, folder: Folder) -> None:
        """Some files of a folder into its book; what stands in the way is said once, and tried again soon."""
        try:
            book = None if folder.covers else self._open_book(folder)
            require_room(self._station)
            with self._station.root.holding_folder(folder.path), self._pile(folder, book) as pile:
                self._take_files(folder, pile)
        except UsageError as error:
            folder.retry_at = inf if error.code == _REWORK else time.monotonic() + _RETRY_SECONDS
            if error.code not in folder.said:
                folder.said.add(error.code)
                why = Phrase(error.code, error.values)
                self._announce.noted(Phrase("watch.waits", {"folder": folder.path, "why": why}))
        else:
            folder.said.clear()

    def _open_book(self, folder: Folder) -> Book:
        if folder.book is None:
            raise UsageError("no-book-folder")
        book = self._station.catalogue.book(folder.book)
        if book is None:
            raise UsageError("no-such-book", book=str(folder.book))
        if book.state is BookState.SEALED:
            raise UsageError("book-sealed", book=str(folder.book))
        return book

    @contextmanager
    def _pile(self, folder: Folder, book: Book | None) -> Iterator[Pile]:
        """The files of a folder on their way into its book; without one into that of the cover sheet before them, which
        may have come long ago: then the last page of this folder lies in its book.
        """
        station = self._station
        if book:
            with (
                self._opened(book.id) as capture,
                Pile(station.root, station.catalogue, station.codes, work_name(book.id)) as pile,
            ):
                pile.start_in(capture)
                yield pile
            return
        device = _device(folder)
        default = station.catalogue.last_book_of(device) or folder.book
        with (
            loose_paper(station, device, self._announce) as spool,
            Pile(station.root, station.catalogue, station.codes, spool, self._let_in, default=default) as pile,
        ):
            yield pile

    @contextmanager
    def _let_in(self, book: BookId) -> Iterator[Capture]:
        """A book that a cover sheet names, opened if whoever started the service has said so."""
        let_in(self._station, book, self._announce.ask_cover, self._announce)
        with self._opened(book) as capture:
            yield capture

    @contextmanager
    def _opened(self, book: BookId) -> Iterator[Capture]:
        station = self._station
        with working_on(station, book, self._announce) as held:
            yield Capture(station.root, station.catalogue, held, station.operator, self._keep, self._announce.noted)

    def _take_files(self, folder: Folder, pile: Pile) -> None:
        emptying = Emptying(pile, self._station.intake, _device(folder), folder.arrivals.may_grow)
        for one in emptying.take(self._slice_of(folder)):
            if one.unfinished:
                folder.arrivals.put_back(one.path)
            else:
                self._announce.taken(pile.book, one)

    def _slice_of(self, folder: Folder) -> Iterator[Path]:
        """The next files in their order. One that an error or its writer keeps from being taken stays ready."""
        for path in list(islice(folder.arrivals.ready, SLICE)):
            if self._stopped:
                return
            yield path
            folder.arrivals.done(path)

    # Delivery copies are made while files go on coming.

    def _keep(self, page: Page) -> None:
        self._announce.page(page)
        self._came.add(page.book)
        self._offer(page)

    def _offer(self, page: Page) -> None:
        if self._processing is None:
            self._processing = self._station.processing()
            self._processing.done = self._announce.copy
            self._processing.ready = self._watched.wake
        self._processing.offer(page)

    def _collect_copies(self) -> None:
        """Enter the copies that are made. A round that is over is not kept: it remembers every page it had."""
        if self._processing is None:
            return
        self._processing.collect()
        self._say_failures(self._processing)
        if not self._processing.open:
            self._processing = None
            self._split_spreads()

    def _split_spreads(self) -> None:
        """Split what the books want split of what has come. A book that somebody else holds is split when it is packed
        or processed.
        """
        books, self._came = self._came, set()
        for book in sorted(books):
            try:
                split_in(self._station, book, self._announce, self._offer)
            except UsageError:
                log.info("%s is in use; its spreads are split later", book)

    def _say_failures(self, processing: Processing) -> None:
        while processing.failures:
            page, _ = processing.failures.pop()
            self._announce.noted(Phrase("page.unreadable", {"order": page.order, "page": page.id}))


def _device(folder: Folder) -> str:
    """What stands in the rows of its pages as their device."""
    return f"folder:{folder.path}"
