"""The simulated scanner seen through the real scanimage, libsane and sane-airscan."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from drivers.simulator.faults import Fault, FaultKind
from drivers.simulator.process import SimulatedScanner

if TYPE_CHECKING:
    from pathlib import Path

SCANIMAGE = shutil.which("scanimage")
SCANIMAGE_TIMEOUT_S = 40.0
SIZE = (620, 877)
PAGES = 5

pytestmark = pytest.mark.skipif(SCANIMAGE is None, reason="needs scanimage and sane-airscan")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five small pages, named so that only natural order is the right one: page 2 before page 10."""
    folder = tmp_path_factory.mktemp("pages")
    rng = np.random.default_rng(7)
    for index, name in enumerate((1, 2, 3, 10, 11)):
        coarse = rng.integers(0, 255, (9 + index, 7, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC).save(
            folder / f"page {name}.jpg", quality=90, dpi=(300, 300)
        )
    return folder


def in_order(pages: Path) -> list[Path]:
    """The page files as they lie in the feeder."""
    return sorted(pages.iterdir(), key=lambda p: int(p.stem.split()[1]))


def run_scanimage(scanner: SimulatedScanner, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run scanimage on this scanner only."""
    return subprocess.run(
        [str(SCANIMAGE), *arguments],
        env={**os.environ, "LC_ALL": "C", **scanner.environment},
        capture_output=True,
        text=True,
        timeout=SCANIMAGE_TIMEOUT_S,
        check=False,
    )


def scan_batch(scanner: SimulatedScanner, folder: Path, *, source: str = "ADF", options: tuple[str, ...] = ()) -> str:
    """Scan into ``folder`` until something ends it; returns what scanimage narrated."""
    folder.mkdir(exist_ok=True)
    result = run_scanimage(
        scanner,
        *("--device-name", scanner.device_name, "--source", source, "--format=pnm"),
        *(f"--batch={folder}/%03d.pnm", *options),
    )
    return result.stderr


def pixels(file: Path) -> np.ndarray:
    """Decoded image."""
    with Image.open(file) as image:
        return np.asarray(image)


def assert_same_pages(scanned: Path, expected: list[Path]) -> None:
    """Every scanned image has exactly the pixels of the page file."""
    files = sorted(scanned.iterdir())
    assert len(files) == len(expected)
    for file, page in zip(files, expected, strict=True):
        np.testing.assert_array_equal(pixels(file), pixels(page))


def test_lists_the_simulated_device_and_no_other(pages: Path) -> None:
    with SimulatedScanner(pages, name="Máy quét thử") as scanner:
        listed = run_scanimage(scanner, "--formatted-device-list=%d%n").stdout.splitlines()
        assert listed == [scanner.device_name]


def test_feeder_gives_every_page_exactly_and_ends_with_no_documents(pages: Path, tmp_path: Path) -> None:
    with SimulatedScanner(pages) as scanner:
        words = scan_batch(scanner, tmp_path / "out")
        assert "Document feeder out of documents" in words
        assert_same_pages(tmp_path / "out", in_order(pages))
        assert scanner.feeder().sheets_left == 0
        assert [s.image for s in scanner.feeder().served] == list(range(PAGES))


def test_platen_gives_one_image_and_the_page_is_turned(pages: Path, tmp_path: Path) -> None:
    with SimulatedScanner(pages) as scanner:
        for name in ("first", "second"):
            scan_batch(scanner, tmp_path / name, source="Flatbed", options=("--batch-count=1",))
        assert_same_pages(tmp_path / "first", in_order(pages)[:1])
        assert_same_pages(tmp_path / "second", in_order(pages)[1:2])
        assert scanner.feeder().sheets_left == PAGES


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FaultKind.JAM, "Document feeder jammed"),
        (FaultKind.COVER_OPEN, "Scanner cover is open"),
        (FaultKind.BUSY, "Device busy"),
    ],
)
def test_blocking_fault_keeps_the_sheets_until_it_is_cleared(
    pages: Path, tmp_path: Path, kind: FaultKind, words: str
) -> None:
    with SimulatedScanner(pages, faults=[Fault(2, kind)]) as scanner:
        assert words in scan_batch(scanner, tmp_path / "before")
        assert_same_pages(tmp_path / "before", in_order(pages)[:2])
        assert scanner.feeder().blocked is kind
        assert words in scan_batch(scanner, tmp_path / "still")
        scanner.set_faults()
        assert "out of documents" in scan_batch(scanner, tmp_path / "after")
        assert_same_pages(tmp_path / "after", in_order(pages)[2:])


@pytest.mark.parametrize("image", [1, PAGES - 1])
def test_lost_connection_is_an_io_error_and_refilling_brings_the_page_back(
    pages: Path, tmp_path: Path, image: int
) -> None:
    """In the last sheet too, though the feeder is empty by then: it must not pass for the end of the feed."""
    with SimulatedScanner(pages, faults=[Fault(image, FaultKind.DISCONNECT)]) as scanner:
        assert "Error during device I/O" in scan_batch(scanner, tmp_path / "before")
        assert_same_pages(tmp_path / "before", in_order(pages)[:image])
        assert scanner.feeder().sheets_left == PAGES - image - 1
        assert scanner.refill(image).next_image == image
        scan_batch(scanner, tmp_path / "after")
        assert_same_pages(tmp_path / "after", in_order(pages)[image:])


def test_half_a_jpeg_arrives_as_a_full_page_without_an_error(pages: Path, tmp_path: Path) -> None:
    with SimulatedScanner(pages, faults=[Fault(1, FaultKind.HALF_JPEG)]) as scanner:
        assert "out of documents" in scan_batch(scanner, tmp_path / "out")
        files = sorted((tmp_path / "out").iterdir())
        assert len(files) == PAGES
        whole, half = pixels(in_order(pages)[1]), pixels(files[1])
        assert half.shape == whole.shape
        np.testing.assert_array_equal(half[:200], whole[:200])
        assert not np.array_equal(half[-200:], whole[-200:])


def test_stalled_page_lasts_until_it_is_cleared(pages: Path, tmp_path: Path) -> None:
    with SimulatedScanner(pages, faults=[Fault(1, FaultKind.STALL)]) as scanner:
        (tmp_path / "out").mkdir()
        client = subprocess.Popen(
            [str(SCANIMAGE), "-d", scanner.device_name, "--source=ADF", f"--batch={tmp_path}/out/%03d.pnm"],
            env={**os.environ, **scanner.environment},
            stderr=subprocess.DEVNULL,
        )
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                client.wait(1.5)
            scanner.set_faults()
            client.wait(SCANIMAGE_TIMEOUT_S)
        finally:
            client.kill()
            client.wait()
        assert_same_pages(tmp_path / "out", in_order(pages)[:1])


def test_killed_client_leaves_the_other_sheets_in_the_feeder(pages: Path, tmp_path: Path) -> None:
    with SimulatedScanner(pages, faults=[Fault(1, FaultKind.STALL)]) as scanner:
        command = [str(SCANIMAGE), "-d", scanner.device_name, "--source=ADF", f"--batch={tmp_path}/%03d.pnm"]
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run(
                command, env={**os.environ, **scanner.environment}, stderr=subprocess.DEVNULL, timeout=1.5, check=False
            )
        assert scanner.feeder().sheets_left == PAGES - 2
        scan_batch(scanner, tmp_path / "after")
        assert_same_pages(tmp_path / "after", in_order(pages)[2:])


def test_airscan_feeds_ahead_of_its_user_unless_the_paper_is_slow(pages: Path, tmp_path: Path) -> None:
    """At full speed a batch of one may draw in every sheet; at a real scanner's speed only the next one or two."""
    with SimulatedScanner(pages, seconds_per_page=1.0) as scanner:
        scan_batch(scanner, tmp_path / "out", options=("--batch-count=1",))
        assert scanner.feeder().sheets_left >= PAGES - 3
        assert_same_pages(tmp_path / "out", in_order(pages)[:1])


def test_duplex_gives_front_and_back_of_every_sheet_and_simplex_fronts_alone(pages: Path, tmp_path: Path) -> None:
    folder = tmp_path / "even"
    folder.mkdir()
    for page in in_order(pages)[:4]:
        shutil.copy(page, folder)
    with SimulatedScanner(folder, duplex=True) as scanner:
        assert scanner.feeder().sheets_left == 2
        scan_batch(scanner, tmp_path / "both", source="ADF Duplex")
        assert_same_pages(tmp_path / "both", in_order(folder))
        scanner.refill(1)
        scan_batch(scanner, tmp_path / "fronts")
        assert_same_pages(tmp_path / "fronts", in_order(folder)[::2])


def test_other_resolutions_and_gray_are_made_on_the_way(pages: Path, tmp_path: Path) -> None:
    with SimulatedScanner(pages) as scanner:
        options = ("--resolution=100", "--mode=Gray", "--batch-count=1")
        scan_batch(scanner, tmp_path / "out", options=options)
        image = pixels(tmp_path / "out" / "001.pnm")
        assert image.ndim == 2
        assert image.shape == pytest.approx((SIZE[1] / 3, SIZE[0] / 3), abs=1)


def test_part_of_the_glass_is_cut_out_of_the_page(pages: Path, tmp_path: Path) -> None:
    with SimulatedScanner(pages) as scanner:
        options = ("-l", "10", "-t", "20", "-x", "20", "-y", "30", "--batch-count=1")
        scan_batch(scanner, tmp_path / "out", source="Flatbed", options=options)
        part, whole = pixels(tmp_path / "out" / "001.pnm"), pixels(in_order(pages)[0])
        left, top = (round(mm * 300 / 25.4) for mm in (10, 20))
        cut = whole[top : top + part.shape[0], left : left + part.shape[1]]
        assert np.abs(part.astype(int) - cut).mean() < 3
