"""SANE set-ups for whole-line tests: SANE's own `test` backend, with room for A4."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def sane_test_backend(tmp_path: Path) -> str:
    """A `SANE_CONFIG_DIR` that shows `test:0` and `test:1`, with a feeder of 10 sheets."""
    folder = tmp_path / "sane"
    folder.mkdir()
    (folder / "dll.conf").write_text("test\n")
    (folder / "test.conf").write_text(
        "number_of_devices 2\nmode Color\ndepth 8\nhand-scanner false\nthree-pass false\nthree-pass-order RGB\n"
        "resolution_min 1.0\nresolution_max 1200.0\nresolution_quant 1.0\nresolution 50.0\n"
        "geometry_min 0.0\ngeometry_max 300.0\ngeometry_quant 1.0\n"
        'tl_x 0.0\ntl_y 0.0\nbr_x 210.0\nbr_y 297.0\nsource "Flatbed"\ntest-picture "Color pattern"\n'
    )
    return str(folder)
