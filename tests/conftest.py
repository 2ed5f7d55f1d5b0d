"""Tests are sealed from the machine's own settings: no `STATION_*` variable, one language, no SANE of the machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.drivers.scriptable import ScriptableScanner
from tests.scriptable_backend import build

if TYPE_CHECKING:
    from pathlib import Path

for name in [name for name in os.environ if name.startswith(("STATION_", "SANE_"))]:
    del os.environ[name]
os.environ["STATION_LANGUAGE"] = "en"
# How long one example takes says something about the machine, not about the rule. `make soak` looks ten times deeper.
settings.register_profile("station", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None, max_examples=400)
settings.load_profile("station")


@pytest.fixture(scope="session")
def scriptable_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the scriptable SANE backend."""
    return build(tmp_path_factory.mktemp("scriptable-backend"))


@pytest.fixture
def feeder(scriptable_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptableScanner:
    """A scriptable scanner that SANE sees in this process and in those that it starts; it is alone."""
    scanner = ScriptableScanner(tmp_path / "sane-scriptable", scriptable_library)
    for name, value in scanner.environment.items():
        monkeypatch.setenv(name, value)
    return scanner
