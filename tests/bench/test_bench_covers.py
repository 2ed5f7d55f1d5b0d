"""What looking for a cover sheet costs a page: it stands before every commit."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from drivers.rawfile import tiff_header
from station.covers.reader import CodeReader
from station.covers.reading import read_codes
from tests.station.covers import papers
from tests.support import BOOK, draw_page

pytestmark = pytest.mark.bench

ROUNDS = 20
MOST_MS = 10.0
MOST_ROUND_TRIP_MS = 3.0


@pytest.mark.parametrize("what", ["page", "cover"])
@pytest.mark.parametrize("ending", ["tif", "jpg"])
def test_looking_for_a_cover_sheet(what: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    page = Image.open(draw_page(tmp_path / "page.jpg", 1, dpi=300)).convert("RGB")
    sheet = papers.cover(BOOK, 300) if what == "cover" else page
    if ending == "tif":
        path.write_bytes(tiff_header(*sheet.size, 3, 300) + sheet.tobytes())
    else:
        papers.save(sheet, path, 300)
    assert bool(read_codes(path)) == (what == "cover")
    costs = []
    for _ in range(ROUNDS):
        began = time.process_time()
        read_codes(path)
        costs.append((time.process_time() - began) * 1000)
    print(f"{what}.{ending}: {min(costs):.1f} ms CPU at best, {sorted(costs)[ROUNDS // 2]:.1f} ms usually")
    assert min(costs) < MOST_MS


def test_the_round_trip_to_the_reader(tmp_path: Path) -> None:
    """What the process of its own adds to a look: wall time for a picture that is not there, the median."""
    missing = tmp_path / "missing.jpg"
    with CodeReader() as reader:
        reader.look(missing)
        costs = sorted(wall_ms(lambda: reader.look(missing)) for _ in range(10 * ROUNDS))
    print(f"the way to the reader's process and back: {costs[len(costs) // 2]:.2f} ms")
    assert costs[len(costs) // 2] < MOST_ROUND_TRIP_MS


def wall_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
