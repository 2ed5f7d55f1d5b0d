"""What is set before a scan: its order, its limits, and what is left as the scanner saw it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import option_plan as plan
from drivers import options as opt
from drivers.interface import Applied, Mode, OptionValue, ScanSettings, Source
from drivers.sane_api import OptionInfo, OptionType, Range, Unit
from tests.drivers.sane_options import INACTIVE, SETTABLE, named, option, sources

SIZES = st.one_of(st.none(), st.floats(1, 2000))
REACH = st.floats(50, 1500)


def length(name: str, reach: float) -> OptionInfo:
    return option(name, OptionType.FIXED, Range(0.0, reach), unit=Unit.MM)


@given(width=SIZES, height=SIZES, reach_x=REACH, reach_y=REACH, paged=st.booleans(), cornered=st.booleans())
def test_area_is_set_page_first_then_far_corner_then_near_and_never_beyond_the_device(
    width: float | None, height: float | None, reach_x: float, reach_y: float, paged: bool, cornered: bool
) -> None:
    options = named(length("br-x", reach_x), length("br-y", reach_y))
    if paged:
        options |= named(length("page-width", reach_x), length("page-height", reach_y))
    if cornered:
        options |= named(length("tl-x", reach_x), length("tl-y", reach_y))
    steps = plan.area_step(options, ScanSettings(width_mm=width, height_mm=height))
    names = [name for name, _ in steps]
    order = ["page-width", "page-height", "br-x", "br-y", "tl-x", "tl-y"]
    assert names == [name for name in order if name in options]
    values = dict(steps)
    for name, asked, reach in (("br-x", width, reach_x), ("br-y", height, reach_y)):
        most = min(reach, 500.0)
        assert values[name] == (most if asked is None else min(asked, most))
    assert all(values[name] == 0 for name in ("tl-x", "tl-y") if name in values)


def test_inactive_and_missing_area_options_are_left_alone() -> None:
    options = named(option("br-x", OptionType.FIXED, Range(0.0, 200.0), SETTABLE | INACTIVE))
    assert plan.area_step(options, ScanSettings(width_mm=100)) == []


def test_area_in_pixels_is_set_in_pixels() -> None:
    options = named(option("br-x", OptionType.INT, Range(0, 5000), unit=Unit.PIXEL))
    ((_, pixels),) = plan.area_step(options, ScanSettings(width_mm=100.0, dpi=254))
    assert pixels == pytest.approx(1000)


def test_corner_that_cannot_lie_at_zero_lies_as_near_as_it_can() -> None:
    options = named(option("tl-x", OptionType.FIXED, Range(3.0, 200.0), unit=Unit.MM))
    assert plan.area_step(options, ScanSettings()) == [("tl-x", 3.0)]


def test_what_a_driver_would_alter_is_switched_off() -> None:
    options = named(
        option("swcrop", OptionType.BOOL),
        option("swskip", OptionType.FIXED, Range(0, 100)),
        option("swdespeck", OptionType.INT, Range(0, 9)),
        option("ald", OptionType.BOOL),
        option("brightness", OptionType.INT, Range(-127, 127)),
    )
    assert dict(plan.unaltered_step(options, ScanSettings())) == {
        "swcrop": False,
        "swskip": 0,
        "swdespeck": 0,
        "ald": False,
    }


def test_double_feed_detection_is_on_wherever_it_exists_unless_it_is_not_wanted() -> None:
    fujitsu = named(
        option("df-length", OptionType.BOOL),
        option("df-thickness", OptionType.BOOL),
        option("df-action", OptionType.STRING, ("Default", "Continue", "Stop")),
    )
    on = plan.double_feed_step(fujitsu, ScanSettings())
    assert on == [("df-action", "Stop"), ("df-thickness", True), ("df-length", True)]
    off = plan.double_feed_step(fujitsu, ScanSettings(double_feed=False))
    assert off == [("df-action", "Continue"), ("df-thickness", False), ("df-length", False)]
    assert plan.double_feed_step({}, ScanSettings()) == []


@pytest.mark.parametrize(("source", "mode", "duplex"), [
    (Source.ADF, "Simplex", False), (Source.ADF_DUPLEX, "Duplex", True),
])  # fmt: skip
def test_sides_are_set_both_ways(source: Source, mode: str, duplex: bool) -> None:
    options = sources("Automatic Document Feeder") | named(
        option("adf-mode", OptionType.STRING, ("Simplex", "Duplex")), option("duplex", OptionType.BOOL)
    )
    steps = plan.sides_step(options, ScanSettings(source))
    assert steps == [("adf-mode", mode), ("duplex", duplex)]


def test_lineart_has_one_bit_whatever_depth_was_asked_for() -> None:
    assert plan.depth_asked(ScanSettings(mode=Mode.LINEART, depth=16)) == 1
    assert plan.depth_asked(ScanSettings(mode=Mode.GREY, depth=16)) == 16


@pytest.mark.parametrize(("kind", "good", "bad"), [
    (OptionType.BOOL, [True, False], [1, 0.0, "yes"]),
    (OptionType.INT, [3, -3, 3.0], [True, 3.5, "3"]),
    (OptionType.FIXED, [3, 0.5], [True, "0.5"]),
    (OptionType.STRING, ["On"], [True, 1]),
])  # fmt: skip
def test_value_of_another_type_is_refused_in_words(
    kind: OptionType, good: list[OptionValue], bad: list[OptionValue]
) -> None:
    one = option("x", kind)
    for value in good:
        assert plan.typed(one, value) == value
    for value in bad:
        with pytest.raises(ValueError, match="takes"):
            plan.typed(one, value)


def test_table_of_numbers_cannot_be_set() -> None:
    table = OptionInfo(1, "gamma-table", OptionType.INT, SETTABLE, size=1024)
    with pytest.raises(ValueError, match="list of numbers"):
        plan.typed(table, 1)


@given(st.floats(-500, 500), st.floats(-500, 500))
def test_lengths_may_be_off_by_half_a_millimetre_and_numbers_by_nothing(asked: float, got: float) -> None:
    assert plan.same(option("br-x", OptionType.FIXED, unit=Unit.MM), asked, got) == (abs(got - asked) < 0.5)
    assert plan.same(option("gamma", OptionType.FIXED), asked, got) == (abs(got - asked) < 0.01)


def test_depth_and_size_that_no_option_could_give_are_differences() -> None:
    settings = ScanSettings(width_mm=300.0, height_mm=200.0, depth=16)
    found = plan.unkept(settings, Applied(Source.ADF, Mode.GREY, 300, 215.9, 199.8, 8))
    assert [(one.option, one.asked, one.got) for one in found] == [("depth", "16", "8"), ("br-x", "300", "215.9")]


@pytest.mark.parametrize(("one", "choices", "unit"), [
    (option("resolution", OptionType.INT, Range(75, 600, 1), unit=Unit.DPI), "75 to 600, step 1", "dpi"),
    (option("br-x", OptionType.FIXED, Range(0, 215.9), unit=Unit.MM), "0 to 215.9", "mm"),
    (option("depth", OptionType.INT, (8, 16), unit=Unit.BIT), "8, 16", "bit"),
    (option("mode", OptionType.STRING, ("Gray", "Color")), "Gray, Color", ""),
    (option("preview", OptionType.BOOL), "true, false", ""),
])  # fmt: skip
def test_option_is_described_in_words(one: OptionInfo, choices: str, unit: str) -> None:
    described = plan.described(one, 0.123456)
    assert (described.choices, described.unit, described.value, described.settable) == (choices, unit, 0.123, True)


def test_plan_begins_with_the_source_and_ends_with_the_area() -> None:
    """Backends lock and limit options by their source, mode and resolution."""
    assert plan.STEPS[0] is plan.source_step
    assert plan.STEPS[-1] is plan.area_step
    assert set(opt.DOUBLE_FEED) >= {"df-action", "df-thickness", "df-length"}
