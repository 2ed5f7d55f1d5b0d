"""The hot folders of a station: the inboxes of its books, and folders elsewhere that other devices fill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.interface import DeviceInfo
from outbox.destinations.settings import FolderSettings as FolderDestination
from station.errors import BadName, SettingsError
from station.naming import BookId
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from station.root import Root
    from station.settings import FolderSettings, Settings

_DRIVER = "folder"


@dataclass(frozen=True)
class BookFolder:
    """A folder whose files go into a book; None where its name says no book. `covers`: cover sheets say which."""

    path: Path
    book: BookId | None
    covers: bool = False


@dataclass(frozen=True)
class Place:
    """A tree that is watched: the inbox with a folder for each book, or one folder as a whole for its `book`.

    With `covers` the folder as a whole is for the books of its cover sheets.
    """

    top: Path
    book: BookId | None = None
    covers: bool = False

    def folder_of(self, file: Path, own_registry: str) -> BookFolder:
        """The folder that a file below the top came to: `<registry>/<book key>/`, or `<book key>/` for our own."""
        if self.book or self.covers:
            return BookFolder(self.top, self.book, self.covers)
        parts = file.relative_to(self.top).parts[:-1]
        own = _book_named((own_registry, *parts[:1]))
        if own:
            return BookFolder(self.top / parts[0], own)
        return BookFolder(self.top.joinpath(*parts[:2]), _book_named(parts[:2]))


def _book_named(parts: tuple[str, ...]) -> BookId | None:
    """The book whose folder is called so, letter by letter: `ks.2005.1` is nobody's."""
    try:
        book = BookId.parse("/".join(parts))
    except BadName:
        return None
    return book if (book.registry, book.key) == parts else None


def watched_places(root: Root, settings: Settings) -> list[Place]:
    """Everything that `station watch` watches. Raises `SettingsError`."""
    check_folders(root, settings)
    watched = [folder for folder in settings.folders if folder.book or folder.covers]
    named = [Place(folder.path, _book_of(folder, root, settings), folder.covers) for folder in watched]
    return [Place(root.inbox), *named]


def named_device(folder: FolderSettings) -> DeviceInfo:
    """A folder of the settings as a device; its id is what `--device` takes."""
    return DeviceInfo(f"{_DRIVER}:{folder.path}", _DRIVER, model=folder.name, kind="hot folder")


def find_folder(text: str, settings: Settings, root: Root | None = None) -> DeviceInfo | None:
    """The folder of the settings that `folder:NAME` means, or None. Raises `SettingsError` where it is refused."""
    driver, _, name = text.partition(":")
    found = next((folder for folder in settings.folders if driver == _DRIVER and folder.name == name), None)
    if found and root:
        check_folders(root, settings)
    return named_device(found) if found else None


def check_folders(root: Root, settings: Settings) -> None:
    """Refuse folders that would eat what this station writes, or each other's files. Raises `SettingsError`."""
    for place, folder in enumerate(settings.folders):
        reason = _why_unfit(folder, settings.folders[:place], root)
        if reason:
            raise SettingsError("bad-setting", file=str(root.settings), key=f"folders.{place}", reason=reason)
        _book_of(folder, root, settings)
    inputs = [root.inbox, *(folder.path for folder in settings.folders)]
    for place, destination in enumerate(settings.destinations):
        if isinstance(destination, FolderDestination) and any(_is_in(destination.path, one) for one in inputs):
            reason = Phrase("folder.takes-destination", {"path": destination.path})
            raise SettingsError("bad-setting", file=str(root.settings), key=f"destinations.{place}", reason=reason)


def _why_unfit(folder: FolderSettings, others: Sequence[FolderSettings], root: Root) -> Phrase | None:
    if not folder.path.is_absolute():
        return Phrase("folder.not-absolute", {"path": folder.path})
    if _is_in(root.path, folder.path) or _is_in(folder.path, root.path):
        return Phrase("folder.takes-root", {"path": folder.path, "root": root.path})
    for other in others:
        if folder.name == other.name:
            return Phrase("folder.same-name", {"name": folder.name})
        if _is_in(folder.path, other.path) or _is_in(other.path, folder.path):
            return Phrase("folder.overlaps", {"path": folder.path, "other": other.path})
    return None


def _is_in(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or lies in it, wherever links lead."""
    return path.resolve().is_relative_to(folder.resolve())


def _book_of(folder: FolderSettings, root: Root, settings: Settings) -> BookId | None:
    if folder.book is None:
        return None
    try:
        return BookId.parse(folder.book, settings.station.registry or None)
    except BadName as error:
        key, reason = f"folders.{folder.name}.book", Phrase(error.code, error.values)
        raise SettingsError("bad-setting", file=str(root.settings), key=key, reason=reason) from error
