"""How pages and cases stand in `--json` output: keys that programs rely on."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from station.imaging.page import Cut, preview_of, thumbnail_of

if TYPE_CHECKING:
    from station.imaging.page import Fold
    from station.model import Case, Copy, Missing, Page
    from station.naming import CaseNumber


def page_row(page: Page, numbers: list[CaseNumber], copy: Copy | None, *, previews: bool) -> dict[str, Any]:
    """`file`, `copy`, `preview` and `thumbnail` are paths below the root. `gutter` is where that of a spread was found,
    of half a spread where it was split: see `gutter_row`; `whole` is the page that it was split from.
    """
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
        "half": page.part.cut.half if page.part else None,
        "whole": page.part.whole if page.part else None,
        "gutter": gutter_row(gutter) if (gutter := _gutter_of(page, copy)) else None,
    }


def _gutter_of(page: Page, copy: Copy | None) -> Fold | Cut | None:
    return page.part.cut if page.part else copy.gutter if copy else None


def gutter_row(gutter: Fold | Cut) -> dict[str, float | None]:
    """Where a gutter meets the upper and lower edge of the finished whole page, in percent of its width from the left,
    and how sure it was found (0 to 1); None where it was split already.
    """
    confidence = None if isinstance(gutter, Cut) else gutter.confidence
    return {"top": gutter.top / 100, "bottom": gutter.bottom / 100, "confidence": confidence}


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
