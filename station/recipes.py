"""Which recipe makes the delivery copies of a book: that of the settings, its own, or the one of its bag."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from station.errors import SettingsError, UsageError
from station.imaging.recipe import HARD_FLOOR, FloorError, Recipe, RecipeError, load_recipe, load_recipe_file
from station.model import BookState

if TYPE_CHECKING:
    from pathlib import Path

    from station.model import Book
    from station.naming import BookId
    from station.wiring import Station


def recipe_named(name: str, own: Path, asked_by: str) -> Recipe:
    """A recipe of the folder `own`, else a shipped one; `asked_by` is the file whose setting `imaging.recipe` names it.

    Raises `SettingsError` for one that is not there, and for one that is wrong.
    """
    if name not in known_recipes(own):
        raise SettingsError("no-such-recipe", name=name, file=asked_by, **_known(own))
    return _load(name, own)


def _load(name: str, own: Path) -> Recipe:
    file = own / f"{name}.toml"
    try:
        return load_recipe_file(file) if file.is_file() else load_recipe(name)
    except FloorError as error:
        values = {"file": error.source, "key": error.key, "value": error.value, "floor": HARD_FLOOR}
        raise SettingsError("recipe-floor-too-low", **values) from error
    except RecipeError as error:
        raise SettingsError("bad-recipe", file=error.source, key=error.key, reason=error.detail) from error


def known_recipes(own: Path) -> list[str]:
    """The names of the recipes that there are: shipped ones, and those of the folder `own`."""
    shipped = (resources.files("station") / "data" / "recipes").iterdir()
    names = {file.name for file in [*shipped, *own.glob("*.toml")] if file.name.endswith(".toml")}
    return sorted(name.removesuffix(".toml") for name in names)


def _known(own: Path) -> dict[str, str]:
    return {"known": ", ".join(known_recipes(own)), "folder": str(own)}


def chosen_recipe(name: str, own: Path) -> Recipe:
    """The recipe that somebody names for a book. Raises `UsageError` for one that is not there, `SettingsError`."""
    if name not in known_recipes(own):
        raise UsageError("no-such-recipe-for-book", name=name, **_known(own))
    return _load(name, own)


def recipe_with_key(key: str, own: Path) -> Recipe | None:
    """The recipe that has this key today; None where it was changed or taken away."""
    name, _, _ = key.rpartition("-")
    if name not in known_recipes(own):
        return None
    try:
        recipe = _load(name, own)
    except SettingsError:
        return None
    return recipe if recipe.key == key else None


def copies_key(station: Station, book: BookId) -> str:
    """The key of the recipe whose delivery copies count for a book: of a sealed one those that are in its bag."""
    return station.catalogue.copies_by(book) or station.recipe.key


def recipe_of(station: Station, book: Book) -> Recipe:
    """The recipe by which copies of a book are made; of a sealed one that of its bag.

    Raises `UsageError` where that of the bag is not there any more as it was, `SettingsError`.
    """
    own = station.root.recipes
    key = station.catalogue.copies_by(book.id)
    if book.state is BookState.SEALED and key:
        found = station.recipe if station.recipe.key == key else recipe_with_key(key, own)
        if found is None:
            raise UsageError("sealed-recipe-gone", book=str(book.id), recipe=key)
        return found
    name = station.catalogue.own_recipe(book.id)
    return chosen_recipe(name, own) if name else station.recipe


def choose_recipe(station: Station, book: BookId, name: str | None) -> Recipe:
    """Give an open book that the caller holds a recipe of its own, or with None that of the settings again.

    Copies that are there stay until the book is processed or packed. Raises `UsageError`, `SettingsError`.
    """
    recipe = chosen_recipe(name, station.root.recipes) if name else station.recipe
    station.catalogue.choose_recipe(book, name, recipe.key if name else None)
    return recipe


def renew_key(station: Station, book: BookId) -> None:
    """An open book that the caller holds goes by its own recipe as that is today. Raises as `choose_recipe` does."""
    name, before = station.catalogue.own_recipe(book), station.catalogue.copies_by(book)
    if name and chosen_recipe(name, station.root.recipes).key != before:
        choose_recipe(station, book, name)


def key_when_open(station: Station, book: BookId) -> str | None:
    """What a book that is opened again goes by: the key of its own recipe, None for that of the settings."""
    name = station.catalogue.own_recipe(book)
    return chosen_recipe(name, station.root.recipes).key if name else None
