"""Recipes: the named sets of image steps, targets and thresholds, as plain values that cross to the workers.

They are kept as data and read by `recipe_file`; this module stays free of everything that is slow to load.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

RECIPE_VERSION = 1
"""Raised whenever the code makes other bytes from the same recipe, so that older delivery copies count as stale."""

# Read by pydantic when it checks a recipe file: keys that are not declared are refused.
_NO_OTHER_KEYS = {"extra": "forbid"}

A4_MM2 = 210.0 * 297.0
MM_PER_INCH = 25.4


@dataclass(frozen=True)
class Quality:
    """JPEG qualities of libjpeg's scale, 1 to 100."""

    __pydantic_config__ = _NO_OTHER_KEYS

    floor: Annotated[int, Ge(1), Le(100)]
    default: Annotated[int, Ge(1), Le(100)]
    ceiling: Annotated[int, Ge(1), Le(100)]
    faint_floor: Annotated[int, Ge(1), Le(100)]
    faint_ink_depth: float

    def __post_init__(self) -> None:
        if not self.floor <= self.default <= self.ceiling or not self.floor <= self.faint_floor <= self.ceiling:
            raise ValueError("floor <= default <= ceiling and floor <= faint_floor <= ceiling must hold")


@dataclass(frozen=True)
class Geometry:
    """How the page is found in the picture and when a resolution is believed; units beside each value in the TOML."""

    __pydantic_config__ = _NO_OTHER_KEYS

    proxy_long_side: Annotated[int, Ge(200)]
    bed_lightest: float
    bed_contrast: float
    border_contrast: float
    smallest_piece: float
    edge_share: float
    edge_tolerance: float
    smallest_edges: Annotated[int, Ge(2), Le(4)]
    edges_agree_degrees: float
    largest_skew_degrees: float
    margin_mm: Annotated[float, Ge(0)]
    text_skew_degrees: float
    text_skew_peak: float
    longest_mm: float
    shortest_mm: float
    placeholder_dpi: tuple[int, ...]
    placeholder_longest_mm: float
    assumed_long_side_mm: float


@dataclass(frozen=True)
class CheckLimits:
    """Thresholds of the quality checks."""

    __pydantic_config__ = _NO_OTHER_KEYS

    blur_slope: float
    blur_tiles: Annotated[int, Ge(1)]
    blank_ink_share: float
    ink_step: float
    overexposed_level: int
    overexposed_share: float
    underexposed_p95: float
    flat_bottom_share: float
    flat_tolerance: int


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a delivery copy looks like. Immutable and picklable."""

    __pydantic_config__ = _NO_OTHER_KEYS

    name: str
    dpi: Annotated[int, Ge(50), Le(1200)]
    target_kb_per_a4: Annotated[float, Gt(0)]
    chroma: Literal["4:2:0", "4:2:2", "4:4:4"]
    quality: Quality
    geometry: Geometry
    checks: CheckLimits

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", self.name):
            raise ValueError("a recipe's name is lower-case letters, digits and dashes")

    @cached_property
    def key(self) -> str:
        """Name and digest of all values; with the master's hash it identifies a delivery copy."""
        values = json.dumps([RECIPE_VERSION, asdict(self)], sort_keys=True)
        return f"{self.name}-{hashlib.sha256(values.encode()).hexdigest()[:8]}"

    def target_bytes(self, area_mm2: float) -> float:
        """Bytes a page of this area may take; the guideline is for A4 and 1 kB is 1,000 bytes."""
        return self.target_kb_per_a4 * 1000.0 * area_mm2 / A4_MM2
