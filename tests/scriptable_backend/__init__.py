"""A SANE backend in C whose devices do what a text file says: `scriptable.h` has the script, `build` compiles it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SOURCES = Path(__file__).parent
BUILD_SECONDS = 60


def build(folder: Path) -> Path:
    """Compile the backend into a folder, which is what `LD_LIBRARY_PATH` must name. Skips without gcc or sane.h."""
    if not shutil.which("gcc") or not Path("/usr/include/sane/sane.h").is_file():
        pytest.skip("the scriptable backend needs gcc and libsane-dev")
    sources = sorted(str(file) for file in SOURCES.glob("*.c"))
    target = folder / "libsane-scriptable.so.1"
    flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-Wl,-Bsymbolic"]
    subprocess.run(["gcc", *flags, "-o", str(target), *sources], check=True, timeout=BUILD_SECONDS)
    return folder
