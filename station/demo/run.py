"""The demo: one book from a simulated scanner over the real SANE stack to a verified receipt, with nothing left out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from drivers.discovery import list_scanners
from drivers.faults import DeviceFault
from drivers.interface import DeviceInfo, Source
from drivers.remote import WorkerScanner
from drivers.simulator.process import SimulatedScanner
from outbox import durable
from outbox.destinations.loopback_sshd import LoopbackSshd, SshdError
from outbox.destinations.settings import write_path
from station.announcements import Announcements
from station.capture.requests import Intent, ScanRequest
from station.demo.pages import draw_pages
from station.errors import Exit, UsageError
from station.line import check, pack_book, scan_book
from station.model import Book, PageKind
from station.naming import BookId, Numbering
from station.root import Root
from station.settings import load_settings
from station.wiring import Station, create_station
from station.words import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from station.console import Console
    from station.model import Copy, Page
    from station.sealing.bag import SealedBag

_BOOK = "19441/KS.2005.01"
_SEED = 2005
_COMMAND_SECONDS = 120
MARK = ".scan-station-demo"
"""Says that a folder holds a demo, so that the next one may take its place."""


@dataclass
class DemoReport:
    """What the demo made, where, and how long each step took."""

    root: Path
    kept: bool
    seconds: dict[str, float] = field(default_factory=dict)
    pages: int = 0
    cases: int = 0
    copy_bytes: list[int] = field(default_factory=list)
    findings: int = 0
    bag: SealedBag | None = None
    destination: str = ""
    state: str = ""

    @property
    def kb_per_page(self) -> float:
        return sum(self.copy_bytes) / 1000 / max(1, len(self.copy_bytes))

    @property
    def exit(self) -> Exit:
        return Exit.DONE if self.state == "received" else Exit.DESTINATION

    def as_json(self) -> dict[str, Any]:
        return {
            "book": _BOOK,
            "pages": self.pages,
            "cases": self.cases,
            "kb_per_page": round(self.kb_per_page, 1),
            "findings": self.findings,
            "bag": self.bag.id if self.bag else None,
            "files": self.files(),
            "destination": self.destination,
            "state": self.state,
            "root": str(self.root),
            "kept": self.kept,
            "seconds": {step: round(seconds, 2) for step, seconds in self.seconds.items()},
        }

    def lines(self) -> dict[str, Any]:
        """The same for a person."""
        plain = self.as_json()
        plain["seconds"] = "  ".join(f"{step} {seconds:.1f}" for step, seconds in self.seconds.items())
        plain["files"] = "\n" + "\n".join(f"    {name:<44} {size / 1000:>9.1f} kB" for name, size in self.files())
        plain["root"] = str(self.root) if self.kept else sentence("demo.not-kept", separator=" · ", root=self.root)
        return {key: value for key, value in plain.items() if key != "kept"}

    def files(self) -> list[tuple[str, int]]:
        """What the bag holds for the ministry, with its sizes in bytes."""
        if self.bag is None or not self.bag.folder.is_dir():
            return []
        return [(path.name, path.stat().st_size) for path in sorted((self.bag.folder / "data").iterdir())]


def run_demo(folder: Path, console: Console, *, pages: int, kept: bool) -> DemoReport:
    """The straight line on a throwaway root, through the same functions and commands that real work uses."""
    report = DemoReport(folder, kept)
    scratch = _fresh(folder)
    with ExitStack() as stack, Demo(folder, scratch, console, report) as demo:
        with demo.step("draw"):
            sheets = draw_pages(scratch / "sheets", pages=pages, seed=_SEED)
        scanner = stack.enter_context(SimulatedScanner(sheets[0].parent, name="Demo"))
        os.environ.update(scanner.environment)
        demo.prepare_destination(stack)
        with demo.step("scan"):
            demo.scan(pages)
        with demo.step("check"):
            demo.check()
        with demo.step("pack"):
            demo.pack()
        with demo.step("send"):
            demo.command("send", "--once", root=folder)
        with demo.step("receive"):
            demo.command("receive", str(demo.arrivals), root=scratch / "receiver")
        with demo.step("receipt"):
            demo.command("send", "--once", root=folder)
        demo.close_up()
    return report


class Demo:
    """The steps, in the order in which they happen."""

    def __init__(self, root: Path, scratch: Path, console: Console, report: DemoReport) -> None:
        self._root, self._scratch = Root(root), scratch
        self._console, self._report = console, report
        self.arrivals = scratch / "arrivals"
        create_station(self._root, _BOOK.partition("/")[0], None)
        self._station: Station | None = None

    def __enter__(self) -> Demo:
        return self

    def __exit__(self, *_: object) -> None:
        if self._station:
            self._station.__exit__()

    @property
    def station(self) -> Station:
        if self._station is None:
            self._station = Station.open(self._root, "demo")
        return self._station

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._console.note(f"demo.{name}")
        began = time.perf_counter()
        yield
        self._report.seconds[name] = time.perf_counter() - began

    def prepare_destination(self, stack: ExitStack) -> None:
        """A real sshd on loopback where one is installed, else a folder, and it says so."""
        try:
            sshd = stack.enter_context(LoopbackSshd(self._scratch / "sshd"))
        except SshdError as error:
            self._console.note("demo.no-sshd", detail=error.detail)
            self.arrivals.mkdir()
            table = {"kind": "folder", "name": "demo", "path": str(self.arrivals)}
        else:
            self.arrivals = sshd.root
            table = msgspec.to_builtins(sshd.settings("demo"), enc_hook=write_path)
        self._report.destination = str(table["kind"])
        self._add_settings({"destinations": table})
        self._trust_receiver()

    def scan(self, pages: int) -> None:
        """The cover first, then one case a page, from the only scanner that SANE shows."""
        book = Book(BookId.parse(_BOOK), first_number=1, last_number=pages - 1, pages_expected=pages)
        self.station.add_book(book)
        with WorkerScanner(_the_scanner()) as scanner:
            numbering = Numbering.parse("1", "1", book.id)
            self._scan(scanner, book, Intent(PageKind.PAGE, numbering, covers=1), pages)

    def check(self) -> None:
        self._report.findings = len(check(self.station, self.station.book(_BOOK)))

    def pack(self) -> None:
        self._report.bag = pack_book(self.station, self.station.book(_BOOK), Announcements())
        self._report.pages, self._report.cases = self._report.bag.pages, self._report.bag.cases

    def command(self, *words: str, root: Path) -> None:
        """Run `station` as its own process, as a service or the receiver would. Its narration is shown."""
        done = subprocess.run(
            [sys.executable, "-m", "station", "--root", str(root), "--json", *words],
            stdout=subprocess.PIPE,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        if done.returncode:
            raise UsageError("demo.command-failed", command=" ".join(words), code=done.returncode)

    def close_up(self) -> None:
        (item,) = self.station.outbox.items()
        self._report.state = item.state

    def _scan(self, scanner: WorkerScanner, book: Book, intent: Intent, pages: int) -> None:
        request = ScanRequest(self.station.settings.scan, intent, Source.ADF, pages)
        announce = Announcements(page=self._say_page, copy=self._count_copy)
        outcome = scan_book(self.station, book, scanner, request, announce)
        if outcome.result.fault or len(outcome.result.pages) != pages:
            raise UsageError("demo.scan-failed", pages=len(outcome.result.pages), fault=outcome.result.fault)

    def _say_page(self, page: Page) -> None:
        self._console.note("page.kept", order=page.order, page=page.id)

    def _count_copy(self, copy: Copy) -> None:
        self._report.copy_bytes.append(copy.bytes)

    def _trust_receiver(self) -> None:
        """The receiver has a root and a key of its own; the station pins that key, as a technician would."""
        from station.handover.receive import receiver_key

        key = receiver_key(Root(self._scratch / "receiver"))
        self._add_settings({"receipts": {"trusted": [key.public.text()]}})

    def _add_settings(self, tables: dict[str, dict[str, Any]]) -> None:
        text = self._root.settings.read_text(encoding="utf-8")
        for name, table in tables.items():
            header = f"[[{name}]]" if name == "destinations" else f"[{name}]"
            text += "\n" + "\n".join([header, *(f"{key} = {json.dumps(value)}" for key, value in table.items())]) + "\n"
        durable.replace(self._root.settings, text.encode())
        load_settings(self._root.settings)


def _the_scanner() -> DeviceInfo:
    """Found as a real one is: by asking SANE."""
    try:
        found = list_scanners()
    except DeviceFault as fault:
        raise UsageError("demo.no-sane", detail=fault.detail) from fault
    if len(found) != 1:
        raise UsageError("demo.no-sane", detail=f"{len(found)} devices")
    return found[0]


def _fresh(folder: Path) -> Path:
    """An empty folder marked as a demo, and a place in it for everything that is not the station's."""
    clear(folder)
    scratch = folder / "demo"
    scratch.mkdir()
    return scratch


def clear(folder: Path) -> None:
    """Mark a folder as a demo; what an earlier demo left in it goes."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    (folder / MARK).touch()
