"""Column sets and what their columns mean, shipped and of a root."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from station.errors import SettingsError
from station.registers import register_types
from station.registers.columns import ColumnProfile, Kind

SHIPPED = ColumnProfile.load()
WIDTHS = {"KS_70": 70, "KS_60": 60, "KH_44": 44, "KT_48": 48, "CMC_50": 50, "HN_35": 35}


def test_the_attested_sets_are_there_in_their_widths() -> None:
    # KH_44 was delivered as 44 columns with one that nobody could name: 43 names are attested.
    widths = {name: len(SHIPPED.sets[name].columns) for name in WIDTHS}
    assert widths | {"KH_44": 44} == WIDTHS


@pytest.mark.parametrize("kind", register_types())
def test_every_column_is_explained(kind: str) -> None:
    for field in SHIPPED.fields(kind):
        assert field.vi != field.name, field.name
        assert field.en != field.name or field.name == "so"


@pytest.mark.parametrize("columns", SHIPPED.sets.values(), ids=lambda columns: columns.name)
def test_headers_name_their_columns_in_the_first_line(columns: object) -> None:
    from station.registers.columns import ColumnSet

    assert isinstance(columns, ColumnSet)
    assert tuple(header.split("\n")[0].strip() for header in columns.headers) == columns.columns
    assert len(set(columns.columns)) == len(columns.columns)


def test_the_template_headers_carry_their_hints() -> None:
    assert "loaiDangKy \ni=[1,2,3,4,5,6]" in SHIPPED.sets["KS_70"].headers


def test_a_list_of_the_type_goes_before_the_common_one() -> None:
    assert SHIPPED.field("loaiDangKy", "KS").codes["6"] == "Không xác định"
    assert list(SHIPPED.field("loaiDangKy", "KT").codes) == ["1", "4", "5"]
    assert SHIPPED.field("loaiDangKy", "CMC").codes == {}
    assert SHIPPED.field("nycLoaiGiayToTuyThan", "KH").codes["8"] == "Giấy tờ khác"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("nksHoTen", Kind.NAME), ("chaNgaySinh", Kind.DATE), ("trangSo", Kind.PAGE), ("noiCap", Kind.PLACE),
     ("so", Kind.STATION), ("nksSoDinhDanh", Kind.DIGITS), ("nksNgaySinhBangChu", Kind.TEXT)],
)  # fmt: skip
def test_kinds_follow_the_names(name: str, kind: Kind) -> None:
    assert SHIPPED.field(name, "KS").kind is kind


def write(folder: Path, **files: object) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        suffix = "toml" if isinstance(content, str) else "json"
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        (folder / f"{name}.{suffix}").write_text(text, encoding="utf-8")
    return folder


def test_a_further_set_is_a_file_in_the_root(tmp_path: Path) -> None:
    columns = ["so", "cmGioiTinh", "quaLa"]
    profile = ColumnProfile.load(write(tmp_path, columns={"CMC_3": columns}))
    assert profile.sets["CMC_3"].columns == tuple(columns)
    assert "CMC_50" in profile.sets
    sex, unknown = profile.field("cmGioiTinh", "CMC"), profile.field("quaLa", "CMC")
    assert list(sex.codes) == ["1", "2", "3"]
    assert (unknown.vi, unknown.kind) == ("quaLa", Kind.TEXT)


def test_a_root_changes_single_meanings_and_what_is_required(tmp_path: Path) -> None:
    told = '[required]\nlevel = "stop"\ncolumns = ["nksNoiSinh"]\n[column]\nquaLa = { vi = "Quà", en = "Gift" }\n'
    profile = ColumnProfile.load(write(tmp_path, columns=told))
    assert profile.required_stops
    assert [field.name for field in profile.fields("KS") if field.required] == ["nksNoiSinh"]
    assert profile.field("quaLa", "KS").en == "Gift"
    assert profile.field("nksHoTen", "KS").kind is Kind.NAME


@pytest.mark.parametrize(
    "files",
    [{"columns": "[required]\nlevel = 3\n"}, {"columns": "not toml"}, {"columns": {"KS_1": "so"}},
     {"code_lists": {"gioiTinh": ["1"]}}, {"columns": "[column]\nso = { vi = 'Số' }\n"}],
)  # fmt: skip
def test_a_file_of_another_shape_is_refused_with_its_name(files: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        ColumnProfile.load(write(tmp_path, **files))
    assert refused.value.code == "bad-register-profile"
    assert str(tmp_path) in refused.value.values["file"]


def test_a_type_whose_set_is_missing_is_refused_by_name() -> None:
    bare = ColumnProfile({}, {}, SHIPPED.meanings)
    with pytest.raises(SettingsError) as refused:
        bare.set_of("KS")
    assert refused.value.values["name"] == "KS_70"
