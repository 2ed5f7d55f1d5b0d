"""The pages that people read, held to the code: keys, commands, codes and links."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import msgspec
import pytest

from outbox.destinations import DestinationSettings
from outbox.destinations.settings import read_path
from outbox.states import State
from station.cli import station as command
from station.errors import Exit
from station.settings import ENVIRONMENT, FolderSettings, ScanProfile, Settings
from ui.keys import KEYS

TREE = Path(__file__).parents[2]
PAGES = [TREE / "README.md", TREE / "CHANGELOG.md", *sorted((TREE / "docs").glob("*.md"))]
README, TECHNICIANS = TREE / "README.md", TREE / "docs" / "technicians.md"
LARGEST_PICTURE = 400_000


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def settings_of_the_page() -> dict[str, Any]:
    """The example in technicians.md, which names every key."""
    blocks = re.findall(r"```toml\n(.*?)```", read(TECHNICIANS), flags=re.DOTALL)
    (whole,) = [block for block in blocks if "[station]" in block]
    return tomllib.loads(whole)


def keys(model: type[msgspec.Struct], *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every key of a settings model with the tables that it stands in."""
    for field in msgspec.structs.fields(model):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from keys(field.type, *path, field.name)
        elif field.name not in {"profiles", "destinations", "folders"}:
            yield path, field.name


def tables_at(page: dict[str, Any], path: tuple[str, ...]) -> list[dict[str, Any]]:
    """The table of the example; for the keys of `[scan]` those of the profiles, too, which take the same."""
    tops = [page[path[0]], *page["profiles"].values()] if path[:1] == ("scan",) else [page[path[0]] if path else page]
    for name in path[1:]:
        tops = [top[name] for top in tops if name in top]
    return tops


def commands(group: click.Group, path: str = "station") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from commands(found, f"{path} {name}")
        else:
            yield f"{path} {name}"


@pytest.mark.parametrize(("path", "key"), list(keys(Settings)))
def test_every_setting_is_in_the_example(path: tuple[str, ...], key: str) -> None:
    assert any(key in table for table in tables_at(settings_of_the_page(), path))


@pytest.mark.parametrize("kind", get_args(DestinationSettings))
def test_every_key_of_a_destination_is_in_the_example(kind: type[msgspec.Struct]) -> None:
    examples = [set(table) for table in settings_of_the_page()["destinations"]]
    assert {"kind", *kind.__struct_fields__} in examples


def test_every_key_of_a_hot_folder_is_in_the_example() -> None:
    assert [set(table) for table in settings_of_the_page()["folders"]] == [set(FolderSettings.__struct_fields__)]


def test_the_example_is_accepted_and_shows_what_holds_anyway() -> None:
    example = settings_of_the_page()
    named = msgspec.convert(example, Settings, dec_hook=read_path)
    plain = Settings()
    assert (named.naming, named.imaging, named.intake) == (plain.naming, plain.imaging, plain.intake)
    assert (named.storage, named.receipts) == (plain.storage, plain.receipts)
    assert (named.scan.dpi, named.scan.mode) == (ScanProfile().dpi, ScanProfile().mode)


def test_every_environment_variable_is_named() -> None:
    assert all(f"`{name}`" in read(TECHNICIANS) for name in ENVIRONMENT)


@pytest.mark.parametrize("page", [README, TECHNICIANS], ids=lambda page: page.name)
def test_every_exit_code_is_in_the_table(page: Path) -> None:
    rows = re.findall(r"^\| (\d+) \|", read(page), flags=re.MULTILINE)
    assert [int(row) for row in rows] == [code.value for code in Exit]


@pytest.mark.parametrize("name", list(commands(command)))
def test_every_command_is_in_the_table(name: str) -> None:
    assert f"`{name}`" in read(TECHNICIANS)


def test_no_command_is_named_that_is_not_there() -> None:
    known = set(command.list_commands(click.Context(command)))
    for page in PAGES:
        blocks = "\n".join(re.findall(r"```\n(.*?)```", read(page), flags=re.DOTALL))
        spoken = re.findall(r"^(?:sudo -u [\w-]+ )?station (?:--root \S+ )?([a-z]+)", blocks, flags=re.MULTILINE)
        assert set(spoken) <= known, page


def test_every_state_of_the_outbox_is_explained() -> None:
    assert all(state in read(TECHNICIANS) for state in State)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_resolves(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.is_file(), target
        if anchor:
            assert anchor in headings(file), target


def headings(page: Path) -> set[str]:
    """Anchors as GitHub makes them of headings."""
    lines = re.findall(r"^#+ (.+)$", read(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


def test_the_keys_of_the_screen_are_named() -> None:
    assert (KEYS["language"], KEYS["leave"]) == ("f2", "f10")
    assert {"F2", "F10"} <= set(re.findall(r"F\d+", read(README)))


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (TREE / "docs" / "pictures").iterdir()}
    assert "demo.png" in sizes
    assert {name: size for name, size in sizes.items() if size >= LARGEST_PICTURE} == {}
