"""A scanner that follows a script: a list of sheets and faults. Tests and training drive it; it ships with the product.

The script is a TOML file; its address is the file's path:

    feeder = true                 # false: a flatbed, one sheet per trigger
    dpi = 100
    [[sheet]]
    image = "page-01.jpg"         # beside the script
    [[sheet]]
    grey = 200                    # a plain A4 sheet of this grey
    [[sheet]]
    fault = "jam"                 # any kind of FaultKind; the sheet is out of the way afterwards
    [[sheet]]
    crash = true                  # the worker dies by SIGSEGV
    [[sheet]]
    hang = "reading"              # or "starting": for ever; "deaf": holding Python's lock, as some backends do

Like paper in a real feeder, the sheets that are left outlive the process: the place in the script is kept beside it
in `<script>.at` and moves on when a sheet is fed.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import threading
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.backend import Frame
from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Applied, Capabilities, DeviceInfo, EndOfPaper, Mode, ScanSettings, Source

if TYPE_CHECKING:
    from collections.abc import Callable

_A4_MM = (210.0, 297.0)
_SHEET_KEYS = {"image", "grey", "fault", "crash", "hang"}
_HANGS = {"reading", "starting", "deaf"}


@dataclass(frozen=True)
class Script:
    """The sheets and faults in order. Raises `DeviceFault(OFFLINE)` for a script that cannot be read."""

    path: Path
    sheets: tuple[dict[str, Any], ...]
    feeder: bool
    dpi: int

    @classmethod
    def load(cls, path: Path) -> Script:
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise DeviceFault(FaultKind.OFFLINE, f"{path}: {error}") from error
        sheets = tuple(data.get("sheet", ()))
        for number, sheet in enumerate(sheets, 1):
            if not _is_playable(path, sheet):
                raise DeviceFault(
                    FaultKind.OFFLINE, f"{path}: sheet {number}: {sheet} is none of {sorted(_SHEET_KEYS)}"
                )
        return cls(path, sheets, bool(data.get("feeder", True)), int(data.get("dpi", 100)))

    @property
    def _place_file(self) -> Path:
        return self.path.with_name(self.path.name + ".at")

    @property
    def position(self) -> int:
        """How many sheets have been fed, by any process."""
        try:
            return int(json.loads(self._place_file.read_text()))
        except FileNotFoundError:
            return 0

    def move_to(self, value: int) -> None:
        """Remember the place, for any process."""
        part = self._place_file.with_name(self._place_file.name + ".part")
        part.write_text(json.dumps(value))
        part.replace(self._place_file)


def _is_playable(script: Path, sheet: dict[str, Any]) -> bool:
    """Whether an entry says one thing, and one that can be done: a script with a slip is refused before any sheet."""
    match sheet:
        case {"image": str(name)}:
            known = (script.parent / name).is_file()
        case {"fault": str(kind)}:
            known = kind in set(FaultKind)
        case {"hang": str(where)}:
            known = where in _HANGS
        case _:
            known = set(sheet) <= _SHEET_KEYS
    return known and len(sheet) == 1


class ScriptedBackend:
    """Plays a script. It offers one source: a feeder, or a flatbed where the script says so."""

    def __init__(self) -> None:
        self._script: Script | None = None
        self._applied: Applied | None = None
        self._images = 0
        self._feeding = False
        self._cancelled = threading.Event()

    def devices(self) -> list[DeviceInfo]:
        """A scripted scanner is only ever opened by its address."""
        return []

    def open(self, address: str) -> None:
        self._script = Script.load(Path(address))

    @property
    def script(self) -> Script:
        if self._script is None:
            raise DeviceFault(FaultKind.OFFLINE, "not open")
        return self._script

    def capabilities(self) -> Capabilities:
        source = Source.ADF if self.script.feeder else Source.FLATBED
        return Capabilities((source,), (Mode.COLOUR, Mode.GREY), (self.script.dpi,), *_A4_MM)

    def configure(self, settings: ScanSettings) -> Applied:
        (source,) = self.capabilities().sources
        if settings.source not in {None, source}:
            raise DeviceFault(FaultKind.UNSUPPORTED_SETTING, f"source {settings.source}; the script has: {source}")
        self._applied = Applied(source, settings.mode, self.script.dpi, *_A4_MM)
        return self._applied

    def feeds(self) -> bool:
        return self.script.feeder

    def scan(self, on_start: Callable[[], None], on_data: Callable[[], None]) -> Frame | EndOfPaper:
        if not self._feeding:
            self._images, self._feeding = 0, True
        if self._cancelled.is_set():
            raise DeviceFault(FaultKind.CANCELLED, "cancelled between images")
        on_start()
        place = self.script.position
        if place >= len(self.script.sheets):
            return EndOfPaper(self._images)
        self.script.move_to(place + 1)
        frame = self._play(self.script.sheets[place], on_data)
        if self._cancelled.is_set():
            raise DeviceFault(FaultKind.CANCELLED, "cancelled while reading")
        self._images += 1
        return frame

    def expect_feed(self) -> None:
        self._cancelled.clear()

    def end_feed(self) -> None:
        self._feeding = False

    def sensors(self) -> dict[str, Any]:
        return {"page-loaded": self.script.position < len(self.script.sheets)}

    def cancel(self) -> None:
        self._cancelled.set()

    def close(self) -> None:
        self._script = None

    def _play(self, sheet: dict[str, Any], on_data: Callable[[], None]) -> Frame:
        if "fault" in sheet:
            raise DeviceFault(FaultKind(sheet["fault"]), "by the script")
        if "crash" in sheet:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "hang" in sheet:
            _hang(sheet["hang"], on_data)
        return self._image(sheet)

    def _image(self, sheet: dict[str, Any]) -> Frame:
        from PIL import Image

        grey = self._applied is not None and self._applied.mode is Mode.GREY
        if "image" in sheet:
            with Image.open(self.script.path.parent / sheet["image"]) as file:
                image = file.convert("L" if grey else "RGB")
        else:
            size = tuple(round(mm / 25.4 * self.script.dpi) for mm in _A4_MM)
            image = Image.new("L", (size[0], size[1]), int(sheet["grey"])).convert("L" if grey else "RGB")
        samples = 1 if grey else 3
        return Frame(image.tobytes(), image.width, image.height, samples, self.script.dpi, self._images + 1)


def _hang(where: str, on_data: Callable[[], None]) -> None:
    if where == "deaf":
        ctypes.PyDLL(None).pause()
    if where == "reading":
        on_data()
    threading.Event().wait()
