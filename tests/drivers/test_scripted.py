"""The scripted scanner itself: any script, driven to its end, gives every sheet once and in order."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.backend import Frame
from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Mode, ScanSettings, Side, Source
from drivers.scripted import ScriptedBackend
from tests.drivers import rigs

if TYPE_CHECKING:
    from collections.abc import Sequence

FAULTS = st.sampled_from(list(FaultKind))
ENTRIES = st.lists(st.one_of(st.integers(0, 255), FAULTS), max_size=12)


def _entry(what: int | FaultKind) -> str:
    return f'fault = "{what}"' if isinstance(what, FaultKind) else f"grey = {what}"


def _drive(backend: ScriptedBackend, limits: Sequence[int]) -> tuple[list[int], list[FaultKind]]:
    """Feed again and again, with these limits, until the paper ends; greys of the sheets and kinds of the faults."""
    greys: list[int] = []
    faults: list[FaultKind] = []
    for limit in [*limits, *[1000] * 50]:
        backend.expect_feed()
        count = 0
        try:
            while count < limit:
                frame = backend.scan(lambda: None, lambda: None)
                if not isinstance(frame, Frame):
                    assert frame.images == count
                    return greys, faults
                count += 1
                assert frame.sheet == count
                greys.append(frame.pixels[0])
        except DeviceFault as fault:
            faults.append(fault.kind)
        finally:
            backend.end_feed()
    raise AssertionError("the script never ended")


@given(entries=ENTRIES, limits=st.lists(st.integers(1, 4), max_size=4), reopen=st.booleans())
def test_every_sheet_comes_exactly_once_and_in_order(
    entries: list[int | FaultKind], limits: list[int], reopen: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        script = rigs.write_script(Path(folder) / "s.toml", *map(_entry, entries), dpi=2)
        backend = ScriptedBackend()
        backend.open(str(script))
        backend.configure(ScanSettings(mode=Mode.GREY))
        if reopen and entries:  # another process goes on where the first one stopped
            first = _drive_one(backend)
            backend = ScriptedBackend()
            backend.open(str(script))
        else:
            first = ([], [])
        greys, faults = _drive(backend, limits)
    assert first[0] + greys == [one for one in entries if not isinstance(one, FaultKind)]
    assert first[1] + faults == [one for one in entries if isinstance(one, FaultKind)]


def _drive_one(backend: ScriptedBackend) -> tuple[list[int], list[FaultKind]]:
    backend.expect_feed()
    try:
        frame = backend.scan(lambda: None, lambda: None)
        assert isinstance(frame, Frame)
        return [frame.pixels[0]], []
    except DeviceFault as fault:
        return [], [fault.kind]
    finally:
        backend.end_feed()


def test_cancel_between_sheets_moves_none(tmp_path: Path) -> None:
    backend = ScriptedBackend()
    backend.open(str(rigs.write_script(tmp_path / "s.toml", "grey = 1", "grey = 2")))
    backend.expect_feed()
    backend.scan(lambda: None, lambda: None)
    backend.cancel()
    with pytest.raises(DeviceFault, match="cancelled"):
        backend.scan(lambda: None, lambda: None)
    backend.end_feed()
    assert backend.script.position == 1


@pytest.mark.parametrize(
    "entry",
    [
        'fault = "fire"',
        'hang = "up"',
        'image = "none.jpg"',
        'grey = 1\nback = "none.jpg"',
        "grey = 1\ncrash = true",
        "colour = 3",
        "grey =",
        "warm_up = 1.0",
        "press = 1",
    ],
)
def test_script_with_a_slip_is_refused_before_any_sheet(tmp_path: Path, entry: str) -> None:
    script = rigs.write_script(tmp_path / "s.toml", "grey = 1", entry)
    with pytest.raises(DeviceFault) as refused:
        ScriptedBackend().open(str(script))
    assert refused.value.kind is FaultKind.OFFLINE
    assert str(script) in refused.value.detail


def test_image_of_a_script_is_fed_as_it_is(tmp_path: Path) -> None:
    rigs.draw_sheets(tmp_path, 1)
    script = rigs.write_script(tmp_path / "s.toml", 'image = "page 1.jpg"', dpi=300)
    with rigs.open_script(script) as scanner:
        assert scanner.capabilities().sources == (Source.ADF,)
        (image, _) = scanner.feed(tmp_path / "spool")
    assert not isinstance(image, int)
    rigs.assert_whole(rigs.images_of([image]), rigs.SIM_SIZE, 300)


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def images_of(backend: ScriptedBackend) -> list[tuple[int, Side, int]]:
    """Sheet, side and grey of each image of one feed up to the end of the paper."""
    found = []
    backend.expect_feed()
    while isinstance(frame := backend.scan(lambda: None, lambda: None), Frame):
        found.append((frame.sheet, frame.side, frame.pixels[0]))
    backend.end_feed()
    return found


DUPLEX = """
sources = ["flatbed", "adf", "adf-duplex"]
dpi = 2
double_feed = ["df-thickness"]
[[sheet]]
grey = 10
back = 20
[[sheet]]
grey = 30
"""


def test_duplex_gives_both_sides_and_a_white_back_where_none_is_told(tmp_path: Path) -> None:
    backend = ScriptedBackend()
    backend.open(write(tmp_path / "s.toml", DUPLEX))
    assert backend.capabilities().sources == tuple(Source)
    assert backend.configure(ScanSettings(Source.ADF_DUPLEX, Mode.GREY, 2)).double_feed
    assert images_of(backend) == [
        (1, Side.FRONT, 10), (1, Side.BACK, 20), (2, Side.FRONT, 30), (2, Side.BACK, 255),
    ]  # fmt: skip


@pytest.mark.parametrize("source", [Source.ADF, Source.FLATBED])
def test_other_sources_of_the_same_script_give_fronts_alone(tmp_path: Path, source: Source) -> None:
    backend = ScriptedBackend()
    backend.open(write(tmp_path / "s.toml", DUPLEX))
    applied = backend.configure(ScanSettings(source, Mode.GREY, 2))
    assert (applied.double_feed, backend.feeds()) == ((source is Source.ADF), (source is Source.ADF))
    assert [grey for _, _, grey in images_of(backend)] == [10, 30]


def test_back_that_never_comes_is_a_missing_side(tmp_path: Path) -> None:
    script = tmp_path / "s.toml"
    write(script, DUPLEX + 'back = "missing"\n')
    with rigs.open_script(script) as scanner:
        scanner.configure(ScanSettings(Source.ADF_DUPLEX, dpi=2))
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool")
    assert (len(images), fault.kind, fault.sheets_fed) == (3, FaultKind.MISSING_SIDE, 2)


def test_what_the_script_cannot_do_is_a_difference(tmp_path: Path) -> None:
    backend = ScriptedBackend()
    backend.open(write(tmp_path / "s.toml", "dpi = [100, 200]\n"))
    applied = backend.configure(ScanSettings(dpi=300, depth=16, options={"gamma": 1.8}))
    assert (applied.dpi, applied.depth) == (200, 8)
    assert {(one.option, one.asked, one.got) for one in applied.differences} == {
        ("resolution", "300", "200"), ("depth", "16", "8"), ("gamma", "1.8", "no option of this device"),
    }  # fmt: skip
    assert backend.configure(ScanSettings(dpi=100)).differences == ()
    with pytest.raises(DeviceFault, match="lineart"):
        backend.configure(ScanSettings(mode=Mode.LINEART))


PRESSED = """
dpi = 2
buttons = ["email"]
[[sheet]]
grey = 1
[[sheet]]
press = "scan"
[[sheet]]
grey = 2
"""


def test_button_of_the_script_parts_the_stack_and_is_pressed_once(tmp_path: Path) -> None:
    backend = ScriptedBackend()
    backend.open(write(tmp_path / "s.toml", PRESSED))
    assert backend.capabilities().buttons == ("email", "scan")
    backend.configure(ScanSettings(mode=Mode.GREY, dpi=2))
    assert len(images_of(backend)) == 1
    assert backend.sensors() == {"page-loaded": False, "email": False, "scan": True}
    assert backend.sensors() == {"page-loaded": True, "email": False, "scan": False}
    assert len(images_of(backend)) == 1


def test_button_that_nobody_waited_for_is_passed_over(tmp_path: Path) -> None:
    backend = ScriptedBackend()
    backend.open(write(tmp_path / "s.toml", PRESSED))
    backend.configure(ScanSettings(mode=Mode.GREY, dpi=2))
    assert [grey for _, _, grey in images_of(backend)] == [1]
    assert [grey for _, _, grey in images_of(backend)] == [2]


def test_sensors_and_buttons_can_be_changed_from_outside(tmp_path: Path) -> None:
    backend = ScriptedBackend()
    backend.open(write(tmp_path / "s.toml", 'sensors = ["cover-open"]\nbuttons = ["scan"]\n'))
    assert backend.sensors() == {"page-loaded": False, "cover-open": False, "scan": False}
    write(tmp_path / "s.toml.sensors", '{"cover-open": true, "scan": true}')
    assert backend.sensors() == {"page-loaded": False, "cover-open": True, "scan": True}


def test_lamp_warms_up_once_after_opening_and_a_cancel_ends_it_without_a_sheet(tmp_path: Path) -> None:
    backend = ScriptedBackend()
    backend.open(write(tmp_path / "s.toml", "dpi = 2\nwarm_up = 3600.0\n[[sheet]]\ngrey = 1\n"))
    backend.expect_feed()
    with pytest.raises(DeviceFault, match="warmed up"):
        backend.scan(backend.cancel, lambda: None)
    backend.end_feed()
    assert (backend.script.position, backend.count.sheets_fed) == (0, 0)


@given(st.lists(st.one_of(st.integers(0, 255), FAULTS), min_size=1, max_size=8))
def test_sheets_fed_is_what_came_and_the_one_in_trouble_where_it_moved(entries: list[int | FaultKind]) -> None:
    """Over the whole script each sheet is counted once, and no fault counts that moved nothing."""
    still = {
        FaultKind.FEEDER_EMPTY, FaultKind.COVER_OPEN, FaultKind.BUSY, FaultKind.ACCESS_DENIED,
        FaultKind.UNSUPPORTED_SETTING, FaultKind.STOPPED_AT_DEVICE,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        backend = ScriptedBackend()
        backend.open(str(rigs.write_script(Path(folder) / "s.toml", *map(_entry, entries), dpi=2)))
        backend.configure(ScanSettings(dpi=2))
        fed = 0
        for _ in range(len(entries) + 1):
            with suppress(DeviceFault):
                images_of(backend)
            backend.end_feed()
            fed += backend.count.sheets_fed or 0
            if backend.script.next is None and not backend.count.images:
                break
    assert fed >= sum(not isinstance(one, FaultKind) for one in entries)
    assert fed == sum(one not in still for one in entries)
