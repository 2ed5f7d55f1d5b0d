"""The one quality with which the pages of a book meet a size target together.

What a page would take at the recipe's default quality is estimated from its pixels when its copy is made. The quality
of a book follows from these numbers alone, so that the same pages and settings give the same bytes, in whatever order
the pages came.
"""

from collections.abc import Collection
from dataclasses import dataclass
from math import fsum

from station.imaging.recipe import Recipe

POWER = 0.6
"""Size grows with this power of the quality between 20 and 40: 0.59-0.60 on civil registers, 0.69 on dense tables."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a page takes: its paper in A4 sheets, and kB per A4 at the recipe's default quality. `faint`: its ink is."""

    sheets: float
    kb_per_a4: float
    faint: bool


def settle_quality(rates: Collection[Rate], recipe: Recipe) -> int:
    """The highest quality of the recipe's range with which the pages are expected to meet the target together.

    The floor where none does, and the default without pages.
    """
    limits = recipe.quality
    if not rates:
        return limits.default
    allowed = recipe.target_kb_per_a4 * fsum(rate.sheets for rate in rates)
    fitting = (
        wanted for wanted in range(limits.ceiling, limits.floor, -1) if expect_kb(rates, wanted, recipe) <= allowed
    )
    return next(fitting, limits.floor)


def expect_kb(rates: Collection[Rate], wanted: int, recipe: Recipe) -> float:
    """Kilobytes that the pages take when each of them has the wanted quality or the next one in its range."""
    limits = recipe.quality
    return fsum(
        rate.kb_per_a4 * rate.sheets * (limits.within(wanted, faint=rate.faint) / limits.default) ** POWER
        for rate in rates
    )
