"""A master becomes a delivery copy of the right size, place and bytes."""

import dataclasses
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from station.imaging.page import Check, Level, PageJob, PageResult, Unreadable, UnreadablePage, Verdict
from station.imaging.process import process_page
from station.imaging.recipe import load_recipe
from tests.station.imaging.pages import draw_sheet, save_tiff, sha256_of

RECIPE = load_recipe()
SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples"


def job_for(master: Path, tmp_path: Path, dpi: int | None = None) -> PageJob:
    return PageJob(master, sha256_of(master), tmp_path / f"{master.stem}.copy.jpg", RECIPE, dpi)


def verdict(result: PageResult, check: Check) -> Verdict:
    return next(verdict for verdict in result.verdicts if verdict.check == check)


@pytest.mark.parametrize("dpi", [150, 200, 300, 600])
def test_the_copy_has_the_paper_s_size(tmp_path: Path, dpi: int) -> None:
    master = save_tiff(draw_sheet(1.2, dpi=dpi), tmp_path / "a.tif")
    result = process_page(job_for(master, tmp_path))
    margin = 2 * RECIPE.geometry.margin_mm
    assert result.paper_mm == pytest.approx((210 + margin, 297 + margin), abs=1)
    assert result.dpi == min(dpi, 200)
    assert result.skew_degrees == pytest.approx(1.2, abs=0.05)
    with Image.open(result.copy) as copy:
        assert copy.size == (result.width, result.height)
        assert copy.info["dpi"] == (result.dpi, result.dpi)
    assert {verdict.level for verdict in result.verdicts} == {Level.OK}


def test_the_bed_is_cut_away_and_the_page_is_not(tmp_path: Path) -> None:
    result = process_page(job_for(save_tiff(draw_sheet(-2.0), tmp_path / "a.tif"), tmp_path))
    with Image.open(result.copy) as copy:
        grey = np.asarray(copy.convert("L"))
    edge = round(RECIPE.geometry.margin_mm * 200 / 25.4)
    inside = grey[edge + 3 : -edge - 3, edge + 3 : -edge - 3]
    assert min(inside[0].mean(), inside[-1].mean(), inside[:, 0].mean(), inside[:, -1].mean()) > 200
    assert max(grey[2].mean(), grey[-3].mean(), grey[:, 2].mean(), grey[:, -3].mean()) < 90


def test_the_same_master_gives_the_same_bytes(tmp_path: Path) -> None:
    job = job_for(save_tiff(draw_sheet(0.7), tmp_path / "a.tif"), tmp_path)
    first = process_page(job)
    bytes_before = job.copy.read_bytes()
    second = process_page(job)
    assert job.copy.read_bytes() == bytes_before
    assert dataclasses.replace(first, cpu_ms=0) == dataclasses.replace(second, cpu_ms=0)
    assert first.sha256 == sha256_of(job.copy)
    assert first.bytes == len(bytes_before)
    assert (first.master_sha256, first.recipe_key) == (job.sha256, RECIPE.key)


def test_a_grey_master_gives_a_grey_copy(tmp_path: Path) -> None:
    result = process_page(job_for(save_tiff(draw_sheet(dpi=150), tmp_path / "a.tif", grey=True), tmp_path))
    assert result.grey
    with Image.open(result.copy) as copy:
        assert copy.mode == "L"


def test_without_a_page_the_whole_picture_is_kept(tmp_path: Path) -> None:
    master = save_tiff(draw_sheet(0.0, dpi=200, bed=(252, 252, 252)), tmp_path / "a.tif")
    result = process_page(job_for(master, tmp_path))
    assert (result.width, result.height) == (round(226 / 25.4 * 200), round(312 / 25.4 * 200))
    assert verdict(result, Check.PAGE_NOT_FOUND).level is Level.LOOK


def test_an_unknown_resolution_is_assumed_and_said(tmp_path: Path) -> None:
    master = tmp_path / "photo.jpg"
    Image.fromarray(draw_sheet(1.0, dpi=280).pixels).save(master, quality=90)
    result = process_page(job_for(master, tmp_path))
    assert max(result.paper_mm) == pytest.approx(297, abs=1)
    assert verdict(result, Check.DPI_ASSUMED).level is Level.LOOK
    told = process_page(job_for(master, tmp_path, dpi=280))
    assert max(told.paper_mm) == pytest.approx(299, abs=1)
    assert verdict(told, Check.DPI_ASSUMED).level is Level.OK


def test_an_assumed_resolution_follows_the_paper(tmp_path: Path) -> None:
    master = tmp_path / "photo.jpg"
    Image.fromarray(draw_sheet(dpi=200).pixels).save(master, quality=90)
    job = dataclasses.replace(job_for(master, tmp_path), paper_mm=(297.0, 420.0))
    assert max(process_page(job).paper_mm) == pytest.approx(420, abs=1.5)


def test_half_a_page_is_stopped_and_still_has_a_copy(tmp_path: Path) -> None:
    sheet = draw_sheet(dpi=150)
    sheet.pixels[-400:] = 255
    result = process_page(job_for(save_tiff(sheet, tmp_path / "a.tif"), tmp_path))
    assert verdict(result, Check.HALF_DELIVERED).level is Level.STOP
    assert result.copy.is_file()


def test_an_unreadable_master_leaves_no_copy(tmp_path: Path) -> None:
    master = tmp_path / "a.jpg"
    master.write_text("text")
    job = job_for(master, tmp_path)
    with pytest.raises(UnreadablePage) as caught:
        process_page(job)
    assert caught.value.reason is Unreadable.UNKNOWN_FORMAT
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (again.path, again.reason, again.detail) == (master, caught.value.reason, caught.value.detail)
    assert list(tmp_path.iterdir()) == [master]


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (40, 900)])
def test_the_smallest_pictures_have_copies(tmp_path: Path, size: tuple[int, int]) -> None:
    master = tmp_path / "a.png"
    Image.new("RGB", size, (200, 190, 180)).save(master)
    result = process_page(job_for(master, tmp_path))
    assert result.width >= 1
    assert result.height >= 1


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real pages are not on this machine")
class TestRealPages:
    @pytest.mark.parametrize("name", ["phone-1858-1", "phone-1858-10", "phone-1858-100"])
    def test_photographs_are_kept_whole(self, tmp_path: Path, name: str) -> None:
        """Pages that run out of the picture: no side may be cut, and the operator is told."""
        result = process_page(self.job(tmp_path, name))
        with Image.open(SAMPLES / f"{name}.jpg") as master:
            wide, high = master.size
        assert result.width / result.height == pytest.approx(wide / high, rel=0.04)
        assert result.width * result.height >= 2300 * 1530
        assert verdict(result, Check.DPI_DISBELIEVED).level is Level.LOOK
        told = {verdict(result, Check.PAGE_NOT_FOUND).level, verdict(result, Check.EDGES_DISAGREE).level}
        assert Level.LOOK in told
        assert all(verdict.level is not Level.STOP for verdict in result.verdicts)
        assert verdict(result, Check.BLANK).level is Level.OK

    def test_a_spread_keeps_its_size(self, tmp_path: Path) -> None:
        result = process_page(self.job(tmp_path, "spread-marriages-49914"))
        assert result.paper_mm == pytest.approx((600, 475), abs=6)
        assert verdict(result, Check.DPI_ASSUMED).level is Level.OK

    def test_a_grey_page_on_a_black_bed_is_cropped(self, tmp_path: Path) -> None:
        result = process_page(self.job(tmp_path, "notary-grey-07644"))
        assert result.grey
        assert result.paper_mm == pytest.approx((241, 349), abs=4)

    def job(self, tmp_path: Path, name: str) -> PageJob:
        return PageJob(SAMPLES / f"{name}.jpg", "", tmp_path / f"{name}.jpg", RECIPE)
