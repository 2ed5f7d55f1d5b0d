"""Stations with bags that wait, receivers, and what lies on a stick, for these tests and those of faults."""

from __future__ import annotations

import io
import json
import random
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

from outbox import bagfile
from outbox.stick import index
from outbox.stick.exporting import read_index
from outbox.stick.index import Index
from outbox.stick.taking import find_hand_overs
from station.root import Root
from station.wiring import Station
from tests.outbox.bags import seal
from tests.support import BOOK, REGISTRY, draw_pages, make_station, succeed


def make_receiver(root: Path) -> dict[str, str]:
    """A receiver's keys, as `station receive --make-key` prints them."""
    keys: dict[str, str] = succeed(root, "receive", "--make-key")
    return keys


def settings_for(keys: dict[str, str]) -> str:
    """The settings by which a station exports for a receiver and believes its receipts."""
    return f'\n[export]\nrecipients = ["{keys["recipient"]}"]\n[receipts]\ntrusted = ["{keys["receipts"]}"]\n'


def make_sealed(root: Path, pages: Path, keys: dict[str, str], count: int = 2) -> str:
    """A station with one sealed book of real pages; its bag id."""
    make_station(root, settings=settings_for(keys))
    draw_pages(pages, count)
    succeed(root, "ingest", BOOK, str(pages), "--number", "1")
    succeed(root, "pack", BOOK)
    (item,) = succeed(root, "outbox", "list")
    return str(item["bag_id"])


def make_waiting(root: Path, keys: dict[str, str], count: int, size: int = 60_000) -> list[str]:
    """A station with so many waiting bags, small ones that no scanner made; their ids."""
    succeed(root, "init", "--registry", REGISTRY)
    with (root / "station.toml").open("a", encoding="utf-8") as file:
        file.write(settings_for(keys))
    with Station.open(Root(root)) as station:
        for number in range(count):
            folder = make_good_bag(root / "bags", number, pad=size)
            station.outbox.enqueue(bagfile.sealed(folder), "unset")
    return [item["bag_id"] for item in succeed(root, "outbox", "list")]


def make_good_bag(parent: Path, seed: int, *, pad: int = 0) -> Path:
    """A bag that a receiver accepts: one case of one page, and so many bytes that nobody looks into."""
    pdf = FPDF()
    pdf.set_creation_date(datetime(2026, 3, 1, tzinfo=UTC))
    pdf.add_page()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(zipfile.ZipInfo("19441.KS.2005.01.001.pdf"), bytes(pdf.output()))
    record = {"book": {"registry": REGISTRY}, "seed": seed, "cases": [{"pages": ["p1"]}]}
    files = {
        "data/19441.KS.2005.01.zip": archive.getvalue(),
        "data/19441.KS.2005.01.xlsx": random.Random(seed).randbytes(pad),
        "data/book.json": json.dumps(record).encode(),
    }
    return seal(parent, f"19441_KS.{2000 + seed}.01", files)


def index_on(stick: Path) -> Index:
    """The only station's list on a stick."""
    (home,) = find_hand_overs(stick)
    found = read_index(home / index.NAME)
    assert found
    return found


def files_on(stick: Path) -> list[str]:
    """Every file of ours on a stick, unfinished ones too."""
    return sorted(path.name for path in (stick / "scan-station").rglob("*") if path.is_file())
