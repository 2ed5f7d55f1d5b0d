"""Every kind of picture that a scanner, a fax or a program writes comes out whole, upright and at its size in mm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from station.imaging.decode import Pixels, decode_master
from station.imaging.page import Check, Level, PageJob, PageResult, Unreadable, UnreadablePage
from station.imaging.process import process_page
from station.imaging.recipe import load_recipe
from station.intake import Limits, Refusal, RefusedFile, take_apart
from tests.station.imaging.pages import draw_sheet, sha256_of

RECIPE = load_recipe()
DPI = 100
SHEET = draw_sheet(0.6, dpi=DPI).pixels
PICTURE = Image.fromarray(SHEET)
MARGIN = 2 * RECIPE.geometry.margin_mm


def sixteen(path: Path, *options: int) -> None:
    wide = SHEET[:, :, ::-1].astype(np.uint16) * 257
    assert cv2.imwrite(str(path), wide, options)
    if path.suffix == ".tif":
        return
    with Image.open(path) as image:
        image.save(path, dpi=(DPI, DPI), compress_level=1)


def tagged(image: Image.Image, **options: Any) -> Callable[[Path], None]:
    return lambda path: image.save(path, dpi=(DPI, DPI), **options)


KINDS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "raw RGB": ("tif", tagged(PICTURE)),
    "raw grey": ("tif", tagged(PICTURE.convert("L"))),
    "big-endian": ("tif", tagged(PICTURE, big_tiff=False, compression="tiff_lzw")),
    "BigTIFF": ("tif", tagged(PICTURE, big_tiff=True)),
    "fax": ("tif", tagged(PICTURE.convert("1", dither=Image.Dither.NONE), compression="group4")),
    "fax group 3": ("tif", tagged(PICTURE.convert("1", dither=Image.Dither.NONE), compression="group3")),
    "packbits": ("tif", tagged(PICTURE, compression="packbits")),
    "Deflate": ("tif", tagged(PICTURE, compression="tiff_adobe_deflate")),
    "JPEG in TIFF": ("tif", tagged(PICTURE, compression="jpeg", quality=90)),
    "palette TIFF": ("tif", tagged(PICTURE.quantize(64))),
    "CMYK TIFF": ("tif", tagged(PICTURE.convert("CMYK"))),
    "16-bit grey TIFF": ("tif", tagged(Image.fromarray(np.asarray(PICTURE.convert("L")).astype(np.uint16) * 257))),
    "RGBA TIFF": ("tif", tagged(PICTURE.convert("RGBA"))),
    "JPEG": ("jpg", tagged(PICTURE, quality=90)),
    "progressive JPEG": ("jpg", tagged(PICTURE, quality=90, progressive=True)),
    "grey JPEG": ("jpg", tagged(PICTURE.convert("L"), quality=90)),
    "CMYK JPEG": ("jpg", tagged(PICTURE.convert("CMYK"), quality=90)),
    "JPEG 4:4:4": ("jpg", tagged(PICTURE, quality=90, subsampling=0)),
    "PNG": ("png", tagged(PICTURE)),
    "palette PNG": ("png", tagged(PICTURE.quantize(128))),
    "RGBA PNG": ("png", tagged(PICTURE.convert("RGBA"))),
    "grey PNG with alpha": ("png", tagged(PICTURE.convert("LA"))),
    "1-bit PNG": ("png", tagged(PICTURE.convert("1", dither=Image.Dither.NONE))),
    "16-bit RGB PNG": ("png", sixteen),
    "BMP": ("bmp", tagged(PICTURE)),
}


def made(tmp_path: Path, kind: str) -> Path:
    ext, write = KINDS[kind]
    path = tmp_path / f"a.{ext}"
    write(path)
    return path


def process(master: Path, tmp_path: Path, dpi: int | None = None) -> PageResult:
    return process_page(PageJob(master, sha256_of(master), tmp_path / "copies.jpg", RECIPE, dpi, previews=True))


def verdict(result: PageResult, check: Check) -> Level:
    return next(one.level for one in result.verdicts if one.check == check)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_size_in_millimetres(tmp_path: Path, kind: str) -> None:
    master = made(tmp_path, kind)
    before = master.read_bytes()
    result = process(master, tmp_path)
    assert result.paper_mm == pytest.approx((210 + MARGIN, 297 + MARGIN), abs=1)
    assert verdict(result, Check.PAGE_NOT_FOUND) is Level.OK
    assert verdict(result, Check.DPI_ASSUMED) is Level.OK
    assert master.read_bytes() == before


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "1-bit" not in kind and "fax" not in kind])
def test_every_kind_shows_the_same(tmp_path: Path, kind: str) -> None:
    pixels = decode_master(made(tmp_path, kind)).pixels
    seen = cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB) if pixels.ndim == 2 else pixels
    wanted = cv2.cvtColor(cv2.cvtColor(SHEET, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB) if pixels.ndim == 2 else SHEET
    assert float(np.abs(np.asarray(seen, int) - wanted).mean()) < 6


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_taken_and_keeps_its_bytes(tmp_path: Path, kind: str) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    path = made(tmp_path, kind)
    (page,) = take_apart(path, spool)
    assert page.file.read_bytes() == path.read_bytes()
    assert page.dpi == pytest.approx(DPI, abs=1)


def stored(orientation: int) -> Pixels:
    """The sheet as a camera keeps it that was held this way."""
    turned = {
        1: SHEET,
        2: SHEET[:, ::-1],
        3: SHEET[::-1, ::-1],
        4: SHEET[::-1],
        5: SHEET.transpose(1, 0, 2),
        6: np.rot90(SHEET),
        7: SHEET[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(SHEET, -1),
    }[orientation]
    return np.ascontiguousarray(turned)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ext", ["jpg", "png", "tif", "lzw.tif", "webp"])
def test_a_picture_held_any_way_comes_out_upright(tmp_path: Path, ext: str, orientation: int) -> None:
    path = tmp_path / f"a.{ext}"
    image, exif = Image.fromarray(stored(orientation)), Image.Exif()
    exif[274] = orientation
    if ext.endswith("tif"):
        compression = "tiff_lzw" if ext == "lzw.tif" else None
        image.save(path, tiffinfo={274: orientation}, compression=compression, dpi=(DPI, DPI))
    else:
        image.save(path, exif=exif, quality=95)
    pixels = decode_master(path).pixels
    assert pixels.shape == SHEET.shape
    assert float(np.abs(pixels.astype(int) - SHEET).mean()) < 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_pages_of_a_tiff_are_laid_apart_upright(tmp_path: Path, orientation: int) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    page, second = Image.fromarray(stored(orientation)), Image.fromarray(stored(orientation))
    second.encoderinfo = {"tiffinfo": {274: orientation}}
    page.save(tmp_path / "a.tif", save_all=True, append_images=[second], tiffinfo={274: orientation}, dpi=(DPI, DPI))
    delivered = take_apart(tmp_path / "a.tif", spool)
    assert len(delivered) == 2
    for one in delivered:
        assert np.array_equal(decode_master(one.file).pixels, SHEET)


@pytest.mark.parametrize("axes", [(204, 98), (204, 196), (98, 204), (200, 100)])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_fax_has_the_paper_s_size_though_its_axes_differ(
    tmp_path: Path, axes: tuple[int, int], orientation: int
) -> None:
    across, down = axes if orientation == 1 else axes[::-1]
    size = (round(PICTURE.width * across / DPI), round(PICTURE.height * down / DPI))
    upright = np.asarray(PICTURE.resize(size, Image.Resampling.BILINEAR).convert("1", dither=Image.Dither.NONE))
    kept = Image.fromarray(np.ascontiguousarray(np.rot90(upright) if orientation == 6 else upright))
    path = tmp_path / "a.tif"
    kept.save(path, compression="group4", dpi=axes, tiffinfo={274: orientation})
    result = process(path, tmp_path)
    assert result.paper_mm == pytest.approx((210 + MARGIN, 297 + MARGIN), abs=1.5)
    spool = tmp_path / "spool"
    spool.mkdir()
    (page,) = take_apart(path, spool)
    assert process(page.file, tmp_path, page.dpi).paper_mm == result.paper_mm


@pytest.mark.parametrize("dpi", [50, 72, 75, 120, 150, 200, 240, 400, 600])
def test_any_resolution_has_the_same_paper(tmp_path: Path, dpi: int) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(draw_sheet(0.4, dpi=dpi).pixels).save(path, dpi=(dpi, dpi), compress_level=1)
    assert process(path, tmp_path).paper_mm == pytest.approx((210 + MARGIN, 297 + MARGIN), abs=2)


# --- bad input ---


@pytest.mark.parametrize("claim", [0, 1, 72, 10_000])
def test_a_wrong_resolution_is_not_believed(tmp_path: Path, claim: int) -> None:
    """A 300-dpi page that says something else: its size is assumed, and the operator is told."""
    path = tmp_path / "a.jpg"
    PICTURE.resize((2669, 3685)).save(path, dpi=(claim, claim), compress_level=1)
    result = process(path, tmp_path)
    (told,) = (one for one in result.verdicts if one.check in {Check.DPI_ASSUMED, Check.DPI_DISBELIEVED})
    assert told.level is Level.LOOK
    assert told.check == (Check.DPI_DISBELIEVED if claim > 1 else Check.DPI_ASSUMED)
    assert told.value == (claim if claim > 1 else 0)
    assert max(result.paper_mm) == pytest.approx(297, abs=4)


@pytest.mark.parametrize(
    "kind", ["raw RGB", "Deflate", "fax", "JPEG in TIFF", "JPEG", "progressive JPEG", "PNG", "BMP"]
)
@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_file_cut_at_any_tenth_gives_no_page(tmp_path: Path, kind: str, tenth: int) -> None:
    path = made(tmp_path, kind)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * tenth // 10])
    with pytest.raises(UnreadablePage) as unreadable:
        process(path, tmp_path)
    assert unreadable.value.reason in {Unreadable.TRUNCATED, Unreadable.DAMAGED, Unreadable.UNKNOWN_FORMAT}
    spool = tmp_path / "spool"
    spool.mkdir()
    with pytest.raises(RefusedFile) as refused:
        take_apart(path, spool)
    assert refused.value.reason in {Refusal.TRUNCATED, Refusal.DAMAGED, Refusal.UNKNOWN_FORMAT}
    assert not any(spool.iterdir())
    assert not (tmp_path / "copies.jpg").exists()


@pytest.mark.parametrize(
    ("size", "colour"),
    [((1, 1), (255, 255, 255)), ((20_000, 200), (220, 215, 200)), ((200, 20_000), (220, 215, 200))],
)
def test_strange_sizes_have_copies_and_a_word(tmp_path: Path, size: tuple[int, int], colour: tuple[int, ...]) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", size, colour).save(path, dpi=(300, 300), compress_level=1)
    result = process(path, tmp_path)
    assert min(result.width, result.height) >= 1
    assert {one.level for one in result.verdicts} != {Level.OK}
    assert result.copy.is_file()


@pytest.mark.parametrize("grey", [0, 12, 255])
def test_a_page_of_one_tone_is_kept_and_looked_at(tmp_path: Path, grey: int) -> None:
    path = tmp_path / "a.tif"
    Image.new("RGB", (1240, 1754), (grey,) * 3).save(path, dpi=(150, 150))
    result = process(path, tmp_path)
    assert verdict(result, Check.BLANK) is Level.LOOK
    assert (result.width, result.height) == (1240, 1754)


def test_pixels_that_are_measurements_are_refused(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    path = tmp_path / "a.tif"
    Image.new("F", (20, 20), 0.5).save(path)
    with pytest.raises(RefusedFile) as refused:
        take_apart(path, spool)
    assert refused.value.reason is Refusal.NO_WHITE
    with pytest.raises(UnreadablePage) as unreadable:
        decode_master(path)
    assert unreadable.value.reason is Unreadable.UNKNOWN_FORMAT


def test_uneven_axes_beyond_reason_are_not_believed(tmp_path: Path) -> None:
    """A header that would stretch a small file to a wall of pixels."""
    path = tmp_path / "a.tif"
    PICTURE.save(path, compression="tiff_lzw", dpi=(30_000, 3))
    decoded = decode_master(path)
    assert decoded.dpi is None
    assert decoded.pixels.shape == SHEET.shape


def test_a_stretched_page_counts_for_the_limit(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    path = tmp_path / "a.tif"
    PICTURE.save(path, compression="tiff_lzw", dpi=(400, 100))
    with pytest.raises(RefusedFile) as refused:
        take_apart(path, spool, Limits(max_pixels=PICTURE.width * PICTURE.height * 3))
    assert refused.value.reason is Refusal.TOO_LARGE
