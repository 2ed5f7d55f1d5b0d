"""`station bench` measures the machine, with a station and without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import make_station, run_here

PAGES = 4


@pytest.mark.parametrize("recipe", [None, "archive"])
def test_the_machine_is_measured(tmp_path: Path, recipe: str | None) -> None:
    root = tmp_path / "root"
    if recipe:
        make_station(root, settings=f'recipe = "{recipe}"\n')
    ran = run_here(root, "--json", "bench", "--pages", str(PAGES))
    assert ran.code == 0, ran.err
    measured = ran.data
    assert (measured["recipe"], measured["pages"]) == (recipe or "legible", PAGES)
    assert measured["cpu_ms_floor"] == pytest.approx(sum(measured["floor"].values()), abs=0.3)
    assert min(measured["cpu_ms_page"], measured["cpu_ms_pdf"], *measured["floor"].values()) > 0
    assert measured["pages_per_second"] == pytest.approx(PAGES / measured["seconds"], rel=0.1, abs=0.1)
    assert root.exists() == bool(recipe)
