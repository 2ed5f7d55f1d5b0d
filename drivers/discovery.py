"""Which scanners a driver finds now, asked of a short-lived process: discovery may hang or crash, alone."""

from __future__ import annotations

import threading

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import DeviceInfo
from drivers.protocol import Event, Verb, fault_from
from drivers.states import Limits
from drivers.worker_process import WorkerGone, WorkerProcess


class Discovery:
    """One look around, in a process of its own that never holds a device. `stop` may come from another thread."""

    def __init__(self, driver: str, limits: Limits | None = None) -> None:
        self._driver = driver
        self._limits = limits or Limits()
        self._worker: WorkerProcess | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def find(self) -> list[DeviceInfo]:
        """Raises `DeviceFault(STALLED | WORKER_CRASHED)`, or what the driver's own search ended in."""
        worker = self._begin()
        try:
            worker.send({"id": 0, "verb": Verb.DEVICES})
            event = worker.next_event(self._limits.hello + self._limits.discovery)
            if event["event"] == Event.FAULT:
                raise fault_from(event)
            return [DeviceInfo(**device) for device in event["result"]]
        except TimeoutError as silence:
            raise DeviceFault(FaultKind.STALLED, f"discovery: {silence}") from silence
        except WorkerGone as gone:
            raise DeviceFault(FaultKind.WORKER_CRASHED, f"discovery {gone}") from gone
        finally:
            worker.kill()

    def stop(self) -> None:
        """End the search at once; `find` then raises, or does not begin."""
        with self._lock:
            self._stopped = True
            if self._worker:
                self._worker.kill()

    def _begin(self) -> WorkerProcess:
        with self._lock:
            if self._stopped:
                raise DeviceFault(FaultKind.CANCELLED, "discovery was stopped")
            self._worker = WorkerProcess(self._driver)
            return self._worker


def list_scanners(driver: str = "sane", limits: Limits | None = None) -> list[DeviceInfo]:
    """Scanners that a driver finds now. Raises as `Discovery.find` does."""
    return Discovery(driver, limits).find()
