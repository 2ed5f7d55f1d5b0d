"""What the catalogue keeps in few bytes comes out as it went in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.catalogue import Catalogue, packing
from station.catalogue.copies import pack_verdicts, unpack_verdicts
from station.model import Copy

page_ids = st.integers(0, 2**48 - 1).map(lambda number: f"p{number:012x}")
zones = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


@given(page_ids)
def test_page_ids(page_id: str) -> None:
    assert packing.page_name(packing.page_number(page_id)) == page_id


@pytest.mark.parametrize("text", ["", "p", "p1", "p00000000000g", "P000000000000", "0p00000000000", "p0000000000000"])
def test_what_is_no_page_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        packing.page_number(text)


@given(page_ids, page_ids, st.integers(1, 13))
def test_the_range_of_a_beginning_holds_the_ids_that_begin_so(page_id: str, other: str, length: int) -> None:
    beginning = page_id[:length]
    numbers = packing.page_range(beginning)
    assert numbers is not None
    for one in (page_id, other):
        assert (numbers[0] <= packing.page_number(one) <= numbers[1]) == one.startswith(beginning)


@pytest.mark.parametrize("text", ["", "12", "page", "p-1", "p00000000000000"])
def test_no_page_id_begins_so(text: str) -> None:
    assert packing.page_range(text) is None


@given(st.integers(86400, 2**32), zones)
def test_times(seconds: int, zone: timezone) -> None:
    iso = datetime.fromtimestamp(seconds, zone).isoformat(timespec="seconds")
    assert packing.join_time(*packing.split_time(iso)) == iso


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="2025"):
        packing.split_time("2025-03-01T08:00:00")
    assert packing.join_time(*packing.split_time(datetime(2025, 3, 1, tzinfo=UTC).isoformat())).endswith("+00:00")


levels = st.sampled_from(["ok", "look", "stop"])
values = st.decimals(0, 1000, places=3).map(float)


@given(st.lists(st.tuples(st.text(max_size=8), levels, values, values), max_size=20))
def test_verdicts(found: list[tuple[str, str, float, float]]) -> None:
    verdicts = tuple(dict(zip(("check", "level", "value", "threshold"), one, strict=True)) for one in found)
    assert unpack_verdicts(*pack_verdicts(verdicts)) == verdicts


@given(st.lists(st.none() | values, max_size=20))
def test_verdicts_with_a_place(places: list[float | None]) -> None:
    bare = {"check": "streak", "level": "look", "value": 3.5, "threshold": 2.0}
    verdicts = tuple(bare if place is None else bare | {"place": place} for place in places)
    assert unpack_verdicts(*pack_verdicts(verdicts)) == verdicts


@pytest.mark.parametrize(
    ("places", "level", "worst"), [([None, 0.9], "look", 1), ([0.1, 0.7, 0.3], "stop", 2), ([], "ok", 0)]
)
def test_a_copy_with_places_is_kept_under_its_worst_level(
    tmp_path: Path, places: list[float | None], level: str, worst: int
) -> None:
    bare = {"check": "streak", "level": level, "value": 3.5, "threshold": 2.0}
    verdicts = tuple(bare if place is None else bare | {"place": place} for place in places)
    copy = Copy("0" * 64, "recipe", "copies/p.jpg", "1" * 64, 9, 30, 40, 100, 30, verdicts, None)
    with Catalogue(tmp_path / "catalogue.db") as catalogue:
        catalogue.add_copy(copy)
        assert catalogue.copy(copy.master_sha256, copy.recipe) == copy
        assert catalogue._db.execute("select worst from copy").fetchall() == [(worst,)]
