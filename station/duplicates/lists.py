"""Lists of books that stations give each other on a stick: numbers and fingerprints, no name, signed.

The file is JSON: `list`, and Ed25519's signature over its canonical spelling. A list that was changed on the way is
refused; whose key it is the person at the station compares, as with receipts.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec

from outbox import durable
from outbox.keys import PublicKey, canonical_json
from station import clock
from station.duplicates.search import find_among_ours, make_missing
from station.errors import BadInput, BadName
from station.imaging.fingerprint import Fingerprint
from station.imaging.page import FINGERPRINT_VERSION as VERSION
from station.naming import BookId, CaseNumber

if TYPE_CHECKING:
    from pathlib import Path

    from outbox.keys import SigningKey
    from station.model import Book
    from station.wiring import Station

MOST_BYTES = 1 << 30
"""A list of a million pages has 280 MB."""


class ListedBook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A book: its numbers as registers write them, and its pages in order, base64.

    `orders` are their places in the book, in which covers and blanks count too; a list without them counts from 1.
    """

    id: str
    numbers: tuple[str, ...]
    pages: tuple[str, ...]
    orders: tuple[int, ...] = ()

    @property
    def places(self) -> tuple[int, ...]:
        """The place of each page in its book."""
        return self.orders or tuple(range(1, len(self.pages) + 1))


class BookList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a station tells of its books. `name` is that of its registry."""

    format: Literal["scan-station-books"]
    version: Literal[1]
    station: str
    name: str
    made_at: str
    fingerprints: int
    books: tuple[ListedBook, ...]


class SignedList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    list: BookList
    public_key: str
    signature: str


@dataclass
class ImportReport:
    """What came of a list: its station, the books taken, those known from a later list, and what was found at once."""

    station: str
    name: str
    books: int = 0
    older: list[str] = field(default_factory=list)
    pages: int = 0
    found: int = 0
    fingerprints_usable: bool = True


def export_list(station: Station, file: Path) -> BookList:
    """Write the list of every book that has pages or cases. Raises `StorageFull`, or `OSError` of the stick."""
    make_missing(station)
    pages, packed = station.catalogue.fingerprints(VERSION)
    known = dict(zip(pages, packed, strict=True))
    own = station.settings.station.registry
    registry = station.catalogue.registry(own)
    told = BookList(
        format="scan-station-books",
        version=1,
        station=station.key.key_id,
        name=f"{own} {registry.name}" if registry else own,
        made_at=clock.now(),
        fingerprints=VERSION,
        books=tuple(
            listed for book in station.catalogue.books() if (listed := _listed(station, book, known)) is not None
        ),
    )
    durable.replace(file, _sign(told, station.key))
    return told


def _listed(station: Station, book: Book, known: dict[str, bytes]) -> ListedBook | None:
    numbers = tuple(str(case.number) for case in station.catalogue.cases(book.id))
    pages = [page for page in station.catalogue.pages_compared_in(str(book.id)) if page in known]
    if not numbers and not pages:
        return None
    orders = {page.id: page.order for page in station.catalogue.pages(book.id)}
    packed = tuple(base64.b64encode(known[page]).decode() for page in pages)
    return ListedBook(str(book.id), numbers, packed, tuple(orders[page] for page in pages))


def _sign(told: BookList, key: SigningKey) -> bytes:
    signed = canonical_json(msgspec.to_builtins(told))
    return canonical_json(
        {"list": msgspec.to_builtins(told), "public_key": key.public.text(), "signature": key.sign(signed)}
    )


def import_list(station: Station, file: Path) -> ImportReport:
    """Take another station's list and look for its pages among ours; one older than the last changes nothing.

    Each book is one transaction; after a crash the same list is imported again. Raises `BadInput` for a file that is no
    list, was changed after it was signed, or is our own.
    """
    told = read_list(file)
    if told.station == station.key.key_id:
        raise BadInput("list-own", file=file.name)
    report = ImportReport(told.station, told.name, fingerprints_usable=told.fingerprints == VERSION)
    entered: list[tuple[int, dict[int, bytes]]] = []
    for listed, book, numbers in _checked(told, file):
        known = station.catalogue.foreign_made_at(told.station, book)
        if known is not None and known > told.made_at:
            report.older.append(listed.id)
            continue
        pages = zip(listed.places, listed.pages, strict=True) if report.fingerprints_usable else ()
        packed = {place: base64.b64decode(page) for place, page in pages}
        row = station.catalogue.enter_foreign_book(
            book,
            (told.station, told.name, told.made_at),
            [(number.year, number.value, number.suffix) for number in numbers],
            {place: (VERSION, data) for place, data in packed.items()},
            (station.operator, clock.now()),
        )
        report.books, report.pages = report.books + 1, report.pages + len(packed)
        entered.append((row, packed))
    report.found = find_among_ours(station.catalogue, entered)
    return report


def read_list(file: Path) -> BookList:
    """A list whose signature is right. Raises `BadInput`."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise BadInput("list-damaged", file=file.name, detail=f"> {MOST_BYTES >> 20} MB")
        signed = msgspec.json.decode(file.read_bytes(), type=SignedList)
        key = PublicKey.from_text(signed.public_key)
    except FileNotFoundError as error:
        raise BadInput("no-such-path", path=str(file)) from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput("list-damaged", file=file.name, detail=str(error)[:200]) from error
    told = signed.list
    right = key.verifies(signed.signature, canonical_json(msgspec.to_builtins(told)))
    if not right or key.key_id != told.station:
        raise BadInput("list-changed", file=file.name)
    return told


def _checked(told: BookList, file: Path) -> list[tuple[ListedBook, BookId, list[CaseNumber]]]:
    """Every book with its id and numbers read, before the first is entered."""
    checked = []
    for listed in told.books:
        try:
            book = BookId.parse(listed.id)
            numbers = [CaseNumber.parse(number, book) for number in listed.numbers]
            if len(set(listed.places)) != len(listed.pages) or min(listed.places, default=1) < 1:
                raise ValueError("orders")  # noqa: TRY301 - said like everything else that is wrong with the book
            if told.fingerprints == VERSION:
                for page in listed.pages:
                    Fingerprint.unpack(base64.b64decode(page, validate=True))
        except (BadName, ValueError) as error:
            raise BadInput("list-damaged", file=file.name, detail=f"{listed.id}: {error}"[:200]) from error
        checked.append((listed, book, numbers))
    return checked
