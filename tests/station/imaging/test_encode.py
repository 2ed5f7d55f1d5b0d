"""Quality towards the size target, and the density that viewers and PDFs read."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image

from station.imaging import encode
from station.imaging.recipe import Recipe, load_recipe
from tests.station.imaging.pages import draw_sheet

RECIPE = load_recipe()
PAGE = encode.order_for_storing(draw_sheet(dpi=200).pixels)


def with_target(kb: float) -> Recipe:
    return replace(RECIPE, target_kb_per_a4=kb)


def with_range(floor: int, ceiling: int, kb: float) -> Recipe:
    quality = replace(RECIPE.quality, floor=floor, ceiling=ceiling, faint_floor=ceiling)
    return replace(RECIPE, quality=quality, target_kb_per_a4=kb)


@pytest.mark.parametrize("kb", [230.0, 270.0, 330.0])
def test_the_target_is_met_within_the_range(kb: float) -> None:
    recipe = with_range(10, 90, kb)
    encoded = encode.encode_page(PAGE, recipe, 200, 210 * 297, faint=False)
    assert 10 < encoded.quality < 90
    assert len(encoded.data) == pytest.approx(kb * 1000, rel=0.12)


def test_quality_stops_at_floor_and_ceiling() -> None:
    assert encode.encode_page(PAGE, with_target(1), 200, 210 * 297, faint=False).quality == RECIPE.quality.floor
    assert encode.encode_page(PAGE, with_target(9000), 200, 210 * 297, faint=False).quality == RECIPE.quality.ceiling


def test_a_shading_that_no_quality_makes_larger_is_no_trouble() -> None:
    shading = np.repeat(np.linspace(0, 255, 2339).astype(np.uint8)[:, None], 1654, axis=1)
    assert encode.choose_quality(shading, RECIPE, RECIPE.target_bytes(210 * 297)) <= RECIPE.quality.ceiling


@pytest.mark.parametrize("second_size", [5001, 5050, 6000])
def test_what_a_line_promises_is_a_quality_that_there_is(second_size: int) -> None:
    assert encode._aim(30, 5000, 36, second_size, 900_000.0) == 100


def test_faint_ink_has_a_higher_floor() -> None:
    assert encode.encode_page(PAGE, with_target(1), 200, 210 * 297, faint=True).quality == RECIPE.quality.faint_floor


def test_the_target_grows_with_the_paper() -> None:
    assert RECIPE.target_bytes(297 * 420) == pytest.approx(2 * RECIPE.target_bytes(210 * 297))


def test_the_same_pixels_give_the_same_baseline_jpeg() -> None:
    first = encode.encode_page(PAGE, RECIPE, 200, 210 * 297, faint=False)
    assert first == encode.encode_page(PAGE.copy(), RECIPE, 200, 210 * 297, faint=False)
    image = Image.open(io.BytesIO(first.data))
    assert image.info["dpi"] == (200, 200)
    assert not image.info.get("progressive")
    assert np.asarray(image)[40, 40].tolist() == pytest.approx(PAGE[40, 40].tolist(), abs=16)


def test_grey_stays_one_channel() -> None:
    grey = np.ascontiguousarray(PAGE[:, :, 0])
    encoded = encode.encode_page(grey, RECIPE, 150, 210 * 297, faint=False)
    assert Image.open(io.BytesIO(encoded.data)).mode == "L"


@given(st.integers(1, 0xFFFF))
def test_any_density_is_read_back_and_nothing_else_changes(dpi: int) -> None:
    plain = encode.compress(np.full((16, 16), 200, np.uint8), 50, RECIPE)
    patched = encode.set_density(plain, dpi)
    assert patched[:13] == plain[:13]
    assert patched[18:] == plain[18:]
    assert Image.open(io.BytesIO(patched)).info["dpi"] == (dpi, dpi)


@pytest.mark.parametrize("jpeg", [b"", b"\xff\xd8\xff\xe1\0\0Exif\0\0", b"P5 1 1 255"])
def test_bytes_without_a_jfif_header_are_refused(jpeg: bytes) -> None:
    with pytest.raises(ValueError, match="JFIF"):
        encode.set_density(jpeg, 200)


@given(st.integers(1, 400), st.integers(1, 40))
def test_strips_are_part_of_the_page(height: int, width: int) -> None:
    pixels = np.arange(height * width, dtype=np.uint64).reshape(height, width).astype(np.uint8)
    strips, share = encode.take_strips(pixels)
    assert 0 < share <= 1
    assert strips.shape[0] == round(share * height)


@given(st.integers(1, 60), st.integers(0, 40), st.floats(0.5, 900.0))
def test_quality_never_leaves_its_range(floor: int, span: int, kb: float) -> None:
    quality = replace(RECIPE.quality, floor=floor, default=floor, ceiling=floor + span, faint_floor=floor)
    recipe = replace(RECIPE, quality=quality)
    pixels = np.random.default_rng(floor).integers(0, 255, (64, 64), dtype=np.uint8)
    assert floor <= encode.choose_quality(pixels, recipe, kb * 10) <= floor + span
