"""No test here may leave a worker process behind, or see the machine's own SANE configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.drivers.rigs import own_workers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def no_sane(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("no-sane")
    (folder / "dll.conf").touch()
    return folder


@pytest.fixture(autouse=True)
def sealed(no_sane: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SANE finds nothing unless a test sets something up, and every worker is gone afterwards."""
    monkeypatch.setenv("SANE_CONFIG_DIR", str(no_sane))
    before = own_workers()
    yield
    assert own_workers() <= before
