"""What image libraries print about odd files goes to the log, not to the operator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.support import BOOK, draw_page, draw_pages, make_station, run_station


def odd_jpeg(path: Path) -> Path:
    """Two bytes too many before its end: libjpeg minds, and decodes it."""
    data = draw_page(path, 1).read_bytes()
    path.write_bytes(data[:-2] + b"\x11\x22" + data[-2:])
    return path


def odd_tiff(path: Path) -> Path:
    """The middle of its packed picture is overwritten: libtiff minds, and it is refused."""
    with Image.open(draw_page(path.with_suffix(".jpg"), 2)) as page:
        page.save(path, compression="tiff_adobe_deflate")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = b"\xff" * 400
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("make", "minds"), [(odd_jpeg, "JPEG"), (odd_tiff, "ZIP")])
def test_the_operator_reads_sentences_and_the_log_the_rest(
    tmp_path: Path, make: Callable[[Path], Path], minds: str
) -> None:
    root = make_station(tmp_path / "root")
    file = make(tmp_path / f"odd.{'jpg' if make is odd_jpeg else 'tif'}")
    ran = run_station(root, "ingest", BOOK, str(file), str(*draw_pages(tmp_path / "good", 1, first=9)))
    assert ran.code in {0, 4}
    assert all(line.lstrip()[0] in "✓●✗" or "page" in line.lower() for line in ran.err.splitlines()), ran.err
    log = (root / "log" / "station.log").read_text()
    assert any("a worker said" in line and minds in line for line in log.splitlines()), log
