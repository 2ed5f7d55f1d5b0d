"""A case's PDF: the delivery bytes unchanged, the right size, the same every time."""

import io
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest

from station.imaging.page import PageJob
from station.imaging.pdf import build_case_pdf, pdf_page_count, write_case_pdf
from station.imaging.process import process_page
from station.imaging.recipe import load_recipe
from tests.station.imaging.pages import draw_sheet, save_tiff


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pages")
    for index, skew in enumerate((0.5, -1.0)):
        master = save_tiff(draw_sheet(skew, dpi=150, seed=index), folder / f"{index}.tif", grey=index == 1)
        process_page(PageJob(master, "", folder / f"{index}.jpg", load_recipe()))
    return [folder / "0.jpg", folder / "1.jpg"]


def test_the_pages_lie_in_it_unchanged_at_their_size(pages: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "KS.2005.01.012.pdf"
    write_case_pdf(pages, target, "KS.2005.01 số 12")
    with pikepdf.open(target) as pdf:
        assert len(pdf.pages) == 2
        for page, jpeg in zip(pdf.pages, pages, strict=True):
            (image,) = page.get_images().values()
            assert image.read_raw_bytes() == jpeg.read_bytes()
            width_mm, height_mm = (float(side) / 72 * 25.4 for side in list(page.mediabox)[2:])
            assert (width_mm, height_mm) == pytest.approx((212, 299), abs=1)
        assert str(pdf.docinfo["/Title"]) == "KS.2005.01 số 12"
        assert float(pdf.pdf_version) >= 1.4
    assert pdf_page_count(target) == 2
    assert list(tmp_path.iterdir()) == [target]


def test_the_same_pages_give_the_same_bytes(pages: list[Path]) -> None:
    jpegs = [page.read_bytes() for page in pages]
    first = build_case_pdf(jpegs, "title")
    assert build_case_pdf(jpegs, "title") == first
    assert build_case_pdf(jpegs[::-1], "title") != first


@pytest.mark.skipif(not shutil.which("qpdf"), reason="qpdf is not installed")
def test_qpdf_finds_nothing(pages: list[Path], tmp_path: Path) -> None:
    write_case_pdf(pages, tmp_path / "a.pdf", "Hướng Phùng")
    done = subprocess.run(["qpdf", "--check", tmp_path / "a.pdf"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_jpeg_pages_make_a_case() -> None:
    with pytest.raises(ValueError, match="JPEG"):
        build_case_pdf([], "title")
    with pytest.raises(ValueError, match="JPEG"):
        build_case_pdf([b"\x89PNG\r\n\x1a\n"], "title")


def test_a_cut_pdf_is_not_counted(pages: list[Path]) -> None:
    whole = build_case_pdf([pages[0].read_bytes()], "title")
    assert pdf_page_count(whole) == 1
    for bad in (whole[:-200], whole[: len(whole) // 2], b"", io.BytesIO(b"text").getvalue()):
        with pytest.raises(pikepdf.PdfError):
            pdf_page_count(bad)
