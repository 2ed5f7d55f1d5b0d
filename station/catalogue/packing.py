"""How the catalogue keeps what every page has in few bytes: a campaign has a million pages.

Digests are blobs, page ids the numbers that their digits are, times seconds with their zone, and words of a fixed set
their places in it. Everything outside of this package sees ids, digests, times and words.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from drivers.interface import Side
from station.imaging.page import Half
from station.model import PageKind, PageState

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

KINDS = (PageKind.PAGE, PageKind.COVER, PageKind.BLANK, PageKind.INDEX, PageKind.DAMAGED)
STATES = (PageState.KEPT, PageState.REPLACED, PageState.DISCARDED)
SIDES = (Side.FRONT, Side.BACK)
HALVES = (Half.LEFT, Half.RIGHT)

KEPT = "page.state = 0"
PRINTED = "(page.cover_sheet is not null and page.kind = 1)"
"""A cover sheet that the station printed itself: no page of the paper book."""
"""The condition for pages that are in their book."""

TO_SPLIT = """(book.spreads = 'split' and page.key >= book.spreads_from and page.kind <> 1 and page.reviewed_at is null
    and not exists (select 1 from part known where known.page = page.id or known.whole = page.id)
    and not exists (select 1 from stack where stack.id = page.stack and paired_at is null))"""
"""The condition for pages that the choice of their book wants split: no covers, none that somebody has looked at, none
that was split before, and none of a stack whose sides wait to be paired."""

FOR_HALF = """exists (with recursive earlier (id) as (select page.replaces union
    select old.replaces from page old join earlier on old.id = earlier.id)
    select 1 from part known join earlier on known.page = earlier.id)"""
"""The condition for pages that took the place of half a spread, themselves or by way of others."""

AS_PART = "left join part on part.page = page.id"
COPY_OF = "coalesce(part.copy_of, page.sha256)"
"""The digest under which the copies of a page are kept: see `station.model.Page.copy_of`."""


def counting_recipe(settings: str) -> str:
    """The row of the recipe whose copies count for the page's book; `settings` is the placeholder of the key of the
    settings' recipe.
    """
    return f"(select id from recipe where key = coalesce(book.copies_by, {settings}))"


_PAGE_ID = re.compile(r"p[0-9a-f]{12}")
_DIGITS = 12
_PREFIX_BYTES = 8


def page_number(page_id: str) -> int:
    """The number that a page's id stands for. Raises `ValueError` for what is no page id."""
    if not _PAGE_ID.fullmatch(page_id):
        raise ValueError(page_id)
    return int(page_id[1:], 16)


def optional_page(page_id: str | None) -> int | None:
    """`page_number`, or None for None."""
    return page_number(page_id) if page_id is not None else None


def page_name(number: int) -> str:
    """The id of a page by its number; `name_of` says the same in SQL."""
    return f"p{number:012x}"


def name_of(column: str) -> str:
    """SQL for the ids of the pages whose numbers are in a column that is never null."""
    return f"printf('p%012x', {column})"


def page_range(beginning: str) -> tuple[int, int] | None:
    """The numbers of all pages whose ids begin so, first and last; None where no page id does."""
    if not _PAGE_ID.fullmatch(beginning.ljust(_DIGITS + 1, "0")):
        return None
    digits = beginning[1:]
    return int(digits.ljust(_DIGITS, "0"), 16), int(digits.ljust(_DIGITS, "f"), 16)


def starts(column: str) -> str:
    """SQL for the beginning of a digest, by which the index finds it: whole digests would fill a third of the file."""
    return f"substr({column}, 1, {_PREFIX_BYTES})"


def split_time(iso: str) -> tuple[int, int]:
    """An ISO time to the second as seconds since 1970 and its zone in minutes east of Greenwich."""
    time = datetime.fromisoformat(iso)
    offset = time.utcoffset()
    if offset is None:
        raise ValueError(iso)
    return round(time.timestamp()), round(offset.total_seconds() / 60)


def join_time(seconds: int, minutes: int) -> str:
    """The ISO time that was split."""
    zone = timezone(timedelta(minutes=minutes)) if minutes else UTC
    return datetime.fromtimestamp(seconds, zone).isoformat(timespec="seconds")


def place_of(word: str | None, words: Sequence[str]) -> int | None:
    """The place of a word in its set, None for none."""
    return None if word is None else words.index(word)


def teach(connection: sqlite3.Connection) -> None:
    """Give a connection the functions by which the migrations bring older rows into these forms."""
    connection.create_function("unhex", 1, bytes.fromhex, deterministic=True)
    connection.create_function("page_number", 1, optional_page, deterministic=True)
