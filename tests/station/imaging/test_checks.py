"""The checks find what they are for on generated pages and keep quiet on good ones."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from station.imaging import checks
from station.imaging.decode import Pixels
from station.imaging.page import Level, Verdict
from station.imaging.recipe import CheckLimits, load_recipe
from tests.station.imaging.pages import A4_MM, draw_sheet

RECIPE = load_recipe()
LIMITS = RECIPE.checks

PaperCheck = Callable[[checks.Paper, CheckLimits], Verdict]


def page(**options: object) -> Pixels:
    """A page as it leaves the warp: 200 dpi, cropped to the paper."""
    return draw_sheet(dpi=200, bed_mm=A4_MM, **options).pixels  # type: ignore[arg-type]


GOOD = page()


def level(check: PaperCheck, pixels: Pixels) -> Level:
    return check(checks.measure_paper(pixels, LIMITS), LIMITS).level


@pytest.mark.parametrize(
    "check", [checks.check_blur, checks.check_overexposed, checks.check_underexposed, checks.check_blank]
)
@pytest.mark.parametrize("pixels", [GOOD, np.ascontiguousarray(GOOD[:, :, 1])], ids=["colour", "grey"])
def test_a_good_page_passes(check: PaperCheck, pixels: Pixels) -> None:
    assert level(check, pixels) is Level.OK


@pytest.mark.parametrize("radius_mm", [0.3, 0.4, 0.7, 1.2])
def test_a_blurred_page_is_looked_at_and_its_blur_is_told(radius_mm: float) -> None:
    paper = checks.measure_paper(page(blur=radius_mm * 200 / 25.4), LIMITS)
    verdict = checks.check_blur(paper, LIMITS)
    assert verdict.level is Level.LOOK
    assert verdict.value >= 0.8 * min(radius_mm, 0.5)


@pytest.mark.parametrize("dpi", [150, 200])
def test_blur_is_told_at_any_resolution(dpi: int) -> None:
    for radius_mm, expected in ((0.0, Level.OK), (0.4, Level.LOOK)):
        pixels = draw_sheet(dpi=dpi, bed_mm=A4_MM, blur=radius_mm * dpi / 25.4).pixels
        assert checks.check_blur(checks.measure_paper(pixels, LIMITS, dpi), LIMITS).level is expected


def test_noise_does_not_hide_blur() -> None:
    blurred = page(blur=0.45 * 200 / 25.4, ink=(150, 145, 140))
    noisy = np.clip(blurred + np.random.default_rng(4).normal(0, 8, blurred.shape), 0, 255).astype(np.uint8)
    assert level(checks.check_blur, noisy) is Level.LOOK


def test_the_shaded_gutter_of_a_sharp_spread_is_no_blur() -> None:
    across = np.abs(np.arange(GOOD.shape[1]) - GOOD.shape[1] / 2) / 8.0
    shaded = GOOD * (1 - 0.6 * np.exp(-across / 4))[None, :, None]
    assert level(checks.check_blur, shaded.astype(np.uint8)) is Level.OK


def test_faint_ink_is_not_blur() -> None:
    faint = page(ink=(176, 170, 165))
    assert level(checks.check_blur, faint) is Level.OK
    assert level(checks.check_blank, faint) is Level.OK


@pytest.mark.parametrize("stamped", [False, True], ids=["plain", "stamped"])
@pytest.mark.parametrize(("ink", "faint"), [((190, 182, 165), True), ((90, 85, 110), False)], ids=["faded", "dark"])
def test_how_dark_the_writing_is_is_measured_also_beside_a_dark_stamp(
    ink: tuple[int, int, int], faint: bool, stamped: bool
) -> None:
    written = page(written=False)
    for y in range(200, 2200, 140):
        cv2.putText(written, "Nguyen Thi Hoa 12 03 1985", (150, y), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2.2, ink, 5)
    if stamped:
        cv2.circle(written, (1100, 1800), 150, (170, 30, 40), 40)
    depth = checks.measure_paper(written, LIMITS).ink_depth
    assert depth > 0
    assert (depth < RECIPE.quality.faint_ink_depth) == faint


def test_a_blank_page_is_flagged_and_never_stopped() -> None:
    blank = page(written=False)
    assert level(checks.check_blank, blank) is Level.LOOK
    assert level(checks.check_blur, blank) is Level.OK


def test_exposure() -> None:
    assert level(checks.check_underexposed, (GOOD * 0.5).astype(np.uint8)) is Level.LOOK
    burnt = np.clip(GOOD.astype(np.int16) + 60, 0, 255).astype(np.uint8)
    assert level(checks.check_overexposed, burnt) is Level.LOOK


def scanned_with(pixels: Pixels) -> Level:
    paper = checks.measure_paper(pixels, LIMITS)
    return checks.check_overexposed(paper, LIMITS, pixels).level


def test_what_knows_only_black_and_white_has_no_exposure() -> None:
    """A scan of one bit is pure white by its nature; one that the lamp burnt out is not black where it is inked."""
    assert scanned_with(np.where(GOOD > 150, 255, 0).astype(np.uint8)) is Level.OK
    assert scanned_with(np.clip(GOOD.astype(np.int16) + 60, 0, 255).astype(np.uint8)) is Level.LOOK
    assert scanned_with(np.full_like(GOOD, 255)) is Level.LOOK


@pytest.mark.parametrize("padding", [0, 128, 255])
@pytest.mark.parametrize("share", [0.06, 0.5])
def test_half_a_page_is_stopped(padding: int, share: float) -> None:
    master = draw_sheet(1.0, dpi=100).pixels.copy()
    master[int(len(master) * (1 - share)) :] = padding
    verdict = checks.check_delivered(master, LIMITS)
    assert verdict.level is Level.STOP
    assert verdict.value == pytest.approx(share, abs=0.02)


def test_the_last_row_repeated_by_a_padding_driver_is_not_mistaken_for_a_page() -> None:
    master = draw_sheet(dpi=100).pixels.copy()
    assert checks.check_delivered(master, LIMITS).level is Level.OK


@pytest.mark.parametrize("flat", [0, 255])
def test_a_clipped_bed_or_margin_is_no_half_page(flat: int) -> None:
    master = np.full((1200, 800), flat, np.uint8)
    master[100:900, 100:700] = 255 - flat
    assert checks.check_delivered(master, LIMITS).level is Level.OK


@pytest.mark.parametrize("shape", [(1, 1), (3, 5, 3), (64, 64), (40, 3, 3)])
def test_the_smallest_pictures_are_measured(shape: tuple[int, ...]) -> None:
    pixels = np.full(shape, 128, np.uint8)
    paper = checks.measure_paper(pixels, LIMITS)
    for check in (checks.check_blur, checks.check_overexposed, checks.check_underexposed, checks.check_blank):
        assert isinstance(check(paper, LIMITS), Verdict)
    assert isinstance(checks.check_delivered(pixels, LIMITS), Verdict)
