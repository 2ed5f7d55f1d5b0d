"""CPU milliseconds and kilobytes a page: raw A4 masters of 300 dpi, and the real pages where they are at hand."""

import hashlib
from pathlib import Path

import pytest

from station.imaging.page import PageJob, PageResult
from station.imaging.process import process_page
from station.imaging.recipe import A4_MM2, load_recipe
from tests.station.imaging.pages import draw_sheet, save_tiff

pytestmark = pytest.mark.bench

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
ROUNDS = 5


def measure(master: Path, tmp_path: Path) -> PageResult:
    """The fastest of several rounds: the other rounds measured the machine's neighbours."""
    sha256 = hashlib.sha256(master.read_bytes()).hexdigest()
    job = PageJob(master, sha256, tmp_path / "copy.jpg", load_recipe())
    return min((process_page(job) for _ in range(ROUNDS)), key=lambda result: result.cpu_ms)


def describe(name: str, result: PageResult) -> str:
    kb_per_a4 = result.bytes / 1000 / (result.paper_mm[0] * result.paper_mm[1] / A4_MM2)
    return (
        f"{name:28} {result.cpu_ms:6.1f} ms  {result.bytes / 1000:6.1f} kB  {kb_per_a4:6.1f} kB/A4  q{result.quality}"
    )


@pytest.mark.parametrize("skew", [0.0, 1.3, -2.7])
def test_raw_a4_masters(tmp_path: Path, skew: float) -> None:
    result = measure(save_tiff(draw_sheet(skew), tmp_path / "a.tif"), tmp_path)
    print(describe(f"A4 300 dpi, {skew} degrees", result))
    assert result.cpu_ms <= 400


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real pages are not on this machine")
def test_real_pages(tmp_path: Path) -> None:
    for master in sorted(SAMPLES.glob("*.jpg")):
        print(describe(master.stem, measure(master, tmp_path)))
