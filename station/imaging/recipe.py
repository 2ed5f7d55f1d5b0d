"""Recipes: the named sets of image steps, targets and thresholds, as plain values that cross to the workers.

They are kept as TOML, checked against the declaration, refused with file and key. Every worker loads this module: it
stays free of everything that is slow to load.
"""

import hashlib
import json
import re
import tomllib
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from station.overlay import lay_over

RECIPE_VERSION = 3
"""Raised whenever the code makes other bytes from the same recipe, so that older delivery copies count as stale."""

HARD_FLOOR = 22
"""The JPEG quality below which Vietnamese tone marks are lost: at 22 98 of 100 are told apart in dark ink and 88 in
faded, at 16 95 and 80. No recipe may go below."""

A4_MM2 = 210.0 * 297.0
MM_PER_INCH = 25.4

JpegQuality = Annotated[int, Meta(ge=1, le=100)]


class Quality(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """JPEG qualities of libjpeg's scale, 1 to 100."""

    floor: JpegQuality
    default: JpegQuality
    ceiling: JpegQuality
    faint_floor: JpegQuality
    faint_ink_depth: float

    def __post_init__(self) -> None:
        if not self.floor <= self.default <= self.ceiling or not self.floor <= self.faint_floor <= self.ceiling:
            raise ValueError("floor <= default <= ceiling and floor <= faint_floor <= ceiling must hold")

    def floor_of(self, *, faint: bool) -> int:
        """The quality below which a page's tone marks are lost."""
        return self.faint_floor if faint else self.floor

    def within(self, wanted: int, *, faint: bool) -> int:
        """The quality in the range of such a page that is next to a wanted one."""
        return max(self.floor_of(faint=faint), min(self.ceiling, wanted))


class Geometry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the page is found in the picture and when a resolution is believed; units beside each value in the TOML."""

    proxy_long_side: Annotated[int, Meta(ge=200)]
    bed_lightest: float
    bed_contrast: float
    border_contrast: float
    smallest_piece: float
    edge_share: float
    edge_tolerance: float
    smallest_edges: Annotated[int, Meta(ge=2, le=4)]
    edges_agree_degrees: float
    largest_skew_degrees: float
    margin_mm: Annotated[float, Meta(ge=0)]
    text_skew_degrees: float
    text_skew_peak: float
    longest_mm: float
    shortest_mm: float
    placeholder_dpi: tuple[int, ...]
    placeholder_longest_mm: float
    assumed_long_side_mm: float


class CheckLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Thresholds of the quality checks."""

    blur_mm: float
    blur_tiles: Annotated[int, Meta(ge=1)]
    blank_ink_share: float
    ink_step: float
    overexposed_level: int
    overexposed_share: float
    underexposed_p95: float
    flat_bottom_share: float
    flat_tolerance: int
    corner_missing_mm2: float
    cut_strokes: Annotated[int, Meta(ge=1)]
    streak_step: float
    skew_left_degrees: float
    skew_peak: float
    paper_size_share: float
    turned_gain: float


class Recipe(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Everything that decides what a delivery copy looks like. Immutable and picklable.

    `averaged` tells what is to meet the target: each page, or the pages of a book together, which then have one
    quality: see `station.imaging.average`.
    """

    name: str
    dpi: Annotated[int, Meta(ge=50, le=1200)]
    target_kb_per_a4: Annotated[float, Meta(gt=0)]
    averaged: Literal["page", "book"]
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
        values = json.dumps([RECIPE_VERSION, msgspec.to_builtins(self)], sort_keys=True)
        return f"{self.name}-{hashlib.sha256(values.encode()).hexdigest()[:8]}"

    def target_bytes(self, area_mm2: float) -> float:
        """Bytes a page of this area may take; the guideline is for A4 and 1 kB is 1,000 bytes."""
        return self.target_kb_per_a4 * 1000.0 * area_mm2 / A4_MM2


class RecipeError(Exception):
    """A recipe file that cannot be used; names the file and, where there is one, the key."""

    def __init__(self, source: str, key: str, detail: str) -> None:
        super().__init__(source, key, detail)
        self.source = source
        self.key = key
        self.detail = detail

    def __str__(self) -> str:
        place = f"{self.source}: {self.key}" if self.key else self.source
        return f"{place}: {self.detail}"


class FloorError(RecipeError):
    """A recipe whose floor is below `HARD_FLOOR`."""

    def __init__(self, source: str, key: str, value: int) -> None:
        super().__init__(source, key, f"{value} is below {HARD_FLOOR}, where tone marks are lost")
        self.args = source, key, value
        self.value = value


def load_recipe(name: str = "legible") -> Recipe:
    """Read a recipe that ships with the station. Raises `RecipeError`."""
    return parse_recipe(*_read_shipped(name))


def load_recipe_file(path: Path) -> Recipe:
    """Read a technician's own recipe. Raises `RecipeError`, also when the file is missing."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(str(path), "", str(error)) from error
    return parse_recipe(text, str(path))


def parse_recipe(text: str, source: str) -> Recipe:
    """Check TOML text against the model; the first wrong key is named in the `RecipeError`.

    A recipe that is `based_on` a shipped one holds only what differs from it.
    """
    try:
        recipe = msgspec.convert(_read_table(text, source), Recipe)
    except msgspec.ValidationError as error:
        from station.settings import refused_key

        raise RecipeError(source, *refused_key(error)) from error
    if recipe.quality.floor < HARD_FLOOR:
        raise FloorError(source, "quality.floor", recipe.quality.floor)
    return recipe


def _read_shipped(name: str) -> tuple[str, str]:
    """The text of a shipped recipe and where it lies."""
    source = resources.files("station") / "data" / "recipes" / f"{name}.toml"
    try:
        return source.read_text(encoding="utf-8"), str(source)
    except OSError as error:
        raise RecipeError(str(source), "", "there is no such recipe") from error


def _read_table(text: str, source: str) -> dict[str, Any]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(source, "", str(error)) from error
    base = table.pop("based_on", None)
    if base is None:
        return table
    if not isinstance(base, str) or base == table.get("name"):
        raise RecipeError(source, "based_on", "the name of another recipe is needed")
    return lay_over(_read_table(*_read_shipped(base)), table)
