"""SANE's options: names generated and those that real backends use, what they mean and what the device can do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import options as opt
from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Mode, Source
from drivers.sane_api import Cap, Options, OptionType, Range, Unit
from tests.drivers.sane_options import INACTIVE, READ_ONLY, SETTABLE, named, option, sources

WORDS = st.text("abcefgh XYZ-()", max_size=8)
"""What stands between two words, and makes no third one with them."""
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
    by_mode = plain | named(option("adf-mode", OptionType.STRING, ("Simplex", "Duplex"), SETTABLE | INACTIVE))
    by_switch = plain | named(option("duplex", OptionType.BOOL))
    for options in (by_mode, by_switch):
        assert opt.choose_source(options, Source.ADF_DUPLEX) == (Source.ADF_DUPLEX, "Automatic Document Feeder")
        assert opt.capabilities_of(options).sources == (Source.FLATBED, Source.ADF, Source.ADF_DUPLEX)
    only_glass = sources("Flatbed") | named(option("duplex", OptionType.BOOL))
    assert Source.ADF_DUPLEX not in opt.source_names(only_glass)


def test_switch_on_the_scanners_case_makes_no_feeder_duplex() -> None:
    """fujitsu's `duplex` tells how a switch stands; it is a sensor."""
    options = sources("ADF Front") | named(option("duplex", OptionType.BOOL, cap=READ_ONLY))
    assert opt.capabilities_of(options).sources == (Source.ADF,)
    assert opt.capabilities_of(options).sensors == ("duplex",)


def test_samsung_and_lexmark_call_them_otherwise() -> None:
    options = named(
        option("doc-source", OptionType.STRING, ("Flatbed", "ADF")),
        option("scan-resolution", OptionType.INT, (150, 300)),
    )
    can = opt.capabilities_of(options)
    assert (can.sources, can.resolutions) == ((Source.FLATBED, Source.ADF), (150, 300))
    with pytest.raises(DeviceFault, match="200 dpi"):
        opt.check_resolution(options, 200)


# Backend's list of modes, depths of its own option, and the name for colour and grey at 8 and at 16 bits.
MODES = {
    "fujitsu": (("Lineart", "Halftone", "Gray", "Color"), (), ("Color", "Gray"), ("Color", "Gray")),
    "brother": (
        ("Black & White", "Gray[Error Diffusion]", "True Gray", "24bit Color"),
        (),
        ("24bit Color", "True Gray"),
        ("24bit Color", "True Gray"),
    ),
    "pixma": (
        ("Color", "Gray", "48 bits color", "16 bits gray", "Lineart"),
        (),
        ("Color", "Gray"),
        ("48 bits color", "16 bits gray"),
    ),
    "avision": (
        ("Lineart", "Dithered", "48bit Color", "16bit Gray", "24bit Color", "Gray"),
        (),
        ("24bit Color", "Gray"),
        ("48bit Color", "16bit Gray"),
    ),
    "genesys": (("Color", "Gray"), (8, 16), ("Color", "Gray"), ("Color", "Gray")),
}


@pytest.mark.parametrize("backend", MODES)
def test_modes_of_real_backends(backend: str) -> None:
    names, depths, eight, sixteen = MODES[backend]
    options = named(option("mode", OptionType.STRING, names))
    if depths:
        options |= named(option("depth", OptionType.INT, depths))
    for depth, wanted in ((8, eight), (16, sixteen)):
        assert (opt.choose_mode(options, Mode.COLOUR, depth), opt.choose_mode(options, Mode.GREY, depth)) == wanted
    assert opt.depths(options) == ((8, 16) if eight != sixteen or depths else (8,))


def test_lineart_is_a_mode_of_its_own_or_grey_with_one_bit() -> None:
    own = named(option("mode", OptionType.STRING, ("Black & White", "Gray[Error Diffusion]", "True Gray")))
    assert opt.choose_mode(own, Mode.LINEART) == "Black & White"
    by_depth = named(option("mode", OptionType.STRING, ("Gray", "Color")), option("depth", OptionType.INT, (1, 8)))
    assert opt.choose_mode(by_depth, Mode.LINEART) == "Gray"
    assert opt.depths(by_depth) == (8,)
    neither = named(option("mode", OptionType.STRING, ("Gray", "Color")))
    with pytest.raises(DeviceFault, match="mode lineart; the device has: grey, colour"):
        opt.choose_mode(neither, Mode.LINEART)


@given(st.integers(1, 5000), st.lists(st.integers(50, 1200), min_size=1, max_size=5, unique=True))
def test_resolution_that_would_be_clamped_is_refused(dpi: int, offered: list[int]) -> None:
    for kind in (OptionType.INT, OptionType.FIXED):
        for constraint, fits in ((tuple(offered), dpi in offered), (Range(75, 600, 1), 75 <= dpi <= 600)):
            options = named(option("resolution", kind, constraint))
            if fits:
                opt.check_resolution(options, dpi)
            else:
                with pytest.raises(DeviceFault, match="dpi"):
                    opt.check_resolution(options, dpi)


@given(st.lists(st.integers(50, 1200), max_size=6), st.booleans())
def test_resolutions_are_sorted_and_each_of_them_is_taken(offered: list[int], fixed: bool) -> None:
    kind = OptionType.FIXED if fixed else OptionType.INT
    options = named(option("resolution", kind, tuple(float(one) if fixed else one for one in offered)))
    found = opt.resolutions(options)
    assert list(found) == sorted(set(offered))
    for dpi in found:
        opt.check_resolution(options, dpi)


def test_both_axes_get_the_resolution_where_they_are_apart() -> None:
    options = named(option("x-resolution", OptionType.INT, (300,)), option("y-resolution", OptionType.INT, (300,)))
    assert opt.resolution_options(options) == ("x-resolution", "y-resolution")


def test_largest_area_is_the_paper_that_fits_not_the_paper_that_is_set() -> None:
    """fujitsu's corner reaches as far as the page size that is set; the page size reaches further."""
    options = named(
        option("page-width", OptionType.FIXED, Range(0, 221.1), unit=Unit.MM),
        option("br-x", OptionType.FIXED, Range(0, 215.9), unit=Unit.MM),
        option("br-y", OptionType.FIXED, Range(0, 863.6), unit=Unit.MM),
    )
    assert opt.capabilities_of(options).max_width_mm == 221.1
    assert opt.capabilities_of(options).max_height_mm == 500.0


def test_area_that_is_counted_in_pixels_is_told_in_mm() -> None:
    options = named(option("br-x", OptionType.INT, Range(0, 2480), unit=Unit.PIXEL))
    assert opt.largest_mm(options, "x", 300) == pytest.approx(210, abs=0.1)


# Read-only options of real backends: sensors, buttons, neither.
READINGS = {
    "fujitsu": (
        {"page-loaded", "cover-open", "double-feed", "error-code", "duplex"}, {"scan", "email"}, {"serial-number"}
    ),
    "canon_dr": ({"adf-loaded", "card-loaded", "counter", "stop"}, {"start", "button-3"}, {"roller-counter"}),
    "genesys": ({"page-loaded", "need-calibration", "power"}, {"scan", "file", "ocr", "transp"}, {"gamma"}),
    "pixma": (set(), {"button-1", "button-2"}, {"original", "scan-resolution"}),
    "plustek": (set(), {"button 0", "button 4"}, {"buttons"}),
    "hp5590": ({"doc-in-adf"}, {"button-pressed"}, {"hw-version"}),
    "avision": (set(), {"message"}, {"frame"}),
}  # fmt: skip


@pytest.mark.parametrize("backend", READINGS)
def test_sensors_and_buttons_of_real_backends(backend: str) -> None:
    sensors, buttons, others = READINGS[backend]
    options = named(*(option(name, OptionType.BOOL, cap=READ_ONLY) for name in sorted(sensors | buttons | others)))
    can = opt.capabilities_of(options)
    assert (set(can.sensors), set(can.buttons)) == (sensors, buttons)


def test_option_that_we_set_is_no_sensor_and_one_that_is_switched_off_neither() -> None:
    for cap in (SETTABLE, READ_ONLY | INACTIVE, Cap.HARD_SELECT):
        options = named(option("page-loaded", OptionType.BOOL, cap=cap), option("scan", OptionType.BOOL, cap=cap))
        can = opt.capabilities_of(options)
        assert (can.sensors, can.buttons) == ((), ())


@pytest.mark.parametrize(("value", "pressed"), [
    (True, True), (False, False), (1, True), (0, False), ("none", False), ("", False), ("scan", True),
    ("button1", True), (None, False),
])  # fmt: skip
def test_button_is_pressed_in_words_or_numbers(value: object, pressed: bool) -> None:
    assert opt.is_pressed(value) is pressed


def test_double_feed_options_come_in_the_order_that_the_backend_needs() -> None:
    every = [option(name, OptionType.BOOL) for name in ("df-length", "df-thickness")]
    assert opt.double_feed_options(named(*reversed(every))) == ("df-length", "df-thickness")
    fujitsu = named(*every, option("df-action", OptionType.STRING, ("Default", "Continue", "Stop")))
    assert opt.double_feed_options(fujitsu) == ("df-action", "df-thickness", "df-length")
    sensor = named(option("double-feed", OptionType.BOOL, cap=READ_ONLY))
    assert opt.double_feed_options(sensor) == ()


def test_device_without_options_is_a_flatbed_of_a4_in_colour() -> None:
    none: Options = {}
    can = opt.capabilities_of(none)
    assert (can.sources, can.modes, can.depths) == ((Source.FLATBED,), (Mode.COLOUR,), (8,))
    assert (can.max_width_mm, can.max_height_mm) == (210.0, 297.0)
