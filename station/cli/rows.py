"""How pages and cases stand in `--json` output: keys that programs rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from station.model import Case, Copy, Missing, Page
    from station.naming import CaseNumber


def page_row(page: Page, numbers: list[CaseNumber], copy: Copy | None) -> dict[str, Any]:
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
