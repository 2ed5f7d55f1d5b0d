"""Feeds: what devices did with the paper of books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drivers.interface import Side
from station.catalogue.database import Database
from station.catalogue.packing import optional_page, page_name
from station.model import Feed
from station.naming import BookId

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEED_COLUMNS = """id, book, device, source, profile, operator, began, pages_asked, place, stack, side, ended, ending,
    sheets_fed, pages_kept, last_page, number_due, confirmed_by, confirmed_at"""


class Feeds(Database):
    """Feeds and whether somebody confirmed what they left in doubt. Each page counts itself in as it is entered."""

    def begin_feed(self, feed: Feed) -> int:
        """Enter a feed that begins now; its id."""
        cursor = self._db.execute(
            "insert into feed (book, device, source, profile, operator, began, pages_asked, place, stack, side,"
            " number_due) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                str(feed.book), feed.device, feed.source, feed.profile, feed.operator, feed.began, feed.asked,
                optional_page(feed.place), feed.stack, feed.side, feed.number_due,
            ),
        )  # fmt: skip
        return int(cursor.lastrowid or 0)

    def end_feed(self, feed: Feed, *, makes_good: int | None = None) -> None:
        """Keep how a feed ended. What the feed `makes_good` owed of the pages asked for is now owed by this one."""
        with self._transaction():
            self._db.execute(
                "update feed set ending = ?, ended = ?, sheets_fed = ?, number_due = ? where id = ?",
                (feed.ending, feed.ended, feed.fed, feed.number_due, feed.id),
            )
            self._db.execute("update feed set pages_asked = null where id = ?", (makes_good,))

    def feeds(self, book: BookId) -> list[Feed]:
        """The feeds of a book, the first one first."""
        rows = self._db.execute(
            f"select {_FEED_COLUMNS} from feed where book = ? order by id",
            (str(book),),
        )
        return [_feed(row) for row in rows]

    def confirm_feeds(self, feeds: Iterable[int], operator: str, at: str) -> None:
        """Keep that somebody compared the paper with what these feeds left in the book."""
        with self._transaction():
            self._db.executemany(
                "update feed set confirmed_by = ?, confirmed_at = ? where id = ? and confirmed_at is null",
                [(operator, at, feed) for feed in feeds],
            )


def _feed(row: tuple[Any, ...]) -> Feed:
    (
        feed_id, book, device, source, profile, operator, began, asked, place, stack, side, ended, ending, fed, kept,
        last, *more,
    ) = row  # fmt: skip
    return Feed(
        feed_id, BookId.parse(book), device, source, profile, operator, began, asked,
        None if place is None else page_name(place), stack, Side(side) if side else None, ended, ending, fed, kept,
        None if last is None else page_name(last), *more,
    )  # fmt: skip
