"""What the delivery copies of a book take, held against the guideline of 100 kB per A4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from station.imaging.average import Rate
from station.imaging.page import Check
from station.imaging.recipe import A4_MM2, MM_PER_INCH
from station.recipes import copies_key, recipe_with_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from station.imaging.recipe import Recipe
    from station.model import Copy
    from station.naming import BookId
    from station.wiring import Station


@dataclass(frozen=True)
class Sizes:
    """The delivery copies of the pages that go into cases. `at_floor`: at the lowest quality that their ink allows.

    The target and `at_floor` are None where the recipe of a sealed book is not there any more as it was.
    """

    recipe: str
    pages: int
    kb_per_a4: float
    target_kb_per_a4: float | None
    at_floor: int | None
    lowest_quality: int | None

    @property
    def over(self) -> float | None:
        """By how many kB per A4 the pages are above the target, 0 where they are not."""
        target = self.target_kb_per_a4
        return None if target is None else max(0.0, round(self.kb_per_a4 - target, 1))

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


def sizes_of(station: Station, book: BookId) -> Sizes:
    """The sizes of a book's copies, as far as they are made; of a sealed book those of the copies in its bag."""
    key = copies_key(station, book)
    copies = station.catalogue.copies(book, key)
    pages = (page for page in station.catalogue.pages(book) if page.kind.in_case)
    counted = [copies[page.copy_of] for page in pages if page.copy_of in copies]
    recipe = station.recipe if station.recipe.key == key else recipe_with_key(key, station.root.recipes)
    return weigh(counted, recipe) if recipe else weigh_alone(counted, key)


def weigh_alone(copies: Sequence[Copy], key: str) -> Sizes:
    """Add up delivery copies of whose recipe nothing is known but its key."""
    lowest = min((copy.quality for copy in copies), default=None)
    return Sizes(key.rpartition("-")[0], len(copies), _mean_of(copies), None, None, lowest)


def _mean_of(copies: Sequence[Copy]) -> float:
    sheets = sum(map(sheets_of, copies))
    return round(sum(copy.bytes for copy in copies) / 1000 / sheets, 1) if sheets else 0.0


def weigh(copies: Iterable[Copy], recipe: Recipe) -> Sizes:
    """Add up delivery copies of one recipe."""
    copies = list(copies)
    limits = recipe.quality
    at_floor = [copy for copy in copies if copy.quality <= limits.floor_of(faint=is_faint(copy)) < limits.ceiling]
    lowest = min((copy.quality for copy in copies), default=None)
    return Sizes(recipe.name, len(copies), _mean_of(copies), recipe.target_kb_per_a4, len(at_floor), lowest)


def sheets_of(copy: Copy) -> float:
    """The paper of a copy in A4 sheets."""
    return copy.width * copy.height * (MM_PER_INCH / copy.dpi) ** 2 / A4_MM2


def size_mm_of(copy: Copy) -> tuple[float, float]:
    """Width and height of the paper of a copy."""
    return copy.width / copy.dpi * MM_PER_INCH, copy.height / copy.dpi * MM_PER_INCH


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
