"""How pages and cases stand in `--json` output: keys that programs rely on."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from station.imaging.page import preview_of, thumbnail_of

if TYPE_CHECKING:
    from station.model import Case, Copy, Missing, Page
    from station.naming import CaseNumber


def page_row(page: Page, numbers: list[CaseNumber], copy: Copy | None, *, previews: bool) -> dict[str, Any]:
    """`file`, `copy`, `preview` and `thumbnail` are paths below the root."""
    seen = PurePosixPath(copy.file) if copy and previews else None
    return {
        "id": page.id,
        "order": page.order,
        "kind": page.kind,
        "state": page.state,
        "sha256": page.sha256,
        "width": page.width,
        "height": page.height,
        "dpi": page.dpi,
        "cases": [str(number) for number in numbers],
        "verdicts": list(copy.verdicts) if copy else [],
        "operator": page.origin.operator,
        "device": page.origin.device,
        "taken_at": page.origin.taken_at,
        "file": page.file,
        "copy": copy.file if copy else None,
        "preview": str(preview_of(seen)) if seen else None,
        "thumbnail": str(thumbnail_of(seen)) if seen else None,
        "sheet": page.origin.sheet,
        "side": page.origin.side,
        "review": page.review,
    }


def case_row(case: Case, orders: dict[str, int]) -> dict[str, Any]:
    return {
        "id": case.id,
        "number": str(case.number),
        "state": "with-pages" if case.pages else "without-pages",
        "date": case.date,
        "pages": list(case.pages),
        "orders": [orders[page] for page in case.pages],
        "marks": list(case.marks),
    }


def missing_row(entry: Missing) -> dict[str, Any]:
    return {
        "number": str(entry.number),
        "state": "missing",
        "why": entry.why,
        "other": entry.other,
        "by": entry.operator,
        "at": entry.at,
    }
