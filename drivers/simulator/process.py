"""A simulated scanner started as a child process, with the SANE set-up that shows this scanner and nothing else."""

from __future__ import annotations

import http.client
import json
import select
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from drivers.simulator.faults import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterable

READY_TIMEOUT_S = 30.0
CONTROL_TIMEOUT_S = 10.0
END_TIMEOUT_S = 5.0

AIRSCAN_CONF = """\
[devices]
"{name}" = {url}, escl

[options]
discovery = disable
"""


class SimulatorError(Exception):
    """The simulated scanner did not start or does not answer."""


@dataclass(frozen=True)
class ServedImage:
    """One image that left the scanner: its index, when (seconds since 1970), and what went wrong with it."""

    image: int
    time: float
    fault: FaultKind | None


@dataclass(frozen=True)
class FeederState:
    """What lies in the scanner and what left it."""

    sheets_left: int
    next_image: int
    platen_image: int
    blocked: FaultKind | None
    served: tuple[ServedImage, ...]


class SimulatedScanner:
    """Context manager around ``python -m drivers.simulator`` and a private SANE configuration folder.

    The child ends with this object, and also when this process dies: it watches its stdin.
    """

    def __init__(
        self,
        pages: Path,
        *,
        dpi: int = 300,
        duplex: bool = False,
        seconds_per_page: float = 0.0,
        faults: Iterable[Fault] = (),
        name: str = "Simulated scanner",
    ) -> None:
        if '"' in name or "\n" in name:
            raise ValueError(f"airscan.conf cannot hold the name {name!r}")
        self.name = name
        self.url = ""
        self._command = [
            *(sys.executable, "-m", "drivers.simulator", "--pages", str(pages), "--name", name),
            *("--dpi", str(dpi), "--seconds-per-page", str(seconds_per_page)),
            *(["--duplex"] if duplex else []),
            *("--fault", *map(str, faults)),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def sane_config_dir(self) -> Path:
        """Folder that holds dll.conf and airscan.conf."""
        if self._folder is None:
            raise SimulatorError("the simulated scanner is not started")
        return Path(self._folder.name)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that a process using SANE needs. No colon at the end: libsane would add its own folders."""
        return {"SANE_CONFIG_DIR": str(self.sane_config_dir)}

    @property
    def device_name(self) -> str:
        """Name under which SANE opens this scanner; airscan numbers its devices from 0."""
        return f"airscan:e0:{self.name}"

    @property
    def pid(self) -> int:
        """Process id of the child, for tests that kill or stop it."""
        if self._process is None:
            raise SimulatorError("the simulated scanner is not started")
        return self._process.pid

    def start(self) -> None:
        """Start the child and wait until it serves; SimulatorError with its own words when it does not."""
        try:
            self.url = self._start_child()
            self._folder = tempfile.TemporaryDirectory(prefix="scan-station-sane-")
            self._write_configuration()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the child and remove the configuration. Harmless when done twice."""
        if self._process is not None:
            _end(self._process)
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def feeder(self) -> FeederState:
        """Look into the scanner."""
        return _feeder_state(self._control("GET"))

    def refill(self, from_index: int) -> FeederState:
        """Clear the scanner and feed again from this image on, as an operator does after a fault."""
        return _feeder_state(self._control("POST", {"refill": from_index}))

    def set_faults(self, *faults: Fault) -> FeederState:
        """Clear the scanner and plan these faults; with none it works without faults from now on."""
        return _feeder_state(self._control("POST", {"faults": [str(fault) for fault in faults]}))

    def place_on_platen(self, image: int) -> FeederState:
        """Lay this page on the glass. After a platen scan the next page lies there by itself."""
        return _feeder_state(self._control("POST", {"platen": image}))

    def _start_child(self) -> str:
        """Start the child and return its address once it serves.

        Its stderr goes to a file: nobody reads it while the child runs, and a full pipe would stop it.
        """
        with tempfile.TemporaryFile() as words:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words)
            line = _read_line(self._process)
            if line:
                return str(json.loads(line)["url"])
            self._process.kill()
            self._process.wait(END_TIMEOUT_S)
            words.seek(0)
            reason = words.read().decode(errors="replace").strip()
        raise SimulatorError(reason or f"the simulated scanner did not start within {READY_TIMEOUT_S:.0f} s")

    def _write_configuration(self) -> None:
        (self.sane_config_dir / "dll.conf").write_text("airscan\n", encoding="utf-8")
        airscan = AIRSCAN_CONF.format(name=self.name, url=self.url)
        (self.sane_config_dir / "airscan.conf").write_text(airscan, encoding="utf-8")

    def _control(self, method: str, order: dict[str, Any] | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=CONTROL_TIMEOUT_S)
        try:
            connection.request(method, "/control", None if order is None else json.dumps(order))
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except (OSError, http.client.HTTPException) as error:
            raise SimulatorError(f"the simulated scanner does not answer: {error}") from error
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise SimulatorError(str(answer.get("error")))
        return answer


def _feeder_state(snapshot: dict[str, Any]) -> FeederState:
    return FeederState(
        sheets_left=snapshot["sheets_left"],
        next_image=snapshot["next_image"],
        platen_image=snapshot["platen_image"],
        blocked=_kind(snapshot["blocked"]),
        served=tuple(ServedImage(s["image"], s["time"], _kind(s["fault"])) for s in snapshot["served"]),
    )


def _kind(text: str | None) -> FaultKind | None:
    return None if text is None else FaultKind(text)


def _read_line(process: subprocess.Popen[bytes]) -> bytes:
    """First line that the child writes; empty when it ends or says nothing in time."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], READY_TIMEOUT_S)
    return process.stdout.readline() if readable else b""


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close stdin, which ends the child; kill it if it does not listen."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(END_TIMEOUT_S)
    if process.stdout is not None:
        process.stdout.close()
