"""The parent's side of a worker process: a scanner whose every wait ends, whatever the backend does.

A worker that is silent for longer than its limit, or that dies, is killed and becomes a typed fault; the next call
starts a new one and opens and configures the device as before.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import (
    Applied,
    Capabilities,
    DeviceInfo,
    Difference,
    EndOfPaper,
    Mode,
    RawImage,
    ScanSettings,
    Side,
    Source,
)
from drivers.protocol import Event, Message, Verb
from drivers.worker_process import WorkerGone, WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How long a worker may be silent, in seconds."""

    hello: float = 15.0
    open: float = 30.0
    answer: float = 30.0
    start: float = 90.0
    """SANE 1.x has no status for a lamp that warms up."""
    data: float = 30.0
    cancel: float = 2.0
    close: float = 10.0
    """Some scanners park their head before they close; killed in the middle they must look for it at the next start."""
    discovery: float = 10.0


class Patience:
    """How long the next word of a worker may take, by what was heard before.

    An image says nothing about the device: it comes from the disk, while the device may be warming up. After a cancel
    the device has a fixed time to end, however much it says; an image that became durable meanwhile gives it the time
    anew.
    """

    def __init__(self, limits: Limits, first: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._limit = first
        self._clock = clock
        self._end: float | None = None

    @property
    def cancelled(self) -> bool:
        return self._end is not None

    @property
    def seconds(self) -> float:
        return self._limit if self._end is None else min(self._limit, max(0.0, self._end - self._clock()))

    def hear(self, event: str) -> None:
        if event == Event.STARTING:
            self._limit = self._limits.start
        elif event == Event.READING:
            self._limit = self._limits.data
        elif event == Event.CANCELLING or (event == Event.IMAGE and self.cancelled):
            self._end = self._clock() + self._limits.cancel


class WorkerScanner:
    """A scanner in a worker process. Use as a context manager, or call `close`."""

    def __init__(self, info: DeviceInfo, limits: Limits | None = None) -> None:
        self._info = info
        self._limits = limits or Limits()
        self._worker: WorkerProcess | None = None
        self._settings: ScanSettings | None = None
        self._numbers = itertools.count(1)
        self._feed: int | None = None
        """The feed under way, from the moment its first image is asked for."""
        self._cancelled: int | None = None
        """The feed that was cancelled last."""

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

    def capabilities(self) -> Capabilities:
        return capabilities_from(self._ask(Verb.CAPABILITIES, self._limits.answer))

    def configure(self, settings: ScanSettings) -> Applied:
        applied = applied_from(self._ask(Verb.CONFIGURE, self._limits.answer, settings=asdict(settings)))
        self._settings = settings
        return applied

    def sensors(self) -> dict[str, Any]:
        return dict(self._ask(Verb.SENSORS, self._limits.answer))

    def feed(self, spool: Path, limit: int | None = None) -> Iterator[RawImage | EndOfPaper]:
        """See `Scanner.feed`. A feed that is left before its end is cancelled.

        Images that were on their way then stay in the spool: nothing that was scanned is thrown away here.
        """
        self._refuse_while_feeding()
        self._feed = request = next(self._numbers)
        try:
            spool.mkdir(parents=True, exist_ok=True)
            worker = self._ready()
            if self._cancelled == request:
                raise DeviceFault(FaultKind.CANCELLED, "cancelled before it began")
            yield from self._feed_of(worker, request, str(spool), limit)
        finally:
            self._feed = None

    def cancel(self) -> None:
        """Stop the feed under way; it then ends in CANCELLED, at the latest after the cancel limit.

        May be called from another thread or a signal handler. Without a feed it does nothing.
        """
        self._cancelled = request = self._feed
        if self._worker and request is not None:
            self._cancel_feed(self._worker, request)

    def close(self) -> None:
        """Close the device and end the worker; a backend that hangs in close is killed."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if self._feed is not None:
            self._cancel_feed(worker, self._feed)
        with contextlib.suppress(WorkerGone):
            worker.send({"id": next(self._numbers), "verb": Verb.CLOSE})
            worker.wait(self._limits.close if self._feed is None else self._limits.cancel)
        worker.kill()

    def _ready(self) -> WorkerProcess:
        """The worker with the device open and configured; a new one if the last one went."""
        if self._worker and self._worker.alive:
            return self._worker
        if self._worker:
            self._worker.kill()
        self._worker = worker = WorkerProcess(self._info.driver)
        try:
            self._request(worker, Verb.OPEN, self._limits.hello + self._limits.open, address=self._info.address)
            if self._settings:
                self._request(worker, Verb.CONFIGURE, self._limits.answer, settings=asdict(self._settings))
        except BaseException:
            worker.kill()  # one that is half open must not pass for a ready one
            raise
        return worker

    def _feed_of(
        self, worker: WorkerProcess, request: int, spool: str, limit: int | None
    ) -> Iterator[RawImage | EndOfPaper]:
        self._send(worker, request, Verb.FEED, spool=spool, limit=limit)
        finished = False
        try:
            for event in self._events_of(worker, request, self._limits.start):
                match event["event"]:
                    case Event.IMAGE:
                        yield image_from(event["image"])
                    case Event.RESULT if event["result"]["ended"]:
                        finished = True
                        yield EndOfPaper(event["result"]["images"])
            finished = True
        except DeviceFault:
            finished = True
            raise
        finally:
            if not finished:
                self._stop(worker, request)

    def _refuse_while_feeding(self) -> None:
        """Asking in the middle of a feed would swallow the images that come before the answer."""
        if self._feed is not None:
            raise RuntimeError(f"a feed of {self._info.id} is under way")

    def _ask(self, verb: Verb, limit: float, **arguments: Any) -> Any:
        self._refuse_while_feeding()
        return self._request(self._ready(), verb, limit, **arguments)

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
            raise self._crashed(worker.gone()) from gone

    def _events_of(self, worker: WorkerProcess, request: int, limit: float) -> Iterator[Message]:
        """Events of one request up to its result; raises what it ended in. `limit` holds until the device reacts."""
        patience = Patience(self._limits, limit)
        while True:
            try:
                event = worker.next_event(patience.seconds)
            except TimeoutError as silence:
                worker.kill()
                kind = FaultKind.CANCELLED if patience.cancelled else FaultKind.STALLED
                raise DeviceFault(kind, str(silence)) from silence
            except WorkerGone as gone:
                raise self._crashed(gone) from gone
            if event.get("id") not in {request, self._feed}:  # the feed's cancel counts while its worker opens, too
                continue
            patience.hear(event["event"])
            if event["event"] == Event.FAULT:
                raise DeviceFault(FaultKind(event["kind"]), event["detail"])
            yield event
            if event["event"] == Event.RESULT:
                return

    def _crashed(self, gone: WorkerGone) -> DeviceFault:
        return DeviceFault(FaultKind.WORKER_CRASHED, f"{self._info.id}: worker {gone}")

    def _cancel_feed(self, worker: WorkerProcess, request: int) -> None:
        """Tell the worker, and whoever waits for it: a worker that cannot listen any more has no long wait left."""
        worker.note({"id": request, "event": Event.CANCELLING})
        with contextlib.suppress(WorkerGone):
            worker.send({"id": next(self._numbers), "verb": Verb.CANCEL, "feed": request})

    def _stop(self, worker: WorkerProcess, request: int) -> None:
        """Cancel a feed that its reader left; a device that does not stop within the grace loses its worker."""
        self._cancel_feed(worker, request)
        try:
            for _ in self._events_of(worker, request, self._limits.cancel):
                pass
        except DeviceFault as fault:
            log.info("feed of %s stopped: %s", self._info.id, fault)


def image_from(data: dict[str, Any]) -> RawImage:
    return RawImage(**data | {"path": Path(data["path"]), "side": Side(data["side"])})


def capabilities_from(data: dict[str, Any]) -> Capabilities:
    return Capabilities(
        sources=tuple(Source(name) for name in data["sources"]),
        modes=tuple(Mode(name) for name in data["modes"]),
        resolutions=tuple(data["resolutions"]),
        max_width_mm=data["max_width_mm"],
        max_height_mm=data["max_height_mm"],
        sensors=tuple(data["sensors"]),
        double_feed=data["double_feed"],
    )


def applied_from(data: dict[str, Any]) -> Applied:
    differences = tuple(Difference(**difference) for difference in data["differences"])
    return Applied(**data | {"source": Source(data["source"]), "mode": Mode(data["mode"]), "differences": differences})


def list_scanners(driver: str = "sane", limits: Limits | None = None) -> list[DeviceInfo]:
    """Scanners that a driver finds now, asked of a short-lived process, so that discovery can hang or crash alone.

    Raises `DeviceFault(STALLED | WORKER_CRASHED)`.
    """
    limits = limits or Limits()
    worker = WorkerProcess(driver)
    try:
        worker.send({"id": 0, "verb": Verb.DEVICES})
        event = worker.next_event(limits.hello + limits.discovery)
        if event["event"] == Event.FAULT:
            raise DeviceFault(FaultKind(event["kind"]), event["detail"])
        return [DeviceInfo(**device) for device in event["result"]]
    except TimeoutError as silence:
        raise DeviceFault(FaultKind.STALLED, f"discovery: {silence}") from silence
    except WorkerGone as gone:
        raise DeviceFault(FaultKind.WORKER_CRASHED, f"discovery {gone}") from gone
    finally:
        worker.kill()
