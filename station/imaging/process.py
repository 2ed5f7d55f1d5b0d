"""One master to one delivery copy: the function that runs in the workers."""

import hashlib
import time
from dataclasses import dataclass, replace

import cv2

from outbox import durable
from station.imaging import checks, steps
from station.imaging.decode import Pixels, decode_master
from station.imaging.encode import Encoded, encode_at, encode_page, estimate_bytes, order_for_storing
from station.imaging.fingerprint import take_fingerprint
from station.imaging.halves import cut_half, find_fold
from station.imaging.page import Check, Fold, Level, PageJob, PageResult, UnreadablePage, Verdict
from station.imaging.preview import keep_previews, shrink
from station.imaging.recipe import A4_MM2, MM_PER_INCH, Geometry
from station.imaging.steps import Crop, PageFound, PageMissing

__all__ = ["PageJob", "PageResult", "UnreadablePage", "process_page"]

CHECKED_DPI = 200
"""The resolution for which the thresholds of the checks were measured; a finer page is checked on a smaller picture."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded master, its halvings, and the page that was found in it (in the master's places)."""

    pyramid: list[Pixels]
    claimed_dpi: int | None
    found: PageFound | PageMissing


@dataclass(frozen=True, slots=True)
class Layout:
    """What is cut out of a master, and at which resolution it comes in and goes out (dots per inch)."""

    crop: Crop
    believed_dpi: int | None
    source_dpi: float
    dpi: int


def process_page(job: PageJob) -> PageResult:
    """Make the delivery copy of a master and judge it.

    Raises `UnreadablePage`, `StorageFull`, or `OSError` when the copy cannot be written.
    A crash leaves no copy, or an older one, and at most a hidden `.part` file beside it; the page is then simply made
    again. The master is only read.
    """
    cv2.setNumThreads(1)
    began = time.thread_time()
    picture = read_picture(job)
    layout = lay_out(picture, job)
    fill = _choose_fill(picture)
    page = steps.cut_out(picture.pyramid, layout.crop, layout.dpi / layout.source_dpi, fill)
    if job.part:
        page = cut_half(page, job.part, layout.dpi, fill)
    checked, checked_dpi = _as_checked(page, layout), min(layout.dpi, CHECKED_DPI)
    paper = checks.measure_paper(checked, job.recipe.checks, checked_dpi)
    gutter = None if job.part else find_fold(checked, checked_dpi)
    verdicts = judge_page(picture, layout, paper, job)
    del picture, checked  # the master, a third of what a worker holds, is not needed any more
    page = order_for_storing(page)
    if job.previews:
        keep_previews(job.copy, page)
    encoded, weighed = encode_weighed(page, paper, layout, job)
    durable.replace_unsynced(job.copy, encoded.data)
    looks = take_fingerprint(paper.ink, layout.dpi * paper.ink.shape[0] / page.shape[0]).pack()
    described = _describe(job, layout, page, encoded, verdicts + weighed, looks, gutter)
    return replace(described, cpu_ms=round((time.thread_time() - began) * 1000, 2))


def read_picture(job: PageJob) -> Picture:
    """Decode the master and find the page in its proxy. A colour file that holds only grey goes on as grey."""
    geometry = job.recipe.geometry
    master = decode_master(job.master)
    pyramid = steps.build_pyramid(master.pixels, geometry.proxy_long_side)
    if master.pixels.ndim == 3 and steps.holds_grey_only(pyramid[-1]):
        pyramid = [steps.take_one_channel(level) for level in pyramid]
    found = steps.find_page(pyramid[-1], geometry)
    if isinstance(found, PageFound):
        found = steps.scale_page(found, 2 ** (len(pyramid) - 1))
    return Picture(pyramid, job.dpi or master.dpi, found)


def lay_out(picture: Picture, job: PageJob) -> Layout:
    """Decide the crop and the resolutions. A master coarser than the recipe keeps its own: nothing is made up."""
    geometry = job.recipe.geometry
    height, width = picture.pyramid[0].shape[:2]
    believed = steps.believe_dpi(picture.claimed_dpi, max(width, height), geometry)
    crop = _plan_crop(picture, believed, job)
    source_dpi = believed or steps.assume_dpi(crop, job.paper_mm, geometry)
    return Layout(crop, believed, source_dpi, max(1, min(job.recipe.dpi, round(source_dpi))))


def _plan_crop(picture: Picture, believed: int | None, job: PageJob) -> Crop:
    geometry = job.recipe.geometry
    height, width = picture.pyramid[0].shape[:2]
    if isinstance(picture.found, PageMissing):
        skew = steps.measure_text_skew(picture.pyramid[-1], geometry)
        return steps.plan_whole(width, height, skew or 0.0)
    bare = steps.plan_crop(picture.found, width, height, margin=0.0)
    margin = _margin_px(bare, believed, job.paper_mm, geometry)
    return steps.plan_crop(picture.found, width, height, margin)


def _margin_px(bare: Crop, believed: int | None, paper_mm: tuple[float, float] | None, geometry: Geometry) -> float:
    dpi = believed or steps.assume_dpi(bare, paper_mm, geometry)
    return geometry.margin_mm * dpi / MM_PER_INCH


def _choose_fill(picture: Picture) -> tuple[int, ...]:
    """The bed's colour for corners that turning leaves empty; white where no bed was found."""
    if isinstance(picture.found, PageFound):
        return picture.found.bed
    return (255,) if picture.pyramid[0].ndim == 2 else (255, 255, 255)


def judge_page(picture: Picture, layout: Layout, paper: checks.Paper, job: PageJob) -> tuple[Verdict, ...]:
    """Every check's verdict, those that pass as well."""
    geometry, limits = job.recipe.geometry, job.recipe.checks
    found, proxy = picture.found, picture.pyramid[-1]
    reference = checks.load_reference(job.reference, limits) if job.reference else None
    return (
        checks.check_page_found(found, proxy, _fit_paper(picture, layout, job), geometry),
        checks.check_edges_agree(found, geometry),
        checks.check_dpi_known(picture.claimed_dpi, layout.believed_dpi),
        _judge_size(picture, layout, paper, job),
        checks.check_corners(found, layout.source_dpi, limits),
        checks.check_cut_off(picture.pyramid, found, layout.source_dpi, limits),
        checks.check_streaks(
            proxy, layout.crop.skew_degrees, layout.source_dpi / 2 ** (len(picture.pyramid) - 1), limits
        ),
        checks.check_skew_left(paper, limits),
        checks.check_blur(paper, limits),
        checks.check_overexposed(paper, limits, picture.pyramid[0]),
        checks.check_underexposed(paper, limits),
        checks.check_blank(paper, limits),
        checks.check_delivered(picture.pyramid[0], limits),
        checks.check_orientation(paper, reference, limits),
    )


def _judge_size(picture: Picture, layout: Layout, paper: checks.Paper, job: PageJob) -> Verdict:
    """The size by itself, and against the book's where the finished page is the whole paper at a resolution that is
    believed.
    """
    found, limits = picture.found, job.recipe.checks
    size = checks.check_paper_size(found, layout.source_dpi, job.paper_mm, limits)
    if job.reference_mm is None or layout.believed_dpi is None:
        return size
    whole = (
        all(found.seen) if isinstance(found, PageFound) else not (found.edges or checks.shows_bed(picture.pyramid[-1]))
    )
    return checks.hold_against_book(size, _size_mm(paper.grey, paper.dpi), job.reference_mm, limits) if whole else size


def _fit_paper(picture: Picture, layout: Layout, job: PageJob) -> tuple[float, float] | None:
    """The known paper that the whole picture is as large as, where its resolution is believed."""
    if layout.believed_dpi is None:
        return None
    height, width = (side / layout.believed_dpi * MM_PER_INCH for side in picture.pyramid[0].shape[:2])
    return checks.fit_paper((width, height), job.paper_mm, job.recipe.checks)


def _as_checked(page: Pixels, layout: Layout) -> Pixels:
    return page if layout.dpi <= CHECKED_DPI else shrink(page, round(max(page.shape[:2]) * CHECKED_DPI / layout.dpi))


def encode_weighed(
    stored: Pixels, paper: checks.Paper, layout: Layout, job: PageJob
) -> tuple[Encoded, tuple[Verdict, ...]]:
    """The delivery JPEG, and what decides about its quality: how faint the ink is and, where the pages of a book meet
    the target together, how many kB per A4 this one takes at the recipe's default quality.
    """
    recipe, limits = job.recipe, job.recipe.quality
    faint = 0 < paper.ink_depth < limits.faint_ink_depth
    weighed = Verdict(Check.FAINT_INK, Level.OK, paper.ink_depth, limits.faint_ink_depth)
    width_mm, height_mm = _size_mm(stored, layout.dpi)
    if recipe.averaged == "page":
        return encode_page(stored, recipe, layout.dpi, width_mm * height_mm, faint=faint), (weighed,)
    kb_per_a4 = estimate_bytes(stored, limits.default, recipe) / 1000 * A4_MM2 / (width_mm * height_mm)
    size = Verdict(Check.SIZE, Level.OK, round(kb_per_a4, 1), recipe.target_kb_per_a4)
    quality = limits.within(job.quality or limits.default, faint=faint)
    return encode_at(stored, quality, recipe, layout.dpi), (weighed, size)


def _size_mm(page: Pixels, dpi: float) -> tuple[float, float]:
    height, width = page.shape[:2]
    return width / dpi * MM_PER_INCH, height / dpi * MM_PER_INCH


def _describe(
    job: PageJob, layout: Layout, page: Pixels, encoded: Encoded, verdicts: tuple[Verdict, ...], looks: bytes,
    gutter: Fold | None,
) -> PageResult:  # fmt: skip
    width_mm, height_mm = _size_mm(page, layout.dpi)
    return PageResult(
        copy=job.copy,
        master_sha256=job.sha256,
        recipe_key=job.recipe.key,
        sha256=hashlib.sha256(encoded.data).hexdigest(),
        bytes=len(encoded.data),
        width=page.shape[1],
        height=page.shape[0],
        dpi=layout.dpi,
        quality=encoded.quality,
        grey=page.ndim == 2,
        verdicts=verdicts,
        paper_mm=(round(width_mm, 2), round(height_mm, 2)),
        skew_degrees=round(layout.crop.skew_degrees, 4),
        fingerprint=looks,
        cpu_ms=0.0,
        gutter=gutter,
    )
