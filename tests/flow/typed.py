"""What tests of typed fields look at afterwards."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from tests.support import BOOK, succeed


def workbook_of(root: Path) -> list[dict[str, str]]:
    """The rows of the one sealed workbook, by the columns' names."""
    (path,) = (root / "bags").glob("*/data/*.xlsx")
    header, *rows = openpyxl.load_workbook(path)["KS"].iter_rows(values_only=True)
    names = [str(name).split("\n")[0].strip() for name in header]
    return [{name: str(cell or "") for name, cell in zip(names, row, strict=True)} for row in rows]


def logged(root: Path) -> str:
    """Everything that the station wrote into its logs."""
    return "".join(path.read_text(encoding="utf-8") for path in sorted((root / "log").glob("*")))


def mark(root: Path, order: int, kind: str) -> None:
    """Say what the page of this order is."""
    succeed(root, "pages", "mark", succeed(root, "pages", BOOK)[order - 1]["id"], "--kind", kind)
