"""A scanner of the scriptable backend as tests hold it: load its feeder, press its button, pull it out.

`tests/scriptable_backend/scriptable.h` says what can stand in a script.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.interface import DeviceInfo, ScanSettings, Source
from drivers.remote import WorkerScanner
from drivers.session import DeviceSession
from tests.drivers.rigs import LIMITS, Rig

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.states import Limits

SETTINGS = ScanSettings(Source.ADF)
SIZE = (118, 165)
"""Pixels of a page: all of its 10 x 14 mm at 300 dpi."""


@dataclass
class ScriptableScanner:
    """One device. Every change is seen by the next call of whoever has it open.

    `folder` is its SANE configuration, which several devices may share. `lines` are the script without its sheets, by
    their keys.
    """

    folder: Path
    library: Path
    name: str = "feeder"
    driver: str = "sane"
    lines: dict[str, str] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()
    pages_on_glass: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "dll.conf").write_text("scriptable\n", encoding="utf-8")
        self.lines = {"vendor": "Acme", "model": "Feeder 100", "type": "scanner", "plug": "1"} | self.lines
        self._write()

    @property
    def environment(self) -> dict[str, str]:
        """Variables that a process using SANE needs."""
        return {"SANE_CONFIG_DIR": str(self.folder), "LD_LIBRARY_PATH": str(self.library)}

    @property
    def id(self) -> str:
        return f"{self.driver}:scriptable:{self.name}"

    @property
    def fed(self) -> int:
        """How many sheets were drawn in since the feeder was loaded."""
        return self._count("fed")

    @property
    def fed_at(self) -> float:
        """When the last sheet was drawn in, in seconds since 1970."""
        return self._beside("fed").stat().st_mtime

    @property
    def is_held(self) -> bool:
        """Whether a process has the device open."""
        lock = self._beside("lock")
        if not lock.exists():
            return False
        inode = lock.stat().st_ino
        with open("/proc/locks", encoding="ascii") as locks:  # noqa: PTH123 - no file of ours
            return any(line.split()[-3].endswith(f":{inode}") for line in locks)

    def open(self, limits: Limits = LIMITS) -> WorkerScanner:
        return WorkerScanner(DeviceInfo(self.id, self.driver), limits)

    def session(self, limits: Limits = LIMITS) -> DeviceSession:
        """The device as a station holds it."""
        return DeviceSession(DeviceInfo(self.id, self.driver), limits)

    def load(self, *sheets: str) -> None:
        """Put this stack into the feeder, instead of whatever lies there."""
        self.sheets = sheets
        self._write()
        self._set_count("fed", 0)

    def lay(self, *pages: str) -> None:
        """Pages for the glass, one for each scan; the last stays."""
        self.pages_on_glass = pages
        self._write()
        self._set_count("turned", 0)

    def say(self, **lines: str | None) -> None:
        """Change lines of the script: `calls="start=DEVICE_BUSY"`; None takes one out. `_` stands for `-`."""
        for key, text in lines.items():
            if text is None:
                self.lines.pop(key.replace("_", "-"), None)
            else:
                self.lines[key.replace("_", "-")] = text
        self._write()

    def clear(self) -> None:
        """Take out whatever the script does to calls and sensors; the paper stays as it is."""
        self.say(calls=None, sensors=None, clamp=None, refuse=None, end=None)

    def press_button(self) -> None:
        self._beside("press").touch()

    def unplug(self) -> None:
        self._beside("device").rename(self._beside("unplugged"))

    def plug(self) -> None:
        """Plug it in, again or for the first time; a handle from before stays broken, as with USB."""
        self._beside("unplugged").unlink(missing_ok=True)
        self.lines["plug"] = str(int(self.lines["plug"]) + 1)
        self._write()

    def plug_as(self, name: str) -> None:
        """Plug it in where the system gives it another address. Its paper stays in it."""
        fed, turned = self.fed, self._count("turned")
        self._beside("unplugged").unlink(missing_ok=True)
        self.name = name
        self._set_count("fed", fed)
        self._set_count("turned", turned)
        self.plug()

    def _write(self) -> None:
        text = [f"{key} {value}".rstrip() for key, value in self.lines.items()]
        text += [f"sheet {sheet}" for sheet in self.sheets] + [f"glass {page}" for page in self.pages_on_glass]
        assert all(len(line) < 500 for line in text)
        self._replace("device", "\n".join([*text, ""]))

    def _count(self, what: str) -> int:
        file = self._beside(what)
        return int(file.read_text()) if file.exists() else 0

    def _set_count(self, what: str, count: int) -> None:
        self._replace(what, str(count))

    def _replace(self, suffix: str, text: str) -> None:
        part = self._beside(f"{suffix}.{os.getpid()}")
        part.write_text(text, encoding="utf-8")
        part.replace(self._beside(suffix))

    def _beside(self, suffix: str) -> Path:
        return self.folder / f"{self.name}.{suffix}"


def scriptable_rig(scanner: ScriptableScanner, loaded: int = 8) -> Rig:
    """The device as the contract tests want it; its environment is the caller's to set."""
    scanner.load(*[str(20 * number) for number in range(1, loaded + 1)])
    scanner.lay("10")
    return Rig(
        f"scriptable-{scanner.driver}",
        scanner.open,
        SETTINGS,
        loaded,
        SIZE,
        ScanSettings(Source.FLATBED),
        reload=lambda: scanner.load(*scanner.sheets),
        unload=scanner.load,
    )
