"""Both sides by hand: pages kept as they come, pairs in one step, refusals that leave everything where it was."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Side, Source
from station.capture.duplex import Turned, pair_waiting
from station.capture.outcomes import ScanOutcome
from station.capture.requests import Intent
from station.completeness import check_book, count_by_code
from station.errors import UsageError
from station.model import PageKind, PageState
from station.naming import Numbering
from station.wiring import Station
from tests.station.books.test_cases import KS
from tests.station.given import GivenScanner, Trigger, numbers_in, scan

FRONT, BACK = Turned(Side.FRONT), Turned(Side.BACK)
AGAIN = Turned(Side.BACK, again=True)


def side(station: Station, turned: Turned, *images: int, intent: Intent | None = None, **how: Any) -> ScanOutcome:
    return scan(station, GivenScanner(Source.ADF, [Trigger(images)]), intent, turned=turned, **how)


def numbered(first: str = "1", per_page: str = "1", covers: int = 0) -> Intent:
    return Intent(PageKind.PAGE, Numbering.parse(first, per_page, KS), covers=covers)


def cases(station: Station) -> dict[int, list[int]]:
    """Which numbers stand on which page, by the page's order."""
    on_pages = station.catalogue.numbers_of_pages(KS)
    return {page.order: [number.value for number in on_pages.get(page.id, [])] for page in station.catalogue.pages(KS)}


def codes(station: Station) -> dict[str, int]:
    return count_by_code(check_book(station.catalogue, station.book(str(KS)), "recipe"))


def test_fronts_and_reversed_backs_become_pairs_with_their_numbers(station: Station) -> None:
    side(station, FRONT, 1, 3, 5, intent=numbered("4"))
    assert cases(station) == {1: [], 2: [], 3: []}
    pairing = side(station, BACK, 6, 4, 2).pairing
    assert pairing is not None
    assert (pairing.fronts, pairing.backs, pairing.paired) == (3, 3, True)
    assert numbers_in(station) == [1, 2, 3, 4, 5, 6]
    assert cases(station) == {order: [order + 3] for order in range(1, 7)}
    assert [(page.origin.sheet, page.origin.side) for page in station.catalogue.pages(KS)] == [
        (sheet, which) for sheet in (1, 2, 3) for which in (Side.FRONT, Side.BACK)
    ]
    assert not {"stack-waits", "page-without-case"} & codes(station).keys()


def test_backs_in_the_order_of_their_fronts(station: Station) -> None:
    side(station, FRONT, 1, 3)
    side(station, Turned(Side.BACK, in_order=True), 2, 4)
    assert numbers_in(station) == [1, 2, 3, 4]


def test_covers_and_cases_are_counted_over_the_pairs(station: Station) -> None:
    side(station, FRONT, 1, 3, 5, intent=numbered("1", "1/2", covers=2))
    side(station, BACK, 6, 4, 2)
    assert [page.kind for page in station.catalogue.pages(KS)] == ["cover", "cover", "page", "page", "page", "page"]
    assert cases(station) == {1: [], 2: [], 3: [1], 4: [1], 5: [2], 6: [2]}


def test_numbers_may_come_with_the_backs(station: Station) -> None:
    side(station, FRONT, 1, 3)
    side(station, BACK, 4, 2, intent=numbered("7"))
    assert cases(station) == {1: [7], 2: [8], 3: [9], 4: [10]}


def test_pairs_lie_where_their_fronts_lay(station: Station) -> None:
    scan(station, GivenScanner(Source.ADF, [Trigger([10, 11])]))
    side(station, FRONT, 1, 3)
    side(station, BACK, 4, 2)
    scan(station, GivenScanner(Source.ADF, [Trigger([12])]))
    assert numbers_in(station) == [10, 11, 1, 2, 3, 4, 12]


@pytest.mark.parametrize("backs", [(4,), (4, 2, 9)])
def test_nothing_is_paired_while_the_counts_differ(station: Station, backs: tuple[int, ...]) -> None:
    side(station, FRONT, 1, 3, intent=numbered())
    pairing = side(station, BACK, *backs).pairing
    assert pairing is not None
    assert (pairing.fronts, pairing.backs, pairing.paired) == (2, len(backs), False)
    assert numbers_in(station) == [1, 3, *backs]
    found = codes(station)
    assert found["stack-waits"] == 1
    assert "page-without-case" not in found
    side(station, AGAIN, 4, 2)
    assert numbers_in(station) == [1, 2, 3, 4]
    discarded = [page for page in station.catalogue.all_pages(KS) if page.state is PageState.DISCARDED]
    assert len(discarded) == len(backs)
    assert all((station.root.path / page.file).exists() for page in discarded)


def test_a_front_that_was_left_out_is_put_in_and_the_stack_paired(station: Station) -> None:
    side(station, FRONT, 1, 5)
    side(station, BACK, 6, 4, 2)
    first = station.catalogue.pages(KS)[0]
    scan(station, GivenScanner(Source.ADF, [Trigger([3])]), Intent(PageKind.PAGE, after=first), pages=1)
    assert pair_waiting(station, station.book(str(KS)), in_order=False, as_they_are=False).paired
    assert numbers_in(station) == [1, 2, 3, 4, 5, 6]


def test_a_front_that_was_replaced_is_still_a_front(station: Station) -> None:
    side(station, FRONT, 1, 9)
    second = station.catalogue.pages(KS)[1]
    scan(station, GivenScanner(Source.ADF, [Trigger([3])]), Intent(PageKind.PAGE, replaces=second), pages=1)
    side(station, BACK, 4, 2)
    assert numbers_in(station) == [1, 2, 3, 4]


def test_fronts_that_a_jam_parted_are_one_stack(station: Station) -> None:
    jam = Trigger([1], DeviceFault(FaultKind.JAM, "", 2))
    scan(station, GivenScanner(Source.ADF, [jam]), numbered(), turned=FRONT)
    with pytest.raises(UsageError, match="last-page-unconfirmed") as caught:
        side(station, FRONT, 3)
    assert caught.value.values["go_on"] == "--side front --last-page 1"
    side(station, FRONT, 3, last_page="1")
    side(station, BACK, 4, 2)
    assert numbers_in(station) == [1, 2, 3, 4]
    assert cases(station) == {order: [order] for order in range(1, 5)}


def test_a_fault_in_the_backs_pairs_nothing_and_they_go_on(station: Station) -> None:
    side(station, FRONT, 1, 3)
    broken = Trigger([4], DeviceFault(FaultKind.IO_ERROR))
    assert scan(station, GivenScanner(Source.ADF, [broken]), turned=BACK).pairing is None
    assert side(station, BACK, 2).pairing is not None
    assert numbers_in(station) == [1, 2, 3, 4]


def test_a_stack_that_nobody_turned_is_found(station: Station) -> None:
    side(station, FRONT, 1, 3, 5)
    for backs in ((1, 3, 5), (5, 3, 1)):
        pairing = side(station, AGAIN, *backs).pairing
        assert pairing is not None
        assert (pairing.alike, pairing.paired) == ([1, 2, 3], False)
        assert numbers_in(station) == [1, 3, 5, *backs]
    assert pair_waiting(station, station.book(str(KS)), in_order=False, as_they_are=True).paired


def test_one_sheet_that_stuck_to_its_neighbour_shows_as_the_front_that_it_is(station: Station) -> None:
    side(station, FRONT, 1, 3, 5)
    pairing = side(station, BACK, 6, 4, 1).pairing
    assert pairing is not None
    assert pairing.alike == [1]


def test_nothing_else_goes_to_the_end_of_a_book_whose_stack_waits(station: Station) -> None:
    side(station, FRONT, 1, 3)
    with pytest.raises(UsageError, match="stack-waits"):
        scan(station, GivenScanner(Source.ADF, [Trigger([9])]))
    side(station, BACK, 4)
    with pytest.raises(UsageError, match="stack-waits"):
        side(station, FRONT, 5)
    side(station, BACK, 2)
    with pytest.raises(UsageError, match="no-fronts"):
        side(station, BACK, 8)
    assert numbers_in(station) == [1, 2, 3, 4]


def test_more_backs_than_fronts_are_not_even_scanned(station: Station) -> None:
    side(station, FRONT, 1, 3)
    side(station, BACK, 1, 3)
    with pytest.raises(UsageError, match="stack-waits"):
        side(station, BACK, 4, 2)


def test_a_stack_of_which_nothing_is_kept_stands_in_nobodys_way(station: Station) -> None:
    side(station, FRONT, 1)
    station.catalogue.discard_page(station.catalogue.pages(KS)[0].id, "wrong book")
    assert "stack-waits" not in codes(station)
    scan(station, GivenScanner(Source.ADF, [Trigger([9])]))
    side(station, FRONT, 1, intent=numbered())
    side(station, BACK, 2)
    assert numbers_in(station) == [9, 1, 2]
    assert cases(station) == {1: [], 2: [1], 3: [2]}


def test_a_number_that_is_taken_is_refused_before_the_fronts(station: Station) -> None:
    scan(station, GivenScanner(Source.ADF, [Trigger([9])]), numbered("4"))
    with pytest.raises(UsageError, match="number-taken"):
        side(station, FRONT, 1, intent=numbered("4"))
    assert numbers_in(station) == [9]


def test_a_number_that_was_taken_meanwhile_leaves_its_page_without_one(station: Station) -> None:
    scan(station, GivenScanner(Source.ADF, [Trigger([9])]), numbered("2"))
    side(station, FRONT, 1, intent=numbered("1"))
    outcome = side(station, BACK, 3)
    assert [(page.id, number.value) for page, number in outcome.clashes] == [(station.catalogue.pages(KS)[2].id, 2)]
    assert cases(station) == {1: [2], 2: [1], 3: []}


@pytest.mark.parametrize("source", [Source.FLATBED, Source.ADF_DUPLEX])
def test_a_source_that_does_not_see_one_side_is_refused(station: Station, source: Source) -> None:
    with pytest.raises(UsageError, match="turned-needs-feeder"):
        scan(station, GivenScanner(source, [Trigger([1])]), turned=FRONT)


def test_backs_without_fronts_and_pairing_without_a_stack_are_refused(station: Station) -> None:
    with pytest.raises(UsageError, match="no-fronts"):
        side(station, BACK, 1)
    with pytest.raises(UsageError, match="no-stack"):
        pair_waiting(station, station.book(str(KS)), in_order=False, as_they_are=False)
