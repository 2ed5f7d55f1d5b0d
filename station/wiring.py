"""Builds every object of a station from its root and settings; nobody else calls constructors across packages."""

from __future__ import annotations

import getpass
import os
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Self

from station import clock
from station.errors import SettingsError, StorageError, UsageError
from station.model import Book, BookState, Registry
from station.naming import BookId, NamingProfile
from station.registers import choose_folder, known_registry, new_registry
from station.settings import Settings, check_environment, load_settings
from station.training import mode as training

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from outbox.destinations.base import Destination, Pace
    from outbox.items import Routing
    from outbox.keys import PublicKey, SigningKey, TrustedKeys
    from outbox.sender import Report, Sender
    from outbox.store import OutboxStore
    from station.catalogue import Catalogue
    from station.covers.reader import CodeReader
    from station.imaging.pool import PagePool
    from station.imaging.recipe import Recipe
    from station.indexing.desk import Desk
    from station.intake.process import IntakeProcess
    from station.model import Page
    from station.processing import Processing
    from station.registers.columns import ColumnProfile
    from station.root import Root

_SETTINGS_TEMPLATE = """\
# Settings of this scanning station. Unknown keys are refused; docs/technicians.md lists all of them.

[station]
registry = "{registry}"
language = "both"              # "vi", "en" or "both"
{training}
[scan]
dpi = 300
mode = "colour"                # or "grey"

[naming]
{naming}

# Where sealed books go. One table for each destination.
# [[destinations]]
# kind = "folder"
# name = "share"
# path = "/mnt/share/scan-station"
#
# [[destinations]]
# kind = "sftp"
# name = "province"
# host = "sftp.example"
# user = "station"
# key_file = "/etc/scan-station/sftp_key"         # mode 0600
# known_hosts = "/etc/scan-station/known_hosts"   # an unknown host is refused
# folder = "incoming"

# [sending]
# window = "22:00-05:00"       # when bags may go; without it always
# limit_mbit_s = 2.0

# [receipts]
# trusted = ["..."]            # public keys of receivers, as `station receive` prints them
"""


@dataclass
class Station:
    """An open station. Parts are made when they are first used, so that a small command stays small."""

    root: Root
    settings: Settings
    operator: str
    _opened: list[Catalogue | OutboxStore | PagePool | IntakeProcess | CodeReader] = field(default_factory=list)

    @classmethod
    def open(cls, root: Root, operator: str | None = None) -> Self:
        """Raises `UsageError` when there is no station at the root, `SettingsError` for bad settings."""
        check_environment()
        if not root.exists:
            raise UsageError("no-station", root=str(root.path))
        settings = load_settings(root.settings)
        choose_folder(root.registers)
        training.check_settings(settings, root)
        return cls(root, settings, operator or default_operator())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for part in reversed(self._opened):
            part.close()
        self._opened.clear()

    @cached_property
    def catalogue(self) -> Catalogue:
        from outbox.migrations import StoreError
        from station.catalogue import Catalogue

        try:
            catalogue = Catalogue(self.root.catalogue)
        except StoreError as error:
            raise StorageError("database-unusable", file=str(self.root.catalogue), detail=str(error)) from error
        self._opened.append(catalogue)
        return catalogue

    @cached_property
    def outbox(self) -> OutboxStore:
        from outbox.migrations import StoreError
        from outbox.store import OutboxStore

        try:
            store = OutboxStore(self.root.outbox, clock=_utc_now)
        except StoreError as error:
            raise StorageError("database-unusable", file=str(self.root.outbox), detail=str(error)) from error
        self._opened.append(store)
        return store

    @cached_property
    def naming(self) -> NamingProfile:
        return NamingProfile.load(self.settings.naming.profile, self.root.path / "naming")

    @cached_property
    def columns(self) -> ColumnProfile:
        """Column sets and code lists, with those of the root's folder `registers` before the shipped ones."""
        from station.registers.columns import ColumnProfile

        return ColumnProfile.load(self.root.path / "registers")

    def desk(self, book: BookId) -> Desk:
        """Where the one who works here types the cases of a book."""
        from station.indexing.desk import Desk

        return Desk(self.catalogue, self.columns, book, self.operator)

    @cached_property
    def recipe(self) -> Recipe:
        from station.recipes import recipe_named

        return recipe_named(self.settings.imaging.recipe, self.root.recipes, str(self.root.settings))

    @cached_property
    def key(self) -> SigningKey:
        """This station's own signing key; made at `init`."""
        from outbox.keys import load_or_create

        return load_or_create(self.root.keys / "station.key", self.root.keys / "station.pub")

    @cached_property
    def trusted_receivers(self) -> TrustedKeys:
        """Whose receipts count: the keys of the settings, and our own for a receiver on this root."""
        from outbox.keys import trust

        return trust([self.key.public, *self._pinned_keys()])

    @property
    def other_receivers(self) -> TrustedKeys:
        """The keys of the settings alone: a receipt of our own says nothing of another machine."""
        from outbox.keys import trust

        return trust(key for key in self._pinned_keys() if key != self.key.public)

    def _pinned_keys(self) -> list[PublicKey]:
        from outbox.keys import PublicKey

        try:
            return [PublicKey.from_text(text) for text in self.settings.receipts.trusted]
        except ValueError as error:
            raise SettingsError(
                "bad-setting", file=str(self.root.settings), key="receipts.trusted", reason=str(error)
            ) from error

    @cached_property
    def pool(self) -> PagePool:
        """The worker processes for image work: started once, used by everything that is done with this station."""
        from station.imaging.pool import PagePool

        pool = PagePool(workers=self.settings.imaging.workers or None)
        self._opened.append(pool)
        return pool

    @cached_property
    def intake(self) -> IntakeProcess:
        """The process in which delivered files are taken apart."""
        from station.intake.delivery import Limits
        from station.intake.process import IntakeProcess

        limits = self.settings.intake
        process = IntakeProcess(Limits(limits.max_megapixels * 1_000_000, limits.max_pages_per_file))
        self._opened.append(process)
        return process

    @cached_property
    def codes(self) -> CodeReader:
        """The process in which the codes of cover sheets are read."""
        from station.covers.reader import CodeReader

        reader = CodeReader()
        self._opened.append(reader)
        return reader

    def processing(self) -> Processing:
        """A round of delivery copies over the pool."""
        from station.processing import Processing
        from station.recipes import recipe_of

        def recipe(book: BookId) -> Recipe:
            return recipe_of(self, self.book(str(book)))

        return Processing(self.root, self.catalogue, recipe, self.pool, self.settings.imaging.previews)

    @cached_property
    def routing(self) -> Routing:
        """Where new bags go; to nowhere yet while no destination is set."""
        from outbox.items import Routing
        from station.sending import NO_DESTINATION

        names = tuple(destination.name for destination in self.settings.destinations)
        sending = self.settings.sending
        return Routing(sending.to or names[:1] or (NO_DESTINATION,), any_of=sending.rule == "any")

    def destinations(self, pace: Pace | None = None) -> list[Destination]:
        from outbox.destinations import make_destination

        return [make_destination(settings, self.outbox, pace) for settings in self.settings.destinations]

    @asynccontextmanager
    async def sender(self, report: Callable[[Report], None]) -> AsyncIterator[Sender]:
        """The sender over all destinations; their connections end with the context.

        It mostly starts after something was mended: what waits by back-off is due.
        """
        from random import SystemRandom

        from outbox.destinations.versions import version_of
        from outbox.pacing import Bucket
        from outbox.sender import Sender
        from outbox.window import Window

        limit = self.settings.sending.limit_mbit_s
        bucket = Bucket(limit * 1e6 / 8) if limit else None
        destinations = {destination.name: destination for destination in self.destinations(bucket)}
        settings = {one.name: one for one in self.settings.destinations}
        self.outbox.try_again_now()
        try:
            yield Sender(
                store=self.outbox,
                bags_folder=self.root.bags,
                destinations=destinations,
                routing=self.routing,
                trusted_keys=self.trusted_receivers,
                clock=_utc_now,
                rng=SystemRandom(),
                report=report,
                window=Window.from_text(self.settings.sending.window),
                bucket=bucket,
                settings_of=lambda name: version_of(settings[name]) if name in settings else "",
            )
        finally:
            for destination in destinations.values():
                await destination.close()

    def book_id(self, text: str) -> BookId:
        return BookId.parse(text, self.settings.station.registry or None)

    def book(self, text: str) -> Book:
        """A book of the work list. Raises `UsageError` when it is not there."""
        book_id = self.book_id(text)
        book = self.catalogue.book(book_id)
        if book is None:
            raise UsageError("no-such-book", book=str(book_id))
        return book

    def counts_of(self, book: BookId) -> tuple[int, int]:
        """Kept pages of the paper and cases of one book."""
        return self.catalogue.paper_page_count(book), len(self.catalogue.cases(book))

    @contextmanager
    def changing(self, book: BookId) -> Iterator[None]:
        """Have an open book to oneself for a small change. A sealed book is what was sent: it is not changed.

        Raises `UsageError` when the book is sealed, in use or excluded.
        """
        from station.worklist.exclusions import refuse_excluded

        with self.root.holding(book):
            refuse_excluded(self.catalogue, book)
            if self.book(str(book)).state is BookState.SEALED:
                raise UsageError("book-sealed", book=str(book))
            yield

    def page(self, text: str) -> Page:
        """A kept page by its id or the beginning of it. Raises `UsageError`."""
        page = self.catalogue.find_page(text)
        if page is None:
            raise UsageError("no-such-page", page=text)
        return page

    def registry(self, code: str) -> Registry:
        """A registry of the catalogue; one of the shipped list is entered when it is first used."""
        found = self.catalogue.registry(code)
        if found:
            return found
        known = known_registry(code)
        if known is None:
            raise UsageError("no-such-registry", code=code)
        self.catalogue.add_registry(known)
        return known

    def add_book(self, book: Book) -> bool:
        """Enter a book, or take over what the work list now says of it; True if it is new.

        Raises `UsageError` for a real book at a station for practice, and the other way round.
        """
        training.check_registry(book.id.registry, training=self.settings.station.training)
        self.registry(book.id.registry)
        added = self.catalogue.add_book(book, clock.now())
        if not added:
            self.catalogue.expect(book)
        self.make_inbox(book.id)
        return added

    def make_inbox(self, book: BookId) -> None:
        """The hot folder of a book."""
        (self.root.inbox / book.registry / book.key).mkdir(parents=True, exist_ok=True)


def create_station(root: Root, code: str, name: str | None, *, practice: bool = False) -> Registry:
    """Make root, databases, key and settings. Settings that stand already are kept; another registry is refused.

    A station for `practice` has a registry of its own: see `station.training.mode`.
    """
    from outbox import durable
    from station.catalogue import Catalogue

    check_environment()
    training.check_registry(code, training=practice)
    choose_folder(root.registers)
    registry = _registry_for(code, name)
    for folder in (root.path, root.masters, root.inbox, root.bags, root.quarantine, root.log.parent, root.keys):
        durable.make_folder(folder)
    root.path.chmod(0o750)
    root.keys.chmod(0o700)
    if root.settings.exists():
        own = load_settings(root.settings).station.registry
        if own and own != code:
            raise UsageError("other-registry", root=str(root.path), code=own)
    else:
        durable.write_new(root.settings, _first_settings(code, practice=practice).encode())
    with Catalogue(root.catalogue) as catalogue:
        catalogue.add_registry(registry)
    with Station.open(root) as station:
        _ = station.outbox, station.key
    return registry


def _first_settings(code: str, *, practice: bool) -> str:
    if practice:
        naming = f'profile = "{training.NAMING_PROFILE}"'
        return _SETTINGS_TEMPLATE.format(registry=code, training="training = true\n", naming=naming)
    naming = 'profile = "moj-undated"        # or "moj-dated"; to be confirmed by the provincial Department of Justice'
    return _SETTINGS_TEMPLATE.format(registry=code, training="", naming=naming)


def _registry_for(code: str, name: str | None) -> Registry:
    from station.naming import check_registry

    check_registry(code)
    if code == training.TRAINING_REGISTRY.code:
        return training.TRAINING_REGISTRY
    known = (known_registry(code, name) if name else None) or known_registry(code)
    if name:
        return new_registry(code, name) if known is None else Registry(code, name, known.place, known.prefix)
    if known is None:
        raise UsageError("registry-needs-name", code=code)
    return known


def default_operator() -> str:
    """Who works here: `STATION_OPERATOR`, else the account."""
    return os.environ.get("STATION_OPERATOR") or getpass.getuser()


def _utc_now() -> datetime:
    return datetime.now(UTC)
