"""100 MB of a book onto a stick: encrypted, synced, read back, listed; against a plain copy of the same bytes.

Both go onto the same medium, one after the other, several times: the plain copy is written, synced, dropped from
memory and read back, as `cp`, `sync` and `cmp` do. What is held to is a medium at a stick's speed. On a disk that is
ten times as fast the processor decides: that is shown, and held to what two cores do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from outbox import bagfile, keys
from outbox.bagfile import BagFile, Sealed
from outbox.stick.exporting import export
from outbox.stick.files import forget
from tests.outbox.bags import seal
from tests.outbox.stick import sticks
from tests.outbox.stick.exports import RECIPIENT, order
from tests.support import environment

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

PAGES, PAGE_BYTES = 1000, 100_000
ROUNDS = 5
LEAST_SHARE = 0.8
MOST_CPU = 1.0
MOST_GROWTH_MB = 15
USB_2_MB_S, USB_3_MB_S = 35.0, 100.0
CHUNK = 1 << 20


@dataclass(frozen=True)
class Round:
    """Seconds of the clock and of this process for one way of bringing the bytes there."""

    wall: float
    cpu: float


def make_book(folder: Path, count: int = PAGES) -> Sealed:
    """A bag of a thousand pages, stored and not compressed, as a book's zip has them."""
    pages = b"".join(os.urandom(PAGE_BYTES) for _ in range(count))
    return bagfile.sealed(
        seal(folder, "19441_KS.2005.01", {"data/19441.KS.2005.01.zip": pages, "data/book.json": b"{}"})
    )


def timed_copy(bag: Sealed, target: Path) -> Round:
    wall, cpu = time.perf_counter(), time.process_time()
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    for chunk in BagFile(bag.folder).chunks():
        view = memoryview(chunk)
        while view:
            view = view[os.write(descriptor, view) :]
    os.fsync(descriptor)
    forget(descriptor)
    os.lseek(descriptor, 0, os.SEEK_SET)
    for chunk in BagFile(bag.folder).chunks():
        assert read_exactly(descriptor, len(chunk)) == chunk
    os.close(descriptor)
    return Round(time.perf_counter() - wall, time.process_time() - cpu)


def read_exactly(descriptor: int, size: int) -> bytes:
    parts = []
    while size:
        part = os.read(descriptor, size)
        assert part
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def timed_export(bag: Sealed, target: Path) -> Round:
    wall, cpu = time.perf_counter(), time.process_time()
    done = export(target, order([bag]))
    assert done.written == (bag.bag_id,)
    return Round(time.perf_counter() - wall, time.process_time() - cpu)


@pytest.mark.parametrize("speed", [USB_2_MB_S, USB_3_MB_S])
def test_at_a_stick_s_speed_the_medium_decides(tmp_path: Path, speed: float) -> None:
    bag = make_book(tmp_path / "bags")
    with sticks.slow(tmp_path / "medium", 1200, speed) as stick:
        share, cpu = compare(f"medium of {speed:.0f} MB/s", bag, stick.point)
    assert share >= LEAST_SHARE
    assert cpu <= MOST_CPU


def test_on_a_disk_the_processor_decides(tmp_path: Path) -> None:
    _, cpu = compare("disk", make_book(tmp_path / "bags"), tmp_path)
    assert cpu <= MOST_CPU


def test_memory_does_not_grow_with_the_book(tmp_path: Path) -> None:
    small, large = (most_memory_mb(tmp_path / name, megabytes) for name, megabytes in (("a", 5), ("b", 400)))
    print(f"\nmemory: {small:.0f} MB for a book of 5 MB, {large:.0f} MB for one of 400 MB")
    assert large - small <= MOST_GROWTH_MB


def most_memory_mb(folder: Path, megabytes: int) -> float:
    """What an export's process takes at most."""
    folder.mkdir()
    make_book(folder / "bags", megabytes * 10)
    keys.create_key_pair(folder / "key", folder / "key.pub")
    (folder / "recipient").write_text(RECIPIENT)
    words = [sys.executable, "-c", _EXPORT_AND_TELL, str(folder), str(_made(folder / "stick"))]
    told = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True, timeout=300)
    return int(told.stdout) / 1024


# Not by rusage: that counts what the parent had when it forked.
_EXPORT_AND_TELL = """
import sys
from pathlib import Path
from tests.outbox.stick.exports import export_from
export_from(Path(sys.argv[1]), Path(sys.argv[2]))
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


def compare(name: str, bag: Sealed, place: Path) -> tuple[float, float]:
    """Our speed over the copy's, pair by pair, and the seconds of a processor that an export takes."""
    os.sync()
    pairs = [
        (timed_copy(bag, place / f"copy{number}"), timed_export(bag, _made(place / f"export{number}")))
        for number in range(ROUNDS)
    ]
    copy, ours = median(copy.wall for copy, _ in pairs), median(export.wall for _, export in pairs)
    share = median(copy.wall / export.wall for copy, export in pairs)
    cpu = median(export.cpu for _, export in pairs)
    speeds = f"copy {bag.size / copy / 1e6:.0f} MB/s, export {bag.size / ours / 1e6:.0f} MB/s"
    print(f"\n{name}: {speeds}, {share:.2f} of the copy's speed, {cpu:.2f} s of a processor")
    return share, cpu


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
