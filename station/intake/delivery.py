"""What taking a file apart gives or refuses. Free of image libraries."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Refusal(StrEnum):
    """Why a file was not taken."""

    NOT_A_REGULAR_FILE = "not-a-regular-file"
    VANISHED = "vanished"
    NOT_READABLE = "not-readable"
    CHANGED_WHILE_READ = "changed-while-read"
    EMPTY = "empty"
    UNKNOWN_FORMAT = "unknown-format"
    PHONE_PICTURE = "phone-picture"
    TRUNCATED = "truncated"
    TOO_LARGE = "too-large"
    PASSWORD = "password"  # noqa: S105 - a reason, not a secret
    UNSAFE_NAME = "unsafe-name"
    DAMAGED = "damaged"
    ANIMATED = "animated"
    NO_WHITE = "no-white"
    DUPLICATE = "duplicate"
    BEFORE_COVER = "before-cover"


class RefusedFile(Exception):  # noqa: N818 - named for what it carries
    """A file that gives no pages; picklable. `detail` is technical, for the log."""

    def __init__(self, path: Path, reason: Refusal, detail: str = "") -> None:
        super().__init__(path, reason, detail)
        self.path = path
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" + (f" ({self.detail})" if self.detail else "")


_PICTURES = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".gif", ".jp2", ".webp", ".heic", ".heif", ".avif"})
_SEVERAL = frozenset({".pdf", ".tif", ".tiff"})


def pages_meant(refused: RefusedFile) -> int | None:
    """How many pages a refused file would have been, by its name; None: nobody can tell.

    A PDF or TIFF may hold any number. What is neither by its name nor by its bytes a picture is none.
    """
    suffix = refused.path.suffix.lower()
    if refused.reason is Refusal.BEFORE_COVER:
        return 0
    if suffix in _PICTURES and refused.reason is not Refusal.PASSWORD:
        return 1
    named_otherwise = suffix and suffix not in _SEVERAL
    return 0 if named_otherwise and refused.reason is Refusal.UNKNOWN_FORMAT else None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: picture size in pixels, pages, bytes; and the resolution PDF pages are rendered at."""

    max_pixels: int = 200_000_000
    max_pages: int = 2_000
    max_bytes: int = 4 << 30
    render_dpi: int = 300


@dataclass(frozen=True, slots=True)
class Delivered:
    """One page image in the spool. `width` and `height` are the file's pixels before any EXIF turn.

    `source_index` counts from 0 through the `source_pages` pages of the file it came from, whose hash is
    `source_sha256`; `dpi` is the file's claim. `codes` are the codes of cover sheets on it, once somebody looked;
    `unread`: the look failed.
    """

    file: Path
    ext: str
    width: int
    height: int
    dpi: int | None
    sha256: str
    source_index: int
    source_pages: int
    source_sha256: str = ""
    codes: tuple[str, ...] = ()
    unread: bool = False
