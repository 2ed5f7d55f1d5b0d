"""After a feed that left a doubt: what blocks, who may say that it is settled, what is marked for a look."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Side, Source
from station.capture.feeds import DOUBTFUL, Ending, find_doubt
from station.capture.paper import confirm_page
from station.capture.requests import Intent
from station.completeness import check_book, count_by_code
from station.errors import UsageError
from station.model import Feed, PageKind, Review
from station.naming import Numbering
from station.sentences import SENTENCES
from station.standing import numbering_due
from station.wiring import Station
from tests.station.books.test_cases import KS
from tests.station.given import GivenScanner, Trigger, numbers_in, scan

BREAKS = sorted(set(FaultKind) - set(DOUBTFUL) - {"busy", "access-denied", "unsupported-setting", "driver-missing"})


def feeder(*triggers: Trigger, source: Source = Source.ADF) -> GivenScanner:
    return GivenScanner(source, list(triggers))


def jam(*images: int, sheets: int | None = None) -> Trigger:
    return Trigger(images, DeviceFault(FaultKind.JAM, "", sheets))


def numbered(first: str, per_page: str = "1", *, join: bool = False) -> Intent:
    return Intent(PageKind.PAGE, Numbering.parse(first, per_page, KS), join)


def codes(station: Station) -> dict[str, int]:
    found = check_book(station.catalogue, station.book(str(KS)), "recipe")
    return {code: count for code, count in count_by_code(found).items() if code not in {"no-copy", "page-without-case"}}


def feeds(station: Station) -> list[Feed]:
    return station.catalogue.feeds(KS)


@pytest.mark.parametrize("kind", sorted(DOUBTFUL - {Ending.OUT_OF_ORDER}))
def test_scanning_goes_on_only_after_somebody_confirmed_the_last_page(station: Station, kind: FaultKind) -> None:
    outcome = scan(station, feeder(Trigger([1, 2], DeviceFault(kind, "", 3))))
    assert (outcome.result.sheets_fed, len(outcome.result.pages)) == (3, 2)
    with pytest.raises(UsageError, match="last-page-unconfirmed") as caught:
        scan(station, feeder(Trigger([3])))
    assert (caught.value.values["fed"], caught.value.values["kept"], caught.value.values["last"]) == (3, 2, 2)
    assert codes(station)["last-page-unconfirmed"] == 1
    scan(station, feeder(Trigger([3])), last_page="2")
    assert numbers_in(station) == [1, 2, 3]
    assert "last-page-unconfirmed" not in codes(station)
    (first, second) = feeds(station)
    assert (first.ending, first.confirmed_by, second.ending) == (kind, "tester", Ending.PAPER_ENDED)


@pytest.mark.parametrize("kind", BREAKS)
def test_sheets_that_left_no_page_ask_for_the_last_page_whatever_ended_the_feed(station: Station, kind: str) -> None:
    scan(station, feeder(Trigger([1, 2, 3], DeviceFault(FaultKind(kind), "", 5))), numbered("1"))
    with pytest.raises(UsageError, match="last-page-unconfirmed") as caught:
        scan(station, feeder(Trigger([4])))
    values = caught.value.values
    assert (values["fed"], values["kept"], values["last"], values["go_on"]) == (5, 3, 3, "--number 04/2005")
    assert SENTENCES[f"ending.{kind}"]
    assert codes(station)["last-page-unconfirmed"] == 1
    outcome = scan(station, feeder(Trigger([4])), numbered("4"), last_page="3")
    assert [page.review for page in outcome.result.pages] == [None]
    assert "last-page-unconfirmed" not in codes(station)


@pytest.mark.parametrize(("source", "sheets"), [(Source.ADF, 4), (Source.ADF_DUPLEX, 2), (Source.FLATBED, None)])
def test_a_break_that_left_a_page_of_every_side_asks_nothing(
    station: Station, source: Source, sheets: int | None
) -> None:
    broken = Trigger([1, 2, 3, 4], DeviceFault(FaultKind.IO_ERROR, "", sheets))
    scan(station, feeder(broken, source=source), pages=4)
    assert find_doubt(station.catalogue, KS) is None


def test_a_sheet_drawn_in_behind_the_one_that_ended_the_scan_is_asked_for(station: Station) -> None:
    """The station stops a feeder at a streak; the device says that one more sheet was on its way."""
    book = Feed(0, KS, "given:1", Source.ADF, "scan", "tester", "2025-03-01")
    feed = replace(book, id=station.catalogue.begin_feed(book), ended="2025-03-01", ending=Ending.DIRTY_GLASS, fed=1)
    station.catalogue.end_feed(feed)
    assert find_doubt(station.catalogue, KS)


@pytest.mark.parametrize("kind", BREAKS)
def test_any_other_break_blocks_nothing_and_marks_the_next_page(station: Station, kind: str) -> None:
    scan(station, feeder(Trigger([1], DeviceFault(FaultKind(kind)))))
    outcome = scan(station, feeder(Trigger([2, 3])))
    assert [page.review for page in outcome.result.pages] == [Review.AFTER_BREAK, None]
    assert codes(station)["review"] == 1
    scan(station, feeder(Trigger([4])))
    assert [page.review for page in station.catalogue.pages(KS)] == [None, Review.AFTER_BREAK, None, None]


def test_a_device_that_refused_before_it_drew_in_anything_marks_nothing(station: Station) -> None:
    scan(station, feeder(Trigger([], DeviceFault(FaultKind.BUSY))))
    assert [page.review for page in scan(station, feeder(Trigger([1]))).result.pages] == [None]


def test_a_mark_that_is_owed_waits_for_a_page_to_bear_it(station: Station) -> None:
    scan(station, feeder(Trigger([1], DeviceFault(FaultKind.IO_ERROR))))
    scan(station, feeder(Trigger([])))
    scan(station, feeder(Trigger([], DeviceFault(FaultKind.BUSY))))
    assert [page.review for page in scan(station, feeder(Trigger([2]))).result.pages] == [Review.AFTER_BREAK]


def test_a_feed_that_a_crash_interrupted_marks_the_next_page(station: Station) -> None:
    station.catalogue.begin_feed(Feed(0, KS, "given:1", Source.ADF, "scan", "tester", "2025-03-01"))
    assert [page.review for page in scan(station, feeder(Trigger([1]))).result.pages] == [Review.AFTER_BREAK]


def test_after_a_crash_the_last_page_is_asked_for_by_who_asks_and_naming_it_settles_it(station: Station) -> None:
    scan(station, feeder(Trigger([1, 2])), numbered("1"))
    assert find_doubt(station.catalogue, KS, interrupted=True) is None
    station.catalogue.begin_feed(Feed(0, KS, "given:1", Source.ADF, "scan", "tester", "2025-03-01"))
    assert find_doubt(station.catalogue, KS) is None, "another program may be scanning"
    doubt = find_doubt(station.catalogue, KS, interrupted=True)
    assert doubt is not None
    assert (doubt.values["ending"], doubt.values["last"], doubt.values["go_on"]) == (
        "interrupted", 2, "--number 03/2005",
    )  # fmt: skip
    outcome = scan(station, feeder(Trigger([3])), numbered("3"), last_page="2")
    assert [page.review for page in outcome.result.pages] == [None]
    assert find_doubt(station.catalogue, KS, interrupted=True) is None


def test_a_number_that_was_given_before_the_cover_outlives_a_crash(station: Station) -> None:
    intent = Intent(PageKind.PAGE, Numbering.parse("7", "1", KS), covers=1)
    with pytest.raises(RuntimeError, match="the power"):
        scan(station, feeder(Trigger([1], RuntimeError("the power"))), intent)
    book = station.book(str(KS))
    assert station.catalogue.feeds(KS)[-1].ended is None
    assert numbering_due(station, book) == (Numbering.parse("7", "1", KS), False)
    scan(station, feeder(Trigger([2])), numbered("7"))
    assert numbering_due(station, book) == (Numbering.parse("8", "1", KS), False)
    for page in station.catalogue.pages(KS):
        station.catalogue.discard_page(page.id, "anew")
    assert numbering_due(station, book) == (Numbering.parse("1", "1", KS), False)


def test_the_first_page_after_a_reconnect_is_marked_for_that(station: Station) -> None:
    outcome = scan(station, feeder(Trigger([1], reconnected=True)))
    assert [page.review for page in outcome.result.pages] == [Review.AFTER_RECONNECT]


def test_a_wrong_last_page_is_refused_with_what_the_station_holds(station: Station) -> None:
    scan(station, feeder(jam(1, 2, 3)))
    pages = station.catalogue.pages(KS)
    with pytest.raises(UsageError, match="last-page-beyond") as beyond:
        scan(station, feeder(Trigger([9])), last_page="4")
    assert beyond.value.values["last"] == 3
    for said in ("1", pages[0].id):
        with pytest.raises(UsageError, match="last-page-before") as before:
            scan(station, feeder(Trigger([9])), last_page=said)
        assert before.value.values["pages"] == f"{pages[1].id} {pages[2].id}"
    for said in ("0", "", "p", "no page", "²"):
        with pytest.raises(UsageError, match="last-page"):
            scan(station, feeder(Trigger([9])), last_page=said)
    station.catalogue.discard_page(pages[2].id, "too many")
    scan(station, feeder(Trigger([4])), last_page=pages[1].id)
    assert numbers_in(station) == [1, 2, 4]


def test_a_jam_before_any_page_is_confirmed_by_naming_none(station: Station) -> None:
    scan(station, feeder(jam()))
    with pytest.raises(UsageError, match="last-page-beyond"):
        scan(station, feeder(Trigger([1])), last_page="1")
    scan(station, feeder(Trigger([1])), last_page="0")
    assert numbers_in(station) == [1]


def test_the_number_that_is_due_confirms_and_no_other_does(station: Station) -> None:
    scan(station, feeder(jam(1, 2)), numbered("1"))
    for wrong in ("2", "4"):
        with pytest.raises(UsageError, match="last-page-unconfirmed"):
            scan(station, feeder(Trigger([3])), numbered(wrong))
    scan(station, feeder(Trigger([3])), numbered("3"))
    assert numbers_in(station) == [1, 2, 3]


def test_the_number_that_is_due_follows_what_was_discarded_since(station: Station) -> None:
    scan(station, feeder(jam(1, 2, 3)), numbered("1"))
    station.catalogue.discard_page(station.catalogue.pages(KS)[-1].id, "too many")
    with pytest.raises(UsageError, match="last-page-unconfirmed") as caught:
        scan(station, feeder(Trigger([3])), numbered("4"))
    assert caught.value.values["go_on"] == "--number 03/2005"
    scan(station, feeder(Trigger([3])), numbered("3"))


def test_after_covers_alone_the_first_number_is_due(station: Station) -> None:
    scan(station, feeder(jam(1)), Intent(PageKind.PAGE, Numbering.parse("7", "1", KS), covers=1))
    scan(station, feeder(Trigger([2])), numbered("7"))
    assert [page.kind for page in station.catalogue.pages(KS)] == ["cover", "page"]


def test_in_the_middle_of_a_case_the_due_number_says_that_it_joins(station: Station) -> None:
    scan(station, feeder(jam(1, 2, 3)), numbered("1", "1/2"))
    doubt = find_doubt(station.catalogue, KS)
    assert doubt is not None
    assert doubt.values["go_on"] == "--number 02/2005 --join"
    scan(station, feeder(Trigger([4, 5])), numbered("2", "1/2", join=True))
    assert {str(case.number): len(case.pages) for case in station.catalogue.cases(KS)} == {
        "01/2005": 2,
        "02/2005": 2,
        "03/2005": 1,
    }


def test_somebody_who_is_there_is_asked(station: Station) -> None:
    scan(station, feeder(jam(1, 2)))
    with pytest.raises(UsageError, match="last-page-before"):
        scan(station, feeder(Trigger([3])), reply="1")
    scan(station, feeder(Trigger([3])), reply="2")
    assert numbers_in(station) == [1, 2, 3]


def test_several_jams_in_a_row_are_each_confirmed(station: Station) -> None:
    scan(station, feeder(jam(1)))
    scan(station, feeder(jam(2)), last_page="1")
    with pytest.raises(UsageError):
        scan(station, feeder(Trigger([3])))
    scan(station, feeder(Trigger([3])), last_page="2")
    assert all(feed.confirmed_at for feed in feeds(station) if feed.ending == "jam")


def test_a_page_put_in_the_middle_asks_for_no_last_page(station: Station) -> None:
    scan(station, feeder(Trigger([1, 2])))
    first, second = station.catalogue.pages(KS)
    scan(station, feeder(jam()), Intent(PageKind.PAGE, after=first), pages=1)
    scan(station, feeder(Trigger([9])), Intent(PageKind.PAGE, after=first), pages=1)
    scan(station, feeder(Trigger([8])), Intent(PageKind.PAGE, replaces=second), pages=1)
    scan(station, feeder(Trigger([3])))
    assert numbers_in(station) == [1, 9, 8, 3]
    assert codes(station).keys() <= {"gap"}


def test_confirming_the_last_page_settles_the_doubt_without_a_scan(station: Station) -> None:
    scan(station, feeder(jam(1, 2)))
    first, last = station.catalogue.pages(KS)
    assert not confirm_page(station.catalogue, first, "lan")
    assert codes(station)["last-page-unconfirmed"] == 1
    assert confirm_page(station.catalogue, last, "lan")
    assert "last-page-unconfirmed" not in codes(station)
    assert feeds(station)[0].confirmed_by == "lan"
    scan(station, feeder(Trigger([3])))


def test_fewer_pages_than_asked_for_is_a_finding_until_confirmed(station: Station) -> None:
    scan(station, feeder(Trigger([1, 2])), pages=5)
    assert codes(station)["fewer-pages"] == 1
    confirm_page(station.catalogue, station.catalogue.pages(KS)[-1], "lan")
    assert "fewer-pages" not in codes(station)


def test_a_shortfall_goes_with_its_pages_and_stays_with_their_successors(station: Station) -> None:
    scan(station, feeder(Trigger([1, 2])), pages=5)
    first, last = station.catalogue.pages(KS)
    scan(station, feeder(Trigger([3])), Intent(PageKind.PAGE, replaces=last), pages=1)
    assert codes(station)["fewer-pages"] == 1
    confirm_page(station.catalogue, station.catalogue.pages(KS)[-1], "lan")
    assert "fewer-pages" not in codes(station)
    scan(station, feeder(Trigger([4])), pages=2)
    station.catalogue.discard_page(station.catalogue.pages(KS)[-1].id, "wrong book")
    assert "fewer-pages" not in codes(station)
    assert first.id == station.catalogue.pages(KS)[0].id


def test_enough_pages_and_none_at_all_are_no_shortfall(station: Station) -> None:
    scan(station, feeder(Trigger([1, 2])), pages=2)
    scan(station, feeder(Trigger([])), pages=2)
    assert "fewer-pages" not in codes(station)
    assert [feed.ending for feed in feeds(station)] == [Ending.LIMIT, Ending.PAPER_ENDED]


def test_sheets_are_counted_on_a_feeder_and_not_on_a_glass(station: Station) -> None:
    assert scan(station, feeder(Trigger([1, 2]))).result.sheets_fed == 2
    assert scan(station, feeder(Trigger([3, 4]), source=Source.ADF_DUPLEX)).result.sheets_fed == 1
    assert scan(station, feeder(Trigger([5]), source=Source.FLATBED)).result.sheets_fed is None
    assert [(feed.fed, feed.kept, feed.source) for feed in feeds(station)] == [
        (2, 2, "adf"),
        (1, 2, "adf-duplex"),
        (None, 1, "flatbed"),
    ]
    assert [(page.origin.sheet, page.origin.side) for page in station.catalogue.pages(KS)][2:4] == [
        (1, Side.FRONT),
        (1, Side.BACK),
    ]


def test_a_front_without_its_back_is_a_finding_until_somebody_looked(station: Station) -> None:
    lone = Trigger([1, 2, 3], DeviceFault(FaultKind.MISSING_SIDE, "", 2))
    scan(station, feeder(lone, source=Source.ADF_DUPLEX))
    assert codes(station)["half-sheet"] == 1
    confirm_page(station.catalogue, station.catalogue.pages(KS)[-1], "lan")
    assert not {"half-sheet", "last-page-unconfirmed"} & codes(station).keys()


def test_a_blank_back_that_was_discarded_is_no_missing_side(station: Station) -> None:
    scan(station, feeder(Trigger([1, 2]), source=Source.ADF_DUPLEX))
    station.catalogue.discard_page(station.catalogue.pages(KS)[1].id, "blank")
    assert "half-sheet" not in codes(station)
