"""The files under the catalogue: older ones are brought up to date, damaged copies are begun anew."""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path

import pytest

from outbox.migrations import StoreError, migrate
from station.catalogue import Catalogue
from station.model import Copy, PageKind, PageState
from station.naming import BookId, CaseNumber

BOOK = BookId.parse("19441/KS.2005.01")
DIGEST, OTHER_DIGEST, PDF_DIGEST = "ab" * 32, "cd" * 32, "ef" * 32
COPY = Copy(DIGEST, "legible-1", "copies/x.jpg", OTHER_DIGEST, 1, 2, 3, 200, 30)

ROWS = f"""
insert into registry (code, name, place, prefix) values ('19441', 'Phường A', 'Quảng Trị', 'PA');
insert into book (id, registry, type, year_first, year_last, volume, added_at)
    values ('19441/KT.2005.01', '19441', 'KT', 2005, 2005, 1, 'x'), ('{BOOK}', '19441', 'KS', 2005, 2005, 1, 'x');
insert into feed (id, book, device, source, profile, operator, began, place, last_page)
    values (7, '{BOOK}', 'sane:x', 'adf', 'p', 'lan', 'x', null, null);
insert into page (id, book, position, kind, state, replaces, sha256, file, bytes, width, height, dpi, operator, device,
    taken_at, source_sha256, source_index, sheet, side, why, feed, review)
values
    ('p00000000000a', '{BOOK}', 1, 'page', 'replaced', null, '{DIGEST}', 'masters/{BOOK}/p00000000000a.tif', 5, 6, 7,
     300, 'lan', 'sane:x', '2025-03-01T08:00:00+07:00', null, 0, 3, 'back', null, 7, null),
    ('p00000000000b', '{BOOK}', 1, 'damaged', 'kept', 'p00000000000a', '{OTHER_DIGEST}',
     'masters/{BOOK}/p00000000000b.jpg', 5, 6, 7, null, 'minh', 'folder', '2024-12-31T23:59:59-03:30',
     '{OTHER_DIGEST}', 0, null, null, null, null, 'after-break'),
    ('pffffffffffff', '{BOOK}', 2, 'page', 'kept', null, '{DIGEST}', 'masters/{BOOK}/pffffffffffff.jpg', 5, 6, 7, 200,
     'minh', 'folder', '2025-03-01T08:00:01+00:00', '{PDF_DIGEST}', 4, null, null, null, null, null);
update feed set last_page = 'p00000000000a', place = 'p00000000000b';
insert into cases (id, book, year, number, date) values (3, '{BOOK}', 2005, 12, '2005-03-01');
insert into case_page (case_id, page) values (3, 'p00000000000b'), (3, 'pffffffffffff');
insert into entry (case_id, field, side, value, source, operator, at)
    values (3, 'hoTen', 'first', 'Nguyễn Thử', 'typed', 'lan', 'x');
insert into case_mark (case_id, codes, note, operator, at) values (3, 'torn', '', 'lan', 'x');
"""  # noqa: S608 - rows of this test


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A catalogue as it was before its rows became narrow, with a row of each kind that changed."""
    path = tmp_path / "catalogue.db"
    scripts = sorted(resources.files("station.migrations").iterdir(), key=lambda file: file.name)
    database = sqlite3.connect(path)
    database.execute("pragma foreign_keys = on")
    texts = [script.read_text(encoding="utf-8") for script in scripts if script.name.endswith(".sql")]
    database.executescript("".join(texts[:6]))
    database.executescript(ROWS)
    database.execute("pragma user_version = 6")
    database.commit()
    database.close()
    return path


def test_an_older_catalogue_keeps_everything(older: Path) -> None:
    with Catalogue(older) as catalogue:
        first, second = catalogue.pages(BOOK)
        replaced = catalogue.all_pages(BOOK)[0]
        assert [page.id for page in (first, second, replaced)] == ["p00000000000b", "pffffffffffff", "p00000000000a"]
        assert (first.kind, first.sha256, first.replaces) == (PageKind.DAMAGED, OTHER_DIGEST, replaced.id)
        assert (first.origin.operator, first.origin.device, first.dpi) == ("minh", "folder", None)
        assert (first.origin.taken_at, first.review) == ("2024-12-31T23:59:59-03:30", "after-break")
        assert (first.origin.source_sha256, second.origin.source_sha256) == (OTHER_DIGEST, PDF_DIGEST)
        assert (second.origin.source_index, second.origin.taken_at) == (4, "2025-03-01T08:00:01+00:00")
        assert (replaced.state, replaced.origin.side, replaced.origin.sheet) == (PageState.REPLACED, "back", 3)
        assert (replaced.origin.source_sha256, replaced.feed) == (None, 7)
        assert replaced.file == f"masters/{BOOK}/p00000000000a.tif"
        (case,) = catalogue.cases(BOOK)
        assert (case.id, case.number, case.date) == (3, CaseNumber(2005, 12), "2005-03-01")
        assert (case.pages, case.marks) == ((first.id, second.id), ("torn",))
        assert [entry.value for entry in catalogue.entries_of(3)] == ["Nguyễn Thử"]
        (feed,) = catalogue.feeds(BOOK)
        assert (feed.place, feed.last_page) == (first.id, replaced.id)
        assert catalogue.page_of_source(BOOK, PDF_DIGEST, 4) == second.id
        assert catalogue.page_of_source(BOOK, OTHER_DIGEST, 0) == first.id
        assert catalogue.page_of_source(BOOK, DIGEST, 0) is None
        assert catalogue.has_master(DIGEST)


def test_its_keys_are_held_again_afterwards(older: Path) -> None:
    with Catalogue(older) as catalogue, pytest.raises(sqlite3.IntegrityError):
        catalogue._db.execute("update page set book = 99")


def test_a_script_that_leaves_references_to_nothing_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "wrong_scripts"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "0001.sql").write_text(
        "create table a (id integer primary key) strict;\n"
        "create table b (a integer references a (id)) strict;\ninsert into b values (1);\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    database = sqlite3.connect(tmp_path / "some.db", isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match="references to nothing"):
        migrate(database, "wrong_scripts")
    assert database.execute("pragma user_version").fetchone() == (0,)
    assert database.execute("select count(*) from sqlite_master").fetchone() == (0,)
    database.close()


def test_damaged_copies_are_begun_anew_and_the_damaged_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.db"
    with Catalogue(path) as catalogue:
        catalogue.add_copy(COPY)
        assert catalogue.copy(DIGEST, COPY.recipe) == COPY
    (tmp_path / "copies.db").write_bytes(b"this was a database " * 500)
    with Catalogue(path) as catalogue:
        assert catalogue.copy(DIGEST, COPY.recipe) is None
        catalogue.add_copy(COPY)
        assert catalogue.copy(DIGEST, COPY.recipe) == COPY
    assert (tmp_path / "copies.db.damaged").read_bytes().startswith(b"this was")


def test_copies_of_a_newer_program_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.db"
    Catalogue(path).close()
    with sqlite3.connect(tmp_path / "copies.db") as database:
        database.execute("pragma user_version = 99")
    database.close()
    with pytest.raises(StoreError):
        Catalogue(path)
    assert not (tmp_path / "copies.db.damaged").exists()
