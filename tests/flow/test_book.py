"""A book from a folder of pictures to a receipt, through the commands alone, judged by other people's tools."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from outbox.keys import load_public_key
from tests.support import BOOK, draw_page, draw_pages, folder_destination, make_station, run_station, succeed

PAGES = 4


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with one sealed book of four cases, and a folder as its destination."""
    folder = tmp_path_factory.mktemp("book")
    root = make_station(folder / "root", settings=folder_destination(folder / "there"))
    draw_pages(folder / "pages", PAGES)
    succeed(root, "ingest", BOOK, str(folder / "pages"), "--number", "7", "--cases-per-page", "1")
    succeed(root, "books", "add", BOOK, "--first", "7", "--last", "10", "--pages", str(PAGES))
    succeed(root, "cases", "date", BOOK, "--number", "7", "--date", "2005-03-01")
    succeed(root, "pack", BOOK)
    return root


def bag_of(root: Path) -> Path:
    (bag,) = (path for path in (root / "bags").iterdir() if path.is_dir())
    return bag


def copy_of(root: Path, tmp_path: Path) -> Path:
    """The same station elsewhere, with its destination beside it."""
    copy = tmp_path / "copy" / "root"
    shutil.copytree(root, copy)
    settings = copy / "station.toml"
    there = tmp_path / "copy" / "there"
    there.mkdir()
    settings.write_text(settings.read_text().replace(str(root.parent / "there"), str(there)))
    return copy


def test_the_bag_is_valid_by_the_library_of_congress(packed: Path) -> None:
    judged = subprocess.run(
        [sys.executable, "-m", "bagit", "--validate", str(bag_of(packed))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert judged.returncode == 0, judged.stderr


def test_every_pdf_passes_qpdf_and_carries_the_page_unchanged(packed: Path, tmp_path: Path) -> None:
    (archive,) = (bag_of(packed) / "data").glob("*.zip")
    assert archive.name == "xahuongphung_hhh_tqt.KS.2005.01.zip"
    assert subprocess.run(["unzip", "-tq", str(archive)], capture_output=True, timeout=60, check=False).returncode == 0
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        assert {entry.compress_type for entry in opened.infolist()} == {zipfile.ZIP_STORED}
        opened.extractall(tmp_path)
    assert names == [f"KS.2005.01.{number:03}.pdf" for number in range(7, 7 + PAGES)]
    copies = {path.read_bytes() for path in (packed / "copies").rglob("*.jpg")}
    for name in names:
        checked = subprocess.run(
            ["qpdf", "--check", str(tmp_path / name)], capture_output=True, timeout=60, check=False
        )
        assert checked.returncode == 0, checked.stdout
        content = (tmp_path / name).read_bytes()
        assert any(copy in content for copy in copies)


def test_the_workbook_holds_text_only_in_the_columns_of_its_type(packed: Path) -> None:
    (workbook,) = (bag_of(packed) / "data").glob("*.xlsx")
    sheet = openpyxl.load_workbook(workbook)["KS"]
    header, *rows = sheet.iter_rows(values_only=True)
    assert len(header) == 70
    first = dict(zip((str(name).split("\n")[0].strip() for name in header), rows[0], strict=True))
    assert first["so"] == "07/2005"
    assert first["quyenSo"] == "01/2005"
    assert first["trangSo"] == "1"
    assert first["ngayDangKy"] == "01.03.2005"
    assert first["noiDangKy"] == "Xã Hướng Phùng, huyện Hướng Hóa, tỉnh Quảng Trị"
    assert len(rows) == PAGES
    assert all(cell.value is None or isinstance(cell.value, str) for row in sheet.iter_rows() for cell in row)
    assert {cell.number_format for row in sheet.iter_rows(min_row=2) for cell in row} == {"@"}


def test_book_json_says_where_every_page_came_from_and_names_nobody_registered(packed: Path) -> None:
    record = json.loads((bag_of(packed) / "data" / "book.json").read_text())
    assert record["book"]["id"] == BOOK
    assert [page["order"] for page in record["pages"]] == [1, 2, 3, 4]
    assert {page["operator"] for page in record["pages"]} == {"tester"}
    assert [case["number"] for case in record["cases"]] == ["07/2005", "08/2005", "09/2005", "10/2005"]
    masters = {page["sha256"] for page in succeed(packed, "pages", BOOK)}
    assert {page["sha256"] for page in record["pages"]} == masters


def test_the_same_pages_and_settings_give_the_same_bytes(packed: Path, tmp_path: Path) -> None:
    copy = copy_of(packed, tmp_path)
    before = {path.relative_to(copy): path.read_bytes() for path in bag_of(copy).rglob("*") if path.is_file()}
    shutil.rmtree(copy / "bags")
    shutil.rmtree(copy / "copies")
    for name in ("outbox.db", "copies.db", "copies.db-wal", "copies.db-shm"):
        (copy / name).unlink(missing_ok=True)
    import sqlite3

    with sqlite3.connect(copy / "catalogue.db") as database:
        database.execute("delete from bag")
        database.execute("update book set state = 'open'")
    database.close()
    succeed(copy, "pack", BOOK)
    after = {path.relative_to(copy): path.read_bytes() for path in bag_of(copy).rglob("*") if path.is_file()}
    assert after == before


def test_packing_again_changes_nothing_and_a_sealed_book_takes_no_page(packed: Path, tmp_path: Path) -> None:
    copy = copy_of(packed, tmp_path)
    assert succeed(copy, "pack", BOOK)["id"] == bag_of(packed).name
    assert len(succeed(copy, "outbox", "list")) == 1
    ran = run_station(copy, "ingest", BOOK, str(draw_page(tmp_path / "late.jpg", 99)))
    assert ran.code == 2
    assert "sealed" in ran.err


def test_the_bag_travels_and_the_receipt_comes_back(packed: Path, tmp_path: Path) -> None:
    copy = copy_of(packed, tmp_path)
    there = tmp_path / "copy" / "there"
    assert len(succeed(copy, "send", "--once")["sent"]) == 1
    assert [path.name for path in there.iterdir()] == [f"{bag_of(copy).name}.tar"]
    (received,) = succeed(copy, "receive", str(there))
    assert (received["state"], received["findings"]) == ("accepted", [])
    (taken,) = succeed(copy, "receipts", "import", str(there))
    assert taken["state"] == "received"
    (item,) = succeed(copy, "outbox", "list")
    assert item["state"] == "received"
    assert succeed(copy, "send", "--once")["sent"] == []


def test_a_receiver_with_a_key_of_its_own_counts_once_it_is_pinned(packed: Path, tmp_path: Path) -> None:
    copy = copy_of(packed, tmp_path)
    there = tmp_path / "copy" / "there"
    succeed(copy, "send", "--once")
    province = tmp_path / "province"
    succeed(province, "receive", str(there))
    refused = run_station(copy, "--json", "receipts", "import", str(there))
    assert refused.code == 3
    assert refused.data[0]["error"] == "receipt-key-unknown"
    key = load_public_key(province / "keys" / "station.pub").text()
    with (copy / "station.toml").open("a") as settings:
        settings.write(f'\n[receipts]\ntrusted = ["{key}"]\n')
    assert succeed(copy, "send", "--once")["received"] == [bag_of(copy).name]


def test_one_flipped_byte_is_refused_with_the_name_of_the_file(packed: Path, tmp_path: Path) -> None:
    copy = copy_of(packed, tmp_path)
    there = tmp_path / "copy" / "there"
    succeed(copy, "send", "--once")
    (archive,) = there.glob("*.tar")
    data = bytearray(archive.read_bytes())
    at = data.index(b"%PDF-") + 500
    data[at] ^= 1
    archive.write_bytes(data)
    ran = run_station(copy, "--json", "receive", str(there))
    assert ran.code == 3
    (refused,) = ran.data
    assert refused["state"] == "refused"
    assert any(finding["file"].endswith(".zip") for finding in refused["findings"])
    assert "xahuongphung_hhh_tqt.KS.2005.01.zip" in ran.err
    assert run_station(copy, "send", "--once").code == 3
    succeed(copy, "outbox", "retry", bag_of(copy).name)
    succeed(copy, "send", "--once")
    (received,) = succeed(copy, "receive", str(there))
    assert received["state"] == "accepted"
    assert succeed(copy, "send", "--once")["received"] == [bag_of(copy).name]


def test_an_unreachable_destination_keeps_everything_queued(packed: Path, tmp_path: Path) -> None:
    copy = copy_of(packed, tmp_path)
    (tmp_path / "copy" / "there").rmdir()
    ran = run_station(copy, "--json", "send", "--once")
    assert ran.code == 7
    (item,) = succeed(copy, "outbox", "list")
    assert item["state"] in {"queued", "waiting"}
