"""The scripted scanner itself: any script, driven to its end, gives every sheet once and in order."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.backend import Frame
from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Mode, ScanSettings, Source
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
    ['fault = "fire"', 'hang = "up"', 'image = "none.jpg"', "grey = 1\ncrash = true", "colour = 3", "grey ="],
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
