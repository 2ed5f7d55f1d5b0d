"""Buttons and paper as triggers: what starts a scan, and above all what does not; by rule and at a real device."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Capabilities, DeviceInfo, Mode, ScanSettings, Source
from drivers.session import DeviceSession
from drivers.states import DeviceState, State
from drivers.triggers import Trigger, TriggerKind, Triggers, TriggerWatch
from tests.drivers import rigs
from tests.drivers.scriptable import ScriptableScanner

SETTLE = 1.0
POLL = 0.3
BUTTON = Trigger(TriggerKind.BUTTON, "scan")
PAPER = Trigger(TriggerKind.PAPER, "page-loaded")
BOTH = Triggers(button=True, paper=True)


def capabilities(*sensors: str, buttons: tuple[str, ...] = ()) -> Capabilities:
    return Capabilities((Source.ADF,), (Mode.COLOUR,), (300,), 210, 297, sensors=sensors, buttons=buttons)


CAN = capabilities("page-loaded", "cover-open", buttons=("scan", "email"))


def walk(watch: TriggerWatch, passes: Sequence[dict[str, Any]]) -> list[Trigger | None]:
    """What each pass starts, with the station's own time between them."""
    return [watch.see(values, number * POLL) for number, values in enumerate(passes)]


def buttons(*values: Any, name: str = "scan") -> list[dict[str, Any]]:
    return [{name: value, "page-loaded": False} for value in values]


def papers(values: str) -> list[dict[str, Any]]:
    """Passes of the paper sensor as a string: `.` empty, `#` loaded, `?` unknown."""
    return [{"scan": False, "page-loaded": {".": False, "#": True, "?": None}[value]} for value in values]


def test_press_starts_once_however_long_the_button_is_held() -> None:
    found = walk(TriggerWatch(BOTH, CAN, SETTLE), buttons(False, True, True, True, False, True))
    assert found == [None, BUTTON, None, None, None, BUTTON]


def test_button_held_from_before_and_remembered_presses_start_nothing() -> None:
    assert walk(TriggerWatch(BOTH, CAN, SETTLE), buttons(True, True, False)) == [None] * 3


def test_number_of_a_button_that_changes_is_a_press() -> None:
    assert walk(TriggerWatch(BOTH, CAN, SETTLE), buttons(0, 2, 2, 3, 0)) == [None, BUTTON, None, BUTTON, None]


def test_each_button_of_the_device_counts_and_other_options_do_not() -> None:
    watch = TriggerWatch(BOTH, CAN, SETTLE)
    assert walk(watch, buttons(False, True, name="email"))[1] == Trigger(TriggerKind.BUTTON, "email")
    assert walk(TriggerWatch(BOTH, CAN, SETTLE), buttons(False, True, name="cover-open")) == [None, None]


def test_paper_starts_after_it_has_lain_still_for_a_second_and_once() -> None:
    found = walk(TriggerWatch(BOTH, CAN, SETTLE), papers("..########"))
    assert found.index(PAPER) == 2 + 4  # the first pass at which 1 s has gone by
    assert found.count(PAPER) == 1


def test_stack_that_is_still_being_laid_down_waits_anew() -> None:
    assert walk(TriggerWatch(BOTH, CAN, SETTLE), papers(".###.###.###.")) == [None] * 13


def test_paper_that_lay_there_before_starts_only_when_asked() -> None:
    assert walk(TriggerWatch(BOTH, CAN, SETTLE), papers("########")) == [None] * 8
    present = Triggers(paper=True, present=True)
    assert PAPER in walk(TriggerWatch(present, CAN, SETTLE), papers("########"))


def test_sensor_that_cannot_be_read_changes_nothing() -> None:
    assert PAPER in walk(TriggerWatch(BOTH, CAN, SETTLE), papers(".#??#?##"))
    assert walk(TriggerWatch(BOTH, CAN, SETTLE), buttons(False, None, True)) == [None, None, BUTTON]


def test_switched_off_triggers_start_nothing() -> None:
    off = TriggerWatch(Triggers(button=False, paper=False), CAN, SETTLE)
    assert not off.possible
    assert walk(off, buttons(False, True) + papers(".#######")) == [None] * 10


@pytest.mark.parametrize(
    ("can", "triggers", "possible"),
    [
        (CAN, Triggers(), True),
        (CAN, Triggers(button=False, paper=True), True),
        (capabilities("cover-open"), BOTH, False),
        (capabilities("adf-loaded"), Triggers(), False),
        (capabilities("adf-loaded"), BOTH, True),
    ],
)
def test_device_without_button_and_paper_sensor_is_told_apart(
    can: Capabilities, triggers: Triggers, possible: bool
) -> None:
    assert TriggerWatch(triggers, can, SETTLE).possible is possible


def test_device_that_was_opened_anew_begins_with_a_first_look() -> None:
    watch = TriggerWatch(BOTH, CAN, SETTLE)
    walk(watch, buttons(False, False))
    watch.forget()
    assert walk(watch, buttons(True, False, True)) == [None, None, BUTTON]


PASS = st.fixed_dictionaries(
    {
        "scan": st.sampled_from([False, True, None]),
        "page-loaded": st.sampled_from([False, True, None]),
    }
)
PASSES = st.lists(st.tuples(PASS, st.integers(1, 8)), max_size=8).map(
    lambda runs: [values for values, times in runs for _ in range(times)]
)
"""Passes as they are in life: most of them like the one before."""


@given(PASSES, st.booleans())
def test_whatever_the_sensors_say_a_trigger_has_its_reason(passes: list[dict[str, Any]], present: bool) -> None:
    found = walk(TriggerWatch(Triggers(paper=True, present=present), CAN, SETTLE), passes)
    for at, trigger in enumerate(found):
        known = [values["scan"] for values in passes[: at + 1] if values["scan"] is not None]
        if trigger == BUTTON:
            assert known[-2:] == [False, True]
        if trigger == PAPER:
            settled = [values["page-loaded"] for values in passes if values is not None][at - 3 : at + 1]
            assert False not in settled
            assert passes[at]["page-loaded"] is True


@given(PASSES)
def test_each_laying_down_of_paper_starts_one_feed_at_most(passes: list[dict[str, Any]]) -> None:
    found = walk(TriggerWatch(Triggers(button=False, paper=True), CAN, SETTLE), passes)
    since_empty = 0
    for values, trigger in zip(passes, found, strict=True):
        since_empty = 0 if values["page-loaded"] is False else since_empty + (trigger is not None)
        assert since_empty <= 1


class Waiting:
    """A real session that waits, in a time that only its own sleeps move; each sleep does the next act."""

    def __init__(self, device: str) -> None:
        self.now = 0.0
        self.acts: list[Callable[[], object]] = []
        self.states: list[DeviceState] = []
        info = DeviceInfo(device, device.partition(":")[0])
        self.session = DeviceSession(info, rigs.LIMITS, self.states.append, lambda: self.now, self._sleep)

    def __enter__(self) -> Waiting:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def wait(self, triggers: Triggers, *acts: Callable[[], object]) -> Trigger | None:
        """What starts while these acts are done, one after each look; None when all are done and nothing did."""
        self.acts = list(acts)
        return self.session.wait_for_trigger(triggers, lambda: not self.acts)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        self.acts.pop(0)()


def nothing() -> None:
    """An act that changes nothing."""


def at_rest(times: int) -> list[Callable[[], object]]:
    return [nothing] * times


def test_button_of_a_real_device_starts_its_feed_and_then_the_next(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.load("10")
    with Waiting(feeder.id) as waiting:
        waiting.session.configure(ScanSettings(Source.ADF))
        for grey in (10, 20):
            feeder.load(str(grey))
            assert waiting.wait(Triggers(), *at_rest(2), feeder.press_button, *at_rest(5)) == BUTTON
            assert rigs.greys(rigs.images_of(list(waiting.session.feed(tmp_path / "spool")))) == [grey]


def test_press_from_before_the_wait_starts_nothing(feeder: ScriptableScanner) -> None:
    with Waiting(feeder.id) as waiting:
        waiting.session.open()
        feeder.press_button()
        assert waiting.wait(Triggers(), *at_rest(5)) is None


def test_paper_put_into_a_real_feeder_starts_a_second_later(feeder: ScriptableScanner) -> None:
    with Waiting(feeder.id) as waiting:
        laid: list[float] = []

        def lay() -> None:
            laid.append(waiting.now)
            feeder.load("10", "20")

        assert waiting.wait(Triggers(paper=True), *at_rest(2), lay, *at_rest(9)) == PAPER
        assert SETTLE <= waiting.now - laid[0] < SETTLE + 2 * POLL + 0.01


def test_paper_in_a_real_feeder_from_before_starts_when_asked(feeder: ScriptableScanner) -> None:
    feeder.load("10", "20")
    with Waiting(feeder.id) as waiting:
        assert waiting.wait(Triggers(paper=True), *at_rest(9)) is None
        assert waiting.wait(Triggers(paper=True, present=True), *at_rest(9)) == PAPER


def test_wait_that_is_to_stop_stops_at_once_and_disturbs_nothing(feeder: ScriptableScanner) -> None:
    with Waiting(feeder.id) as waiting:
        assert waiting.wait(Triggers()) is None
        assert waiting.now == 0
        assert [state.state for state in waiting.states] == [State.OPENING, State.READY]


def test_scanner_pulled_out_and_put_back_during_the_wait_is_waited_for(feeder: ScriptableScanner) -> None:
    """While it is away nothing is started: each try to open it would take a process of its own."""
    with Waiting(feeder.id) as waiting:

        def pull() -> None:
            feeder.unplug()
            waiting.session.unplugged()

        def put() -> None:
            assert waiting.session.worker_pid is None
            feeder.plug()
            waiting.session.plugged()

        acts = [nothing, pull, *at_rest(20), put, nothing, feeder.press_button, *at_rest(3)]
        assert waiting.wait(Triggers(), *acts) == BUTTON
        states = [state.state for state in waiting.states]
        ready = [State.OPENING, State.READY]
        assert states == [*ready, State.OFFLINE, State.CLOSED, *ready]


def test_worker_that_dies_during_the_wait_is_replaced(feeder: ScriptableScanner) -> None:
    with Waiting(feeder.id) as waiting:

        def kill() -> None:
            assert waiting.session.worker_pid
            os.kill(waiting.session.worker_pid, signal.SIGKILL)

        assert waiting.wait(Triggers(), kill, nothing, feeder.press_button, *at_rest(3)) == BUTTON
        assert State.RECOVERING in [state.state for state in waiting.states]


def test_scanner_that_is_lost_for_good_during_the_wait_is_told(feeder: ScriptableScanner) -> None:
    with Waiting(feeder.id) as waiting:
        with pytest.raises(DeviceFault) as lost:
            waiting.wait(Triggers(), lambda: feeder.say(calls="option=IO_ERROR open=IO_ERROR"), *at_rest(3))
        assert lost.value.kind in {FaultKind.IO_ERROR, FaultKind.OFFLINE}
        assert waiting.session.state.state is State.OFFLINE


def test_device_that_can_start_nothing_says_so(tmp_path: Path) -> None:
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10")
    with Waiting(f"scripted:{script}") as waiting, pytest.raises(DeviceFault, match="no button") as refused:
        waiting.wait(Triggers(), *at_rest(3))
    assert refused.value.kind is FaultKind.UNSUPPORTED_SETTING


def test_waiting_in_the_middle_of_a_feed_is_refused(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.load(*["10"] * 5)
    with Waiting(feeder.id) as waiting:
        waiting.session.configure(ScanSettings(Source.ADF))
        feed = waiting.session.feed(tmp_path / "spool")
        next(feed)
        with pytest.raises(RuntimeError, match="under way"):
            waiting.wait(Triggers(), *at_rest(3))
        assert len(rigs.images_of(list(feed))) == 4
