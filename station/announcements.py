"""What the core tells a front end while it works, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.faults import DeviceFault
    from drivers.interface import Applied
    from station.capture.feeds import Doubt
    from station.capture.keeping import ScanResult, Taken
    from station.covers.admission import Answer
    from station.errors import UsageError
    from station.model import Copy, Page
    from station.naming import BookId
    from station.words import Phrase


@dataclass
class Announcements:
    """Whom to tell of what, in the past tense; a front end fills in what it shows."""

    page: Callable[[Page], None] = lambda _: None
    copy: Callable[[Copy], None] = lambda _: None
    configured: Callable[[Applied], None] = lambda _: None
    fault: Callable[[DeviceFault], None] = lambda _: None
    """A fault of the device ended the scan; told at once, while the copies of its pages are still being made."""
    recovered: Callable[[Path], None] = lambda _: None
    taken: Callable[[BookId | None, Taken], None] = lambda *_: None
    """A delivered file; the book is None where no cover sheet has named one yet."""
    noted: Callable[[Phrase], None] = lambda _: None
    """What became of watched folders, as a sentence."""
    cancelled: Callable[[], bool] = lambda: False
    """Whether the operator has asked to stop; asked where no device is there to be cancelled."""
    next_sheet: Callable[[], None] = lambda: None
    """Between the pages of a flatbed: returns when the next page lies on the glass."""
    copied: Callable[[], None] = lambda: None
    """Told by another thread that `collect` will find a finished copy."""
    collect: Callable[[], None] = lambda: None
    """Enters the copies that were finished meanwhile: the scan sets it, whoever waits in `next_sheet` calls it."""
    waiting: Callable[[], None] = lambda: None
    """The scan waits for the scanner's button or its paper."""
    fed: Callable[[ScanResult], None] = lambda _: None
    """One feed of a scan that waits for the next one has ended."""
    comparing: Callable[[], None] = lambda: None
    """The backs of a stack are held against their fronts, which takes a while."""
    ask_cover: Callable[[UsageError], Answer | None] = lambda _: None
    """What to do at a cover sheet whose book must not be scanned as it is; None: end the scan."""
    ask_last_page: Callable[[Doubt], str | None] = lambda _: None
    """Which page is the last one on the paper: its order or id, None where nobody is there to say."""
