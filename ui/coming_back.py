"""After a power cut: to the book and page at which the last time broke off, and a sentence that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.model import BookState
from ui.keys import shown_key
from ui.words import joined, say

if TYPE_CHECKING:
    from station.wiring import Station
    from ui.app import KioskApp
    from ui.memory import Place


def come_back(app: KioskApp, before: Place) -> None:
    """Go to a place that was kept, if something broke off there. A book that is gone meanwhile is passed over."""
    if not before.broke_off:
        return
    stick = _stick_words(app) if before.stick else ""
    if not before.book:
        app.tell_here(stick)
        return

    def look(station: Station) -> tuple[int | None, bool]:
        from station.books.cases import find_page

        book = station.book(before.book)
        page = find_page(station.catalogue, book.id, before.page) if before.page else None
        return page.order if page else None, book.state is BookState.SEALED

    app.reader.ask(look, lambda found: _resume(app, before, *found, stick), lambda _: app.tell_here(stick))


def _resume(app: KioskApp, place: Place, order: int | None, sealed: bool, stick: str) -> None:  # noqa: FBT001
    key = "resumed" if order is not None else "resumed-book"
    if place.screen == "close_book":
        key = "resumed-sealed" if sealed else "resumed-closing"
    again = shown_key("close_book", app.changed_keys)
    text = joined(say(key, book=place.book, page=order, key=again), stick)
    app.go("scan", book=place.book, notice=text)
    if place.screen == "review" and place.page:
        app.go("review", book=place.book, page=place.page, notice=text)


def _stick_words(app: KioskApp) -> str:
    """That a stick is not whole: nobody hands it over before the rest is on it."""
    keys = app.changed_keys
    return say("resumed-stick", outbox=shown_key("outbox", keys), key=shown_key("export", keys))
