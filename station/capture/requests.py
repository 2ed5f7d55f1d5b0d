"""What a front end asks of the line: which pages come, from where, and what they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from station.devices.profiles import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from drivers.interface import Source
    from station.capture.duplex import Turned
    from station.covers.admission import Standing
    from station.model import Page, PageKind
    from station.naming import Numbering
    from station.settings import ScanProfile


@dataclass(frozen=True)
class Intent:
    """What pages that come now are: their kind, their numbers, how many covers come first.

    With `join` the first numbered page is another page of the case that has its number already. `replaces`,
    `after` and `before` are pages of the book: see `Capture`.
    """

    kind: PageKind
    numbering: Numbering | None = None
    join: bool = False
    covers: int = 0
    replaces: Page | None = None
    after: Page | None = None
    before: Page | None = None

    @property
    def beside(self) -> Page | None:
        """The page in whose place, behind which or before which they come; None: they go to the end of the book."""
        return self.replaces or self.after or self.before

    @property
    def at_end(self) -> bool:
        """Whether the pages go to the end of the book."""
        return self.beside is None


@dataclass(frozen=True)
class ScanRequest:
    """What to scan: how, from where (None: as the profile says), how many pages (None: until the paper ends).

    `last_page` is the order or id of the page that the operator says is the last one on the paper. `turned`: these are
    one side of a stack that is turned by hand. `every`: a page each so many seconds; `wait`: a page or a feed each time
    that the scanner's button or its paper says so.
    """

    profile: ScanProfile
    intent: Intent
    source: Source | None = None
    pages: int | None = None
    profile_name: str = DEFAULT
    last_page: str | None = None
    turned: Turned | None = None
    every: float | None = None
    wait: bool = False
    until_stopped: bool = False
    """On a flatbed: a page each time that `Announcements.next_sheet` returns."""
    on_cover: Standing | None = None
    """What to do at the cover sheet of a book that must not be scanned as it is; None: ask."""
    layout: tuple[int, int] | None = None
    """Cases on a page and pages for a case in the books that cover sheets open; None: their pages get no numbers."""

    @property
    def intent_now(self) -> Intent:
        """What the pages are as they come. Those of a stack get their numbers and covers when its sides are paired."""
        return replace(self.intent, numbering=None, join=False, covers=0) if self.turned else self.intent

    @property
    def goes_on(self) -> bool:
        """Whether the scan goes on until enough pages came or the operator stops it."""
        return self.wait or self.until_stopped or self.every is not None


@dataclass(frozen=True)
class Batch:
    """Delivered files in their order; they stay where they are."""

    files: Iterable[Path]
    device: str
