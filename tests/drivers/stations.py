"""A station with one book, made in this process, and scans into it: in this process, or by the command."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

from drivers.interface import Source
from station.announcements import Announcements
from station.capture.requests import Intent, ScanRequest
from station.line import scan_book
from station.model import Book, PageKind
from station.naming import BookId, Numbering
from station.root import Root
from station.wiring import Station, create_station
from tests import support

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.interface import Scanner
    from station.capture.outcomes import ScanOutcome
    from station.model import Page

BOOK = support.BOOK
COMMAND_SECONDS = 60.0


def make(path: Path) -> Root:
    """A station of Hướng Phùng with one book and one process for image work."""
    root = Root(path)
    create_station(root, support.REGISTRY, None)
    with root.settings.open("a", encoding="utf-8") as file:
        file.write("\n[imaging]\nworkers = 1\n\n[storage]\nmin_free_mb = 0\n")
    with Station.open(root, "tester") as station:
        station.add_book(Book(BookId.parse(BOOK)))
    return root


def scan(root: Root, scanner: Scanner, on_page: Callable[[Page], None] = lambda _: None) -> ScanOutcome:
    """Scan whatever lies in the feeder into the book."""
    with Station.open(root, "tester") as station:
        return scan_into(station, scanner, 1, on_page)


def scan_into(
    station: Station,
    scanner: Scanner,
    number: int,
    on_page: Callable[[Page], None] = lambda _: None,
    book: str = BOOK,
) -> ScanOutcome:
    """One scan of a station that stays open; its first page gets this number."""
    found = station.book(book)
    intent = Intent(PageKind.PAGE, Numbering.parse(str(number), "1", found.id))
    request = ScanRequest(station.settings.scan, intent, Source.ADF)
    return scan_book(station, found, scanner, request, Announcements(page=on_page))


def start_scan(root: Root, device: str, *words: str, **environment: str) -> subprocess.Popen[str]:
    """`station scan` as its own process."""
    return subprocess.Popen(
        support.command(root.path, "--json", "scan", BOOK, "--device", device, *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=support.environment(**environment),
    )


def finish(process: subprocess.Popen[str]) -> support.Ran:
    try:
        out, err = process.communicate(timeout=COMMAND_SECONDS)
    finally:
        process.kill()
    return support.Ran(process.returncode, out, err)


def run_scan(root: Root, device: str, *words: str, **environment: str) -> support.Ran:
    return finish(start_scan(root, device, *words, **environment))


def wait_for_page(process: subprocess.Popen[str]) -> str:
    """The first line of narration that tells of a page."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith("page 1 kept"):
            return line
    raise AssertionError("".join(lines))


def kept_pages(root: Root, book: str = BOOK) -> list[Page]:
    """The pages of the book, each of them with its master whole."""
    with Station.open(root, "tester") as station:
        pages = station.catalogue.pages(BookId.parse(book))
    for page in pages:
        assert hashlib.sha256((root.path / page.file).read_bytes()).hexdigest() == page.sha256
    return pages


def leftovers(root: Root) -> list[Path]:
    """Half-written files anywhere below the root."""
    return sorted(root.path.rglob("*.part"))
