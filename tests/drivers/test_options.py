"""SANE's options: names generated and those that real backends use, order and limits of the area."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import options as opt
from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Mode, ScanSettings, Source

SETTABLE = 1 | 4
INACTIVE = 32

WORDS = st.text("abcdefgh XYZ-()", max_size=8)
# Words that mean a source, in the order in which they win.
MEANINGS = [
    (Source.ADF_DUPLEX, ["Duplex", "duplex", "DUPLEX"]),
    (Source.ADF, ["ADF", "adf", "Feeder", "feeder"]),
    (Source.FLATBED, ["Flatbed", "FlatBed", "Platen", "Normal", "FB", "fb"]),
]
# As backends name them: (backend's list, what they mean).
REAL = {
    "test": (["Flatbed", "Automatic Document Feeder"], [Source.FLATBED, Source.ADF]),
    "airscan": (["Flatbed", "ADF", "ADF Duplex"], [Source.FLATBED, Source.ADF, Source.ADF_DUPLEX]),
    "fujitsu": (["ADF Front", "ADF Back", "ADF Duplex"], [Source.ADF, Source.ADF, Source.ADF_DUPLEX]),
    "fi-flatbed": (["Flatbed", "ADF Front", "Card Duplex"], [Source.FLATBED, Source.ADF, Source.ADF_DUPLEX]),
    "brother": (
        ["FlatBed", "Automatic Document Feeder(left aligned)", "Automatic Document Feeder(left aligned,Duplex)"],
        [Source.FLATBED, Source.ADF, Source.ADF_DUPLEX],
    ),
    "avision": (["Normal", "Transparency", "Negative"], [Source.FLATBED, None, None]),
    "kvs40xx": (["adf", "fb"], [Source.ADF, Source.FLATBED]),
}


def option(name: str, kind: int, constraint: object = None, cap: int = SETTABLE) -> opt.OptionInfo:
    return opt.OptionInfo(1, name, kind, cap, constraint)


def sources(*names: str) -> opt.Options:
    return {"source": option("source", opt.STRING, list(names))}


@given(st.data())
def test_first_meaning_word_wins_whatever_stands_around_it(data: st.DataObject) -> None:
    rank = data.draw(st.integers(0, 2))
    source, words = MEANINGS[rank]
    weaker = [word for _, more in MEANINGS[rank:] for word in more]
    parts = [data.draw(st.sampled_from(words)), *data.draw(st.lists(st.sampled_from(weaker), max_size=2))]
    name = data.draw(WORDS).join(data.draw(st.permutations(parts)))
    assert opt.source_of(name) is source


@pytest.mark.parametrize("backend", REAL)
def test_names_of_real_backends(backend: str) -> None:
    names, meant = REAL[backend]
    assert [opt.source_of(name) for name in names] == meant


@given(st.lists(st.one_of(WORDS, st.sampled_from([w for _, words in MEANINGS for w in words])), max_size=6))
def test_chosen_source_is_one_of_the_devices_own_that_means_what_was_asked(names: list[str]) -> None:
    options = sources(*names)
    there = {source for name in names if (source := opt.source_of(name))}
    for asked in Source:
        if asked in there:
            chosen, name = opt.choose_source(options, asked)
            assert chosen is asked
            assert name in names
            assert opt.source_of(name or "") is asked
        elif there or asked is not Source.FLATBED:
            with pytest.raises(DeviceFault) as refused:
                opt.choose_source(options, asked)
            assert refused.value.kind is FaultKind.UNSUPPORTED_SETTING
    chosen, name = opt.choose_source(options, None)
    assert (chosen, name) == (opt.source_of(name), name) if name else chosen is Source.FLATBED


def test_sides_that_are_an_option_of_their_own_make_a_feeder_duplex() -> None:
    """epson2 and kvs40xx have no source named duplex."""
    plain = sources("Flatbed", "Automatic Document Feeder")
    by_mode = plain | {"adf-mode": option("adf-mode", opt.STRING, ["Simplex", "Duplex"], SETTABLE | INACTIVE)}
    by_switch = plain | {"duplex": option("duplex", opt.BOOL)}
    for options in (by_mode, by_switch):
        assert opt.choose_source(options, Source.ADF_DUPLEX) == (Source.ADF_DUPLEX, "Automatic Document Feeder")
        assert opt.capabilities_of(options).sources == (Source.FLATBED, Source.ADF, Source.ADF_DUPLEX)
    only_glass = sources("Flatbed") | {"duplex": option("duplex", opt.BOOL)}
    assert Source.ADF_DUPLEX not in opt.source_names(only_glass)


def test_dots_are_no_mode_of_ours() -> None:
    names = ["Black & White", "Gray[Error Diffusion]", "True Gray", "24bit Color"]
    options = {"mode": option("mode", opt.STRING, names)}
    assert opt.choose_mode(options, Mode.GREY) == "True Gray"
    assert opt.choose_mode(options, Mode.COLOUR) == "24bit Color"


SIZES = st.one_of(st.none(), st.floats(1, 2000))
RANGES = st.floats(50, 1500).map(lambda high: (0.0, high, 0.0))


@given(width=SIZES, height=SIZES, far_x=RANGES, far_y=RANGES, paged=st.booleans(), cornered=st.booleans())
def test_area_is_set_page_first_then_far_corner_then_near_and_never_beyond_the_device(
    width: float | None,
    height: float | None,
    far_x: tuple[float, float, float],
    far_y: tuple[float, float, float],
    paged: bool,
    cornered: bool,
) -> None:
    options = {"br-x": option("br-x", opt.FIXED, far_x), "br-y": option("br-y", opt.FIXED, far_y)}
    if paged:
        options |= {name: option(name, opt.FIXED, (0.0, 2000.0, 0.0)) for name in ("page-width", "page-height")}
    if cornered:
        options |= {name: option(name, opt.FIXED, (0.0, 500.0, 0.0)) for name in ("tl-x", "tl-y")}
    plan = opt.area_plan(options, ScanSettings(width_mm=width, height_mm=height))
    names = [name for name, _ in plan]
    expected = ["page-width", "page-height"] * paged + ["br-x", "br-y"] + ["tl-x", "tl-y"] * cornered
    assert sorted(names) == sorted(expected)
    ranks = ["page" in name for name in names], [not name.startswith("tl") for name in names]
    assert all(rank == sorted(rank, reverse=True) for rank in ranks)
    values = dict(plan)
    for name, asked, reach in (("br-x", width, far_x), ("br-y", height, far_y)):
        most = min(reach[1], 500.0)
        assert values[name] == (most if asked is None else min(asked, most))
    assert all(values[name] == 0 for name in ("tl-x", "tl-y") if name in values)


def test_inactive_and_missing_area_options_are_left_alone() -> None:
    options = {"br-x": option("br-x", opt.FIXED, (0.0, 200.0, 0.0), SETTABLE | INACTIVE)}
    assert opt.area_plan(options, ScanSettings(width_mm=100)) == []


@given(st.integers(1, 5000), st.lists(st.integers(50, 1200), min_size=1, max_size=5, unique=True))
def test_resolution_that_would_be_clamped_is_refused(dpi: int, offered: list[int]) -> None:
    for constraint, fits in ((offered, dpi in offered), ((75.0, 600.0, 1.0), 75 <= dpi <= 600)):
        options = {"resolution": option("resolution", opt.INT, constraint)}
        if fits:
            opt.check_resolution(options, dpi)
        else:
            with pytest.raises(DeviceFault, match="dpi"):
                opt.check_resolution(options, dpi)
