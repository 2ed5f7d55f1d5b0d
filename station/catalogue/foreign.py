"""What stands elsewhere: books of other stations as their lists tell them, numbers of the Ministry's records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from station.catalogue.database import Database
from station.catalogue.packing import KEPT, name_of, page_number
from station.naming import CaseNumber

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from station.naming import BookId

    Number = tuple[int, int, str]
    Recorded = tuple[str, str, int, int, str]


@dataclass(frozen=True)
class ForeignBook:
    """A book of another station; `station` is the key id that its list is signed with, `name` what people call it."""

    id: int
    station: str
    name: str
    book: str

    @property
    def key(self) -> str:
        """By which findings and people name it."""
        return f"{self.station}:{self.book}"


@dataclass(frozen=True)
class ForeignPair:
    """A kept page of ours that looks like a page of another station, by fingerprints alone."""

    page: str
    theirs: ForeignBook
    their_pages: int
    position: int
    places: int
    score: float


class Foreign(Database):
    """Lists of other stations and of the Ministry."""

    def enter_foreign_book(
        self, book: BookId, origin: tuple[str, str, str], numbers: Sequence[Number],
        pages: Mapping[int, tuple[int, bytes]], by: tuple[str, str],
    ) -> int:  # fmt: skip
        """Enter a book of another station in place of what its last list said; returns its row.

        `origin` is the station's key id, its name and when the list was made; `numbers` are year, number and suffix;
        `pages` are the fingerprints with their version by their place in the book; `by` is who enters it, and when.
        """
        station, name, made_at = origin
        with self._transaction():
            self._db.execute("delete from foreign_book where station = ? and book = ?", (station, str(book)))
            row = self._db.execute(
                "insert into foreign_book (station, name, book, registry, type, pages, made_at, operator, at)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (station, name, str(book), book.registry, book.type, len(pages), made_at, *by),
            ).lastrowid
            assert row is not None
            self._db.executemany("insert into foreign_number values (?, ?, ?, ?)", [(row, *one) for one in numbers])
            self._db.executemany(
                "insert into foreign_page values (?, ?, ?, ?)",
                [(row, position, *page) for position, page in pages.items()],
            )
        return row

    def foreign_made_at(self, station: str, book: BookId) -> str | None:
        """When the list was made that a book of another station was last taken from."""
        row = self._db.execute(
            "select made_at from foreign_book where station = ? and book = ?", (station, str(book))
        ).fetchone()
        return str(row[0]) if row else None

    def is_foreign(self, key: str) -> bool:
        """Whether a book of another station is known by this key."""
        station, _, book = key.partition(":")
        row = self._db.execute("select 1 from foreign_book where station = ? and book = ?", (station, book)).fetchone()
        return row is not None

    def foreign_fingerprints(self, version: int) -> tuple[list[tuple[int, int]], list[bytes]]:
        """Book row and position of every page of other stations, with its fingerprint."""
        rows = self._db.execute(
            "select foreign_book, position, data from foreign_page where version = ?", (version,)
        ).fetchall()
        return [(book, position) for book, position, _ in rows], [data for _, _, data in rows]

    def enter_foreign_likenesses(self, pairs: Iterable[tuple[str, int, int, int, float]]) -> None:
        """Keep that pages of ours look like theirs: page, book row, position, places, score."""
        with self._transaction():
            self._db.executemany(
                "insert or replace into foreign_likeness values (?, ?, ?, ?, ?)",
                [(page_number(page), *rest) for page, *rest in pairs],
            )

    def foreign_pairs(self, book: BookId | None = None) -> list[ForeignPair]:
        """Pages of a book, or of all, that look like pages of other stations, in their order."""
        rows = self._db.execute(
            f"select {name_of('page.id')}, foreign_book, station, name, foreign_book.book, pages,"
            " foreign_likeness.position, places, score from foreign_likeness"
            " join page on page.id = foreign_likeness.page join book on book.key = page.book"
            " join foreign_book on foreign_book.id = foreign_likeness.foreign_book"
            f" where {KEPT} and book.id = coalesce(?, book.id) order by book.id, page.position, score desc",
            (str(book) if book else None,),
        )
        return [ForeignPair(row[0], ForeignBook(*row[1:5]), *row[5:]) for row in rows]

    def numbers_elsewhere(self, book: BookId | None = None) -> list[tuple[str, ForeignBook, CaseNumber]]:
        """Numbers of a book, or of all, that a book of another station has for the same registry, type and year."""
        rows = self._db.execute(
            "select book.id, foreign_book.id, station, name, foreign_book.book, cases.year, cases.number,"
            " cases.suffix"
            " from foreign_number join foreign_book on foreign_book.id = foreign_number.foreign_book"
            " join book on book.registry = foreign_book.registry and book.type = foreign_book.type"
            " join cases on cases.book = book.key and cases.year = foreign_number.year"
            " and cases.number = foreign_number.number and cases.suffix = foreign_number.suffix"
            " where cases.year > 0 and book.id = coalesce(?, book.id) order by book.id, station,"
            " foreign_book.book, cases.year, cases.number, cases.suffix",
            (str(book) if book else None,),
        )
        return [(row[0], ForeignBook(*row[1:5]), CaseNumber(*row[5:])) for row in rows]

    def enter_recorded(self, numbers: Iterable[Recorded], source: str) -> int:
        """Enter numbers of the Ministry's records: registry, type, year, number, suffix; returns how many are new."""
        added = 0
        with self._transaction():
            for number in numbers:
                added += self._db.execute(
                    "insert into recorded_number values (?, ?, ?, ?, ?, ?) on conflict do nothing", (*number, source)
                ).rowcount
        return added

    def numbers_recorded(self, book: BookId | None = None) -> list[tuple[str, str, CaseNumber]]:
        """Numbers of a book, or of all, that the Ministry's records have already, with the file that says so."""
        rows = self._db.execute(
            "select book.id, source, cases.year, cases.number, cases.suffix from cases"
            " join book on book.key = cases.book join recorded_number on recorded_number.registry = book.registry"
            " and recorded_number.type = book.type and recorded_number.year = cases.year"
            " and recorded_number.number = cases.number and recorded_number.suffix = cases.suffix"
            " where cases.year > 0 and book.id = coalesce(?, book.id) order by 1, 2, 3, 4, 5",
            (str(book) if book else None,),
        )
        return [(row[0], row[1], CaseNumber(*row[2:])) for row in rows]
