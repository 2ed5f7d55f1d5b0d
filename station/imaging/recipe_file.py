"""Reading recipes: TOML, checked against the declaration, refused with file and key."""

import json
import tomllib
from importlib import resources
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from station.imaging.recipe import Recipe

_RECIPE = TypeAdapter(Recipe)


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


def load_recipe(name: str = "legible") -> Recipe:
    """Read a recipe that ships with the station. Raises `RecipeError`."""
    source = resources.files("station") / "data" / "recipes" / f"{name}.toml"
    try:
        text = source.read_text(encoding="utf-8")
    except OSError as error:
        raise RecipeError(str(source), "", "there is no such recipe") from error
    return parse_recipe(text, str(source))


def load_recipe_file(path: Path) -> Recipe:
    """Read a technician's own recipe. Raises `RecipeError`, also when the file is missing."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(str(path), "", str(error)) from error
    return parse_recipe(text, str(path))


def parse_recipe(text: str, source: str) -> Recipe:
    """Check TOML text against the model; the first wrong key is named in the `RecipeError`."""
    try:
        return _RECIPE.validate_json(json.dumps(tomllib.loads(text)), strict=True)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(source, "", str(error)) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise RecipeError(source, ".".join(map(str, first["loc"])), first["msg"]) from error
