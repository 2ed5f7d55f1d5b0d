"""What tests of several packages share: a station in a temporary folder, pages to put into it, the command itself."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

REGISTRY = "19441"
BOOK = "19441/KS.2005.01"
COMMAND_SECONDS = 110


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON document on stdout."""
        return json.loads(self.out)


def command(root: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "station", "--root", str(root), "--operator", "tester", *words]


def environment(**more: str) -> dict[str, str]:
    """The environment of a command: this one without what would change a station's behaviour."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STATION_", "SANE_"))}
    return kept | {"STATION_LANGUAGE": "en"} | more


def run_station(root: Path, *words: str, **more: str) -> Ran:
    """Run `station` as its own process and wait for its end; `more` are variables of its environment."""
    done = subprocess.run(
        command(root, *words),
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        env=environment(**more),
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def run_here(root: Path, *words: str) -> Ran:
    """Run the same command in this process, which saves a second where the process itself is not what is tested."""
    from station.cli import run

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["--root", str(root), "--operator", "tester", *words])
    return Ran(code, out.getvalue(), err.getvalue())


def succeed(root: Path, *words: str) -> Any:
    """Run a command here that must succeed; its JSON document."""
    ran = run_here(root, "--json", *words)
    assert ran.code == 0, f"{words}: {ran.code}\n{ran.out}\n{ran.err}"
    return ran.data if ran.out else None


def make_station(root: Path, book: str = BOOK, *, settings: str = "") -> Path:
    """A station of Hướng Phùng with one book; `settings` is appended to its file."""
    succeed(root, "init", "--registry", REGISTRY)
    with (root / "station.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[imaging]\nworkers = 1\n{settings}")
    succeed(root, "books", "add", book)
    return root


def folder_destination(path: Path) -> str:
    """Settings of a folder as the only destination."""
    path.mkdir(parents=True, exist_ok=True)
    return f'\n[[destinations]]\nkind = "folder"\nname = "share"\npath = "{path}"\n'


def receive_elsewhere(root: Path, there: Path, receiver: Path) -> None:
    """What is queued goes into a folder, and a machine of its own, whose key the station trusts, receives it."""
    key = succeed(make_station(receiver), "receive", "--make-key")["receipts"]
    with (root / "station.toml").open("a") as file:
        file.write(f'\n[receipts]\ntrusted = ["{key}"]\n')
    succeed(root, "send", "--once")
    succeed(receiver, "receive", str(there))
    succeed(root, "send", "--once")


def draw_page(path: Path, number: int, *, dpi: int = 100) -> Path:
    """A small A4 page on a dark bed: its number, ruled lines, strokes. No two numbers give the same picture."""
    height, width = round(297 / 25.4 * dpi), round(210 / 25.4 * dpi)
    margin = dpi // 10
    page = np.full((height, width, 3), 24, np.uint8)
    page[margin:-margin, margin:-margin] = (196, 221, 232)
    for y in range(2 * dpi, height - dpi, dpi // 3):
        cv2.line(page, (dpi // 2, y), (width - dpi // 2, y), (120, 120, 120), 1)
    cv2.putText(page, f"So {number:04}", (dpi, dpi), cv2.FONT_HERSHEY_SIMPLEX, dpi / 80, (90, 40, 20), 2, cv2.LINE_AA)
    random = np.random.default_rng(number)
    for y in range(2 * dpi, height - dpi, dpi // 3):
        points = np.stack([np.linspace(dpi, width - dpi, 40), y - 4 - random.random(40) * dpi / 8], axis=1)
        cv2.polylines(
            page, [points.astype(np.int32)], isClosed=False, color=(110, 60, 40), thickness=1, lineType=cv2.LINE_AA
        )
    ok, data = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, 85])
    assert ok
    path.write_bytes(with_density(data.tobytes(), dpi))
    return path


def with_density(jpeg: bytes, dpi: int) -> bytes:
    """The JPEG with this resolution in its JFIF header, as scanners write it."""
    assert jpeg[6:11] == b"JFIF\0"
    return jpeg[:13] + b"\x01" + dpi.to_bytes(2, "big") * 2 + jpeg[18:]


def draw_pages(folder: Path, count: int, first: int = 1) -> list[Path]:
    """Pages `p1.jpg`, `p2.jpg` ... in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return [draw_page(folder / f"p{number}.jpg", number) for number in range(first, first + count)]


def scripted(folder: Path, sheets: list[str], *, feeder: bool = True) -> str:
    """A scripted scanner's id; each sheet is the text of one entry, such as `grey = 200`."""
    script = folder / "script.toml"
    entries = "".join(f"[[sheet]]\n{sheet}\n" for sheet in sheets)
    script.write_text(f"feeder = {str(feeder).lower()}\ndpi = 100\n{entries}", encoding="utf-8")
    return f"scripted:{script}"
