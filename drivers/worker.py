"""The worker process of one open device: `python -m drivers.worker DRIVER`.

The main thread makes every call into the backend, a second thread reads requests (and may only cancel), a third one
writes images, so that the next page is scanned while this one is made durable. When the parent goes away, by whatever
death, standard input ends and the worker goes too; should it be deaf then, the kernel kills it by its lifeline.
"""

from __future__ import annotations

import fcntl
import os
import queue
import signal
import sys
import threading
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from drivers import identity
from drivers.backend import Backend, Frame, make_backend
from drivers.faults import DeviceFault, FaultKind
from drivers.interface import RawImage, Side
from drivers.memory import keep_freed_memory
from drivers.protocol import Event, Message, Verb, decode, encode, fault_as_message, settings_from
from drivers.rawfile import write_tiff

_HEARTBEAT_SECONDS = 0.5


class Channel:
    """The way back to the parent; several threads speak."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def send(self, request: Message, event: Event, **more: Any) -> None:
        with self._lock:
            self._out.write(encode({"id": request["id"], "event": event, **more}))
            self._out.flush()


class ImageWriter:
    """Writes frames in their order and reports each one after it is durable.

    It takes a frame when the one before is written: at any time one page is read and one is written, whose memory may
    then be used again.
    """

    def __init__(self, channel: Channel, request: Message) -> None:
        self._channel = channel
        self._request = request
        self._spool = Path(request["spool"])
        self._token = request["token"]
        self._frames: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(1)
        self.fault: DeviceFault | None = None
        self._thread = threading.Thread(target=self._run, name="image-writer", daemon=True)
        self._thread.start()

    def add(self, frame: Frame) -> None:
        self._idle.acquire()
        if self.fault:
            self._idle.release()
            raise self.fault
        self._frames.put(frame)

    def finish(self) -> None:
        """Wait until everything added is durable; raises the fault that writing ended in."""
        self._frames.put(None)
        self._thread.join()
        if self.fault:
            raise self.fault

    def _run(self) -> None:
        while (frame := self._frames.get()) is not None:
            try:
                self._write(frame)
            except OSError as error:
                self.fault = DeviceFault(FaultKind.SPOOL_FULL, str(error))
            except Exception as error:  # noqa: BLE001 - without this thread the feed would wait for ever
                self.fault = DeviceFault(FaultKind.IO_ERROR, repr(error))
            finally:
                self._idle.release()

    def _write(self, frame: Frame) -> None:
        side = "a" if frame.side is Side.FRONT else "b"  # so that names sort as the images came
        path = self._spool / f"{self._token}-{frame.sheet:05d}{side}.tif"
        digest = write_tiff(path, frame)
        image = RawImage(path, frame.sheet, frame.side, frame.width, frame.height, frame.dpi, digest)
        self._channel.send(self._request, Event.IMAGE, image=asdict(image) | {"path": str(path)})


class Worker:
    """Answers requests one after the other."""

    def __init__(self, backend: Backend, channel: Channel) -> None:
        self._backend = backend
        self._channel = channel
        self._last_beat = 0.0
        self._begun = False

    def answer(self, request: Message) -> None:
        try:
            result = self._do(request)
        except DeviceFault as fault:
            self._end_in(fault, request)
        else:
            self._channel.send(request, Event.RESULT, result=result)

    def _end_in(self, fault: DeviceFault, request: Message) -> None:
        """Tell a fault, then stop the device, which may take seconds, or hang.

        After a cancel it is the other way round: whoever cancelled counts on a device that draws in no more paper.
        """
        feeding = request["verb"] == Verb.FEED
        if feeding and fault.kind is FaultKind.CANCELLED:
            self._backend.end_feed()
        self._channel.send(request, Event.FAULT, **fault_as_message(fault))
        if feeding and fault.kind is not FaultKind.CANCELLED:
            self._backend.end_feed()

    def _do(self, request: Message) -> Any:  # noqa: PLR0911 - one line a verb
        match Verb(request["verb"]):
            case Verb.DEVICES:
                return [asdict(device) for device in identity.devices_of(self._backend)]
            case Verb.OPEN:
                return identity.open_device(self._backend, request["address"])
            case Verb.CAPABILITIES:
                return asdict(self._backend.capabilities())
            case Verb.CONFIGURE:
                return asdict(self._backend.configure(settings_from(request["settings"])))
            case Verb.SENSORS:
                return self._backend.sensors()
            case Verb.FEED:
                return self._feed(request)
            case Verb.CLOSE:
                return self._backend.close()
            case Verb.CANCEL:
                return None  # never gets here: the thread that reads requests sees to it

    def _feed(self, request: Message) -> dict[str, Any]:
        """One trigger. Answers whether the paper ended; images before a fault are written and reported first."""
        limit = request["limit"] if self._backend.feeds() else 1
        writer = ImageWriter(self._channel, request)
        try:
            try:
                ended = self._feed_into(writer, limit, request)
                self._backend.end_feed()
            finally:
                writer.finish()
        except DeviceFault as fault:
            fault.sheets_fed = self._backend.count.sheets_fed
            raise
        return {"ended": ended, "images": self._backend.count.images}

    def _feed_into(self, writer: ImageWriter, limit: int | None, request: Message) -> bool:
        """Images up to the limit, with the back of the last sheet; True when the paper ended before.

        Raises `DeviceFault(MISSING_SIDE)` when it ended between the two sides of a sheet.
        """
        images, half = 0, False
        while limit is None or images < limit or half:
            frame = self._backend.scan(lambda: self._starting(request), lambda: self._reading(request))
            if not isinstance(frame, Frame):
                if half:
                    raise DeviceFault(FaultKind.MISSING_SIDE, f"{images} images: the last sheet has no back")
                return True
            writer.add(frame)
            images, half = images + 1, self._backend.count.is_between_sides
        return False

    def _starting(self, request: Message) -> None:
        self._begun = False
        self._channel.send(request, Event.STARTING, sheets_fed=self._backend.count.sheets_fed)

    def _reading(self, request: Message) -> None:
        """Called for every piece read and never allowed to raise: that would be a segmentation fault in python-sane."""
        if not self._begun:
            self._begun, self._last_beat = True, 0.0
            restore_signals()
        now = time.monotonic()
        if now - self._last_beat >= _HEARTBEAT_SECONDS:
            self._last_beat = now
            try:
                self._channel.send(request, Event.READING, sheets_fed=self._backend.count.sheets_fed)
            except OSError:
                self._last_beat = now + 3600  # the parent is gone; the end of stdin will end us


def restore_signals() -> None:
    """Some SANE backends reset these to their defaults when a scan starts."""
    signal.signal(signal.SIGPIPE, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def die_with_parent(lifeline: int) -> None:
    """Have the kernel kill this process and all it starts when the other end of a pipe closes.

    The end of standard input alone does not do it: python-sane and pyinsane2 hold Python's lock where a backend may
    stall for ever, and a backend may stop every thread here.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def read_requests(source: BinaryIO, requests: queue.Queue[Message], backend: Backend) -> None:
    """Pass requests on; a cancel overtakes the others, even its own feed. The end of input ends the process at once."""
    feed, cancelled = None, None
    for line in source:
        request = decode(line)
        if request["verb"] == Verb.CANCEL:
            cancelled = request["feed"]
            if cancelled == feed:
                backend.cancel()
            continue
        if request["verb"] == Verb.FEED:
            feed = request["id"]
            backend.expect_feed()
            if cancelled == feed:
                backend.cancel()
        requests.put(request)
    os._exit(0)


def answer_with(fault: DeviceFault, channel: Channel) -> NoReturn:
    """Answer every request with why there is no driver here, until the parent goes."""
    for line in sys.stdin.buffer:
        channel.send(decode(line), Event.FAULT, **fault_as_message(fault))
    os._exit(0)


def main(driver: str, lifeline: int | None = None) -> None:
    restore_signals()
    keep_freed_memory()
    if lifeline is not None:
        die_with_parent(lifeline)
    # Backends print: keep the protocol on a descriptor of its own and send what they say to the log.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    channel = Channel(out)
    try:
        backend = make_backend(driver)
    except DeviceFault as fault:
        answer_with(fault, channel)
    worker = Worker(backend, channel)
    requests: queue.Queue[Message] = queue.Queue()
    threading.Thread(target=read_requests, args=(sys.stdin.buffer, requests, backend), daemon=True).start()
    try:
        while (request := requests.get())["verb"] != Verb.CLOSE:
            worker.answer(request)
        worker.answer(request)
    except BaseException:  # noqa: BLE001 - a defect; an orderly exit beside a thread that reads would abort without its words
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
