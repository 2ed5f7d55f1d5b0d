"""Scan profiles: which one a device gets, what is asked of it, and what breaks the promise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.interface import Applied, Difference, Mode, OptionValue, ScanSettings, Source
from drivers.triggers import Triggers
from station.devices.profiles import choose_profile, profile_findings, refuse_broken
from station.errors import SettingsError, UsageError
from station.settings import PAGE_SIZES, ScanProfile, Settings, TriggerSettings, load_settings

if TYPE_CHECKING:
    from pathlib import Path

FLATBED = "sane:genesys:usb:04a9:190f:K7X21"
FEEDER = "sane:fujitsu:fi-8170:123"
ASKED = ScanSettings(Source.ADF, Mode.COLOUR, 300, 210.0, 297.0)
KEPT = Applied(Source.ADF, Mode.COLOUR, 300, 210.0, 297.0, double_feed=True)


def settings(**profiles: ScanProfile) -> Settings:
    return Settings(profiles=profiles)


def test_the_profile_of_a_device_is_chosen_by_itself() -> None:
    here = settings(paper=ScanProfile(device="FI-8170"), glass=ScanProfile(device="04a9:190f"), any=ScanProfile())
    assert choose_profile(here, None, FEEDER).name == "paper"
    assert choose_profile(here, None, FLATBED).name == "glass"
    assert choose_profile(here, None, "sane:test:0").name == "scan"
    assert choose_profile(here, "any", FLATBED).name == "any"


def test_of_two_that_fit_none_is_chosen_by_itself() -> None:
    here = settings(one=ScanProfile(device="fujitsu"), two=ScanProfile(device="fi-8170"))
    assert choose_profile(here, None, FEEDER).name == "scan"
    assert choose_profile(here, "two", FEEDER).name == "two"


def test_a_profile_of_another_device_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        choose_profile(settings(paper=ScanProfile(device="fi-8170")), "paper", FLATBED)
    assert caught.value.code == "profile-of-other-device"
    with pytest.raises(SettingsError):
        choose_profile(settings(), "nobody", FLATBED)


def test_what_a_profile_asks_for() -> None:
    options: dict[str, OptionValue] = {"lamp-off-time": 15, "calibrate": True}
    profile = ScanProfile(dpi=400, depth=16, page="A3", source=Source.ADF, double_feed=False, options=options)
    assert profile.settings(None) == ScanSettings(Source.ADF, Mode.COLOUR, 400, 297.0, 420.0, 16, False, options)
    assert profile.settings(Source.FLATBED).source is Source.FLATBED
    assert ScanProfile(width_mm=100.0).settings(None).height_mm is None


def test_what_starts_a_scan_that_waits() -> None:
    profile = ScanProfile(triggers=TriggerSettings(button=False, paper=True))
    assert profile.starts(first=True) == Triggers(button=False, paper=True, present=True)
    assert profile.starts(first=False) == Triggers(button=False, paper=True, present=False)
    assert ScanProfile().starts(first=True) == Triggers(button=True, paper=False, present=False)


def test_it_is_read_from_the_file_of_settings(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(
        """
        [devices]
        driver = "pyinsane2"
        [profiles.books]
        device = "OpticBook"
        page = "Legal"
        depth = 16
        [profiles.books.options]
        lamp-off-time = 15    # minutes; the lamp is warm between two books
        [profiles.books.triggers]
        paper = true
        """
    )
    read = load_settings(file)
    assert read.devices.driver == "pyinsane2"
    books = read.scan_profile("books")
    assert (books.settings(None).width_mm, books.depth) == (PAGE_SIZES["Legal"][0], 16)
    assert books.options == {"lamp-off-time": 15}
    assert books.starts(first=False).paper


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('page = "A4"\nwidth_mm = 100', "profiles.books"),
        ('page = "A44"', "profiles.books.page"),
        ("depth = 12", "profiles.books.depth"),
        ("options = { a = [1] }", "profiles.books.options.*"),
        ("triggers = { lamp = true }", "profiles.books.triggers.lamp"),
    ],
)
def test_a_profile_that_says_what_nobody_reads_is_refused(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "station.toml"
    file.write_text(f"[profiles.books]\n{text}\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert caught.value.values["key"] == key


@pytest.mark.parametrize(
    ("applied", "broken"),
    [
        (KEPT, []),
        (replace(KEPT, source=Source.FLATBED), ["source"]),
        (replace(KEPT, mode=Mode.GREY, dpi=200), ["mode", "dpi"]),
        (replace(KEPT, depth=1), ["depth"]),
        (replace(KEPT, height_mm=296.2), []),
        (replace(KEPT, height_mm=279.4), ["height_mm"]),
        (replace(KEPT, width_mm=216.0, height_mm=356.0), []),
        (replace(KEPT, double_feed=False), []),
        (replace(KEPT, double_feed=False, differences=(Difference("df-action", "Stop", "Default"),)), ["df-action"]),
        (replace(KEPT, differences=(Difference("br-x", "210.0", "215.0"),)), []),
    ],
)
def test_what_breaks_the_promise(applied: Applied, broken: list[str]) -> None:
    assert [one.option for one in profile_findings(ASKED, applied)] == broken


def test_an_option_of_the_profile_must_be_taken() -> None:
    asked = replace(ASKED, options={"lamp-off-time": 15})
    refused = replace(KEPT, differences=(Difference("lamp-off-time", "15", "10"), Difference("gamma", "1", "2")))
    assert [one.option for one in profile_findings(asked, refused)] == ["lamp-off-time"]
    with pytest.raises(SettingsError) as caught:
        refuse_broken("books", FEEDER, asked, refused)
    assert (caught.value.code, caught.value.exit) == ("profile-not-taken", 2)
    assert "lamp-off-time=15 (10)" in caught.value.values["differences"]
    refuse_broken("books", FEEDER, ASKED, refused)


def test_double_feed_detection_that_nobody_wants_is_no_finding() -> None:
    off = replace(KEPT, double_feed=False, differences=(Difference("df-action", "Continue", "Stop"),))
    assert profile_findings(replace(ASKED, double_feed=False), off) == []


def test_black_and_white_has_one_depth() -> None:
    asked = replace(ASKED, mode=Mode.LINEART)
    assert profile_findings(asked, replace(KEPT, mode=Mode.LINEART, depth=1)) == []


sizes = st.none() | st.floats(50, 500)


@given(
    st.builds(
        ScanSettings,
        st.none() | st.sampled_from(Source),
        st.sampled_from(Mode),
        st.integers(50, 1200),
        sizes,
        sizes,
        st.sampled_from([1, 8, 16]),
        st.booleans(),
    ),
    st.floats(0, 100),
)
def test_a_device_that_does_as_it_was_told_or_more_breaks_nothing(asked: ScanSettings, more: float) -> None:
    applied = Applied(
        asked.source or Source.FLATBED,
        asked.mode,
        asked.dpi,
        (asked.width_mm or 210) + more,
        (asked.height_mm or 297) + more,
        asked.depth,
        asked.double_feed,
    )
    assert profile_findings(asked, applied) == []
