"""What crosses between the station and its image workers: plain picklable data, free of image libraries."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from station.imaging.recipe import Recipe

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
    BLUR = "blur"
    OVEREXPOSED = "overexposed"
    UNDEREXPOSED = "underexposed"
    BLANK = "blank"
    HALF_DELIVERED = "half-delivered"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check's answer about one page: the measured value and the threshold it was held against."""

    check: str
    level: Level
    value: float
    threshold: float


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


@dataclass(frozen=True, slots=True)
class PageJob:
    """One master to be made into one delivery copy.

    `dpi` is what the device said, None where it said nothing and the file's own claim counts; `paper_mm` the paper's
    size where the book's profile knows it (used only when no resolution can be believed).
    """

    master: Path
    sha256: str
    copy: Path
    recipe: Recipe
    dpi: int | None = None
    paper_mm: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class PageResult:
    """The delivery copy that was written: `sha256`, `bytes`, `width`, `height`, `dpi` are the copy's, not the master's.

    `skew_degrees` is the clockwise turn of the page in the master that was taken out; `fingerprint` is what the page
    looks like: see `station.imaging.fingerprint`.
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
