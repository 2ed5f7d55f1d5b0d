"""Lists to import."""

from __future__ import annotations

import csv
from pathlib import Path

LABELS = {
    "registry": "Nơi đăng ký",
    "type": "Loại sổ",
    "year": "Năm",
    "volume": "Quyển số",
    "first": "Từ số",
    "last": "Đến số",
    "pages": "Số trang",
    "shelf": "Vị trí",
    "assigned": "Người được giao",
    "due": "Hạn",
    "reason": "Lý do",
}


def write_list(path: Path, *rows: dict[str, str], columns: list[str] | None = None) -> Path:
    """A CSV list with these rows; the columns in the order given, or those of `LABELS`."""
    columns = columns or list(LABELS)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([LABELS[column] for column in columns])
        writer.writerows([[row.get(column, "") for column in columns] for row in rows])
    return path


def row(
    registry: str = "19441", kind: str = "KS", year: str = "2005", volume: str = "1", **more: str
) -> dict[str, str]:
    return {"registry": registry, "type": kind, "year": year, "volume": volume, **more}
