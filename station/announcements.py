"""What the core tells a front end while it works, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.interface import Applied
    from station.capture import Taken
    from station.model import Copy, Page
    from station.naming import BookId


@dataclass
class Announcements:
    """Whom to tell of what, in the past tense; a front end fills in what it shows."""

    page: Callable[[Page], None] = lambda _: None
    copy: Callable[[Copy], None] = lambda _: None
    configured: Callable[[Applied], None] = lambda _: None
    recovered: Callable[[Path], None] = lambda _: None
    taken: Callable[[BookId, Taken], None] = lambda *_: None
    cancelled: Callable[[], bool] = lambda: False
    """Whether the operator has asked to stop; asked where no device is there to be cancelled."""
    next_sheet: Callable[[], None] = lambda: None
    """Between the pages of a flatbed: returns when the next page lies on the glass."""
