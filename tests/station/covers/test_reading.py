"""A cover sheet is read however it comes through the scanner; a page without one costs next to nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from drivers.rawfile import tiff_header
from station.covers.code import code_of
from station.covers.reading import read_codes
from station.naming import BookId
from tests.station.covers import papers
from tests.support import BOOK, draw_page

CODE = code_of(BookId.parse(BOOK))


def as_raw(image: Image.Image, path: Path, dpi: int) -> Path:
    """The file that our scanner worker writes."""
    samples = 1 if image.mode == "L" else 3
    path.write_bytes(tiff_header(*image.size, samples, dpi) + image.tobytes())
    return path


WAYS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "straight": lambda sheet: sheet,
    "grey": lambda sheet: sheet.convert("L"),
    "torn": papers.torn,
    "torn upside down": lambda sheet: papers.torn(sheet).rotate(180),
    "skewed": lambda sheet: papers.skewed(sheet, 3),
    "skewed the other way": lambda sheet: papers.skewed(sheet, -3),
    "upside down": lambda sheet: sheet.rotate(180),
    "lying on its side": lambda sheet: sheet.rotate(90, expand=True),
    "faint": papers.faint,
    "faint and skewed": lambda sheet: papers.skewed(papers.faint(sheet), 3),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dpi", [100, 300])
def test_a_cover_sheet_is_read(way: str, dpi: int, tmp_path: Path) -> None:
    sheet = WAYS[way](papers.cover(BOOK, dpi))
    assert read_codes(as_raw(sheet, tmp_path / "a.tif", dpi)) == (CODE,)
    assert read_codes(papers.save(sheet, tmp_path / "a.jpg", dpi)) == (CODE,)


def test_the_torn_sheet_has_lost_one_code(tmp_path: Path) -> None:
    kinds: Any = zxingcpp.BarcodeFormat.QRCode
    assert len(zxingcpp.read_barcodes(papers.cover(BOOK), formats=kinds)) == 2
    assert len(zxingcpp.read_barcodes(papers.torn(papers.cover(BOOK)), formats=kinds)) == 1


def test_a_long_id_is_read(tmp_path: Path) -> None:
    book = "19441/CMC.2007-2009.99"
    found = read_codes(papers.save(papers.cover(book), tmp_path / "a.jpg"))
    assert found == (code_of(BookId.parse(book)),)


def test_foreign_codes_and_ordinary_pages_have_none(tmp_path: Path) -> None:
    page = Image.open(draw_page(tmp_path / "page.jpg", 1)).convert("RGB")
    foreign = zxingcpp.create_barcode("https://example.org/?id=079012345678", zxingcpp.BarcodeFormat.QRCode)
    page.paste(Image.fromarray(foreign.to_image(scale=6)), (200, 200))
    assert read_codes(tmp_path / "page.jpg") == ()
    assert read_codes(as_raw(page, tmp_path / "page.tif", 100)) == ()


def test_what_cannot_be_read_has_none(tmp_path: Path) -> None:
    sheet = papers.cover(BOOK)
    whole = as_raw(sheet, tmp_path / "a.tif", 100).read_bytes()
    for name, data in {"half.tif": whole[: len(whole) // 2], "empty.tif": b"", "text.jpg": b"no picture"}.items():
        (tmp_path / name).write_bytes(data)
        assert read_codes(tmp_path / name) == ()
    assert read_codes(tmp_path / "missing.tif") == ()
