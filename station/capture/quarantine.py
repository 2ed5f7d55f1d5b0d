"""What could not be taken, each with a `.why.txt` beside it that a person can read. Nothing is ever thrown away."""

from __future__ import annotations

import re
import shlex
import shutil
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outbox import durable
from station import clock
from station.words import sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from station.catalogue import Catalogue
    from station.intake import RefusedFile
    from station.naming import BookId
    from station.root import Root

_WHY = ".why.txt"


@dataclass(frozen=True)
class Quarantine:
    """The `quarantine/` folder of a root."""

    root: Root

    def refuse(self, refused: RefusedFile, source: Path | None = None) -> Path:
        """Say why a delivered file was not taken; with a `source` the file itself comes here from there too.

        Returns where the file lies now. One that stays where it is gets one note, however often it is tried.
        """
        durable.make_folder(self.root.quarantine)
        target = self._place_for(refused.path, fresh=source is not None)
        note, lies_at = target.with_name(target.name + _WHY), target if source else refused.path
        durable.replace(note, self._text(refused, lies_at).encode())
        if source:
            _move(source, target)
        return lies_at

    def waiting(self) -> list[Path]:
        """Notes of everything that lies here, oldest name first."""
        return sorted(self.root.quarantine.glob(f"*{_WHY}")) if self.root.quarantine.is_dir() else []

    def recover(self, catalogue: Catalogue, book: BookId) -> list[Path]:
        """After a crash: a book's raw images and masters without a row come here; half-written files go.

        For whoever holds the book. Copies that an interrupted intake made are removed: the delivered files still lie
        where they came from.
        """
        raw = _files_in(self.root.spool_of(book, "scan"))
        masters = _files_in(self.root.masters_of(book), lambda path: catalogue.knows_file(self.root.relative(path)))
        shutil.rmtree(self.root.spool_of(book, "intake"), ignore_errors=True)
        return [self._take_orphan(path, book) for path in [*raw, *masters] if not _is_half(path)]

    def recover_loose(self, name: str) -> list[Path]:
        """The same for the spools of paper that belonged to no book yet. For whoever holds them."""
        raw = _files_in(self.root.spool / "scan" / name)
        shutil.rmtree(self.root.spool / "intake" / name, ignore_errors=True)
        return [self.keep(path, "why.loose", file=path.name, at=clock.now()) for path in raw if not _is_half(path)]

    def _take_orphan(self, path: Path, book: BookId) -> Path:
        return self.keep(path, "why.no-row", file=path.name, book=book, at=clock.now())

    def keep(self, path: Path, why: str, **values: Any) -> Path:
        """Move a file here with the sentence `why` beside it; returns its place, the `path` of the sentence."""
        durable.make_folder(self.root.quarantine)
        target = self._place_for(path, fresh=True)
        text = sentence(why, **values, path=shlex.quote(str(target)))
        durable.replace(target.with_name(target.name + _WHY), f"{text}\n".encode())
        durable.move_new(path, target)
        return target

    def _place_for(self, path: Path, *, fresh: bool) -> Path:
        """A name here like the file's own, without control characters; a new one where a file moves in."""
        name = re.sub(r"[^\w. ()-]", "_", path.name)[:120].lstrip(".") or "unnamed"
        target = self.root.quarantine / name
        number = 1
        while fresh and (target.exists() or target.with_name(target.name + _WHY).exists()):
            number += 1
            target = self.root.quarantine / f"{number}-{name}"
        return target

    def _text(self, refused: RefusedFile, lies_at: Path) -> str:
        values = {"file": repr(refused.path.name), "detail": refused.detail, "path": shlex.quote(str(lies_at))}
        reason = sentence(f"refused.{refused.reason}", **values)
        path = (
            str(refused.path).encode("unicode_escape").decode() if not str(refused.path).isprintable() else refused.path
        )
        return f"{reason}\n\n{path}\n{clock.now()}\n{refused.detail}\n"


def _files_in(folder: Path, known: Callable[[Path], bool] = lambda _: False) -> list[Path]:
    """The files of a folder in order, but for the known ones: a book may have thousands of them."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not known(path) and path.is_file())


def _is_half(path: Path) -> bool:
    """A file that was being written when everything stopped: removed, it never was a page."""
    if not path.name.endswith(durable.PART):
        return False
    path.unlink(missing_ok=True)
    return True


def _move(source: Path, target: Path) -> None:
    """Across file systems too; a link is moved as a link, a file that vanished is no error."""
    try:
        if stat.S_ISREG(source.lstat().st_mode) or source.is_symlink():
            shutil.move(source, target)
    except FileNotFoundError:
        return
