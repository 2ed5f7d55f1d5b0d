"""Bags, keys and clocks for these tests."""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from outbox import keys
from outbox.bagfile import payload_digest
from outbox.destinations.base import Destination
from outbox.items import Routing
from outbox.sender import Report, Sender
from outbox.store import OutboxStore

KEY = keys.new_key()
T = TypeVar("T")


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def real_clock() -> datetime:
    return datetime.now(UTC)


def make_bag(parent: Path, name: str = "19441_KS.2005.01", *, size: int = 50_000, seed: int = 1) -> Path:
    """A small sealed bag as station seals them; the seed decides its contents and so its id."""
    files = {
        "data/19441.KS.2005.01.zip": Random(seed).randbytes(size),
        "data/19441.KS.2005.01.xlsx": b"sheet",
        "data/book.json": b'{"id": "19441/KS.2005.01"}',
    }
    return seal(parent, name, files)


def seal(parent: Path, name: str, files: dict[str, bytes]) -> Path:
    manifest = _manifest(files)
    oxum = f"{sum(map(len, files.values()))}.{len(files)}"
    tags = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": f"Payload-Oxum: {oxum}\n".encode(),
        "manifest-sha256.txt": manifest,
    }
    tag_manifest = _manifest(tags)
    tags["tagmanifest-sha256.txt"] = tag_manifest
    tags["signature"] = keys.sign_bag(tag_manifest, KEY)
    folder = parent / f"{name}_{hashlib.sha256(manifest).hexdigest()[:8]}"
    for path, content in (files | tags).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    assert payload_digest(folder) == hashlib.sha256(manifest).hexdigest()
    return folder


def make_sender(
    store: OutboxStore,
    bags: Path,
    *destinations: Destination,
    clock: Callable[[], datetime] = real_clock,
    report: Callable[[Report], None] = lambda _: None,
    trusted: keys.TrustedKeys | None = None,
) -> Sender:
    return Sender(
        store=store,
        bags_folder=bags,
        destinations={destination.name: destination for destination in destinations},
        routing=Routing(tuple(destination.name for destination in destinations[:1]) or ("nowhere",)),
        trusted_keys=keys.trust([KEY.public]) if trusted is None else trusted,
        clock=clock,
        rng=Random(1),
        report=report,
    )


def flip(path: Path, offset: int) -> None:
    """Change one byte."""
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))


def run(work: Coroutine[Any, Any, T], limit_s: float = 60.0) -> T:
    """Run to the end or fail."""
    return asyncio.run(asyncio.wait_for(work, limit_s))


def _manifest(files: dict[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())).encode()
