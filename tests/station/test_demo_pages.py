"""The drawn register pages: the same every time, and looking like what a scanner gives."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from station.demo import forms
from station.demo.entries import FORMS
from station.demo.forms import MissingFontError
from station.demo.handwriting import Hand, Pen
from station.demo.pages import PageJob, draw_page, draw_pages, picture

A4_AT_300_DPI = (2480, 3508)
BED_IS_DARKER_THAN = 40
PAPER_IS_LIGHTER_THAN = 150


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A cover and two cases."""
    return draw_pages(tmp_path_factory.mktemp("book"), pages=3, seed=11, first_number=7, year=2005)


def gray(file: Path) -> np.ndarray:
    """Gray pixels of a page."""
    with Image.open(file) as image:
        return np.asarray(image.convert("L"))


def test_files_are_a4_colour_jpegs_that_say_300_dpi(book: list[Path]) -> None:
    assert [p.name for p in book] == ["page-001.jpg", "page-002.jpg", "page-003.jpg"]
    for file in book:
        with Image.open(file) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", A4_AT_300_DPI)
            assert image.info["dpi"] == (300, 300)


def test_same_seed_gives_the_same_bytes_and_another_seed_does_not(book: list[Path], tmp_path: Path) -> None:
    job = PageJob(tmp_path / "again.jpg", (11, 2), "KS", 2005, 1, 8)
    assert draw_page(job).read_bytes() == book[2].read_bytes()
    other = PageJob(tmp_path / "other.jpg", (12, 2), "KS", 2005, 1, 8)
    assert draw_page(other).read_bytes() != book[2].read_bytes()


def test_worker_processes_draw_the_same_pages(book: list[Path], tmp_path: Path) -> None:
    many = draw_pages(tmp_path, pages=8, seed=11, first_number=7, year=2005)
    assert [p.read_bytes() for p in many[:3]] == [p.read_bytes() for p in book]


def test_page_lies_inside_a_dark_border(book: list[Path]) -> None:
    for file in book:
        pixels = gray(file)
        for edge in (pixels[:8], pixels[-8:], pixels[:, :8], pixels[:, -8:]):
            assert edge.max() < BED_IS_DARKER_THAN
        middle = pixels[600:2900, 500:2000]
        assert np.median(middle) > PAPER_IS_LIGHTER_THAN
        assert 0.8 < (pixels > BED_IS_DARKER_THAN * 2).mean() < 0.95


def test_skew_stays_within_two_degrees() -> None:
    angles = []
    for seed in range(4):
        page = picture(PageJob(Path("unused"), (seed, 1), "KS", 2005, 1, 1))
        mask = np.asarray(page[::6, ::6].max(axis=2) > BED_IS_DARKER_THAN * 2, np.uint8)
        (_, _, angle) = cv2.minAreaRect(cv2.findNonZero(mask))
        angles.append((angle + 45) % 90 - 45)
    assert max(map(abs, angles)) < 2.3
    assert max(angles) - min(angles) > 0.3


def test_pages_differ_from_each_other(book: list[Path]) -> None:
    first, second, third = (gray(file).astype(np.int16) for file in book)
    assert np.abs(first - second).mean() > 5
    assert np.abs(second - third).mean() > 5


def test_the_stamp_is_red(book: list[Path]) -> None:
    with Image.open(book[1]) as image:
        red, green, blue = (channel.astype(np.int16) for channel in np.moveaxis(np.asarray(image), 2, 0))
    assert ((red - green > 70) & (red - blue > 60)).sum() > 5000


@pytest.mark.parametrize("register", sorted(FORMS))
def test_every_register_type_can_be_drawn(register: str) -> None:
    page = picture(PageJob(Path("unused"), (3, 1), register, 1998, 2, 104))
    assert page.shape == (A4_AT_300_DPI[1], A4_AT_300_DPI[0], 3)


def test_unknown_register_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="KS"):
        draw_pages(tmp_path, pages=1, seed=1, register="ZZ")


def test_missing_font_names_the_package() -> None:
    with pytest.raises(MissingFontError, match="fonts-dejavu-core"):
        forms.load_font("NoSuchFont.ttf", 40)


def test_writing_is_fitted_into_its_room() -> None:
    text = "Ngày hai mươi bảy tháng mười một năm hai không không năm"
    for seed in range(20):
        rng = np.random.default_rng(seed)
        pen = Pen(rng, Hand.of(rng))
        assert pen.write(text, 0, 100, pen.fitting(text, 1500, 60)) < 1560
