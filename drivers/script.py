"""The script of a scripted scanner: which paper lies in it and what happens to each sheet.

The script is a TOML file; its address is the file's path:

    feeder = true                        # false: a flatbed, one sheet per trigger
    sources = ["flatbed", "adf-duplex"]  # instead of `feeder`; the first is the usual one
    dpi = 100                            # or a list, [100, 200, 300]
    sensors = ["page-loaded"]            # what it can be asked; "page-loaded" is always right
    buttons = ["scan"]
    double_feed = ["df-thickness"]       # its options for double feeds
    warm_up = 5.0                        # seconds before the first image after it is opened

    [[sheet]]
    image = "page-01.jpg"                # beside the script
    back = "page-01-back.jpg"            # duplex: the other side, an image or a grey; without it a white one
    [[sheet]]
    grey = 200                           # a plain A4 sheet of this grey
    back = "missing"                     # duplex: the scanner gives no back
    [[sheet]]
    fault = "jam"                        # any kind of FaultKind; a sheet that moved is out of the way afterwards
    [[sheet]]
    crash = true                         # the worker dies by SIGSEGV
    [[sheet]]
    hang = "reading"                     # or "starting": for ever; "deaf": holding Python's lock, as some backends do
    [[sheet]]
    press = "scan"                       # the stack ends here; then somebody presses this button, once

Any sheet may have `warm_up = SECONDS` of its own. Like paper in a real feeder, the sheets that are left outlive the
process: the place in the script is kept beside it in `<script>.at` and moves on when a sheet is fed. What sensors and
buttons say can be changed from outside while the scanner is open: `<script>.sensors`, a JSON object of their values.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Source

if TYPE_CHECKING:
    from pathlib import Path

PAGE_LOADED = "page-loaded"
MISSING = "missing"
_ACTS = ("image", "grey", "fault", "crash", "hang", "press")


class Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry: exactly one of the acts, and what goes with it."""

    image: str | None = None
    grey: int | None = None
    fault: FaultKind | None = None
    crash: Literal[True] | None = None
    hang: Literal["reading", "starting", "deaf"] | None = None
    press: str | None = None
    back: str | int = 255
    warm_up: float = 0.0

    @property
    def front(self) -> str | int | None:
        return self.grey if self.image is None else self.image


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    feeder: bool = True
    sources: tuple[Source, ...] = ()
    dpi: int | tuple[int, ...] = 100
    sensors: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    double_feed: tuple[str, ...] = ()
    warm_up: float = 0.0
    sheet: tuple[Sheet, ...] = ()


class Script:
    """A script that can be played, and the place in it. Raises `DeviceFault(OFFLINE)` for one with a slip."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            file = msgspec.toml.decode(path.read_bytes(), type=_File)
        except (OSError, msgspec.MsgspecError) as error:
            raise DeviceFault(FaultKind.OFFLINE, f"{path}: {error}") from error
        self.sheets = file.sheet
        for number, sheet in enumerate(self.sheets, 1):
            slip = self._slip(sheet)
            if slip:
                raise DeviceFault(FaultKind.OFFLINE, f"{path}: sheet {number}: {slip}")
        self.sources = file.sources or (Source.ADF if file.feeder else Source.FLATBED,)
        self.resolutions = tuple(sorted(file.dpi)) if isinstance(file.dpi, tuple) else (file.dpi,)
        self.sensors = tuple(dict.fromkeys((PAGE_LOADED, *file.sensors)))
        self.buttons = tuple(dict.fromkeys([*file.buttons, *(one.press for one in self.sheets if one.press)]))
        self.double_feed = file.double_feed
        self.warm_up = file.warm_up

    @property
    def position(self) -> int:
        """How many entries have been played, by any process."""
        try:
            return int(json.loads(self._beside(".at").read_text()))
        except FileNotFoundError:
            return 0

    def move_to(self, value: int) -> None:
        """Remember the place, for any process."""
        part = self._beside(".at.part")
        part.write_text(json.dumps(value))
        part.replace(self._beside(".at"))

    @property
    def next(self) -> Sheet | None:
        place = self.position
        return self.sheets[place] if place < len(self.sheets) else None

    def readings(self) -> dict[str, Any]:
        """What sensors and buttons say now. A button of the script is pressed once: the place moves past it."""
        entry = self.next
        found: dict[str, Any] = dict.fromkeys((*self.sensors, *self.buttons), False)
        found[PAGE_LOADED] = entry is not None and entry.press is None
        if entry is not None and entry.press is not None:
            found[entry.press] = True
            self.move_to(self.position + 1)
        try:
            changed: dict[str, Any] = json.loads(self._beside(".sensors").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return found
        return found | changed

    def _beside(self, ending: str) -> Path:
        return self.path.with_name(self.path.name + ending)

    def _slip(self, sheet: Sheet) -> str:
        acts = [name for name in _ACTS if getattr(sheet, name) is not None]
        if len(acts) != 1:
            return f"one of {', '.join(_ACTS)} is needed, here are {len(acts)}"
        images = {sheet.image, sheet.back if sheet.back != MISSING else None}
        lacking = [name for name in images if isinstance(name, str) and not (self.path.parent / name).is_file()]
        return f"there is no image {lacking[0]}" if lacking else ""
