"""What crosses between the station and its image workers: plain picklable data, free of image libraries."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath
from typing import TypeVar

from station.imaging.recipe import Recipe

AnyPath = TypeVar("AnyPath", bound=PurePath)

Packed = bytes
"""Bytes by another name, for a class that has `bytes` of its own."""


FINGERPRINT_VERSION = 1
"""Raised with every change of `station.imaging.fingerprint`: others are made again from the delivery copies."""


class Level(StrEnum):
    """What a verdict asks for: nothing, a look by the operator, or a stop until the page is scanned again."""

    OK = "ok"
    LOOK = "look"
    STOP = "stop"


class Check(StrEnum):
    """The checks every page goes through; the value is the `check` of its `Verdict`."""

    PAGE_NOT_FOUND = "page-not-found"
    EDGES_DISAGREE = "edges-disagree"
    DPI_ASSUMED = "dpi-assumed"
    DPI_DISBELIEVED = "dpi-disbelieved"
    """In place of the one before, where there was a claim."""
    BLUR = "blur"
    OVEREXPOSED = "overexposed"
    UNDEREXPOSED = "underexposed"
    BLANK = "blank"
    HALF_DELIVERED = "half-delivered"
    TORN_CORNER = "torn-corner"
    CUT_OFF = "cut-off"
    STREAK = "streak"
    SKEW_LEFT = "skew-left"
    PAPER_SIZE = "paper-size"
    TURNED = "turned"
    FAINT_INK = "faint-ink"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check's answer about one page: the measured value and the threshold it was held against.

    `place` is where it was found, for the checks that say so; in millimetres.
    """

    check: str
    level: Level
    value: float
    threshold: float
    place: float | None = None

    @property
    def row(self) -> dict[str, str | float]:
        """The same as plain data, without a place where there is none."""
        row: dict[str, str | float] = {
            "check": self.check, "level": self.level, "value": self.value, "threshold": self.threshold,
        }  # fmt: skip
        return row if self.place is None else row | {"place": self.place}


class Unreadable(StrEnum):
    """Why a master gave no page."""

    MISSING = "missing"
    UNKNOWN_FORMAT = "unknown-format"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    CRASHED = "crashed"


class UnreadablePage(Exception):  # noqa: N818 - named for the page, as the operator meets it
    """A master that cannot be turned into a delivery copy; picklable, so that it reaches the parent as it is."""

    def __init__(self, path: Path, reason: Unreadable, detail: str = "") -> None:
        super().__init__(path, reason, detail)
        self.path = path
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" + (f" ({self.detail})" if self.detail else "")


class Half(StrEnum):
    """One of the two pages that an open book shows."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Fold:
    """The gutter of a finished spread: where it meets the upper and lower edge, in 1/10,000 of the page's width.

    `confidence` is that of `station.imaging.gutter`, 1 where a person said where it lies.
    """

    top: int
    bottom: int
    confidence: float = 1.0

    @property
    def typed(self) -> str:
        """As people type it, in percent of the width: top, bottom."""
        return f"{self.top / 100:g},{self.bottom / 100:g}"


@dataclass(frozen=True, slots=True)
class Cut:
    """One page of a spread: which half, and the gutter's places as in `Fold`."""

    half: Half
    top: int
    bottom: int


def preview_of(copy: AnyPath) -> AnyPath:
    """Where the preview of a delivery copy lies: 1,600 pixels long."""
    return copy.with_suffix(".preview.jpg")


def thumbnail_of(copy: AnyPath) -> AnyPath:
    """Where the thumbnail of a delivery copy lies: 400 pixels long."""
    return copy.with_suffix(".thumb.jpg")


@dataclass(frozen=True, slots=True)
class PageJob:
    """One master to be made into one delivery copy.

    `dpi` is what the device said, None where it said nothing and the file's own claim counts; `paper_mm` the paper's
    size where the book's profile knows it (used only when no resolution can be believed). `quality` is that of the
    book, None while it is not known; recipes that steer each page by itself do not ask for it. With `previews` the
    small pictures for the screen are made too. `reference` is the delivery copy of a page of the book that lies right,
    `reference_mm` how large that is.
    `part`: of the master, an open book, only this page is wanted; `sha256` then is the digest of the part.
    """

    master: Path
    sha256: str
    copy: Path
    recipe: Recipe
    dpi: int | None = None
    paper_mm: tuple[float, float] | None = None
    quality: int | None = None
    previews: bool = False
    reference: Path | None = None
    reference_mm: tuple[float, float] | None = None
    part: Cut | None = None


@dataclass(frozen=True, slots=True)
class PageResult:
    """The delivery copy that was written: `sha256`, `bytes`, `width`, `height`, `dpi` are the copy's, not the master's.

    `skew_degrees` is the clockwise turn of the page in the master that was taken out; `fingerprint` is what the page
    looks like: see `station.imaging.fingerprint`. `gutter` is None where none was found, and for one half of a spread.
    """

    copy: Path
    master_sha256: str
    recipe_key: str
    sha256: str
    bytes: int
    width: int
    height: int
    dpi: int
    quality: int
    grey: bool
    verdicts: tuple[Verdict, ...]
    paper_mm: tuple[float, float]
    skew_degrees: float
    fingerprint: Packed
    cpu_ms: float
    gutter: Fold | None = None
