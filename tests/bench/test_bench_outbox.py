"""A queue of ten thousand: listing it, claiming from it, and a sender's memory. Processor time, the best of several."""

from __future__ import annotations

import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

from outbox.bagfile import Sealed, sealed
from outbox.store import OutboxStore
from tests.bench.test_bench_line import cpu_of
from tests.outbox.bags import make_bag, real_clock
from tests.support import command, environment, make_station

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

ITEMS = 10_000
MOST_LIST_SECONDS = 0.3
MOST_CLAIM_MS = 5.0
MOST_MEMORY_MB = 100


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with ten thousand bags for a share that is away, and a few for one that is there."""
    folder = tmp_path_factory.mktemp("queue")
    (folder / "near").mkdir()
    places = "".join(
        f'[[destinations]]\nkind = "folder"\nname = "{name}"\npath = "{folder / name}"\n' for name in ("near", "away")
    )
    root = make_station(folder / "root", settings=f"\n{places}")
    some = sealed(make_bag(folder / "some"))
    with OutboxStore(root / "outbox.db", real_clock) as store:
        store._db.execute("pragma synchronous = off")  # ten thousand commits; the senders open it anew
        for number in range(ITEMS):
            bag_id = f"19441_KS.2005.{number:05}_0123abcd"
            store.enqueue(Sealed(some.folder, bag_id, some.digest, 6_000_000 + number), "away")
    for seed in range(5):
        make_bag(root / "bags", size=6_000_000, seed=seed)
    return root


def test_listing(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole command with its compiled modules, as an installed program has them; beside it, of an empty queue."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    empty = make_station(tmp_path / "empty")
    start, spent = (cpu_of(command(one, "--json", "outbox", "list")) for one in (empty, root))
    table = cpu_of(command(root, "outbox", "list"))
    print(f"\nlist of {ITEMS}: {spent:.3f} s of processor time, as a table {table:.3f} s, of none {start:.3f} s")
    assert spent < MOST_LIST_SECONDS


def test_claiming(root: Path) -> None:
    times = []
    with OutboxStore(root / "outbox.db", real_clock) as store:
        for _ in range(50):
            began = time.process_time()
            claim = store.claim("bench", "away", timedelta(seconds=60), real_clock())
            times.append(time.process_time() - began)
            assert claim is not None
            store.interrupted(claim)
    spent_ms = 1000 * sorted(times)[len(times) // 2]
    print(f"\nclaim among {ITEMS}: {spent_ms:.2f} ms of processor time")
    assert spent_ms < MOST_CLAIM_MS


def test_memory_of_a_sender(root: Path) -> None:
    sending = command(root, "send", "--once")
    with subprocess.Popen(sending, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sender:
        most_mb = 0.0
        while sender.poll() is None:
            most_mb = max(most_mb, peak_mb(sender.pid))
            time.sleep(0.01)
    assert len(list((root.parent / "near").glob("*.tar"))) == 5
    print(f"\nmemory of a sender with {ITEMS} queued: {most_mb:.0f} MB")
    assert 0 < most_mb < MOST_MEMORY_MB


def peak_mb(pid: int) -> float:
    """What a process held at its peak; `ru_maxrss` would count what its parent held at the fork."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)
