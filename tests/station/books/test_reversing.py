"""A stack that lay the wrong way round: its pages in the other order, their numbers given out anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.interface import Side
from station import amending
from station.books.reversing import Reversal, last_stack, plan_reversal, reverse
from station.errors import Refused, UsageError
from station.indexing.entries import Entry, Source
from station.indexing.entries import Side as Entered
from station.model import Feed, Origin, Page, PageKind, PageState
from station.naming import BookId, CaseNumber
from station.wiring import Station
from tests.station.desks import TAKEN_AT, desk_of
from tests.support import BOOK

KS = BookId.parse(BOOK)


def add_pages(
    station: Station,
    on_pages: Sequence[Sequence[int]],
    *,
    kinds: Sequence[PageKind] = (),
    feed: int | None = None,
    duplex: bool = False,
    printed: int = 0,
) -> list[str]:
    """Pages with these numbers on them, behind what the book has; their ids in order."""
    begin = station.catalogue.page_count(KS)
    ids = []
    for place, values in enumerate(on_pages):
        page_id = f"p{begin + place + 1:012x}"
        side = (Side.FRONT, Side.BACK)[place % 2] if duplex else Side.FRONT
        sheet = place // 2 + 1 if duplex else place + 1
        page = Page(
            id=page_id, book=KS, order=begin + place + 1, kind=kinds[place] if kinds else PageKind.PAGE,
            state=PageState.KEPT, sha256=f"{begin + place:064x}", file=f"masters/{KS}/{page_id}.tif", bytes=1,
            width=2480, height=3507, dpi=300, feed=feed,
            origin=Origin("tester", "test", TAKEN_AT, None, 0, sheet, side), cover_sheet=place < printed,
        )  # fmt: skip
        station.catalogue.add_page(page, [CaseNumber(2005, value) for value in values])
        ids.append(page_id)
    return ids


def feed_of(station: Station) -> int:
    return station.catalogue.begin_feed(Feed(0, KS, "test", "adf", "-", "tester", TAKEN_AT))


def end_feed(station: Station, feed: int, kept: int) -> None:
    known = next(one for one in station.catalogue.feeds(KS) if one.id == feed)
    station.catalogue.end_feed(replace(known, ending="paper-ended", ended=TAKEN_AT, fed=kept))


def state(station: Station) -> list[tuple[str, PageKind, list[int]]]:
    on_pages = station.catalogue.numbers_of_pages(KS)
    return [(page.id, page.kind, [one.value for one in on_pages.get(page.id, ())])
            for page in station.catalogue.pages(KS)]  # fmt: skip


def turn(station: Station, first: str, last: str, **more: bool) -> tuple[Reversal, amending.Undo]:
    return reverse(station, lambda now: plan_reversal(now, KS, now.page(first), now.page(last), **more))


def test_a_stack_from_the_last_sheet_to_the_first_gets_its_order_and_its_numbers(station: Station) -> None:
    add_pages(station, [[1], [2]])
    pages = add_pages(station, [[3], [4], [5], [6]])
    before = state(station)
    done, undo = turn(station, pages[0], pages[3])
    assert state(station)[2:] == [
        (page, PageKind.PAGE, [number]) for page, number in zip(pages[::-1], (3, 4, 5, 6), strict=True)
    ]
    assert state(station)[:2] == before[:2]
    assert (done.first_order, done.last_order) == (3, 6)
    assert done.on_pages[pages[3]] == (CaseNumber(2005, 3),)
    undo(station)
    assert state(station) == before


def test_a_case_keeps_its_pages_and_a_page_its_cases(station: Station) -> None:
    pages = add_pages(station, [[1], [2, 3], [4], [4], [5]])
    turn(station, pages[0], pages[4])
    assert [values for _, _, values in state(station)] == [[1], [2], [2], [3, 4], [5]]
    assert [page for page, _, _ in state(station)] == pages[::-1]


def test_pages_without_a_number_go_along_and_covers_that_were_announced_stay_in_front(station: Station) -> None:
    kinds = [PageKind.COVER, PageKind.PAGE, PageKind.BLANK, PageKind.PAGE]
    pages = add_pages(station, [[], [1], [], [2]], kinds=kinds)
    before = state(station)
    _, undo = turn(station, pages[0], pages[3])
    assert state(station) == [
        (pages[3], PageKind.COVER, []),
        (pages[2], PageKind.BLANK, []),
        (pages[1], PageKind.PAGE, [1]),
        (pages[0], PageKind.PAGE, [2]),
    ]
    undo(station)
    assert state(station) == before


def test_sheets_with_two_sides_are_turned_round_page_by_page_or_sheet_by_sheet(station: Station) -> None:
    pages = add_pages(station, [[1], [2], [3], [4]], feed=feed_of(station), duplex=True)
    plan = plan_reversal(station, KS, station.page(pages[0]), station.page(pages[3]))
    assert plan.after == tuple(pages[::-1])
    turn(station, pages[0], pages[3], by_sheet=True)
    assert state(station) == [(pages[at], PageKind.PAGE, [number]) for number, at in enumerate((2, 3, 0, 1), 1)]


def test_the_last_stack_is_that_of_the_last_feed_without_its_printed_cover(station: Station) -> None:
    assert last_stack(station.catalogue, KS) == []
    add_pages(station, [[1], [2]], feed=feed_of(station))
    feed = feed_of(station)
    kinds = [PageKind.COVER, *[PageKind.PAGE] * 3]
    pages = add_pages(station, [[], [3], [4], [5]], feed=feed, kinds=kinds, printed=1)
    end_feed(station, feed, 4)
    assert [page.id for page in last_stack(station.catalogue, KS)] == pages[1:]
    again = replace(station.page(pages[3]), id="p00000000aaaa", replaces=pages[3], feed=None, sha256="a" * 64)
    station.catalogue.add_page(replace(again, file=f"masters/{KS}/{again.id}.tif"))
    assert [page.id for page in last_stack(station.catalogue, KS)] == [*pages[1:3], again.id]
    turn(station, pages[1], again.id)
    assert [page for page, _, _ in state(station)][-3:] == [again.id, pages[2], pages[1]]


def test_what_was_typed_or_dated_goes_to_no_other_number_in_silence(station: Station) -> None:
    pages = add_pages(station, [[1], [2], [3]])
    catalogue = station.catalogue
    catalogue._db.execute("update cases set date = '2005-03-01' where number = 1")
    desk_of(station, "Mai").type_in(CaseNumber(2005, 3), {"nksHoTen": "Hồ Thị Bi"})
    before = state(station)
    with pytest.raises(Refused, match="typed-of-reversed") as refused:
        turn(station, pages[0], pages[2])
    assert refused.value.values["numbers"] == "01/2005, 03/2005"
    assert state(station) == before
    turn(station, pages[0], pages[2], with_typed=True)
    cases = {case.number.value: case for case in catalogue.cases(KS)}
    assert (cases[3].pages, cases[3].date) == ((pages[0],), "2005-03-01")
    assert [entry.value for entry in catalogue.entries_of(cases[1].id)] == ["Hồ Thị Bi"]


def test_what_came_from_records_by_its_number_never_goes_along(station: Station) -> None:
    pages = add_pages(station, [[1], [2]])
    case = station.catalogue.cases(KS)[0]
    entry = Entry(case.id, "nksHoTen", Entered.FIRST, "Hồ Thị Bi", Source.RECORD, "tester", TAKEN_AT)
    station.catalogue.enter([entry], {})
    with pytest.raises(Refused, match="records-of-reversed"):
        turn(station, pages[0], pages[1], with_typed=True)


def test_the_case_in_the_middle_keeps_its_number_and_what_was_typed_of_it(station: Station) -> None:
    pages = add_pages(station, [[1], [2], [3]])
    station.catalogue._db.execute("update cases set date = '2005-03-01' where number = 2")
    turn(station, pages[0], pages[2])
    assert [values for _, _, values in state(station)] == [[1], [2], [3]]


def test_a_case_with_pages_beyond_is_refused(station: Station) -> None:
    pages = add_pages(station, [[1], [1], [2], [3]])
    with pytest.raises(Refused, match="case-beyond-reversed"):
        turn(station, pages[1], pages[3])


def test_one_page_is_nothing_to_turn_round(station: Station) -> None:
    (page,) = add_pages(station, [[1]])
    with pytest.raises(UsageError, match="nothing-to-reverse"):
        turn(station, page, page)


def test_while_the_last_page_is_in_doubt_nothing_is_turned_round(station: Station) -> None:
    feed = feed_of(station)
    pages = add_pages(station, [[1], [2]], feed=feed)
    known = station.catalogue.feeds(KS)[-1]
    station.catalogue.end_feed(replace(known, ending="jam", ended=TAKEN_AT, fed=3))
    with pytest.raises(UsageError, match="reversed-in-doubt"):
        turn(station, pages[0], pages[1])


SHAPES = st.lists(st.lists(st.integers(1, 6), max_size=3, unique=True), min_size=2, max_size=7)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(shape=SHAPES, data=st.data())
def test_no_number_comes_or_goes_and_all_of_it_is_taken_back(
    station: Station, shape: list[list[int]], data: st.DataObject
) -> None:
    for page in station.catalogue.pages(KS):
        amending.discard(station, page.id, "another example")
    begin = len(station.catalogue.all_pages(KS))
    pages = []
    for place, values in enumerate(shape):
        page_id = f"p{begin + place + 1:012x}"
        page = Page(
            id=page_id, book=KS, order=place + 1, kind=PageKind.PAGE, state=PageState.KEPT,
            sha256=f"{begin + place:064x}", file=f"masters/{KS}/{page_id}.tif", bytes=1, width=2480, height=3507,
            dpi=300, origin=Origin("tester", "test", TAKEN_AT),
        )  # fmt: skip
        station.catalogue.add_page(page, [CaseNumber(2005, value) for value in values])
        pages.append(page_id)
    low, high = sorted((data.draw(st.integers(0, len(pages) - 1)), data.draw(st.integers(0, len(pages) - 1))))
    before = state(station)
    shapes = sorted(case.pages for case in station.catalogue.cases(KS))
    try:
        _, undo = turn(station, pages[low], pages[high])
    except (Refused, UsageError):
        assert state(station) == before
        return
    order = [*pages[:low], *pages[low : high + 1][::-1], *pages[high + 1 :]]
    assert [page for page, _, _ in state(station)] == order
    assert sorted({one for _, _, values in before for one in values}) == sorted(
        {one for _, _, values in state(station) for one in values}
    )
    assert sorted(tuple(sorted(case.pages)) for case in station.catalogue.cases(KS)) == sorted(
        tuple(sorted(one)) for one in shapes
    )
    undo(station)
    assert state(station) == before
