"""A scanner for as long as a station uses it: its state, one reconnect by itself, plugging, buttons.

What `WorkerScanner` raises is turned here into a state that can be shown and a next step that somebody can take.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Applied, Capabilities, DeviceInfo, EndOfPaper, RawImage, ScanSettings, Source
from drivers.remote import Use, WorkerScanner
from drivers.states import DeviceState, Event, Limits, State, advance, event_of
from drivers.triggers import Trigger, Triggers, TriggerWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from pathlib import Path

log = logging.getLogger(__name__)

T = TypeVar("T")


class DeviceSession:
    """One device as a `Scanner` that knows its state and tells each change of it.

    Nothing is opened before its first use. When the connection breaks, the device is opened anew once, configured as
    before, its sensors read first; a question is then asked again, and so is a trigger on the glass, where the paper
    did not move. A feed ends in its fault, because the sheet in flight is uncertain, and the next one may begin. What
    comes first after a connection was lost has `RawImage.after_reconnect`.

    One thread uses it. `cancel` may come from a signal handler or another thread, `unplugged` and `plugged` from
    another thread. `on_change` is called in whichever thread brought the change about, the watcher's included; it must
    return at once and not use the session.
    """

    def __init__(
        self,
        info: DeviceInfo,
        limits: Limits | None = None,
        on_change: Callable[[DeviceState], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = limits or Limits()
        self._on_change = on_change
        self._clock = clock
        self._sleep = sleep
        self._scanner = WorkerScanner(info, self._limits, self._warms_up)
        self._state = DeviceState(since=clock())
        # Guards the state and the use: a watcher's thread changes them too.
        self._lock = threading.RLock()
        self._use: Use | None = None
        self._source: Source | None = None
        self._lost = False
        """The connection was lost since the last image came."""
        self._absent = threading.Event()
        """A watcher said that the device is unplugged, and not yet that it is back."""
        self._openings = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def info(self) -> DeviceInfo:
        return self._scanner.info

    @property
    def state(self) -> DeviceState:
        return self._state

    @property
    def worker_pid(self) -> int | None:
        """The process that holds the device now, if one does."""
        return self._scanner.worker_pid

    def open(self) -> None:
        """Open the device if it is not open: to try again, or to have it ready before the first page."""
        self._ask(lambda _: None)

    def capabilities(self) -> Capabilities:
        return self._ask(self._scanner.capabilities)

    def configure(self, settings: ScanSettings) -> Applied:
        applied = self._ask(lambda use: self._scanner.configure(settings, use), resume=True)
        self._source = applied.source
        return applied

    def sensors(self) -> dict[str, Any]:
        return self._ask(self._scanner.sensors)

    def feed(self, spool: Path, limit: int | None = None) -> Iterator[RawImage | EndOfPaper]:
        """See `Scanner.feed`; what becomes of a fault: see the class.

        When the reconnect fails too, the device is offline, and the fault raised is the first one with the second in
        its detail. A device that is unplugged in the middle ends the feed in OFFLINE at once.
        """
        with self._using() as use:
            self._make_ready(use, resume=True)
            if (yield from self._trigger(use, spool, limit, first=True)):
                yield from self._trigger(use, spool, limit, first=False)

    def cancel(self) -> None:
        """End what is under way, in whatever state, at the latest after `Limits.cancel`; a feed ends in CANCELLED.

        Does nothing when nothing is under way.
        """
        use = self._use
        if use:
            use.cancelled = True
            self._scanner.cancel()

    def close(self) -> None:
        """Close the device and end its worker, in whatever state. What is under way ends in CANCELLED."""
        with self._lock:
            if self._use:
                self._use.over = DeviceFault(FaultKind.CANCELLED, "closed")
        self._scanner.close()
        with self._lock:
            self._enter(Event.CLOSE)

    def unplugged(self) -> None:
        """Told by whoever watches the plugs: the device is gone. What is under way ends in OFFLINE at once."""
        over = DeviceFault(FaultKind.OFFLINE, "unplugged")
        with self._lock:
            self._absent.set()
            self._lost = True
            if self._use:
                self._use.over = over
            self._enter(Event.UNPLUGGED, over)
        self._scanner.abandon(over)

    def plugged(self) -> None:
        """Told by whoever watches the plugs: the device is here; its next use opens it."""
        with self._lock:
            self._absent.clear()
            self._enter(Event.PLUGGED)

    def wait_for_trigger(self, triggers: Triggers, stop: Callable[[], bool]) -> Trigger | None:
        """Wait until the scanner's own button or its paper starts a scan; None when `stop` said so.

        All sensors are read in one pass, because some backends hand each value out once, and only here: never during
        a feed. While the device is unplugged it is not asked. Raises `DeviceFault`: UNSUPPORTED_SETTING for a device
        that has nothing of the kind, otherwise as `sensors` does.
        """
        watch = TriggerWatch(triggers, self.capabilities(), self._limits.settle)
        if not watch.possible:
            raise DeviceFault(FaultKind.UNSUPPORTED_SETTING, f"{self.info.id} has no button or sensor that could start")
        opening = self._openings
        while not stop():
            values = self._look(watch)
            if opening != self._openings:
                opening = self._openings
                watch.forget()
            found = watch.see(values, self._clock())
            if found:
                return found
            self._sleep(self._limits.poll)
        return None

    def _look(self, watch: TriggerWatch) -> Mapping[str, Any]:
        """One pass of sensors; nothing while the device is unplugged."""
        if self._absent.is_set():
            return {}
        try:
            return self._ask(lambda use: self._heard(watch, self._scanner.sensors(use)))
        except DeviceFault:
            if self._absent.is_set():
                return {}
            raise

    def _heard(self, watch: TriggerWatch, values: dict[str, Any]) -> dict[str, Any]:
        """A device that answered and no longer answers anything is lost: backends only say that nothing can be read."""
        if watch.has_seen and values and all(value is None for value in values.values()):
            watch.forget()
            raise DeviceFault(FaultKind.IO_ERROR, "no sensor can be read any more")
        return values

    @contextlib.contextmanager
    def _using(self) -> Iterator[Use]:
        with self._lock:
            if self._use is not None:
                raise RuntimeError(f"a feed of {self.info.id} is under way")
            self._use = use = Use()
        try:
            yield use
        finally:
            with self._lock:
                self._use = None

    def _ask(self, ask: Callable[[Use], T], *, resume: bool = False) -> T:
        with self._using() as use:
            self._make_ready(use, resume=resume)
            return self._attempt(ask, use, first=True)

    def _attempt(self, ask: Callable[[Use], T], use: Use, *, first: bool) -> T:
        try:
            return ask(use)
        except DeviceFault as fault:
            self._settle(fault, use, first=first)
        return self._attempt(ask, use, first=False)

    def _trigger(
        self, use: Use, spool: Path, limit: int | None, *, first: bool
    ) -> Generator[RawImage | EndOfPaper, None, bool]:
        """One trigger; whether it is to be repeated, because the device was lost and found before an image came."""
        self._move(Event.FEED)
        images = 0
        try:
            with contextlib.closing(self._scanner.trigger(spool, limit, use)) as feed:
                for one in feed:
                    images += isinstance(one, RawImage)
                    yield self._marked(one)
        except DeviceFault as fault:
            self._settle(fault, use, first=first)
            if self._source is not Source.FLATBED:
                raise
            return images == 0
        except BaseException:
            self._leave(use)
            raise
        self._leave(use)
        return False

    def _marked(self, one: RawImage | EndOfPaper) -> RawImage | EndOfPaper:
        if isinstance(one, RawImage) and self._lost:
            self._lost = False
            return replace(one, after_reconnect=True)
        return one

    def _make_ready(self, use: Use, *, resume: bool) -> None:
        """Have the device open before a request. A question alone does not end a stop of the paper."""
        if self._state.state in {State.CLOSED, State.FAULT, State.OFFLINE}:
            self._move(Event.OPEN)
            self._connect(use)
        elif resume and self._state.state is State.FEEDING_STOPPED:
            self._move(Event.RESUME)
        if self.worker_pid is None:
            died = DeviceFault(FaultKind.WORKER_CRASHED, "the worker ended while nobody used it")
            self._settle(died, use, first=True)

    def _settle(self, fault: DeviceFault, use: Use, *, first: bool) -> None:
        """Bring the device to where a fault leaves it. Returns when it was opened anew, and raises otherwise."""
        if use.over:
            raise DeviceFault(use.over.kind, use.over.detail, fault.sheets_fed) from fault
        if fault.kind is FaultKind.CANCELLED and use.cancelled:
            self._leave(use)
            raise fault
        event = event_of(fault.kind)
        if event is Event.BREAK:
            self._lost = True
            event = Event.BREAK if first else Event.FAIL
        self._move(event, fault)
        if event is not Event.BREAK:
            raise fault
        self._connect(use, fault)

    def _connect(self, use: Use, first: DeviceFault | None = None) -> None:
        """Open the device, after a connection that was lost in a worker of its own and with the sensors read first.

        `first` is the fault that this is to mend; it is raised when that fails.
        """
        try:
            if self._lost:
                self._scanner.reconnect(use)
            else:
                self._scanner.open(use)
            sensors = self._scanner.sensors(use) if self._lost else {}
        except DeviceFault as fault:
            self._give_up(fault, use, first)
        except BaseException:
            self._leave(use)
            raise
        self._openings += 1
        self._move(Event.OPENED, sensors=sensors)

    def _give_up(self, fault: DeviceFault, use: Use, first: DeviceFault | None) -> NoReturn:
        if fault.kind is FaultKind.CANCELLED and use.cancelled:
            self._leave(use)
            raise fault
        if first is None:
            self._move(event_of(fault.kind), fault)
            raise fault
        both = DeviceFault(first.kind, f"{first.detail}; reconnect: {fault}", first.sheets_fed)
        self._move(event_of(fault.kind), both)
        raise both from fault

    def _leave(self, use: Use) -> None:
        """What was under way has ended or was called off: the device stays open where it obeyed in time."""
        state = self._state.state
        obeyed = self.worker_pid is not None and state not in {State.OPENING, State.RECOVERING}
        if not obeyed:
            self._lost = True
            self._scanner.close()
        with self._lock:
            if use.over:
                return
            if not obeyed:
                self._enter(Event.CLOSE)
            elif state is State.SCANNING:
                self._enter(Event.END)

    def _warms_up(self, on: bool) -> None:  # noqa: FBT001
        with self._lock:
            if self._state.state is State.SCANNING:
                self._state = replace(self._state, warming_up=on)
                self._on_change(self._state)

    def _move(self, event: Event, fault: DeviceFault | None = None, sensors: Mapping[str, Any] | None = None) -> None:
        """Take a step of the table, unless the use is over already: then whoever ended it has taken another."""
        with self._lock:
            if self._use and self._use.over:
                raise self._use.over
            self._enter(event, fault, sensors)

    def _enter(self, event: Event, fault: DeviceFault | None = None, sensors: Mapping[str, Any] | None = None) -> None:
        before = self._state.state
        after = advance(before, event)
        if after is before:
            return
        kind, detail = (fault.kind, fault.detail) if fault else (None, "")
        log.info("%s: %s -> %s: %s %s %s", self.info.id, before, after, event, kind or "", detail)
        self._state = DeviceState(after, self._clock(), kind, detail, sensors=sensors or {})
        self._on_change(self._state)
