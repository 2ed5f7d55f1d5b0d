"""A book and the list of all books as a screen sees them."""

from __future__ import annotations

from station.agenda import Excluded, Shelf, read_agenda, read_outbox_line, read_stamp
from station.model import Book, Exclusion
from station.naming import CaseNumber
from station.standing import numbering_due, read_pages, read_standing
from station.wiring import Station
from station.words import sentence_in
from tests.station.desks import add_cases, numbers
from tests.support import BOOK


def test_a_standing_tells_the_last_pages_and_the_number_that_is_due(station: Station) -> None:
    book = station.book_id(BOOK)
    assert read_standing(station, book, 3).due == CaseNumber(2005, 1)
    add_cases(station, book, numbers(1, 5))
    standing = read_standing(station, book, 3)
    assert (standing.pages, standing.cases, standing.due) == (5, 5, CaseNumber(2005, 6))
    assert [seen.page.order for seen in standing.last] == [3, 4, 5]
    assert list(standing.last) == read_pages(station, book)[-3:]
    assert len(read_standing(station, book, 9).last) == 5
    assert read_standing(station, book, 0).last == ()
    assert [seen.numbers[0].value for seen in read_pages(station, book)] == [1, 2, 3, 4, 5]
    assert all(seen.level is None and seen.picture == seen.master for seen in standing.last)


def test_a_case_of_two_pages_is_gone_on_with(station: Station) -> None:
    book = station.book_id(BOOK)
    add_cases(station, book, [CaseNumber(2005, 1), CaseNumber(2005, 1), CaseNumber(2005, 2)])
    numbering, joins = numbering_due(station, station.book(BOOK), (1, 2))
    assert numbering
    assert (numbering.first, joins) == (CaseNumber(2005, 2), True)


def test_nobody_can_tell_the_first_number_of_a_book_of_several_years(station: Station) -> None:
    station.add_book(Book(station.book_id("KH.2003-2004.01")))
    assert numbering_due(station, station.book("KH.2003-2004.01")) == (None, False)


def test_the_agenda_puts_books_on_shelves_and_shows_a_window(station: Station) -> None:
    for volume in range(2, 12):
        station.add_book(Book(station.book_id(f"KS.2005.{volume:02}")))
    add_cases(station, station.book_id("KS.2005.07"), numbers(1, 2))
    agenda = read_agenda(station, Shelf.TO_DO, offset=8, limit=5)
    assert (agenda.offset, len(agenda.rows), agenda.total) == (8, 2, 10)
    assert agenda.on_shelves == {Shelf.IN_WORK: 1, Shelf.TO_DO: 10, Shelf.WAITING: 0, Shelf.DONE: 0}
    assert (agenda.progress.books, agenda.progress.sealed, agenda.progress.pages) == (11, 0, 2)
    (row,) = read_agenda(station, Shelf.IN_WORK, find="khai sinh 07").rows
    assert (row.book, row.pages, row.cases) == ("19441/KS.2005.07", 2, 2)
    assert read_outbox_line(station).to_go == 0


def test_a_search_narrows_the_shelves_and_leaves_the_progress_whole(station: Station) -> None:
    station.add_book(Book(station.book_id("KS.2005.02")))
    add_cases(station, station.book_id(BOOK), numbers(1, 2))
    agenda = read_agenda(station, Shelf.TO_DO, find=BOOK)
    assert (agenda.total, agenda.on_shelves[Shelf.IN_WORK], agenda.on_shelves[Shelf.TO_DO]) == (0, 1, 0)
    assert (agenda.progress.books, agenda.progress.pages) == (2, 2)
    assert agenda.excluded is None


def test_an_excluded_book_is_told_with_its_reason_where_no_other_fits(station: Station) -> None:
    station.add_book(Book(station.book_id("KS.2005.02")))
    rows = [Exclusion("19441", "KS", 2005, 2005, 2, None, None, "scanned in 2019", "list")]
    station.catalogue.exclude(rows, "tester", "2026-01-01")
    assert read_agenda(station, Shelf.TO_DO, find="2005.02").excluded == Excluded("19441/KS.2005.02", "scanned in 2019")
    assert read_agenda(station, Shelf.TO_DO, find="2005").excluded is None
    agenda = read_agenda(station, Shelf.TO_DO)
    assert (agenda.excluded, agenda.progress.books) == (None, 1)


def test_the_stamp_changes_with_every_commit_here_and_elsewhere(station: Station) -> None:
    stamps = [read_stamp(station), read_stamp(station)]
    assert stamps[0] == stamps[1]
    station.add_book(Book(station.book_id("KS.2005.02")))
    stamps.append(read_stamp(station))
    with Station.open(station.root, "other") as other:
        other.add_book(Book(station.book_id("KS.2005.03")))
        stamps.append(read_stamp(station))
        other.outbox.pause()
    stamps.append(read_stamp(station))
    assert len(set(stamps)) == 4
    assert read_stamp(station) == stamps[-1]


def test_a_sentence_in_one_language_whatever_is_spoken() -> None:
    assert sentence_in("vi", "books.known", book="x").startswith("Quyển x")
    assert sentence_in("en", "books.known", book="x").startswith("The book x")
    assert sentence_in("en", "no.such", what="lost") == "no.such lost"
