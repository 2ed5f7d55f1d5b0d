"""Recipes are data: refused when misspelt, and their key changes with every value."""

import pickle
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.imaging import recipe as recipes
from station.imaging.recipe import HARD_FLOOR, FloorError, RecipeError, load_recipe, load_recipe_file, parse_recipe

TEXT = (resources.files("station") / "data" / "recipes" / "legible.toml").read_text(encoding="utf-8")


def test_the_shipped_recipe() -> None:
    recipe = load_recipe("legible")
    assert (recipe.dpi, recipe.target_kb_per_a4) == (200, 100)
    assert (recipe.quality.floor, recipe.quality.default) == (22, 30)
    assert recipe.key.startswith("legible-")
    assert len(recipe.key) == len("legible-") + 8


def test_the_recipes_that_are_based_on_it_differ_where_they_say() -> None:
    legible, guideline, archive = (load_recipe(name) for name in ("legible", "guideline-100k", "archive"))
    assert (legible.averaged, guideline.averaged) == ("page", "book")
    assert guideline.quality.floor == legible.quality.floor
    assert guideline.quality.faint_floor < legible.quality.faint_floor
    assert (archive.dpi, archive.quality.floor, archive.quality.ceiling) == (300, 75, 75)
    assert legible.geometry == guideline.geometry == archive.geometry
    assert legible.checks == guideline.checks == archive.checks
    assert len({recipe.key for recipe in (legible, guideline, archive)}) == 3


def test_a_recipe_holds_what_differs_from_the_one_it_is_based_on() -> None:
    own = parse_recipe('based_on = "legible"\nname = "mine"\n[quality]\nfloor = 25\n', "x")
    assert (own.name, own.quality.floor, own.quality.default) == ("mine", 25, 30)


@pytest.mark.parametrize("base", ['"no-such"', '"mine"', "3", "[1]"])
def test_a_recipe_is_based_on_a_shipped_one_or_refused(base: str) -> None:
    with pytest.raises(RecipeError):
        parse_recipe(f'based_on = {base}\nname = "mine"\n', "x")


@given(st.integers(1, 100), st.booleans())
def test_a_wanted_quality_stays_within_what_the_ink_allows(wanted: int, faint: bool) -> None:
    limits = load_recipe().quality
    quality = limits.within(wanted, faint=faint)
    assert limits.floor_of(faint=faint) <= quality <= limits.ceiling
    assert limits.within(quality, faint=faint) == quality


def test_the_key_is_stable_and_survives_pickling() -> None:
    recipe = load_recipe()
    assert pickle.loads(pickle.dumps(recipe)).key == recipe.key == load_recipe().key  # noqa: S301 - our own bytes


@pytest.mark.parametrize(("old", "new"), [("dpi = 200", "dpi = 150"), ("blur_tiles = 12", "blur_tiles = 13")])
def test_every_value_is_in_the_key(old: str, new: str) -> None:
    assert parse_recipe(TEXT.replace(old, new), "x").key != load_recipe().key


def test_the_version_of_the_code_is_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_recipe().key
    monkeypatch.setattr(recipes, "RECIPE_VERSION", recipes.RECIPE_VERSION + 1)
    assert load_recipe().key != before


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("dpi = 200", "dpi = 200\ncolour = true", "colour"),
        ("floor = 22", "floor = 22\nflor = 20", "quality.flor"),
        ("floor = 22", "floor = 50", "quality"),
        ('chroma = "4:2:0"', 'chroma = "4:1:1"', "chroma"),
        ("dpi = 200", 'dpi = "200"', "dpi"),
    ],
)
def test_a_wrong_key_is_named(old: str, new: str, key: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(TEXT.replace(old, new, 1), "/etc/mine.toml")
    assert (caught.value.source, caught.value.key) == ("/etc/mine.toml", key)
    assert "/etc/mine.toml" in str(caught.value)


@pytest.mark.parametrize("value", [1, 3, 21])
def test_no_recipe_goes_below_what_keeps_the_tone_marks(value: int) -> None:
    text = 'based_on = "legible"\nname = "mine"\n[quality]\nfloor = '
    with pytest.raises(FloorError) as caught:
        parse_recipe(f"{text}{value}\n", "/etc/mine.toml")
    assert (caught.value.key, caught.value.value) == ("quality.floor", value)
    assert parse_recipe(f"{text}{HARD_FLOOR}\n", "x").quality.floor == HARD_FLOOR


def test_files_that_are_missing_or_no_toml_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError):
        load_recipe("no-such-recipe")
    with pytest.raises(RecipeError):
        load_recipe_file(tmp_path / "gone.toml")
    (tmp_path / "bad.toml").write_text("name = ")
    with pytest.raises(RecipeError):
        load_recipe_file(tmp_path / "bad.toml")


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        load_recipe().dpi = 300  # type: ignore[misc]  # frozen is what is tested
