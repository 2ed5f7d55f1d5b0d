"""The parent's side of a worker process: a scanner whose every wait ends, whatever the backend does.

A worker that is silent for longer than its limit, or that dies, is killed and becomes a typed fault; the next call
starts a new one and opens and configures the device as before.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import (
    Applied,
    Capabilities,
    DeviceInfo,
    EndOfPaper,
    RawImage,
    ScanSettings,
)
from drivers.patience import Patience
from drivers.protocol import Event, Message, Verb, applied_from, capabilities_from, fault_from, image_from
from drivers.states import Limits
from drivers.worker_process import WorkerGone, WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

log = logging.getLogger(__name__)


# A worker that was killed is gone in a few ms, unless it waits in the kernel for a device that is not there.
_DYING_SECONDS = 0.5


@dataclass
class Use:
    """One thing that somebody asked of a device, however many requests it takes, and what came between.

    Others set these marks first and then wake up whoever waits, so that a mark set between two requests counts too.
    """

    cancelled: bool = False
    over: DeviceFault | None = None
    """What ends it at once, without the device: it was pulled out, or closed."""

    def check(self) -> None:
        """Raises what ends the use before its next request."""
        if self.over:
            raise self.over
        if self.cancelled:
            raise DeviceFault(FaultKind.CANCELLED, "cancelled between two requests")


@dataclass(frozen=True)
class _Operation:
    """What is under way: its number, which is that of its request if it is a feed, and whose use it belongs to."""

    number: int
    use: Use


class WorkerScanner:
    """A scanner in a worker process. Use as a context manager, or call `close`.

    One thread uses it; `cancel` and `abandon` may come from others. `on_warm_up` hears True when a device that was
    told to start has been silent for `Limits.warm_up`, and False when that is over.
    """

    def __init__(
        self, info: DeviceInfo, limits: Limits | None = None, on_warm_up: Callable[[bool], None] = lambda _: None
    ) -> None:
        self._info = info
        self._limits = limits or Limits()
        self._on_warm_up = on_warm_up
        self._worker: WorkerProcess | None = None
        self._settings: ScanSettings | None = None
        self._numbers = itertools.count(1)
        self._operation: _Operation | None = None
        self._warming = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def info(self) -> DeviceInfo:
        return self._info

    @property
    def worker_pid(self) -> int | None:
        """The process that holds the device now, if one does."""
        return self._worker.pid if self._worker and self._worker.alive else None

    def open(self, use: Use | None = None) -> None:
        """Open the device and configure it as before, if no worker holds it yet."""
        with self._operating(use):
            self._ready()

    def reconnect(self, use: Use | None = None) -> None:
        """Open the device and configure it as before, in another worker; the last one may try to leave in order."""
        with self._operating(use):
            if self._worker:
                self._end(self._worker, self._limits.cancel)
            self._ready()

    def capabilities(self, use: Use | None = None) -> Capabilities:
        return capabilities_from(self._ask(Verb.CAPABILITIES, use))

    def configure(self, settings: ScanSettings, use: Use | None = None) -> Applied:
        applied = applied_from(self._ask(Verb.CONFIGURE, use, settings=asdict(settings)))
        self._settings = settings
        return applied

    def sensors(self, use: Use | None = None) -> dict[str, Any]:
        return dict(self._ask(Verb.SENSORS, use))

    def feed(self, spool: Path, limit: int | None = None) -> Iterator[RawImage | EndOfPaper]:
        """See `Scanner.feed`. A feed that is left before its end is cancelled.

        Images that were on their way then stay in the spool: nothing that was scanned is thrown away here.
        """
        return self.trigger(spool, limit, Use())

    def trigger(self, spool: Path, limit: int | None, use: Use) -> Generator[RawImage | EndOfPaper, None, None]:
        """`feed` as one request of a longer use."""
        with self._operating(use) as operation:
            spool.mkdir(parents=True, exist_ok=True)
            worker = self._ready()
            use.check()
            yield from self._feed_of(worker, operation.number, spool, limit)

    def cancel(self) -> None:
        """Stop the feed under way; it then ends in CANCELLED, at the latest after the cancel limit.

        Any other request under way has as long to be answered. May be called from another thread or a signal handler.
        Without anything under way it does nothing.
        """
        operation = self._operation
        if operation:
            operation.use.cancelled = True
            if self._worker:
                self._call_off(self._worker, operation.number)

    def abandon(self, over: DeviceFault) -> None:
        """Let go of the device at once and kill its worker; what is under way ends in `over`. From any thread.

        The word goes ahead of the kill, because a process that waits for dead hardware in the kernel dies late.
        """
        operation, worker = self._operation, self._worker
        if operation:
            operation.use.over = over
            if worker:
                worker.note({"id": operation.number, "event": Event.FAULT, "kind": over.kind, "detail": over.detail})
        if worker:
            worker.kill()

    def close(self) -> None:
        """Close the device and end the worker; a backend that hangs in close is killed."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        operation = self._operation
        if operation:
            self._call_off(worker, operation.number)
        self._end(worker, self._limits.cancel if operation else self._limits.close)

    def _end(self, worker: WorkerProcess, limit: float) -> None:
        with contextlib.suppress(WorkerGone):
            worker.send({"id": next(self._numbers), "verb": Verb.CLOSE})
            worker.wait(limit)
        worker.kill()

    @property
    def _number(self) -> int | None:
        return self._operation.number if self._operation else None

    @contextlib.contextmanager
    def _operating(self, use: Use | None) -> Iterator[_Operation]:
        """One operation at a time: asking in the middle of a feed would swallow the images before the answer."""
        if self._operation is not None:
            raise RuntimeError(f"a feed of {self._info.id} is under way")
        self._operation = operation = _Operation(next(self._numbers), use or Use())
        try:
            operation.use.check()
            yield operation
        finally:
            self._operation = None

    def _ready(self) -> WorkerProcess:
        """The worker with the device open and configured; a new one if the last one went."""
        if self._worker and self._worker.alive:
            return self._worker
        if self._worker:
            self._worker.kill()
        self._worker = worker = WorkerProcess(self._info.driver)
        try:
            self._catch_up(worker)
            self._request(worker, Verb.OPEN, self._limits.hello + self._limits.open, address=self._info.address)
            if self._settings:
                self._request(worker, Verb.CONFIGURE, self._limits.answer, settings=asdict(self._settings))
        except BaseException:
            worker.kill()  # one that is half open must not pass for a ready one
            raise
        return worker

    def _catch_up(self, worker: WorkerProcess) -> None:
        """Tell a worker that has just been started what was called to the one before it."""
        if self._operation and self._operation.use.over:
            raise self._operation.use.over
        if self._operation and self._operation.use.cancelled:
            self._call_off(worker, self._operation.number)

    def _feed_of(
        self, worker: WorkerProcess, request: int, spool: Path, limit: int | None
    ) -> Iterator[RawImage | EndOfPaper]:
        # The beginning of the names of its files. Process ids and request numbers come again after a restart; this must
        # not: it would replace a page that still waits in the spool.
        token = secrets.token_hex(6)
        self._send(worker, request, Verb.FEED, spool=str(spool), limit=limit, token=token)
        finished, sheets_fed = False, None
        try:
            for event in self._events_of(worker, request, self._limits.start):
                sheets_fed = event.get("sheets_fed", sheets_fed)
                match event["event"]:
                    case Event.IMAGE:
                        yield image_from(event["image"])
                    case Event.RESULT if event["result"]["ended"]:
                        finished = True
                        yield EndOfPaper(event["result"]["images"])
            finished = True
        except DeviceFault as fault:
            finished = True
            if fault.sheets_fed is None:  # the worker could not say: it died or is silent
                fault.sheets_fed = sheets_fed
            raise
        finally:
            if not finished:
                self._stop(worker, request)
            if self._operation and self._operation.use.over:
                worker.wait(_DYING_SECONDS)
            if not worker.alive:
                _sweep(spool, token)

    def _ask(self, verb: Verb, use: Use | None, **arguments: Any) -> Any:
        with self._operating(use):
            return self._request(self._ready(), verb, self._limits.answer, **arguments)

    def _request(self, worker: WorkerProcess, verb: Verb, limit: float, **arguments: Any) -> Any:
        request = next(self._numbers)
        self._send(worker, request, verb, **arguments)
        result = None
        for event in self._events_of(worker, request, limit):
            result = event.get("result")
        return result

    def _send(self, worker: WorkerProcess, request: int, verb: Verb, **arguments: Any) -> None:
        try:
            worker.send({"id": request, "verb": verb, **arguments})
        except WorkerGone as gone:
            raise self._ended(worker.gone()) from gone

    def _events_of(self, worker: WorkerProcess, request: int, limit: float) -> Iterator[Message]:
        """Events of one request up to its result; raises what it ended in. `limit` holds until the device reacts."""
        patience = Patience(self._limits, limit)
        try:
            while True:
                event = self._next_event(worker, patience)
                if event.get("id") not in {request, self._number}:  # what is called to a feed counts while it opens
                    continue
                patience.hear(event["event"])
                if event["event"] in {Event.STARTING, Event.READING}:
                    self._warm_up(on=False)
                if event["event"] == Event.FAULT:
                    raise fault_from(event)
                yield event
                if event["event"] == Event.RESULT:
                    return
        finally:
            self._warm_up(on=False)

    def _next_event(self, worker: WorkerProcess, patience: Patience) -> Message:
        while True:
            try:
                return worker.next_event(patience.wait)
            except TimeoutError as silence:
                if patience.grows_quiet():
                    self._warm_up(on=True)
                    continue
                worker.kill()
                kind = FaultKind.CANCELLED if patience.cancelled else FaultKind.STALLED
                raise DeviceFault(kind, str(patience)) from silence
            except WorkerGone as gone:
                raise self._ended(gone) from gone

    def _warm_up(self, *, on: bool) -> None:
        if on != self._warming:
            self._warming = on
            self._on_warm_up(on)

    def _ended(self, gone: WorkerGone) -> DeviceFault:
        """Why the worker is gone: it was abandoned, or else it crashed."""
        if self._operation and self._operation.use.over:
            return self._operation.use.over
        return DeviceFault(FaultKind.WORKER_CRASHED, f"{self._info.id}: worker {gone}")

    def _call_off(self, worker: WorkerProcess, number: int) -> None:
        """Tell the worker, and whoever waits for it: a worker that cannot listen any more has no long wait left."""
        worker.note({"id": number, "event": Event.CANCELLING})
        with contextlib.suppress(WorkerGone):
            worker.send({"id": next(self._numbers), "verb": Verb.CANCEL, "feed": number})

    def _stop(self, worker: WorkerProcess, request: int) -> None:
        """Cancel a feed that its reader left; a device that does not stop within the grace loses its worker."""
        self._call_off(worker, request)
        try:
            for _ in self._events_of(worker, request, self._limits.cancel):
                pass
        except DeviceFault as fault:
            log.info("feed of %s stopped: %s", self._info.id, fault)


def _sweep(spool: Path, token: str) -> None:
    """Remove what a dead worker did not finish writing: nobody else would, and it takes the room of a page."""
    for part in spool.glob(f"{token}-*.part"):
        part.unlink(missing_ok=True)
