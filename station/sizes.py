"""What the delivery copies of a book take, held against the guideline of 100 kB per A4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from station.imaging.average import Rate
from station.imaging.page import Check
from station.imaging.recipe import A4_MM2, MM_PER_INCH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from station.catalogue import Catalogue
    from station.imaging.recipe import Recipe
    from station.model import Copy
    from station.naming import BookId


@dataclass(frozen=True)
class Sizes:
    """The delivery copies of the pages that go into cases. `at_floor`: at the lowest quality that their ink allows."""

    recipe: str
    pages: int
    kb_per_a4: float
    target_kb_per_a4: float
    at_floor: int
    lowest_quality: int | None

    @property
    def over(self) -> float:
        """By how many kB per A4 the pages are above the target, 0 where they are not."""
        return max(0.0, round(self.kb_per_a4 - self.target_kb_per_a4, 1))

    def as_json(self) -> dict[str, Any]:
        return {
            "recipe": self.recipe,
            "pages": self.pages,
            "kb_per_a4": self.kb_per_a4,
            "target_kb_per_a4": self.target_kb_per_a4,
            "over_kb_per_a4": self.over,
            "pages_at_floor": self.at_floor,
            "lowest_quality": self.lowest_quality,
        }


def sizes_of(catalogue: Catalogue, book: BookId, recipe: Recipe) -> Sizes:
    """The sizes of a book's copies by a recipe, as far as they are made."""
    copies = catalogue.copies(book, recipe.key)
    pages = (page for page in catalogue.pages(book) if page.kind.in_case)
    return weigh([copies[page.copy_of] for page in pages if page.copy_of in copies], recipe)


def weigh(copies: Iterable[Copy], recipe: Recipe) -> Sizes:
    """Add up delivery copies of one recipe."""
    copies = list(copies)
    sheets = sum(map(sheets_of, copies))
    mean = sum(copy.bytes for copy in copies) / 1000 / sheets if sheets else 0.0
    limits = recipe.quality
    at_floor = [copy for copy in copies if copy.quality <= limits.floor_of(faint=is_faint(copy)) < limits.ceiling]
    lowest = min((copy.quality for copy in copies), default=None)
    return Sizes(recipe.name, len(copies), round(mean, 1), recipe.target_kb_per_a4, len(at_floor), lowest)


def sheets_of(copy: Copy) -> float:
    """The paper of a copy in A4 sheets."""
    return copy.width * copy.height * (MM_PER_INCH / copy.dpi) ** 2 / A4_MM2


def is_faint(copy: Copy) -> bool:
    """Whether the ink of the page is faint, by what was measured when the copy was made."""
    verdict = _verdict(copy, Check.FAINT_INK)
    return verdict is not None and 0 < verdict["value"] < verdict["threshold"]


def rate_of(copy: Copy) -> Rate | None:
    """What a copy tells about its page for the average of the book; None where it was not measured."""
    verdict = _verdict(copy, Check.SIZE)
    return Rate(sheets_of(copy), verdict["value"], is_faint(copy)) if verdict else None


def _verdict(copy: Copy, check: Check) -> dict[str, Any] | None:
    return next((one for one in copy.verdicts if one["check"] == check), None)
