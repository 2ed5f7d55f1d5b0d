"""Colours come out as sRGB, whatever profile the file carries."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from station.imaging.colour import STRIP_ROWS, apply_profile
from station.imaging.decode import decode_master
from tests.station.imaging.profiles import (
    INKS,
    adobe_to_srgb,
    encode_srgb,
    grey_profile,
    ink_profile,
    rgb_profile,
)

COLOURS = [(200, 60, 60), (60, 160, 60), (40, 60, 150), (235, 225, 205), (128, 128, 128), (0, 0, 0), (255, 255, 255)]
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def patch(mode: str, colour: Any, size: tuple[int, int] = (48, 48)) -> Image.Image:
    return Image.new(mode, size, colour)


def middle(path: Path) -> Any:
    pixels = decode_master(path).pixels
    return pixels[pixels.shape[0] // 2, pixels.shape[1] // 2].tolist()


@pytest.mark.parametrize("ext", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_profile_is_followed(tmp_path: Path, ext: str, colour: tuple[int, int, int]) -> None:
    path = tmp_path / f"a.{ext}"
    lossless: dict[str, dict[str, Any]] = {"jpg": {"quality": 100, "subsampling": 0}, "webp": {"lossless": True}}
    patch("RGB", colour).save(path, icc_profile=rgb_profile(), **lossless.get(ext, {}))
    assert middle(path) == pytest.approx(adobe_to_srgb(colour), abs=3)


@pytest.mark.parametrize("grey", [0, 40, 128, 220, 255])
def test_a_grey_profile_is_followed(tmp_path: Path, grey: int) -> None:
    patch("L", grey).save(tmp_path / "a.tif", icc_profile=grey_profile(1.8))
    pixels = decode_master(tmp_path / "a.tif").pixels
    assert pixels.ndim == 2
    assert int(pixels[0, 0]) == pytest.approx(encode_srgb(np.array([(grey / 255) ** 1.8]))[0], abs=2)


@pytest.mark.parametrize(("inks", "lab"), INKS.items())
def test_an_ink_profile_is_followed(tmp_path: Path, inks: tuple[int, ...], lab: tuple[int, int, int]) -> None:
    for ext in ("tif", "jpg"):
        path = tmp_path / f"a.{ext}"
        patch("CMYK", tuple(255 * ink for ink in inks)).save(path, icc_profile=ink_profile())
        one = Image.new("LAB", (1, 1), (round(lab[0] * 2.55), lab[1] + 128, lab[2] + 128))
        convert = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
        shown = ImageCms.applyTransform(one, convert)
        assert shown
        assert middle(path) == pytest.approx(shown.getpixel((0, 0)), abs=8)


def test_lab_is_converted(tmp_path: Path) -> None:
    Image.new("LAB", (48, 48), (200, 128, 128)).save(tmp_path / "a.tif")
    red, green, blue = middle(tmp_path / "a.tif")
    assert max(red, green, blue) - min(red, green, blue) <= 3
    assert 185 <= green <= 200


def test_srgb_is_left_alone(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    assert apply_profile(pixels, SRGB) is pixels
    assert apply_profile(pixels, None) is pixels


@pytest.mark.parametrize("profile", [b"", b"no profile", rgb_profile()[:200], grey_profile(2.2), ink_profile()])
def test_a_profile_that_cannot_be_meant_is_ignored(profile: bytes) -> None:
    pixels = np.full((8, 8, 3), 90, np.uint8)
    assert apply_profile(pixels, profile) is pixels


def test_every_row_of_a_large_picture_is_converted() -> None:
    pixels = np.full((2 * STRIP_ROWS + 7, 5, 3), (200, 60, 60), np.uint8)
    converted = apply_profile(pixels, rgb_profile())
    assert len(np.unique(converted.reshape(-1, 3), axis=0)) == 1
    assert converted[0, 0].tolist() == pytest.approx(adobe_to_srgb((200, 60, 60)), abs=2)


def test_a_profile_stays_with_the_page_of_a_tiff_that_is_laid_apart(tmp_path: Path) -> None:
    from station.intake import take_apart

    spool = tmp_path / "spool"
    spool.mkdir()
    page = patch("RGB", (200, 60, 60))
    page.save(tmp_path / "a.tif", save_all=True, append_images=[page], icc_profile=rgb_profile(), dpi=(200, 200))
    delivered = take_apart(tmp_path / "a.tif", spool)
    assert len(delivered) == 2
    for one in delivered:
        assert middle(one.file) == pytest.approx(adobe_to_srgb((200, 60, 60)), abs=3)


def test_the_profile_of_a_picture_in_a_pdf_is_followed(tmp_path: Path) -> None:
    import img2pdf

    from station.intake import take_apart

    spool = tmp_path / "spool"
    spool.mkdir()
    out = io.BytesIO()
    patch("RGB", (200, 60, 60)).save(out, "PNG", icc_profile=rgb_profile(), dpi=(100, 100))
    (tmp_path / "a.pdf").write_bytes(img2pdf.convert(out.getvalue()))
    (one,) = take_apart(tmp_path / "a.pdf", spool)
    assert middle(one.file) == pytest.approx(adobe_to_srgb((200, 60, 60)), abs=3)
    assert one.dpi == 100
