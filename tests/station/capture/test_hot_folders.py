"""Which folder belongs to which book, and which folders are refused."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from outbox.destinations.settings import read_path
from station.capture.hot_folders import BookFolder, Place, check_folders, find_folder, watched_places
from station.errors import SettingsError
from station.naming import BookId
from station.root import Root
from station.settings import Settings

BOOK = BookId.parse("19441/KS.2005.01")
INBOX = Path("/root-of-it/inbox")


@pytest.mark.parametrize(
    ("file", "folder", "book"),
    [
        ("19441/KS.2005.01/a.jpg", "19441/KS.2005.01", BOOK),
        ("19441/KS.2005.01/deep/er/a.jpg", "19441/KS.2005.01", BOOK),
        ("KS.2005.01/a.jpg", "KS.2005.01", BOOK),
        ("KS.2005.01/deep/a.jpg", "KS.2005.01", BOOK),
        ("20000/KS.2005.01/a.jpg", "20000/KS.2005.01", BookId.parse("20000/KS.2005.01")),
        ("19441/ks.2005.1/a.jpg", "19441/ks.2005.1", None),
        ("19441/a.jpg", "19441", None),
        ("a.jpg", "", None),
        ("holiday/beach/a.jpg", "holiday/beach", None),
    ],
)
def test_a_file_belongs_to_the_book_whose_name_its_folder_has(file: str, folder: str, book: BookId | None) -> None:
    assert Place(INBOX).folder_of(INBOX / file, "19441") == BookFolder(INBOX / folder, book)


def test_a_folder_of_its_own_is_one_book_s_with_all_below_it() -> None:
    place = Place(Path("/mnt/czur"), BOOK)
    assert place.folder_of(Path("/mnt/czur/2025/a.jpg"), "19441") == BookFolder(Path("/mnt/czur"), BOOK)


def settings(*folders: dict[str, str], destination: Path | None = None) -> Settings:
    data: dict[str, object] = {"station": {"registry": "19441"}, "folders": folders}
    if destination:
        data["destinations"] = [{"kind": "folder", "name": "share", "path": str(destination)}]
    return msgspec.convert(data, Settings, dec_hook=read_path)


def test_folders_with_a_book_are_watched_and_others_wait_for_a_scan(tmp_path: Path) -> None:
    root = Root(tmp_path / "root")
    ours = settings(
        {"name": "czur", "path": str(tmp_path / "czur"), "book": "KS.2005.01"},
        {"name": "phone", "path": str(tmp_path / "phone")},
    )
    assert watched_places(root, ours) == [Place(root.inbox), Place(tmp_path / "czur", BOOK)]
    device = find_folder("folder:phone", ours)
    assert device is not None
    assert (device.address, device.model) == (str(tmp_path / "phone"), "phone")
    assert find_folder("folder:none", ours) is None
    assert find_folder("phone", ours) is None


REFUSED = {
    "relative": ([{"name": "a", "path": "czur"}], "folders.0"),
    "the root itself": ([{"name": "a", "path": "{tmp}/root"}], "folders.0"),
    "above the root": ([{"name": "a", "path": "{tmp}"}], "folders.0"),
    "in the masters": ([{"name": "a", "path": "{tmp}/root/masters/x"}], "folders.0"),
    "in the inbox": ([{"name": "a", "path": "{tmp}/root/inbox/x"}], "folders.0"),
    "by a link above the root": ([{"name": "a", "path": "{tmp}/link"}], "folders.0"),
    "two of a name": ([{"name": "a", "path": "{tmp}/1"}, {"name": "a", "path": "{tmp}/2"}], "folders.1"),
    "one in another": ([{"name": "a", "path": "{tmp}/1"}, {"name": "b", "path": "{tmp}/1/2"}], "folders.1"),
    "one around another": ([{"name": "a", "path": "{tmp}/1/2"}, {"name": "b", "path": "{tmp}/1"}], "folders.1"),
    "no book": ([{"name": "a", "path": "{tmp}/1", "book": "XX.2005.01"}], "folders.a.book"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_folder_that_would_eat_what_is_written_is_refused_with_its_key(case: str, tmp_path: Path) -> None:
    folders, key = REFUSED[case]
    (tmp_path / "link").symlink_to(tmp_path)
    filled = [{name: value.replace("{tmp}", str(tmp_path)) for name, value in folder.items()} for folder in folders]
    with pytest.raises(SettingsError) as refused:
        check_folders(Root(tmp_path / "root"), settings(*filled))
    assert refused.value.values["key"] == key
    assert str(refused.value.values["reason"])


@pytest.mark.parametrize("inside", ["root/inbox/out", "czur/out", "czur"])
def test_a_destination_in_a_hot_folder_is_refused(inside: str, tmp_path: Path) -> None:
    ours = settings({"name": "czur", "path": str(tmp_path / "czur")}, destination=tmp_path / inside)
    with pytest.raises(SettingsError) as refused:
        check_folders(Root(tmp_path / "root"), ours)
    assert refused.value.values["key"] == "destinations.0"


def test_folders_and_destinations_beside_each_other_are_fine(tmp_path: Path) -> None:
    ours = settings({"name": "czur", "path": str(tmp_path / "share" / "in")}, destination=tmp_path / "share" / "out")
    check_folders(Root(tmp_path / "root"), ours)
