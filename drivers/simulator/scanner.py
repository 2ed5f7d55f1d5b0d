"""The simulated device itself: the sheets in it, its jobs, its faults and the log of what it delivered."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Condition
from typing import TYPE_CHECKING, NoReturn

from drivers.simulator.faults import BLOCKING, Fault, FaultKind
from drivers.simulator.messages import AdfState, MachineState, ScanSettings, Source

if TYPE_CHECKING:
    from collections.abc import Iterable


class RefusedError(Exception):
    """The scanner cannot do this now; its status says why."""

    def __init__(self, kind: FaultKind) -> None:
        super().__init__(kind)
        self.kind = kind


class NoDocumentError(Exception):
    """Nothing more to deliver: the feeder is empty, the glass was scanned, or the job is not known."""


@dataclass(frozen=True)
class Delivery:
    """One image on its way to a client, and what goes wrong with it.

    `ready_at` is when the slow paper path lets it out (monotonic clock); `clearings` counts how often somebody
    had cleared the scanner before, so that a stalled transfer notices the next time.
    """

    image: int
    settings: ScanSettings
    fault: FaultKind | None
    ready_at: float
    clearings: int


@dataclass(frozen=True)
class Served:
    """Line of the log: which image left the scanner, when (seconds since 1970), and with which fault."""

    image: int
    time: float
    fault: FaultKind | None


@dataclass
class Job:
    """A client's scan in progress. `backs` holds the second side of a sheet that has gone through already."""

    settings: ScanSettings
    backs: list[int] = field(default_factory=list)
    delivered: int = 0


class Scanner:
    """State of the device, safe to use from many threads.

    The feeder belongs to the device and not to a job: whatever a killed or cancelled client did not fetch stays in it,
    until somebody refills. A sheet leaves the feeder when its first image is asked for, and sane-airscan asks ahead
    without a bound: at full speed it empties the feeder while its user still reads the first pages. To test what a
    killed client leaves behind, set a speed limit and read the log.
    """

    def __init__(
        self,
        images: int,
        *,
        duplex: bool = False,
        seconds_per_page: float = 0.0,
        faults: Iterable[Fault] = (),
    ) -> None:
        if duplex and images % 2:
            raise ValueError(f"{images} images are no whole number of two-sided sheets")
        self.duplex = duplex
        self.seconds_per_page = seconds_per_page
        self._images = images
        self._sides = 2 if duplex else 1
        self._changed = Condition()
        self._next = 0
        self._platen = 0
        self._job: tuple[int, Job] | None = None
        self._jobs_started = 0
        self._planned = list(faults)
        self._blocked: FaultKind | None = None
        self._clearings = 0
        self._ready_at = 0.0
        self._served: list[Served] = []

    def start_job(self, settings: ScanSettings) -> int:
        """Open a job and return its number. It replaces the one before, which a killed client left open."""
        with self._changed:
            self._refuse_if_blocked()
            busy = Fault(self._upcoming(settings.source), FaultKind.BUSY)
            if busy in self._planned:
                self._block(busy)
            if settings.source is Source.ADF_DUPLEX and not self.duplex:
                raise ValueError("this scanner takes one side of a sheet only")
            self._jobs_started += 1
            self._job = (self._jobs_started, Job(settings))
            return self._jobs_started

    def end_job(self, number: int) -> None:
        """Forget a job; sheets that it did not take stay in the feeder."""
        with self._changed:
            if self._job is not None and self._job[0] == number:
                self._job = None

    def take_image(self, number: int) -> Delivery:
        """Feed the next image of a job, or meet the fault that is planned for it."""
        with self._changed:
            if self._job is None or self._job[0] != number:
                raise NoDocumentError
            job = self._job[1]
            image = self._image_of(job)
            fault = self._meet_fault(image)
            self._move_on(job, image)
            self._ready_at = max(time.monotonic(), self._ready_at + self.seconds_per_page)
            self._served.append(Served(image, time.time(), fault))
            return Delivery(image, job.settings, fault, self._ready_at, self._clearings)

    def refill(self, from_image: int) -> None:
        """Clear the scanner and put the sheets in again, the one with this image on top."""
        if not 0 <= from_image <= self._images:
            raise ValueError(f"there are images 0 to {self._images - 1}, not {from_image}")
        with self._changed:
            self._next = from_image - from_image % self._sides
            self._clear()

    def place_on_platen(self, image: int) -> None:
        """Lay another page on the glass."""
        if not 0 <= image < self._images:
            raise ValueError(f"there are images 0 to {self._images - 1}, not {image}")
        with self._changed:
            self._platen = image

    def set_faults(self, faults: Iterable[Fault]) -> None:
        """Clear the scanner and plan these faults instead of those still to come."""
        with self._changed:
            self._planned = list(faults)
            self._clear()

    def wait_until_ready(self, delivery: Delivery) -> None:
        """Wait as long as the paper takes at the speed limit."""
        time.sleep(max(0.0, delivery.ready_at - time.monotonic()))

    def wait_until_cleared(self, delivery: Delivery, seconds: float) -> bool:
        """Wait at most this long for somebody to clear the scanner after this delivery; True when that happened."""
        with self._changed:
            return self._changed.wait_for(lambda: self._clearings != delivery.clearings, seconds)

    def states(self) -> tuple[MachineState, AdfState]:
        """What the status document says. A running job is not "Processing": sane-airscan would read "busy"."""
        with self._changed:
            machine = MachineState.PROCESSING if self._blocked is FaultKind.BUSY else MachineState.IDLE
            if self._blocked is FaultKind.JAM:
                return machine, AdfState.JAM
            if self._blocked is FaultKind.COVER_OPEN:
                return machine, AdfState.DOOR_OPEN
            return machine, AdfState.LOADED if self._next < self._images else AdfState.EMPTY

    def snapshot(self) -> dict[str, object]:
        """Everything a test may want to know, ready for JSON."""
        with self._changed:
            return {
                "images": self._images,
                "sheets_left": (self._images - self._next) // self._sides,
                "next_image": self._next,
                "platen_image": self._platen,
                "blocked": self._blocked,
                "faults": [str(fault) for fault in self._planned],
                "served": [{"image": s.image, "time": s.time, "fault": s.fault} for s in self._served],
            }

    def _upcoming(self, source: Source) -> int:
        return self._platen if source is Source.PLATEN else self._next

    def _image_of(self, job: Job) -> int:
        """Image that the job gets now; NoDocumentError at its end."""
        if job.backs:
            return job.backs[0]
        if job.settings.source is Source.PLATEN:
            if job.delivered:
                raise NoDocumentError
            return self._platen
        if self._next >= self._images:
            raise NoDocumentError
        return self._next

    def _move_on(self, job: Job, image: int) -> None:
        """Let the sheet go through; on the glass the operator turns the page and stays at the last one."""
        job.delivered += 1
        if job.backs:
            job.backs.clear()
        elif job.settings.source is Source.PLATEN:
            self._platen = min(image + 1, self._images - 1)
        else:
            self._next += self._sides
            job.backs = [image + 1] if job.settings.source is Source.ADF_DUPLEX else []

    def _meet_fault(self, image: int) -> FaultKind | None:
        """Fault that goes with the image; RefusedError when the sheet does not move at all."""
        self._refuse_if_blocked()
        fault = next((f for f in self._planned if f.image == image), None)
        if fault is None:
            return None
        if fault.kind in BLOCKING:
            self._block(fault)
        self._planned.remove(fault)
        return fault.kind

    def _refuse_if_blocked(self) -> None:
        if self._blocked is not None:
            raise RefusedError(self._blocked)

    def _block(self, fault: Fault) -> NoReturn:
        self._planned.remove(fault)
        self._blocked = fault.kind
        raise RefusedError(fault.kind)

    def _clear(self) -> None:
        self._blocked = None
        self._clearings += 1
        self._changed.notify_all()
