"""A session with a real worker: what each fault makes of the device, the one reconnect, plugging, cancel, close."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import DeviceInfo, EndOfPaper, RawImage, ScanSettings, Source
from drivers.patience import Patience
from drivers.protocol import Event as Said
from drivers.session import DeviceSession
from drivers.states import DeviceState, Limits, State
from tests.drivers import rigs
from tests.drivers.scriptable import ScriptableScanner

GLASS = ScanSettings(Source.FLATBED)
FEEDER = ScanSettings(Source.ADF)
HANGING = replace(rigs.LIMITS, open=60, data=60, start=60)
"""Limits that no test waits for: what ends before them was ended by something else."""


@dataclass
class Told:
    """A session and every change of its state, in order."""

    session: DeviceSession = field(init=False)
    states: list[DeviceState] = field(default_factory=list)

    @property
    def names(self) -> list[State]:
        return [state.state for state in self.states]

    def changes(self, act: Callable[[], object]) -> list[State]:
        """The states that an action brings."""
        before = len(self.states)
        with suppress(DeviceFault):
            act()
        return self.names[before:]


def open_session(device: str, limits: Limits = rigs.LIMITS) -> Told:
    told = Told()
    info = DeviceInfo(device, device.partition(":")[0])
    told.session = DeviceSession(info, limits, told.states.append)
    return told


def play(script: Path, limits: Limits = rigs.LIMITS) -> Told:
    return open_session(f"scripted:{script}", limits)


def marks(images: list[RawImage]) -> list[bool]:
    return [image.after_reconnect for image in images]


def feed(told: Told, spool: Path) -> list[RawImage]:
    return rigs.images_of(list(told.session.feed(spool)))


def test_clean_feed_goes_through_the_states_and_marks_nothing(tmp_path: Path) -> None:
    told = play(rigs.write_script(tmp_path / "s.toml", "grey = 10", "grey = 20"))
    with told.session as session:
        assert session.state.state is State.CLOSED
        assert told.states == []
        images = list(session.feed(tmp_path / "spool"))
        assert images[-1] == EndOfPaper(2)
        assert marks(rigs.images_of(images)) == [False, False]
    assert told.names == [State.OPENING, State.READY, State.SCANNING, State.READY, State.CLOSED]
    assert {state.fault for state in told.states} == {None}


def test_connection_that_breaks_in_a_feeder_ends_the_feed_and_the_next_begins_with_a_marked_page(
    tmp_path: Path,
) -> None:
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", "crash = true", "grey = 20", "grey = 30")
    told = play(script)
    with told.session as session:
        before, fault = rigs.feed_into_fault(session, tmp_path / "spool")
        assert fault.kind is FaultKind.WORKER_CRASHED
        assert rigs.greys(before) == [10][: len(before)]
        assert told.names[-3:] == [State.SCANNING, State.RECOVERING, State.READY]
        assert told.states[-2].fault is FaultKind.WORKER_CRASHED
        assert told.states[-1].sensors["page-loaded"] is True, "the sensors are read before anything else"
        after = feed(told, tmp_path / "spool")
        assert rigs.greys(after) == [20, 30]
        assert marks(after) == [True, False]


def test_connection_that_breaks_on_the_glass_is_mended_without_a_person(tmp_path: Path) -> None:
    """The page still lies there: the trigger is repeated once, and its image is marked."""
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", "crash = true", "grey = 20", "grey = 30", feeder=False)
    told = play(script)
    with told.session as session:
        session.configure(ScanSettings(Source.FLATBED))
        assert marks(feed(told, tmp_path / "spool")) == [False]
        mended = told.changes(lambda: feed(told, tmp_path / "spool"))
        assert mended == [State.SCANNING, State.RECOVERING, State.READY, State.SCANNING, State.READY]
        assert rigs.greys(feed(told, tmp_path / "spool")) == [30]
    assert sorted(rigs.greys([RawImage(path, 1) for path in (tmp_path / "spool").iterdir()])) == [10, 20, 30]


def test_mended_page_is_marked_and_only_that(tmp_path: Path) -> None:
    script = rigs.write_script(tmp_path / "s.toml", "crash = true", "grey = 20", "grey = 30", feeder=False)
    told = play(script)
    with told.session as session:
        session.configure(GLASS)
        assert marks(feed(told, tmp_path / "spool") + feed(told, tmp_path / "spool")) == [True, False]


def test_second_break_of_the_same_trigger_is_for_a_person(tmp_path: Path) -> None:
    script = rigs.write_script(tmp_path / "s.toml", "crash = true", "crash = true", "grey = 20", feeder=False)
    told = play(script)
    with told.session as session:
        session.configure(GLASS)
        none, fault = rigs.feed_into_fault(session, tmp_path / "spool")
        assert (none, fault.kind) == ([], FaultKind.WORKER_CRASHED)
        assert told.names.count(State.RECOVERING) == 1
        assert (session.state.state, session.state.fault) == (State.FAULT, FaultKind.WORKER_CRASHED)
        (image,) = feed(told, tmp_path / "spool")
        assert rigs.greys([image]) == [20]
        assert image.after_reconnect


def test_question_is_asked_again_after_the_worker_died(tmp_path: Path) -> None:
    told = play(rigs.write_script(tmp_path / "s.toml", "grey = 10"))
    with told.session as session:
        session.open()
        assert session.worker_pid
        os.kill(session.worker_pid, signal.SIGKILL)
        assert rigs.wait_until(lambda: session.worker_pid is None)
        assert told.changes(session.sensors) == [State.RECOVERING, State.READY]
        assert marks(feed(told, tmp_path / "spool")) == [True]


@pytest.mark.parametrize(
    "kind", [FaultKind.JAM, FaultKind.DOUBLE_FEED, FaultKind.COVER_OPEN, FaultKind.STOPPED_AT_DEVICE]
)
def test_fault_of_the_paper_keeps_the_connection_and_waits_for_the_next_feed(tmp_path: Path, kind: FaultKind) -> None:
    told = play(rigs.write_script(tmp_path / "s.toml", "grey = 10", f'fault = "{kind}"', "grey = 20"))
    with told.session as session:
        images, fault = rigs.feed_into_fault(session, tmp_path / "spool")
        pid = session.worker_pid
        assert (rigs.greys(images), fault.kind) == ([10], kind)
        assert (session.state.state, session.state.fault) == (State.FEEDING_STOPPED, kind)
        assert told.changes(session.sensors) == []
        after = feed(told, tmp_path / "spool")
        assert (rigs.greys(after), marks(after)) == ([20], [False])
        assert session.worker_pid == pid
        assert told.names[-3:] == [State.READY, State.SCANNING, State.READY]


@pytest.mark.parametrize("kind", [FaultKind.BUSY, FaultKind.ACCESS_DENIED, FaultKind.NO_MEMORY])
def test_refusal_is_a_fault_until_the_next_try(tmp_path: Path, kind: FaultKind) -> None:
    told = play(rigs.write_script(tmp_path / "s.toml", f'fault = "{kind}"', "grey = 20"))
    with told.session as session:
        none, fault = rigs.feed_into_fault(session, tmp_path / "spool")
        assert (none, fault.kind) == ([], kind)
        assert (session.state.state, session.state.fault) == (State.FAULT, kind)
        assert State.RECOVERING not in told.names
        assert rigs.greys(feed(told, tmp_path / "spool")) == [20]


def test_setting_that_the_device_lacks_is_a_fault_until_another_is_asked(tmp_path: Path) -> None:
    told = play(rigs.write_script(tmp_path / "s.toml", "grey = 10", feeder=False))
    with told.session as session:
        with pytest.raises(DeviceFault) as refused:
            session.configure(FEEDER)
        assert refused.value.kind is FaultKind.UNSUPPORTED_SETTING
        assert session.configure(GLASS).source is Source.FLATBED
    assert told.names == [State.OPENING, State.READY, State.FAULT, State.OPENING, State.READY, State.CLOSED]


def test_device_that_is_not_there_is_offline_at_once_and_there_when_it_is(tmp_path: Path) -> None:
    told = play(tmp_path / "s.toml")
    with told.session as session:
        for _ in range(2):
            with pytest.raises(DeviceFault) as absent:
                session.open()
            assert absent.value.kind is FaultKind.OFFLINE
            assert (session.state.state, session.state.fault) == (State.OFFLINE, FaultKind.OFFLINE)
        assert State.RECOVERING not in told.names
        rigs.write_script(tmp_path / "s.toml", "grey = 10")
        assert marks(feed(told, tmp_path / "spool")) == [False]


def test_reconnect_in_vain_raises_the_first_fault_with_the_second_in_its_detail(
    feeder: ScriptableScanner, tmp_path: Path
) -> None:
    feeder.load("10", "20 read=unplug after=5", "30")
    told = open_session(feeder.id)
    with told.session as session:
        session.configure(FEEDER)
        images, fault = rigs.feed_into_fault(session, tmp_path / "spool")
        assert (rigs.greys(images), fault.kind) == ([10], FaultKind.IO_ERROR)
        assert "reconnect: offline" in fault.detail
        assert told.names[-2:] == [State.RECOVERING, State.OFFLINE]
        assert session.state.fault is FaultKind.IO_ERROR
        feeder.plug()
        session.plugged()
        assert session.state.state is State.CLOSED
        after = feed(told, tmp_path / "spool")
        assert (rigs.greys(after), marks(after)) == ([30], [True])
        assert told.names[-4:] == [State.OPENING, State.READY, State.SCANNING, State.READY]
        assert told.states[-3].sensors["page-loaded"] is True


@pytest.mark.parametrize("hang", ["reading", "starting", "deaf"])
def test_device_pulled_out_in_mid_feed_ends_it_at_once(tmp_path: Path, hang: str) -> None:
    script = rigs.write_script(tmp_path / "s.toml", "grey = 10", f'hang = "{hang}"', "grey = 20")
    told = play(script, HANGING)
    with told.session as session:
        session.open()
        pid = session.worker_pid
        assert pid
        with rigs.later(0.7, session.unplugged), rigs.within(10):
            images, fault = rigs.feed_into_fault(session, tmp_path / "spool")
        assert (fault.kind, fault.detail) == (FaultKind.OFFLINE, "unplugged")
        assert rigs.greys(images) == [10][: len(images)]
        assert told.names[-2:] == [State.SCANNING, State.OFFLINE]
        assert rigs.group_of(pid) == set()
        session.plugged()
        after = feed(told, tmp_path / "spool")
        assert (rigs.greys(after), marks(after)) == ([20], [True])


@pytest.mark.parametrize("how", ["crash", "unplug"])
def test_page_that_was_being_written_when_its_worker_died_leaves_nothing(tmp_path: Path, how: str) -> None:
    """A page of 26 MB is surely not written yet when the next sheet is drawn in."""
    rest = ["crash = true"] if how == "crash" else ["grey = 7"] * 30
    told = play(rigs.write_script(tmp_path / "s.toml", "grey = 10", *rest, dpi=300))
    with told.session as session:
        session.open()
        with rigs.later(0.6, session.unplugged) if how == "unplug" else nullcontext():
            images, fault = rigs.feed_into_fault(session, tmp_path / "spool")
    assert fault.kind in {FaultKind.WORKER_CRASHED, FaultKind.OFFLINE}
    assert [path.suffix for path in (tmp_path / "spool").iterdir() if path.suffix != ".tif"] == []
    rigs.assert_whole(images)


def test_device_pulled_out_and_put_back_while_idle_goes_on(tmp_path: Path) -> None:
    told = play(rigs.write_script(tmp_path / "s.toml", "grey = 10", "grey = 20"))
    with told.session as session:
        assert len(list(session.feed(tmp_path / "spool", 1))) == 1
        assert told.changes(session.unplugged) == [State.OFFLINE]
        assert session.worker_pid is None
        assert told.changes(session.unplugged) == []
        assert told.changes(session.plugged) == [State.CLOSED]
        after = feed(told, tmp_path / "spool")
        assert (rigs.greys(after), marks(after)) == ([20], [True])


def test_device_pulled_out_after_its_last_image_spoils_nothing(tmp_path: Path) -> None:
    told = play(rigs.write_script(tmp_path / "s.toml", "grey = 10"))
    with told.session as session:
        scan = session.feed(tmp_path / "spool")
        assert isinstance(next(scan), RawImage)
        assert next(scan) == EndOfPaper(1)
        session.unplugged()
        assert list(scan) == []
        assert told.names[-2:] == [State.SCANNING, State.OFFLINE]


def test_pulled_out_while_it_hangs_in_opening(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "s.toml")
    told = play(tmp_path / "s.toml", HANGING)
    with told.session as session, rigs.later(0.5, session.unplugged), rigs.within(10):
        with pytest.raises(DeviceFault) as gone:
            session.open()
        assert gone.value.kind is FaultKind.OFFLINE
        assert told.names == [State.OPENING, State.OFFLINE]


@pytest.mark.parametrize("where", ["opening", "asking", "recovering", "scanning"])
def test_cancel_counts_in_every_state(feeder: ScriptableScanner, tmp_path: Path, where: str) -> None:
    feeder.load("10 read=crash after=3" if where == "recovering" else "10 read=hang", "20")
    told = open_session(feeder.id, HANGING)
    with told.session as session:
        if where != "opening":
            session.configure(FEEDER)
        feeder.say(calls={"opening": "open=hang", "recovering": "open=hang", "asking": "option=hang"}.get(where))
        act = session.sensors if where == "asking" else lambda: feed(told, tmp_path / "spool")

        def cancel() -> None:
            assert rigs.wait_until(lambda: where in {"asking", session.state.state})
            time.sleep(0.5)
            session.cancel()

        with rigs.later(0, cancel), rigs.within(30), pytest.raises(DeviceFault) as cancelled:
            act()
        assert cancelled.value.kind is FaultKind.CANCELLED
        assert session.state.state is State.CLOSED
        assert (State.RECOVERING in told.names) == (where == "recovering")
        assert session.worker_pid is None
        feeder.clear()
        feeder.load("20")
        session.configure(FEEDER)
        assert rigs.greys(feed(told, tmp_path / "spool")) == [20]


def test_cancelled_feed_of_a_device_that_obeys_leaves_it_ready(tmp_path: Path) -> None:
    told = play(rigs.write_script(tmp_path / "s.toml", *["grey = 7"] * 60))
    with told.session as session:
        scan = session.feed(tmp_path / "spool")
        next(scan)
        session.cancel()
        with pytest.raises(DeviceFault) as cancelled:
            list(scan)
        assert cancelled.value.kind is FaultKind.CANCELLED
        assert session.state.state is State.READY
        assert marks(rigs.images_of(list(session.feed(tmp_path / "spool", 1)))) == [False]


def test_feed_that_its_reader_leaves_leaves_the_device_ready(tmp_path: Path) -> None:
    told = play(rigs.write_script(tmp_path / "s.toml", *["grey = 7"] * 60))
    with told.session as session:
        scan = session.feed(tmp_path / "spool")
        next(scan)
        scan.close()  # type: ignore[attr-defined]
        assert session.state.state is State.READY
        assert feed(told, tmp_path / "spool")


def test_asking_in_the_middle_of_a_feed_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    told = play(rigs.write_script(tmp_path / "s.toml", *["grey = 7"] * 9))
    with told.session as session:
        scan = session.feed(tmp_path / "spool")
        next(scan)
        for ask in (session.sensors, session.open, lambda: next(iter(session.feed(tmp_path / "spool")))):
            with pytest.raises(RuntimeError, match="under way"):
                ask()
        assert session.state.state is State.SCANNING
        assert len(list(scan)) == 9


def _stop_in(session: DeviceSession, state: State, spool: Path) -> object:
    """Bring a session into a state; what is returned must be kept alive."""
    if state is State.SCANNING:
        scan = session.feed(spool)
        next(scan)
        return scan
    if state is State.OFFLINE:
        session.open()
        session.unplugged()
    if state is State.READY:
        session.open()
    if state in {State.FAULT, State.FEEDING_STOPPED}:
        rigs.feed_into_fault(session, spool)
    return None


@pytest.mark.parametrize("state", sorted(set(State) - {State.OPENING, State.RECOVERING}))
def test_closing_in_any_state_leaves_no_process(tmp_path: Path, state: State) -> None:
    sheets = {State.FAULT: 'fault = "busy"', State.FEEDING_STOPPED: 'fault = "jam"'}
    told = play(rigs.write_script(tmp_path / "s.toml", sheets.get(state, "grey = 1"), *["grey = 7"] * 60))
    session = told.session
    kept = _stop_in(session, state, tmp_path / "spool")
    assert session.state.state == state
    session.close()
    session.close()
    assert session.state.state is State.CLOSED
    assert rigs.own_workers() == set()
    if state is State.SCANNING:
        with pytest.raises(DeviceFault) as ended:
            list(kept)  # type: ignore[call-overload]
        assert ended.value.kind is FaultKind.CANCELLED
        assert rigs.own_workers() == set(), "what is closed must not be opened again by its own rescue"
    assert feed(told, tmp_path / "spool")
    session.close()


def test_lamp_that_warms_up_is_told_after_a_while_and_is_no_hang(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.load("10 start=wait:2", "20")
    told = open_session(feeder.id, replace(rigs.LIMITS, warm_up=0.5))
    with told.session as session:
        session.configure(FEEDER)
        assert rigs.greys(feed(told, tmp_path / "spool")) == [10, 20]
    scanning = [state for state in told.states if state.state is State.SCANNING]
    assert [state.warming_up for state in scanning] == [False, True, False]
    assert len({state.since for state in scanning}) == 1


def test_word_about_the_silence_costs_no_patience() -> None:
    limits = Limits()
    patience = Patience(limits, limits.answer)
    assert not patience.grows_quiet(), "a question that gets no answer is no lamp"
    patience.hear(Said.STARTING)
    assert (patience.wait, patience.seconds) == (limits.warm_up, limits.start)
    assert patience.grows_quiet()
    assert patience.wait == patience.seconds == limits.start - limits.warm_up
    assert not patience.grows_quiet()
    patience.hear(Said.READING)
    assert patience.wait == limits.data
    patience.hear(Said.STARTING)
    patience.hear(Said.CANCELLING)
    assert patience.wait <= limits.cancel
    assert not patience.grows_quiet()


def test_lamp_that_is_warm_at_once_is_not_spoken_of(feeder: ScriptableScanner, tmp_path: Path) -> None:
    feeder.load("10", "20")
    told = open_session(feeder.id)
    with told.session as session:
        session.configure(FEEDER)
        feed(told, tmp_path / "spool")
    assert not any(state.warming_up for state in told.states)


def test_changes_from_several_threads_come_one_after_the_other(tmp_path: Path) -> None:
    """A watcher that plugs in and out all the time may spoil feeds, but never the table or the session."""
    told = play(rigs.write_script(tmp_path / "s.toml", *["grey = 7"] * 200))
    over = threading.Event()

    def shake() -> None:
        while not over.wait(0.05):
            told.session.unplugged()
            told.session.plugged()

    watcher = threading.Thread(target=shake)
    with told.session as session:
        watcher.start()
        for _ in range(6):
            with suppress(DeviceFault):
                list(session.feed(tmp_path / "spool"))
        over.set()
        watcher.join()
        assert feed(told, tmp_path / "spool")
    assert rigs.own_workers() == set()


SHEETS = ("crash = true", 'fault = "jam"', 'fault = "io-error"', 'fault = "busy"')
RESTING = {State.CLOSED, State.READY, State.FEEDING_STOPPED, State.FAULT, State.OFFLINE}


class WalkedSession(RuleBasedStateMachine):
    """A real session and a stack with faults, to which a person, a watcher and the system do whatever they like."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.images: list[RawImage] = []

    @initialize(faults=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(SHEETS)), max_size=4))
    def load(self, faults: list[tuple[int, str]]) -> None:
        sheets = [f"grey = {number}" for number in range(12)]
        for place, fault in faults:
            sheets.insert(2 * place, fault)
        self.told = play(rigs.write_script(self.path / "s.toml", *sheets))
        self.session = self.told.session

    @rule(limit=st.integers(1, 4))
    def scan(self, limit: int) -> None:
        with suppress(DeviceFault):
            for one in self.session.feed(self.path / "spool", limit):
                self.images += [one] if isinstance(one, RawImage) else []

    @rule()
    def leave_a_feed(self) -> None:
        scan = self.session.feed(self.path / "spool", 1)
        with suppress(DeviceFault):
            self.images += rigs.images_of([next(scan)])
        scan.close()  # type: ignore[attr-defined]

    @rule()
    def ask(self) -> None:
        with suppress(DeviceFault):
            self.session.sensors()

    @precondition(lambda self: self.session.worker_pid)
    @rule()
    def kill_worker(self) -> None:
        assert self.session.worker_pid
        os.kill(self.session.worker_pid, signal.SIGKILL)
        assert rigs.wait_until(lambda: self.session.worker_pid is None)

    @rule()
    def unplug(self) -> None:
        self.session.unplugged()

    @rule()
    def plug(self) -> None:
        self.session.plugged()

    @rule()
    def cancel_without_need(self) -> None:
        self.session.cancel()

    @rule()
    def close(self) -> None:
        self.session.close()

    @invariant()
    def it_rests_in_a_state_that_a_person_can_leave(self) -> None:
        assert self.session.state.state in RESTING
        assert len(rigs.own_workers()) <= 1
        if self.session.state.state in {State.CLOSED, State.OFFLINE}:
            assert self.session.worker_pid is None

    @invariant()
    def each_image_came_once_and_in_order(self) -> None:
        greys = rigs.greys(self.images)
        assert greys == sorted(set(greys))

    def teardown(self) -> None:
        with self.folder, self.session:
            for _ in range(10):
                self.scan(99)
            assert self.session.state.state is State.READY, self.session.state
            lost = set(range(12)) - set(rigs.greys(self.images))
            found = {rigs.greys([RawImage(path, 1)])[0] for path in (self.path / "spool").glob("*.tif")}
            assert not lost & found, "an image that was reported was swallowed"
        assert rigs.own_workers() == set()


TestWalkedSession = WalkedSession.TestCase
TestWalkedSession.settings = settings(max_examples=6, stateful_step_count=10, deadline=None)
