"""The hot folders of a station's books: what devices and people save there becomes pages."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from drivers.hot_folder import HotFolder
from drivers.interface import EndOfPaper
from station.errors import UsageError
from station.line import Batch, Intent, require_room, take
from station.model import BookState, PageKind
from station.recovery import working_on

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from station.announcements import Announcements
    from station.model import Book
    from station.naming import BookId
    from station.wiring import Station

log = logging.getLogger(__name__)


class HotFolders:
    """The inboxes of the books that are open: `inbox/<registry>/<book key>/`, and `inbox/<book key>/` for our own."""

    def __init__(self, station: Station, announce: Announcements) -> None:
        self._station, self._announce = station, announce
        self._folders: dict[Path, HotFolder] = {}

    def look(self) -> int:
        """Take what has settled; returns how many folders hold files that have not."""
        for book in self._station.catalogue.books():
            if book.state is BookState.OPEN:
                for folder in self._of(book.id):
                    self._take_from(folder, book)
        return sum(folder.pending() for folder in self._folders.values())

    def _of(self, book: BookId) -> Iterator[HotFolder]:
        inbox, own = self._station.root.inbox, self._station.settings.station.registry
        paths = [inbox / book.registry / book.key, *([inbox / book.key] if book.registry == own else [])]
        for path in paths:
            if path.is_dir():
                if path not in self._folders:
                    self._folders[path] = HotFolder.at(path, self._station.settings.intake.settle_seconds)
                yield self._folders[path]

    def _take_from(self, folder: HotFolder, book: Book) -> None:
        images = folder.feed(self._station.root.spool)
        files = [image.path for image in images if not isinstance(image, EndOfPaper)]
        if not files:
            return
        require_room(self._station)
        batch = Batch(files, folder.info.id, remove=True)
        try:
            with working_on(self._station, book.id, self._announce) as held:
                take(self._station, held, batch, Intent(PageKind.PAGE), self._announce)
        except UsageError as error:
            log.info("the files of %s wait: %s", book.id, error)
