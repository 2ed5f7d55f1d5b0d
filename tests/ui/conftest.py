"""A station with people and books, for the screen to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.root import Root
from tests.ui import kiosks


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATION_ROOT", "STATION_LANGUAGE", "STATION_OPERATOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return kiosks.make(tmp_path / "station")
