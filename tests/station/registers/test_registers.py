"""Registries: found without accents, at their time, with prefixes of their own; and data of a root that goes before."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.errors import BadName, SettingsError
from station.registers import (
    bare_name,
    choose_folder,
    known_registry,
    named_units,
    new_registry,
    profile,
    register_types,
    units_like,
)
from station.text import fold

UNITS = profile().units


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """A folder for data of a root; the shipped data counts again afterwards."""
    yield tmp_path
    choose_folder(None)


def test_prefixes_are_data_and_no_two_units_share_one() -> None:
    prefixes = [unit.prefix for unit in UNITS]
    assert len(set(prefixes)) == len(prefixes)
    assert all(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", prefix) for prefix in prefixes)


def test_names_of_one_code_follow_each_other_in_time() -> None:
    for code in {unit.code for unit in UNITS}:
        times = [(unit.start or "", unit.until or "9999") for unit in UNITS if unit.code == code]
        assert all(start <= until for start, until in times)
        assert all(before[1] < after[0] for before, after in pairwise(times))


def test_what_became_of_a_unit_is_a_unit() -> None:
    codes = {unit.code for unit in UNITS}
    assert all(code in codes for unit in UNITS for code in unit.became)
    stood = [unit for unit in UNITS if unit.until == "2025-06-30" and unit.district]
    assert len(stood) == 119
    assert all(unit.became for unit in stood)


@given(st.sampled_from(UNITS), st.booleans())
def test_every_unit_is_found_by_its_name_without_accents(unit: object, capitals: bool) -> None:
    assert hasattr(unit, "name")
    typed = fold(unit.name)
    assert unit in units_like(typed.upper() if capitals else typed)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("huong phung", "Xã Hướng Phùng, huyện Hướng Hóa, tỉnh Quảng Trị"),
        ("HƯỚNG PHÙNG", "Xã Hướng Phùng, huyện Hướng Hóa, tỉnh Quảng Trị"),
        ("Hướng Hoá", "Huyện Hướng Hóa, tỉnh Quảng Trị"),
        ("hướng hóa", "Huyện Hướng Hóa, tỉnh Quảng Trị"),
        ("đakrông", "Huyện Đakrông, tỉnh Quảng Trị"),
        ("xahuongphung_hhh_tqt", "Xã Hướng Phùng, huyện Hướng Hóa, tỉnh Quảng Trị"),
    ],
)
def test_the_best_hit_comes_first(typed: str, first: str) -> None:
    assert units_like(typed)[0].place == first


@pytest.mark.parametrize("typed", ["da krong", "dakrong", "Đa Krông", "DAKRÔNG", "xã đa krông"])
def test_a_name_written_together_or_apart_is_one_and_stands_before_what_lies_in_it(typed: str) -> None:
    best = [(unit.code, unit.until) for unit in units_like(typed) if unit.code in {"19564", "19591"}][:2]
    assert set(best) == {("19564", "2025-06-30"), ("19564", None)}


def test_several_hits_stand_with_their_time() -> None:
    hits = [(unit.code, unit.start, unit.until) for unit in units_like("kim thạch")]
    assert hits == [("19381", "2019-12-11", "2021-02-01"), ("19384", "2019-12-11", "2025-06-30")]
    assert [unit.until for unit in units_like("19441")] == ["2025-06-30", None]


@pytest.mark.parametrize(
    ("typed", "district", "codes"),
    [
        ("Hướng Phùng", "", ["19441"]),
        ("xã  hướng phùng", "", ["19441"]),
        ("Xa Huong Phung, Huong Hoa", "", ["19441"]),
        ("Xã Vĩnh Hoà (Vĩnh Linh)", "", ["19396"]),
        ("TT. Khe Sanh", "", ["19429"]),
        ("Phường 1", "", ["19333", "19357"]),
        ("Phường 1", "TP Đông Hà", ["19333"]),
        ("P.1 - thị xã Quảng Trị", "", ["19357"]),
        ("Xã Cam Thanh", "", ["19609"]),
        ("Cam Thành", "", ["19612"]),
        ("cam thanh", "", ["19609", "19612"]),
        ("Kim Thạch", "", ["19384"]),
        ("Vĩnh Thủy", "", ["19402"]),
        ("Da Krong", "", ["467", "19564"]),
        ("Xã Đakrông", "", ["19564"]),
        ("Phường Đồng Hới", "", ["18880"]),
        ("1", "", []),
        ("", "", []),
        ("Xã Không Đâu", "", []),
        ("UBND xã Hướng Phùng", "", ["19441"]),
        ("Ủy ban nhân dân xã Hướng Phùng, huyện Hướng Hóa", "", ["19441"]),
        ("Uỷ Ban Nhân Dân P. 1 - TX Quảng Trị", "", ["19357"]),
        ("uy ban nhan dan", "", []),
    ],
)
def test_which_unit_a_list_means(typed: str, district: str, codes: list[str]) -> None:
    assert [unit.code for unit in named_units(typed, 2005, 2005, district)] == codes


def test_the_years_of_the_book_decide_between_units_of_one_name() -> None:
    assert [unit.code for unit in named_units("Vĩnh Thủy", 2026, 2026)] == ["19405"]


def test_a_code_is_the_unit_of_the_day_before_the_reform_unless_its_name_says_more() -> None:
    for name, expected in ((None, "Thị trấn Diên Sanh"), ("thị trấn hải lăng", "Thị trấn Hải Lăng")):
        found = known_registry("19681", name)
        assert found is not None
        assert found.name == expected
    assert known_registry("19681", "Xã Khác") is None
    assert known_registry("99999") is None


def test_a_registry_of_its_own_gets_a_prefix_once() -> None:
    assert new_registry("PX1", "Phòng Đa Krông").prefix == "phongdakrong_px1"
    assert new_registry("PX1", "Phòng", prefix="px_1").prefix == "px_1"
    for prefix in ("Px", "p x", "đ", "_p", "p__x", "../x", "x" * 90):
        with pytest.raises(BadName):
            new_registry("PX1", "Phòng", prefix=prefix)


@pytest.mark.parametrize(
    ("name", "bare"),
    [("Xã Hướng Phùng", "Hướng Phùng"), ("Phường 1", "Phường 1"), ("Thị Trấn Ái Tử", "Ái Tử"), ("Xã", "Xã")],
)
def test_bare_names(name: str, bare: str) -> None:
    assert bare_name(name) == bare


def test_a_folder_of_the_same_shape_goes_before_the_shipped_data(own: Path) -> None:
    (own / "profile.toml").write_text(
        'name = "so-tu-phap"\nversion = "7"\nconfirmed_by = "Sở Tư pháp"\nconfirmed_on = "2025-02-01"\n'
    )
    (own / "types.toml").write_text('[NCN]\nvi = "nuôi con nuôi"\nen = "adoptions"\ncolumns = "OTHER"\n')
    unit = {"code": "19441", "name": "Xã Mới", "place": "Xã Mới", "prefix": "xamoi_x", "until": "2025-06-30"}
    (own / "units.json").write_text(json.dumps([unit]))
    choose_folder(own)
    assert (profile().name, profile().confirmed_by) == ("so-tu-phap", "Sở Tư pháp")
    assert set(register_types()) >= {"KS", "NCN"}
    found = known_registry("19441")
    assert found is not None
    assert (found.name, found.prefix) == ("Xã Mới", "xamoi_x")
    assert known_registry("19444") is not None
    choose_folder(None)
    assert "NCN" not in register_types()


def test_a_type_of_the_root_changes_the_keys_that_it_says(own: Path) -> None:
    (own / "types.toml").write_text('[CMC]\ncolumns = "CMC_52"\n')
    choose_folder(own)
    assert (register_types()["CMC"].columns, register_types()["CMC"].vi) == ("CMC_52", "nhận cha, mẹ, con")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("types.toml", '[ks]\nvi = "x"\nen = "x"\ncolumns = "x"\n'),
        ("types.toml", '[XX]\nvi = "x"\n'),
        ("types.toml", "[XX\n"),
        ("profile.toml", 'name = "x"\nowner = "y"\n'),
        ("units.json", '[{"code": "1", "name": "A", "place": "A", "prefix": "Ă"}]'),
        ("units.json", '[{"code": "1", "name": "A", "place": "A", "prefix": "a", "from": "1.1.2020"}]'),
        ("units.json", '[{"code": "1", "name": "A", "place": "A", "prefix": "xahuongphung_hhh_tqt"}]'),
        ("units.json", "{"),
    ],
)
def test_data_that_does_not_say_what_it_should_is_refused_with_its_file(own: Path, name: str, content: str) -> None:
    (own / name).write_text(content)
    with pytest.raises(SettingsError) as caught:
        choose_folder(own)
    assert name in caught.value.values["file"]
