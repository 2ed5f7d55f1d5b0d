"""Recipes are data: refused when misspelt, and their key changes with every value."""

import pickle
from importlib import resources
from pathlib import Path

import pytest

from station.imaging import recipe as recipes
from station.imaging.recipe import RecipeError, load_recipe, load_recipe_file, parse_recipe

TEXT = (resources.files("station") / "data" / "recipes" / "legible.toml").read_text(encoding="utf-8")


def test_the_shipped_recipe() -> None:
    recipe = load_recipe("legible")
    assert (recipe.dpi, recipe.target_kb_per_a4) == (200, 100)
    assert (recipe.quality.floor, recipe.quality.default) == (22, 30)
    assert recipe.key.startswith("legible-")
    assert len(recipe.key) == len("legible-") + 8


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
