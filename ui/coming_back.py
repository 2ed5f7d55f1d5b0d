"""After a power cut: to the book and page at which the last time broke off, and a sentence that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.words import say

if TYPE_CHECKING:
    from station.wiring import Station
    from ui.app import KioskApp
    from ui.memory import Place


def come_back(app: KioskApp, before: Place) -> None:
    """Go to a place that was kept, if something broke off there. A book that is gone meanwhile is passed over."""
    if not before.broke_off:
        return

    def look(station: Station) -> int | None:
        from station.books.cases import find_page

        book = station.book(before.book).id
        page = find_page(station.catalogue, book, before.page) if before.page else None
        return page.order if page else None

    app.reader.ask(look, lambda order: _resume(app, before, order), lambda _: None)


def _resume(app: KioskApp, place: Place, order: int | None) -> None:
    key = "resumed" if order is not None else "resumed-book"
    text = say(key, book=place.book, page=order)
    app.go("scan", book=place.book, notice=text)
    if place.screen == "review" and place.page:
        app.go("review", book=place.book, page=place.page, notice=text)
