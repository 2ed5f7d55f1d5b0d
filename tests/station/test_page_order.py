"""The order of pages against their numbers: where it falls, and moves that put it right."""

from __future__ import annotations

import shlex
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from station import amending
from station.books.mending import accept_of, mend_of
from station.catalogue.holdings import Leaf
from station.completeness import check_book
from station.completeness.order import check_order
from station.model import Book, Finding, PageKind
from station.naming import CaseNumber
from station.wiring import Station
from tests.station.books.test_cases import KS, add_page

PAGES = st.lists(st.lists(st.integers(1, 30), max_size=3, unique=True).map(sorted), max_size=14)


def found_in(order: list[str], borne: dict[str, list[int]], looked_at: frozenset[str] = frozenset()) -> list[Finding]:
    pages = [
        Leaf(page, place, PageKind.PAGE, None, copied=True, looked_at=page in looked_at)
        for place, page in enumerate(order, 1)
    ]
    on_pages = {page: [CaseNumber(2005, value) for value in values] for page, values in borne.items() if values}
    return list(check_order(pages, on_pages))


def falls(order: list[str], borne: dict[str, list[int]]) -> list[str]:
    """The pages whose first number is smaller than the last one of the page before them that bears any."""
    bearing = [page for page in order if borne[page]]
    return [here for before, here in pairwise(bearing) if borne[here][0] < borne[before][-1]]


@given(PAGES, st.sets(st.integers(0, 13)))
def test_order_is_complained_of_exactly_where_it_falls_and_nobody_confirmed_it(
    numbers: list[list[int]], confirmed: set[int]
) -> None:
    borne = {f"p{place}": values for place, values in enumerate(numbers)}
    order, looked_at = list(borne), frozenset(f"p{place}" for place in confirmed)
    found = found_in(order, borne, looked_at)
    assert [one.subject for one in found] == [page for page in falls(order, borne) if page not in looked_at]
    for one in found:
        assert one.values["numbers"] == ",".join(f"{value:02}/2005" for value in borne[one.subject])


@given(PAGES)
def test_moving_pages_as_it_is_printed_leaves_only_what_no_move_mends(numbers: list[list[int]]) -> None:
    borne = {f"p{place}": values for place, values in enumerate(numbers)}
    order = list(borne)
    for _ in order:
        moves = [one.values for one in found_in(order, borne) if "move" in one.values]
        if not moves:
            break
        before, page = list(order), moves[0]["move"]
        order.remove(page)
        beside = order.index(moves[0].get("to_before") or moves[0]["to_after"])
        order.insert(beside if "to_before" in moves[0] else beside + 1, page)
        assert [page for page in order if borne[page]] != [page for page in before if borne[page]]
    assert not [one for one in found_in(order, borne) if "move" in one.values]
    spans = sorted((values[0], values[-1]) for values in numbers if values)
    if all(later[0] >= earlier[1] for earlier, later in pairwise(spans)):
        assert falls(order, borne) == []


def test_a_page_out_of_its_place_is_moved_and_what_the_paper_has_is_confirmed(station: Station) -> None:
    ids = [add_page(station, "pa", 7).id, add_page(station, "pb", 6, 8).id, add_page(station, "pc", 5).id]
    book = Book(KS)
    first, second = (one for one in check_book(station.catalogue, book, "r") if one.code == "number-out-of-order")
    assert (first.values["numbers"], second.values["numbers"]) == ("06/2005,08/2005", "05/2005")
    assert mend_of(book, first) == f"station pages move {KS} {ids[1]} --after {ids[2]}"
    *_, page, _, beside = shlex.split(mend_of(book, first))
    amending.move(station, page, after=beside)
    (left,) = (one for one in check_book(station.catalogue, book, "r") if one.code == "number-out-of-order")
    assert mend_of(book, left) == f"station cases assign {KS} --page 2 --numbers NUMBERS"
    assert accept_of(book, left) == f"station pages confirm {left.subject}"
    amending.confirm(station, left.subject)
    assert "number-out-of-order" not in {one.code for one in check_book(station.catalogue, book, "r")}
