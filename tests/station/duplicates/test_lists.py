"""Lists that stations give each other: signed, whole, newest wins."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from station.duplicates.lists import export_list, import_list, read_list
from station.errors import BadInput
from station.naming import BookId
from station.root import Root
from station.wiring import Station, create_station
from tests.station.desks import add_cases, numbers
from tests.support import BOOK, REGISTRY


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Station]:
    """Another station, with a book of three cases."""
    root = Root(tmp_path / "other")
    create_station(root, REGISTRY, None)
    with Station.open(root, "tester") as opened:
        add_cases(opened, BookId.parse(BOOK), numbers(1, 3))
        yield opened


@pytest.fixture
def file(other: Station, tmp_path: Path) -> Path:
    export_list(other, tmp_path / "list.json")
    return tmp_path / "list.json"


def test_a_list_goes_there_and_back(station: Station, other: Station, file: Path) -> None:
    told = read_list(file)
    assert (told.station, [book.id for book in told.books]) == (other.key.key_id, [BOOK])
    assert told.books[0].numbers == ("01/2005", "02/2005", "03/2005")
    report = import_list(station, file)
    assert (report.books, report.older, report.fingerprints_usable) == (1, [], True)
    assert station.catalogue.is_foreign(f"{other.key.key_id}:{BOOK}")


def test_an_older_list_changes_nothing(station: Station, other: Station, file: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.json"
    add_cases(other, BookId.parse(BOOK), numbers(4, 5))
    export_list(other, later)
    assert import_list(station, later).older == []
    if read_list(file).made_at < read_list(later).made_at:
        assert import_list(station, file).older == [BOOK]


def add_number(document: dict[str, Any]) -> None:
    document["list"]["books"][0]["numbers"].append("04/2005")


def rename(document: dict[str, Any]) -> None:
    document["list"]["name"] = "someone else"


def sign_with_nothing(document: dict[str, Any]) -> None:
    document["signature"] = base64.b64encode(bytes(64)).decode()


def add_field(document: dict[str, Any]) -> None:
    document["more"] = 1


@pytest.mark.parametrize("change", [add_number, rename, sign_with_nothing, add_field])
def test_any_change_is_refused(station: Station, file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))
    with pytest.raises(BadInput):
        import_list(station, file)
    assert not station.catalogue.numbers_elsewhere()


def test_ones_own_list_is_refused(other: Station, file: Path) -> None:
    with pytest.raises(BadInput):
        import_list(other, file)
