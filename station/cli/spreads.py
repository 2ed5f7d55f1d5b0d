"""`station pages split`, `pages whole`, `pages show-gutter`: open books in one picture."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from station.cli.options import Common, command
from station.cli.pages import pages
from station.cli.rows import gutter_row
from station.errors import Exit, UsageError
from station.words import both

if TYPE_CHECKING:
    from station.console import Console
    from station.imaging.page import Fold
    from station.model import Page
    from station.naming import BookId
    from station.wiring import Station

_FILE = click.Path(path_type=Path, dir_okay=False)


@command("split", pages)
@click.argument("page")
@click.option("--at", help=both("help.opt.gutter"))
@click.option("--numbers", help=both("help.opt.sides"))
@click.option("--show", type=_FILE, help=both("help.opt.show_gutter"))
def split(common: Common, page: str, at: str | None, numbers: str | None, show: Path | None) -> int:
    from station.books.spreads import read_fold, read_sides, settle_fold, split_by_hand
    from station.recipes import copies_key

    with common.open_station() as station:
        found = station.page(page)
        with station.changing(found.book):
            found = station.page(found.id)
            fold = (
                read_fold(at)
                if at is not None
                else settle_fold(station.catalogue, found, copies_key(station, found.book))
            )
            sides = read_sides(numbers, found.book) if numbers is not None else None
            done = split_by_hand(station, found, fold, sides)
            failed = _make_copies(station, found.book)
        if show:
            _draw(station, found, fold, show)
        left, right = done.halves
        on_pages = station.catalogue.numbers_of_pages(found.book)
        common.console.note(
            "spread.split", order=found.order, book=found.book, left=left.order, right=right.order, page=left.id
        )
        common.console.data(
            {
                "book": str(found.book),
                "whole": found.id,
                "gutter": gutter_row(fold),
                "halves": [
                    {
                        "id": half.id, "order": half.order, "half": half.part.cut.half if half.part else None,
                        "cases": [str(number) for number in on_pages.get(half.id, [])],
                    }
                    for half in done.halves
                ],
                "unreadable": [one.id for one in failed],
                "file": str(show) if show else None,
            }
        )  # fmt: skip
        return _end(common.console, failed)


@command("whole", pages)
@click.argument("page")
def whole(common: Common, page: str) -> int:
    from station.books.spreads import put_together

    with common.open_station() as station:
        found = station.page(page)
        with station.changing(found.book):
            one = put_together(station.catalogue, station.page(found.id))
            failed = _make_copies(station, one.book)
        numbers = station.catalogue.numbers_of_pages(one.book).get(one.id, [])
        common.console.note("spread.whole", order=one.order, book=one.book, page=one.id)
        common.console.data(
            {
                "book": str(one.book), "id": one.id, "order": one.order,
                "cases": [str(number) for number in numbers], "unreadable": [page.id for page in failed],
            }
        )  # fmt: skip
        return _end(common.console, failed)


@command("show-gutter", pages)
@click.argument("page")
@click.option("--at", help=both("help.opt.gutter"))
@click.option("--show", type=_FILE, help=both("help.opt.show_gutter"))
def show_gutter(common: Common, page: str, at: str | None, show: Path | None) -> int:
    from station.books.spreads import fold_of, read_fold
    from station.recipes import copies_key

    with common.open_station() as station:
        found = station.page(page)
        fold = read_fold(at) if at is not None else fold_of(station.catalogue, found, copies_key(station, found.book))
        row: dict[str, Any] = {"page": found.id, "order": found.order, "book": str(found.book)}
        row["gutter"] = gutter_row(fold) if fold else None
        if fold is None:
            common.console.note("gutter-unknown", page=found.id, order=found.order)
        elif show:
            _draw(station, found, fold, show)
        common.console.data(row | {"file": str(show) if fold and show else None})
        return Exit.DONE if fold else Exit.FINDINGS


def _make_copies(station: Station, book: BookId) -> list[Page]:
    """Delivery copies of what a held book shows in place of what it showed; the pages of which none could be made."""
    processing = station.processing()
    processing.offer_stale(book)
    processing.finish()
    return [page for page, _ in processing.failures]


def _draw(station: Station, page: Page, fold: Fold, target: Path) -> None:
    """The whole spread with the line on it, made from its master: of half a spread there may be no copy of the whole.

    Raises `UsageError` for a master that cannot be read, `OSError`.
    """
    from outbox import durable
    from station.imaging.halves import draw_fold
    from station.imaging.page import PageJob, UnreadablePage
    from station.recipes import recipe_of

    recipe = recipe_of(station, station.book(str(page.book)))
    with TemporaryDirectory() as scratch:
        copy = Path(scratch) / "whole.jpg"
        try:
            station.pool.submit(PageJob(station.root.path / page.file, page.sha256, copy, recipe, page.dpi)).result()
        except UnreadablePage as error:
            raise UsageError("master-unreadable", page=page.id, order=page.order) from error
        durable.replace(target.absolute(), draw_fold(copy, fold))


def _end(console: Console, failed: list[Page]) -> int:
    from station.cli.capture import say_unreadable

    say_unreadable(console, failed)
    return Exit.FINDINGS if failed else Exit.DONE
