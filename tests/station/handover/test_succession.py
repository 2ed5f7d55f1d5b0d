"""Which bag takes the place of which: what a bag may name, and what is not believed."""

from __future__ import annotations

import pytest

from station.handover.succession import check_superseded

BAG = "19441_KS.2005.01_0123abcd"
OLDER = "19441_KS.2005.01_89abcdef"


def record(bag: str | None) -> dict[str, object]:
    return {"supersedes": {"bag": bag} if bag else None}


def test_a_bag_may_name_an_earlier_one_of_its_book_or_none() -> None:
    assert check_superseded(record(OLDER), f"A: b\nSupersedes: {OLDER}\n", BAG) == []
    assert check_superseded(record(None), "A: b\n", BAG) == []
    assert check_superseded({}, "", BAG) == []


@pytest.mark.parametrize("named", [BAG, "19441_KS.2005.02_89abcdef", "../../etc_89abcdef", "x"])
def test_another_book_itself_or_no_bag_at_all_is_wrong(named: str) -> None:
    (finding,) = check_superseded(record(named), f"Supersedes: {named}\n", BAG)
    assert (finding.code, finding.file, finding.detail) == ("supersedes", "bag-info.txt", named)


@pytest.mark.parametrize(("tag", "named"), [(OLDER, None), (None, OLDER), (OLDER, "19441_KS.2005.01_00000000")])
def test_tag_file_and_record_must_say_the_same(tag: str | None, named: str | None) -> None:
    info = f"Supersedes: {tag}\n" if tag else ""
    assert [finding.code for finding in check_superseded(record(named), info, BAG)] == ["supersedes"]
