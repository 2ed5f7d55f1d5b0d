"""A case's PDF: the delivery bytes unchanged, the right size, PDF/A-2b, the same every time."""

import io
import shutil
import struct
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import pdfa
from PIL import Image, ImageCms

from station.imaging.page import PageJob
from station.imaging.pdf import Picture, build_case_pdf, pdf_page_count, read_jpeg, write_case_pdf
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


TITLE = "KS.2005.01 số 12 <&> 'một'"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
NAMES = {"dc": "http://purl.org/dc/elements/1.1/", "id": "http://www.aiim.org/pdfa/ns/id/"}


@pytest.fixture(scope="module")
def case(pages: list[Path]) -> bytes:
    return build_case_pdf([page.read_bytes() for page in pages], TITLE)


def test_it_is_pdf_a(case: bytes) -> None:
    """By the library's allowlist, which approves only what it knows to conform."""
    report = pdfa.validate_written(io.BytesIO(case), "2b")
    assert report.passed, report
    assert not pdfa.validate_written(io.BytesIO(case.replace(b"<pdfaid:part>2", b"<pdfaid:part>9")), "2b").passed


def test_what_iso_19005_asks_of_the_file_itself(case: bytes) -> None:
    """The rules for a file of JPEG pages, one by one and without the library that checked it."""
    assert case.startswith(b"%PDF-1.7\n%")
    assert all(byte > 127 for byte in case[len(b"%PDF-1.7\n%") :][:4])
    assert case.rstrip().endswith(b"%%EOF")
    assert b"/Linearized" not in case
    with pikepdf.open(io.BytesIO(case)) as pdf:
        assert "/Encrypt" not in pdf.trailer
        assert len(pdf.trailer.ID) == 2
        assert set(pdf.Root.keys()) == {"/Type", "/Pages", "/Metadata", "/OutputIntents"}
        assert pdf.Root.Metadata.get("/Filter") is None
        for page in pdf.pages:
            assert set(page.obj.keys()) <= {"/Type", "/Parent", "/MediaBox", "/Resources", "/Contents"}
            (image,) = page.get_images().values()
            assert image.Filter == "/DCTDecode"
            assert image.ColorSpace in {"/DeviceRGB", "/DeviceGray"}
            assert image.BitsPerComponent == 8
            assert not {"/SMask", "/Interpolate", "/Alternates", "/OPI"} & set(image.keys())


def test_its_metadata_say_what_it_is_and_no_more(case: bytes) -> None:
    with pikepdf.open(io.BytesIO(case)) as pdf:
        packet = ET.fromstring(pdf.Root.Metadata.read_bytes())  # noqa: S314 - our own bytes
        title = packet.find(f".//dc:title/{RDF}Alt/{RDF}li", NAMES)
        assert title is not None
        assert title.text == str(pdf.docinfo["/Title"]) == TITLE
        declared = [packet.findtext(f".//id:{name}", "", NAMES) for name in ("part", "conformance")]
        assert declared == ["2", "B"]
        assert set(pdf.docinfo.keys()) == {"/Title", "/Producer"}


def test_its_colours_are_declared_as_srgb(case: bytes) -> None:
    with pikepdf.open(io.BytesIO(case)) as pdf:
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert intent.DestOutputProfile.N == 3
        profile = ImageCms.ImageCmsProfile(io.BytesIO(intent.DestOutputProfile.read_bytes()))
    assert profile.profile.version < 4.3
    same = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    for colour in [(0, 0, 0), (255, 255, 255), (200, 60, 60), (30, 90, 180)]:
        shown = ImageCms.applyTransform(Image.new("RGB", (1, 1), colour), same)
        assert shown
        assert shown.getpixel((0, 0)) == pytest.approx(colour, abs=1)


def test_a_page_costs_little_beside_its_jpeg(pages: list[Path]) -> None:
    jpeg = pages[0].read_bytes()
    overhead = {count: len(build_case_pdf([jpeg] * count, "x")) - count * len(jpeg) for count in (1, 21)}
    assert overhead[1] < 2_500
    assert (overhead[21] - overhead[1]) / 20 < 400


def jfif(width: int, height: int, channels: int, unit: int, dpi: tuple[int, int]) -> bytes:
    """The headers of a JPEG without its picture."""
    density = struct.pack(">5sHBHHBB", b"JFIF\0", 0x0101, unit, *dpi, 0, 0)
    frame = struct.pack(">BHHB", 8, height, width, channels) + bytes(3 * channels)
    segments = ((0xE0, density), (0xFE, b"\xff\xc0 a comment"), (0xC0, frame), (0xDA, b""))
    return b"\xff\xd8" + b"".join(struct.pack(">BBH", 0xFF, kind, len(data) + 2) + data for kind, data in segments)


sides = st.integers(1, 0xFFFF)


@given(sides, sides, st.sampled_from([1, 3]), sides, sides)
def test_the_headers_of_any_jpeg_are_read(width: int, height: int, channels: int, across: int, down: int) -> None:
    assert read_jpeg(jfif(width, height, channels, 1, (across, down))) == Picture(
        width, height, channels, (across, down)
    )
    centimetres = read_jpeg(jfif(width, height, channels, 2, (across, down)))
    assert centimetres.dpi == pytest.approx((across * 2.54, down * 2.54))


@given(st.binary(max_size=60), st.integers(0, 60))
def test_broken_headers_are_refused(noise: bytes, cut: int) -> None:
    for bad in (noise, b"\xff\xd8" + noise, jfif(10, 10, 3, 1, (200, 200))[:cut]):
        try:
            assert read_jpeg(bad).channels in {1, 3}
        except ValueError:
            continue


@pytest.mark.parametrize("jpeg", [jfif(9, 9, 4, 1, (200, 200)), jfif(9, 9, 3, 0, (1, 1)), jfif(9, 9, 3, 1, (0, 200))])
def test_a_jpeg_whose_size_or_colours_nobody_knows_is_refused(jpeg: bytes) -> None:
    with pytest.raises(ValueError, match="resolution"):
        build_case_pdf([jpeg], "x")


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
