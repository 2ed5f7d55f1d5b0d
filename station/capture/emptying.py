"""A hot folder emptied into a book: each file is proven, claimed, made safe as pages, and then leaves the folder."""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from drivers import claims
from outbox import durable
from station.capture.keeping import Taken
from station.capture.quarantine import Quarantine
from station.errors import UsageError
from station.intake import Refusal, RefusedFile, pages_meant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from drivers.claims import Claim
    from station.covers.pile import Pile
    from station.intake import Delivered
    from station.intake.process import IntakeProcess

# What more bytes may cure.
_HALF = frozenset({Refusal.EMPTY, Refusal.TRUNCATED, Refusal.DAMAGED, Refusal.UNKNOWN_FORMAT})

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True)
class Emptying:
    """Takes files out of a folder into a book. `may_grow` says whether a file may be unfinished.

    A crash, or an error that is raised, before the claim leaves the file in its place. After the claim it stays claimed
    and comes first in the next run: before its row it is taken as if nothing had been, after it the page is found and
    the file only cleared away.
    """

    pile: Pile
    intake: IntakeProcess
    device: str
    may_grow: Callable[[Path], bool] = lambda _: False

    def take(self, files: Iterable[Path]) -> Iterator[Taken]:
        """Files into the book, in the order given; a bad one goes to quarantine and never stops the rest.

        An unfinished one stays and ends the batch: what comes after it would be out of order. Files that somebody took
        away are passed over. Raises `UsageError` where nothing may be moved in the folder, where it is going away, and
        at a cover sheet whose book must not be opened (`CoverRefused`): that file and those after it stay.
        """
        for path in files:
            try:
                taken = self._take(path)
            except OSError as error:
                if isinstance(error, FileNotFoundError) and not claims.is_here(path):
                    continue
                if error.errno in _FULL or not _concerns(error, path.parent):
                    raise
                reason = error.strerror or str(error)
                raise UsageError("folder-closed", folder=str(path.parent), reason=reason) from error
            claims.tidy(path.parent)
            yield taken
            if taken.unfinished:
                return

    def _take(self, path: Path) -> Taken:
        place = claims.lies_at(path)
        mark = claims.mark_of(place)
        try:
            delivered = self.pile.take_apart(place, self.intake)
            if place != path:
                self.pile.resume(delivered)
            self.pile.open_books(path, delivered)
        except RefusedFile as refused:
            return self._refuse(RefusedFile(path, refused.reason, refused.detail), mark)
        if claims.mark_of(place) != mark:
            _discard(delivered)
            return _changed(path)
        cover = self.pile.is_cover(delivered)
        twin = None if cover else self._twin(delivered[0].source_sha256, interrupted=place != path)
        if twin:
            _discard(delivered)
            return self._refuse(RefusedFile(path, Refusal.DUPLICATE, twin), mark, len(delivered))
        claimed = claims.claim(path)
        if claimed.mark != mark:
            _discard(delivered)
            claims.release(claimed)
            return _changed(path)
        taken = self.pile.commit_file(path, delivered, self.device, again=cover)
        if claimed.changed:
            claims.release(claimed)
        else:
            self._clear_away(claimed, taken)
        return taken

    def _twin(self, sha256: str, *, interrupted: bool) -> str | None:
        """The page that a file equals. What an interrupted run left of this book is not its twin but itself."""
        catalogue, book = self.pile.catalogue, self.pile.book
        if interrupted and book and catalogue.page_of_source(book, sha256, 0):
            return None
        found = catalogue.page_with_bytes(sha256, not_in=book if interrupted else None)
        return f"{found[1]}, {found[0]}" if found else None

    def _refuse(self, refused: RefusedFile, mark: claims.Mark, twins: int | None = None) -> Taken:
        """To quarantine with a file, once its places are kept; `twins` are the pages of one that was read."""
        growing = refused.reason in _HALF and self.may_grow(refused.path)
        if growing or refused.reason is Refusal.CHANGED_WHILE_READ:
            return Taken(refused.path, refused=refused, unfinished=True)
        claimed = claims.claim(refused.path)
        if claimed.mark != mark:
            claims.release(claimed)
            return _changed(refused.path)
        taken = self.pile.pass_over(refused, twins or pages_meant(refused), read=twins is not None)
        return replace(taken, lies_at=Quarantine(self.pile.root).refuse(refused, claimed.file))

    def _clear_away(self, claimed: Claim, taken: Taken) -> None:
        """A picture's master is the file itself; a file of several pages is kept beside the pages made of it."""
        if taken.whole:
            claims.drop(claimed)
            return
        assert self.pile.book
        sources = self.pile.root.sources_of(taken.pages[0].book if taken.pages else self.pile.book)
        kept = sources / f"{taken.source_sha256}{claimed.origin.suffix.lower()}"
        durable.make_folder(kept.parent)
        shutil.move(claimed.file, kept)
        durable.sync_file(kept)
        durable.sync_folder(kept.parent)


def _changed(path: Path) -> Taken:
    """Another file than the one that was read has the name: it waits for its own turn."""
    return Taken(path, refused=RefusedFile(path, Refusal.CHANGED_WHILE_READ, "written anew"), unfinished=True)


def _discard(delivered: Iterable[Delivered]) -> None:
    for image in delivered:
        image.file.unlink()


def _concerns(error: OSError, folder: Path) -> bool:
    """Whether an error is about a delivered file or its folder, and not about where the station keeps its own."""
    names = [str(name) for name in (error.filename, error.filename2) if name is not None]
    return not folder.is_dir() or any(name.startswith(str(folder)) for name in names)
