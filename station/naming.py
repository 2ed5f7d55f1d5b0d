"""Names: book ids, case numbers, and what files are called by the naming profile.

Rules: the shared domain notes on the Ministry's letter 1437/BTP-CNTT. Everything a ministry could change is in
`data/naming/*.toml`; this module knows only how to read ids and fill the shapes.
"""

from __future__ import annotations

import re
import string
import tomllib
import unicodedata
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING

from msgspec import Struct

from station.errors import BadName, SettingsError
from station.registers import register_types

if TYPE_CHECKING:
    from pathlib import Path

# Civil status was registered in the French time already; a register of next year does not exist.
YEAR_FIRST, YEAR_LAST = 1900, 2099
UNKNOWN_YEAR = 0
"""The year of a book that does not say it: typed `?` or `0000`. It sorts before all years and is none of them."""
NUMBER_LAST = 9999
VOLUME_LAST = 99

_REGISTRY = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,14}[0-9A-Za-z])?")
_KEY = re.compile(r"([A-Za-z]+)\.(?:\?|([0-9]{4})(?:-([0-9]{4}))?)\.([0-9]{1,3})")
_NUMBER = re.compile(r"([0-9]{1,5})([a-z]?)(?:/([0-9]{4}))?")
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
# Zeros or letters: no year begins with either.
_UNKNOWN_YEAR = re.compile(r"0000|[A-Za-z]{1,8}")
_FIELDS = {"book", "number", "suffix", "year", "date", "prefix"}


@dataclass(frozen=True, order=True)
class BookId:
    """A book as typed and printed: `19441/KS.2005.01`, or `19441/KH.2007-2009.01` for a book of several years."""

    registry: str
    type: str
    year_first: int
    year_last: int
    volume: int

    @classmethod
    def parse(cls, text: str, registry: str | None = None) -> BookId:
        """Read an id; without a registry before the `/` the station's own is meant.

        Raises `BadName` that says which part is wrong.
        """
        head, slash, key = unicodedata.normalize("NFC", text.strip()).rpartition("/")
        code = head if slash else (registry or "")
        if not code:
            raise BadName("bad-book-id", text=text)
        check_registry(code)
        match = _KEY.fullmatch(key)
        if not match:
            raise BadName("bad-book-id", text=text)
        kind, first, last, volume = match.groups()
        year = int(first or UNKNOWN_YEAR)
        return cls.of(code, kind.upper(), year, int(last or year), int(volume))

    @classmethod
    def of(cls, registry: str, kind: str, year_first: int, year_last: int, volume: int) -> BookId:
        """An id from its parts, checked one by one."""
        if kind not in register_types():
            raise BadName("bad-type", text=kind, known=", ".join(register_types()))
        for year in () if year_first == year_last == UNKNOWN_YEAR else (year_first, year_last):
            if not YEAR_FIRST <= year <= YEAR_LAST:
                raise BadName("bad-year", text=str(year), first=YEAR_FIRST, last=YEAR_LAST)
        if year_last < year_first:
            raise BadName("bad-years", text=f"{year_first}-{year_last}")
        if not 1 <= volume <= VOLUME_LAST:
            raise BadName("bad-volume", text=str(volume), last=VOLUME_LAST)
        return cls(registry, kind, year_first, year_last, volume)

    @property
    def years(self) -> str:
        return f"{self.year_first:04}" if self.one_year else f"{self.year_first}-{self.year_last}"

    @property
    def year_known(self) -> bool:
        return self.year_first != UNKNOWN_YEAR

    @property
    def one_year(self) -> bool:
        return self.year_first == self.year_last

    @property
    def key(self) -> str:
        """The book key: the id without its registry, as it stands in file names."""
        return f"{self.type}.{self.years}.{self.volume:02}"

    def __str__(self) -> str:
        return f"{self.registry}/{self.key}"


class CaseNumber(Struct, frozen=True, order=True, gc=False):
    """Number of a case within its year: `7/2005`; `7a/2005` is the second case that carries the number 7.

    A check of the campaign makes and compares 200,000 of them, which a `Struct` does in C.
    """

    year: int
    value: int
    suffix: str = ""

    @classmethod
    def parse(cls, text: str, book: BookId) -> CaseNumber:
        """Read `7`, `7a` or `7/2005`. A book of several years needs the year, because numbers restart in each.

        Raises `BadName`.
        """
        match = _NUMBER.fullmatch(unicodedata.normalize("NFC", text.strip()))
        if not match:
            raise BadName("bad-number", text=text)
        value, suffix, year = match.groups()
        if year is None and not book.one_year:
            raise BadName("number-needs-year", text=text, book=str(book), example=f"{text}/{book.year_first}")
        return cls.of(int(year or book.year_first), int(value), suffix, book)

    @classmethod
    def of(cls, year: int, value: int, suffix: str, book: BookId) -> CaseNumber:
        if not book.year_first <= year <= book.year_last:
            raise BadName("number-of-other-year", text=str(year), book=str(book))
        if not 1 <= value <= NUMBER_LAST:
            raise BadName("bad-number", text=str(value))
        return cls(year, value, suffix)

    def __str__(self) -> str:
        """As registers write it, and as the Excel column `so` wants it: `07/2005`."""
        return f"{self.value:02}{self.suffix}/{self.year:04}"


@dataclass(frozen=True)
class NamingProfile:
    """The shapes of file names, from a profile file. See `load`."""

    name: str
    pdf: str
    pdf_several_years: str
    package: str
    suffixes: str
    pdf_dated: str | None = None
    confirmed_by: str = ""
    unknown_year: str = "0000"

    @classmethod
    def load(cls, name: str, folder: Path | None = None) -> NamingProfile:
        """A shipped profile, or one of a technician's folder. Raises `SettingsError` with file and key."""
        source = folder / f"{name}.toml" if folder else None
        shipped = resources.files("station") / "data" / "naming" / f"{name}.toml"
        file = source if source is not None and source.is_file() else shipped
        if not file.is_file():
            raise SettingsError("no-such-profile", file=str(file), key=name)
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        try:
            profile = cls(name=name, **data)
        except TypeError as error:
            raise SettingsError("bad-profile", file=str(file), key=str(error)) from error
        profile.check(str(file))
        return profile

    def check(self, file: str) -> None:
        """Refuse a shape that names a field nobody fills, and a word for the unknown year that could be a year."""
        for key in ("pdf", "pdf_several_years", "pdf_dated", "package"):
            shape = getattr(self, key) or ""
            unknown = {field for _, field, _, _ in string.Formatter().parse(shape) if field} - _FIELDS
            if unknown:
                raise SettingsError("bad-profile", file=file, key=f"{key}: {', '.join(sorted(unknown))}")
        if not _UNKNOWN_YEAR.fullmatch(self.unknown_year):
            raise SettingsError("bad-profile", file=file, key=f"unknown_year: {self.unknown_year}")

    def _key(self, book: BookId) -> str:
        return book.key if book.year_known else f"{book.type}.{self.unknown_year}.{book.volume:02}"

    def pdf_name(self, book: BookId, number: CaseNumber, date: str | None = None) -> str:
        """The name of a case's PDF. `date` is ISO; a partial date counts as none: a name never holds half a date."""
        whole_date = date if date and len(date) == len("2005-03-01") else None
        shape = self.pdf if book.one_year else self.pdf_several_years
        if whole_date and self.pdf_dated:
            shape = self.pdf_dated
        return checked_name(
            shape.format(
                book=self._key(book), number=number.value, suffix=number.suffix, year=number.year, date=whole_date or ""
            )
        )

    def package_name(self, book: BookId, prefix: str) -> str:
        """What the book's zip and Excel are called, without an ending."""
        return checked_name(self.package.format(book=self._key(book), prefix=prefix))


def check_registry(code: str) -> None:
    """Refuse a registry code that could not stand in a bag id or folder name. Raises `BadName`."""
    if not _REGISTRY.fullmatch(code):
        raise BadName("bad-registry", text=code)


def checked_name(name: str) -> str:
    """A name that is safe in every package: ASCII letters, digits, dot, dash, underscore. Raises `BadName`."""
    if not _SAFE_NAME.fullmatch(name):
        raise BadName("unsafe-name", text=name)
    return name


@dataclass(frozen=True)
class Numbering:
    """How pages get their numbers while they are scanned.

    `cases_per_page` >= 1: each page holds that many cases; `pages_per_case` > 1: each case goes over that many pages.
    """

    first: CaseNumber
    cases_per_page: int = 1
    pages_per_case: int = 1
    told: bool = field(default=True, compare=False)
    """Whether a person said the first number; else it follows from the book."""

    @classmethod
    def parse(cls, number: str, per_page: str, book: BookId) -> Numbering:
        """`per_page` is `3` (three cases on a page) or `1/2` (each case over two pages)."""
        layout = parse_layout(per_page)
        return cls(CaseNumber.parse(number, book), *layout)

    @property
    def layout(self) -> tuple[int, int]:
        """Cases on a page, pages for a case."""
        return self.cases_per_page, self.pages_per_case

    def numbers_of(self, index: int) -> list[CaseNumber]:
        """The numbers on the page with this index, counted from 0 since the first numbered page.

        The first case alone may have a suffix.
        """
        begin = index // self.pages_per_case * self.cases_per_page
        steps = range(begin, begin + self.cases_per_page)
        return [CaseNumber(self.first.year, self.first.value + step) if step else self.first for step in steps]


def parse_layout(per_page: str) -> tuple[int, int]:
    """Cases on a page and pages for a case: `3` is (3, 1), `1/2` is (1, 2). Raises `BadName`."""
    match = re.fullmatch(r"(1/)?([1-9][0-9]?)", per_page.strip())
    if not match:
        raise BadName("bad-cases-per-page", text=per_page)
    count = int(match[2])
    return (1, count) if match[1] else (count, 1)
