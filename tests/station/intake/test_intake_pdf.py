"""PDFs: the scan inside comes out unchanged, everything else is rendered, bad files are refused."""

import io
from pathlib import Path
from typing import Any

import img2pdf
import numpy as np
import pikepdf
import pytest
from PIL import Image

from station.imaging.pdf import build_case_pdf
from station.intake import Limits, Refusal, take_apart
from tests.station.intake.test_intake import PICTURE, inbox, one, refused, spool

__all__ = ["inbox", "spool"]


def as_bytes(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


JPEG = as_bytes(PICTURE, "JPEG", dpi=(60, 60), quality=80)


def written(path: Path, pdf: pikepdf.Pdf, **options: Any) -> Path:
    pdf.save(path, **options)
    return path


def test_a_scanned_pdf_gives_its_jpegs_unchanged(inbox: Path, spool: Path) -> None:
    grey = as_bytes(PICTURE.convert("L"), "JPEG", dpi=(60, 60))
    (inbox / "a.pdf").write_bytes(build_case_pdf([JPEG, grey], "title"))
    delivered = take_apart(inbox / "a.pdf", spool)
    assert [page.file.read_bytes() for page in delivered] == [JPEG, grey]
    assert [(page.ext, page.dpi, page.source_index, page.source_pages) for page in delivered] == [
        ("jpg", 60, 0, 2),
        ("jpg", 60, 1, 2),
    ]
    assert sorted(spool.iterdir()) == [page.file for page in delivered]


@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_a_lossless_scan_gives_its_exact_pixels(inbox: Path, spool: Path, mode: str) -> None:
    image = PICTURE.convert(mode)
    (inbox / "a.pdf").write_bytes(img2pdf.convert(as_bytes(image, "PNG", dpi=(60, 60))))
    page = one(take_apart(inbox / "a.pdf", spool))
    with Image.open(page.file) as taken:
        assert np.array_equal(np.asarray(taken.convert("RGB")), np.asarray(image.convert("RGB")))
    assert page.dpi == 60


def drawn(inbox: Path, content: bytes, rotate: int = 0) -> Path:
    """The scan of `JPEG` as a page whose content stream is changed."""
    pdf = pikepdf.open(io.BytesIO(build_case_pdf([JPEG], "title")))
    page = pdf.pages[0]
    original = page.Contents.read_bytes()
    page.Contents = pdf.make_stream(original + b"\n" + content)
    if rotate:
        page.obj["/Rotate"] = rotate
    return written(inbox / "a.pdf", pdf)


def test_a_page_that_shows_more_than_its_scan_is_rendered(inbox: Path, spool: Path) -> None:
    page = one(take_apart(drawn(inbox, b"0 0 50 50 re f"), spool))
    assert (page.ext, page.dpi) == ("tif", 300)
    assert page.width == pytest.approx(PICTURE.width * 5, abs=2)
    with Image.open(page.file) as image:
        corner = np.asarray(image.convert("L"))[-40:, :40]
    assert corner.max() < 20


def test_a_page_of_two_pictures_is_rendered(inbox: Path, spool: Path) -> None:
    page = one(take_apart(drawn(inbox, b"q 50 0 0 50 0 0 cm /Im0 Do Q"), spool))
    assert (page.ext, page.dpi) == ("tif", 300)


def test_a_turned_page_is_rendered_upright(inbox: Path, spool: Path) -> None:
    page = one(take_apart(drawn(inbox, b"", rotate=90), spool))
    assert page.width > page.height


def test_a_page_of_text_is_rendered_losslessly(inbox: Path, spool: Path) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.pages[0].Contents = pdf.make_stream(b"0 0 1 rg 100 100 200 200 re f")
    page = one(take_apart(written(inbox / "a.pdf", pdf), spool))
    assert (page.width, page.height) == pytest.approx((2480, 3509), abs=2)
    with Image.open(page.file) as image:
        assert image.getpixel((200 * 300 // 72, page.height - 200 * 300 // 72)) == (0, 0, 255)


def test_a_password(inbox: Path, spool: Path) -> None:
    pdf = pikepdf.open(io.BytesIO(build_case_pdf([JPEG], "title")))
    path = written(inbox / "a.pdf", pdf, encryption=pikepdf.Encryption(owner="o", user="u"))
    assert refused(path, spool) is Refusal.PASSWORD


def test_an_encrypted_pdf_that_opens_without_a_password(inbox: Path, spool: Path) -> None:
    pdf = pikepdf.open(io.BytesIO(build_case_pdf([JPEG], "title")))
    path = written(inbox / "a.pdf", pdf, encryption=pikepdf.Encryption(owner="o", user=""))
    assert one(take_apart(path, spool)).file.read_bytes() == JPEG


@pytest.mark.parametrize("share", [0.1, 0.7, 0.99])
def test_a_pdf_that_was_cut_short(inbox: Path, spool: Path, share: float) -> None:
    whole = build_case_pdf([JPEG, JPEG], "title")
    (inbox / "a.pdf").write_bytes(whole[: int(len(whole) * share)])
    assert refused(inbox / "a.pdf", spool) is Refusal.TRUNCATED


def test_damaged_pdfs(inbox: Path, spool: Path) -> None:
    (inbox / "a.pdf").write_bytes(b"%PDF-1.4\n" + b"nothing here" * 50 + b"\n%%EOF")
    assert refused(inbox / "a.pdf", spool) is Refusal.DAMAGED
    assert refused(written(inbox / "b.pdf", pikepdf.new()), spool) is Refusal.DAMAGED


def test_a_second_page_that_is_bad_leaves_nothing_of_the_first(inbox: Path, spool: Path) -> None:
    cut = JPEG[: len(JPEG) // 2]
    pdf = pikepdf.open(io.BytesIO(build_case_pdf([JPEG, JPEG], "title")))
    (image,) = pdf.pages[1].get_images().values()
    image.write(cut, filter=pikepdf.Name.DCTDecode)
    assert refused(written(inbox / "a.pdf", pdf), spool) is Refusal.TRUNCATED


def test_limits(inbox: Path, spool: Path) -> None:
    (inbox / "a.pdf").write_bytes(build_case_pdf([JPEG] * 3, "title"))
    assert refused(inbox / "a.pdf", spool, Limits(max_pages=2)) is Refusal.TOO_LARGE
    assert refused(inbox / "a.pdf", spool, Limits(max_pixels=1000)) is Refusal.TOO_LARGE
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(14_400, 14_400))
    assert refused(written(inbox / "b.pdf", pdf), spool) is Refusal.TOO_LARGE


def test_a_lying_jpeg_header_inside_a_pdf(inbox: Path, spool: Path) -> None:
    """The PDF says 10 x 10 pixels, the JPEG inside is larger than allowed."""
    pdf = pikepdf.open(io.BytesIO(build_case_pdf([JPEG], "title")))
    (image,) = pdf.pages[0].get_images().values()
    image.Width, image.Height = 10, 10
    assert refused(written(inbox / "a.pdf", pdf), spool, Limits(max_pixels=10_000)) is Refusal.TOO_LARGE
