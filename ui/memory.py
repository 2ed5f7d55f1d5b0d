"""Where the operator was: after a power cut the screen comes back to the same book and page.

A small file of the root, replaced as a whole. It holds no names of cases, only ids.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from outbox import durable

if TYPE_CHECKING:
    from station.root import Root

log = logging.getLogger(__name__)


class Place(msgspec.Struct, frozen=True):
    """A screen with the book and page on it, and who was there. `left`: somebody left it as one should. `stick`: bags
    were being written onto a stick.
    """

    screen: str = ""
    book: str = ""
    page: str = ""
    who: str = ""
    left: bool = False
    stick: bool = False

    @property
    def broke_off(self) -> bool:
        """Whether there is something to come back to."""
        return bool(self.book or self.stick) and not self.left


def recall(root: Root) -> Place:
    """What was kept last; nothing where there is no such file, or it cannot be read."""
    try:
        return msgspec.json.decode(root.screen.read_bytes(), type=Place)
    except FileNotFoundError:
        return Place()
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s cannot be read: %s", root.screen, error)
        return Place()


def remember(root: Root, place: Place) -> None:
    """Keep a place durably. Raises `OSError`."""
    durable.replace(root.screen, msgspec.json.encode(place))
