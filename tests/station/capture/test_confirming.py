"""Somebody said that a page is right, and takes that back: all of it is as before."""

from __future__ import annotations

from station import amending
from station.wiring import Station
from tests.station.books.test_cases import KS
from tests.station.capture.test_feeds import codes, feeder, feeds, jam
from tests.station.given import Trigger, scan


def test_taking_back_opens_what_was_settled_with_the_page(station: Station) -> None:
    scan(station, feeder(jam(1, 2)))
    _, last = station.catalogue.pages(KS)
    undo = amending.confirm(station, last.id)
    assert "last-page-unconfirmed" not in codes(station)
    assert station.page(last.id).looked_at
    undo(station)
    assert codes(station)["last-page-unconfirmed"] == 1
    assert (feeds(station)[0].confirmed_by, feeds(station)[0].confirmed_at) == (None, None)
    assert station.page(last.id).looked_at is None


def test_taking_back_leaves_what_somebody_said_before(station: Station) -> None:
    scan(station, feeder(Trigger([1, 2])))
    first, _ = station.catalogue.pages(KS)
    amending.confirm(station, first.id)
    before = station.catalogue.look_at(first.id)
    amending.confirm(station, first.id)(station)
    assert station.catalogue.look_at(first.id) == before
