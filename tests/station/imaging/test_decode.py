"""Every kind of master comes out as upright 8-bit grey or R, G, B."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from station.imaging import decode
from station.imaging.decode import decode_master
from station.imaging.page import Unreadable, UnreadablePage
from station.imaging.still import find_jpeg_end
from tests.station.imaging.pages import draw_sheet

GRADIENT = np.add.outer(np.arange(60), np.arange(40)).astype(np.uint8)
COLOUR = np.stack([GRADIENT, GRADIENT // 2, 200 - GRADIENT], axis=2).astype(np.uint8)

LOSSLESS: dict[str, dict[str, Any]] = {"tif": {"compression": "tiff_lzw"}, "webp": {"lossless": True}}


def saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


@pytest.mark.parametrize("pixels", [GRADIENT, COLOUR], ids=["grey", "colour"])
def test_a_raw_tiff_is_mapped_not_read(tmp_path: Path, pixels: decode.Pixels) -> None:
    path = saved(tmp_path / "a.tif", Image.fromarray(pixels), dpi=(300, 300))
    with path.open("rb") as file:
        mapped = decode._map_raw_tiff(file)
    assert mapped is not None
    assert mapped.dpi == 300
    assert np.array_equal(mapped.pixels, pixels)


@pytest.mark.parametrize("ext", ["tif", "png", "bmp", "webp", "gif"])
@pytest.mark.parametrize("pixels", [GRADIENT, COLOUR], ids=["grey", "colour"])
def test_other_formats(tmp_path: Path, ext: str, pixels: decode.Pixels) -> None:
    decoded = decode_master(saved(tmp_path / f"a.{ext}", Image.fromarray(pixels), **LOSSLESS.get(ext, {}))).pixels
    expected = pixels if decoded.ndim == pixels.ndim else np.repeat(pixels[:, :, None], 3, axis=2)
    tolerance = 20 if ext == "gif" else 0
    assert np.abs(decoded.astype(int) - expected).max() <= tolerance


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ext", ["jpg", "tif"])
def test_masters_come_out_upright(tmp_path: Path, orientation: int, ext: str) -> None:
    upright = np.zeros((64, 96), np.uint8)
    upright[:16, :48] = 255
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    if ext == "jpg":
        path = saved(tmp_path / "a.jpg", image, exif=exif, quality=95)
    else:
        path = saved(tmp_path / "a.tif", image, tiffinfo={274: orientation})
    decoded = decode_master(path).pixels
    assert decoded.shape == upright.shape
    assert np.abs(decoded.astype(int) - upright).max() <= 12


def test_sixteen_bits_are_reduced_to_their_upper_eight(tmp_path: Path) -> None:
    wide = GRADIENT.astype(np.uint16) * 256 + 77
    for ext in ("png", "tif"):
        path = saved(tmp_path / f"a.{ext}", Image.fromarray(wide))
        assert np.array_equal(decode_master(path).pixels, GRADIENT)


def test_one_bit_and_palette(tmp_path: Path) -> None:
    bits = (GRADIENT > 50).astype(np.uint8) * 255
    fax = saved(tmp_path / "a.tif", Image.fromarray(bits).convert("1", dither=Image.Dither.NONE), compression="group4")
    assert np.array_equal(decode_master(fax).pixels, bits)
    palette = Image.fromarray(COLOUR).quantize(16)
    decoded = decode_master(saved(tmp_path / "a.png", palette)).pixels
    assert np.array_equal(decoded, np.asarray(palette.convert("RGB")))


def test_transparency_lies_over_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (8, 8), (10, 20, 30, 0))
    image.putpixel((2, 3), (10, 20, 30, 255))
    decoded = decode_master(saved(tmp_path / "a.png", image)).pixels
    assert decoded[0, 0].tolist() == [255, 255, 255]
    assert decoded[3, 2].tolist() == [10, 20, 30]


def test_cmyk_is_not_inverted(tmp_path: Path) -> None:
    paper = Image.new("CMYK", (32, 32), (5, 8, 20, 2))
    for ext in ("jpg", "tif"):
        decoded = decode_master(saved(tmp_path / f"a.{ext}", paper)).pixels
        assert decoded.shape == (32, 32, 3)
        assert decoded.min() > 200


def test_a_jpeg_matches_pillow(tmp_path: Path) -> None:
    sheet = draw_sheet(dpi=50)
    path = saved(tmp_path / "a.jpg", Image.fromarray(sheet.pixels), quality=90, dpi=(50, 50))
    decoded = decode_master(path)
    assert decoded.dpi == 50
    assert np.abs(decoded.pixels.astype(int) - np.asarray(Image.open(path))).max() <= 6


def whole(kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(draw_sheet(dpi=40).pixels).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_master_that_was_cut_short_is_unreadable(tmp_path: Path, kind: str, share: float) -> None:
    data = whole(kind)
    path = tmp_path / "a"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnreadablePage) as caught:
        decode_master(path)
    assert caught.value.reason in {Unreadable.TRUNCATED, Unreadable.DAMAGED, Unreadable.UNKNOWN_FORMAT}


def test_what_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePage) as caught:
        decode_master(tmp_path / "gone.tif")
    assert caught.value.reason is Unreadable.MISSING
    text = tmp_path / "a.jpg"
    text.write_text("no picture at all")
    with pytest.raises(UnreadablePage) as caught:
        decode_master(text)
    assert caught.value.reason is Unreadable.UNKNOWN_FORMAT


def test_the_end_of_a_jpeg_is_told_from_its_thumbnail_s() -> None:
    thumbnail = b"\xff\xd8 thumbnail \xff\xd9"
    header = b"\xff\xd8\xff\xe1" + (len(thumbnail) + 2).to_bytes(2) + thumbnail
    scan = b"\xff\xda\x00\x08123456 pixels"
    assert not find_jpeg_end(header + scan + bytes(100))
    assert find_jpeg_end(header + scan + b"\xff\xd9 and a video behind")
    assert not find_jpeg_end(header)
