"""Where things lie: the one root folder of a station, and the locks in it."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from station.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from station.naming import BookId

_SYSTEM_ROOT = Path("/var/lib/scan-station")


@dataclass(frozen=True)
class Root:
    """Paths below a station's root. Making one touches nothing."""

    path: Path

    @classmethod
    def find(cls, given: Path | None) -> Root:
        """`--root`, else `STATION_ROOT`, else the system's root if it exists, else `./station-data`."""
        if given is not None:
            return cls(given.absolute())
        if variable := os.environ.get("STATION_ROOT"):
            return cls(Path(variable).absolute())
        return cls(_SYSTEM_ROOT if _SYSTEM_ROOT.is_dir() else Path("station-data").absolute())

    @property
    def settings(self) -> Path:
        return self.path / "station.toml"

    @property
    def catalogue(self) -> Path:
        return self.path / "catalogue.db"

    @property
    def outbox(self) -> Path:
        return self.path / "outbox.db"

    @property
    def masters(self) -> Path:
        return self.path / "masters"

    @property
    def copies(self) -> Path:
        return self.path / "copies"

    @property
    def inbox(self) -> Path:
        return self.path / "inbox"

    @property
    def quarantine(self) -> Path:
        return self.path / "quarantine"

    @property
    def bags(self) -> Path:
        return self.path / "bags"

    @property
    def spool(self) -> Path:
        """Images on their way to their place."""
        return self.path / "spool"

    def spool_of(self, book: BookId, use: str) -> Path:
        """Where raw images (`scan`) or copies of delivered files (`intake`) of a book wait for their commit."""
        return self.spool / use / work_name(book)

    @property
    def registers(self) -> Path:
        """Data of registers that goes before the shipped one."""
        return self.path / "registers"

    @property
    def recipes(self) -> Path:
        """Recipes of one's own, which go before the shipped ones."""
        return self.path / "recipes"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def handovers(self) -> Path:
        """Sheets and lists of what was handed over on sticks, by number."""
        return self.path / "handovers"

    @property
    def received(self) -> Path:
        """At a receiver: the bags that came on sticks, each with its receipt."""
        return self.path / "received"

    @property
    def devices(self) -> Path:
        """The scanners that were here once."""
        return self.path / "devices.json"

    @property
    def screen(self) -> Path:
        """Where the operator was at the screen."""
        return self.path / "kiosk.json"

    @property
    def log(self) -> Path:
        return self.path / "log" / "station.log"

    @property
    def exists(self) -> bool:
        return self.catalogue.is_file() and self.settings.is_file()

    def masters_of(self, book: BookId) -> Path:
        return self.masters / book.registry / book.key

    def sources_of(self, book: BookId) -> Path:
        """Delivered files that became several pages, kept as they came."""
        return self.path / "sources" / book.registry / book.key

    def copies_of(self, book: BookId) -> Path:
        return self.copies / book.registry / book.key

    def relative(self, path: Path) -> str:
        """As the catalogue keeps it, so that a root can be moved."""
        return path.relative_to(self.path).as_posix()

    @contextmanager
    def holding(self, book: BookId) -> Iterator[None]:
        """Have a book to oneself. Raises `UsageError` when another program has it."""
        with self._lock_file(work_name(book)).open("a+b") as file:
            if not _locked(file):
                raise UsageError("book-in-use", book=str(book))
            yield

    @contextmanager
    def holding_loose(self, name: str) -> Iterator[None]:
        """Have paper to oneself that belongs to no book yet, by the name of its spools. Raises `UsageError`."""
        with self._lock_file(name).open("a+b") as file:
            if not _locked(file):
                raise UsageError("paper-in-use")
            yield

    @contextmanager
    def holding_folder(self, folder: Path) -> Iterator[None]:
        """Empty a hot folder alone, whatever book its files go to. Raises `UsageError` when another program does."""
        name = sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
        with self._lock_file(f"folder_{name}").open("a+b") as file:
            if not _locked(file):
                raise UsageError("folder-in-use", folder=str(folder))
            yield

    @contextmanager
    def holding_screen(self) -> Iterator[None]:
        """Be the only screen of this station. Raises `UsageError` when another window is open."""
        with self._lock_file("screen").open("a+b") as file:
            if not _locked(file):
                raise UsageError("screen-in-use", root=str(self.path))
            yield

    def _lock_file(self, name: str) -> Path:
        folder = self.path / "locks"
        folder.mkdir(exist_ok=True)
        return folder / name


def _locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


LOOSE = "loose_"
"""What the names of spools begin with whose images belong to no book yet: no book has such a `work_name`."""


def loose_name(device: str) -> str:
    """The name of the spools of a device whose paper belongs to no book yet."""
    return LOOSE + sha256(device.encode()).hexdigest()[:16]


def work_name(book: BookId) -> str:
    """A book's name where a slash cannot stand: locks, spools, half-built bags. `book_of` reads it back."""
    return f"{book.registry}_{book.key}"


def book_of(name: str) -> BookId:
    """The book of a `work_name`. Raises `BadName` for any other name."""
    from station.naming import BookId

    return BookId.parse(name.replace("_", "/", 1))
