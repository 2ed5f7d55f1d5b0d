"""The hand-over sheet: what it says, on how many pages, and what its code leads to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from outbox.stick import index
from outbox.stick.index import Entry, Index
from station.errors import UsageError
from station.handover.sheet import Line, code_text, draw_sheet
from station.handover.words import digest_words
from tests.outbox.bags import KEY

PLACE = "Xã Hướng Phùng, huyện Hướng Hóa, tỉnh Quảng Trị (19441)"


def hand_over(count: int, *, recipients: tuple[str, ...] = ("age1",)) -> tuple[Index, list[Line]]:
    lines = [
        Line(f"19441/KS.{1950 + n}.01", n + 1, 2 * n, f"19441_KS.{1950 + n}.01_{n:08x}", f"{n:064x}")
        for n in range(count)
    ]
    entries = tuple(
        Entry(bag_id=line.bag_id, digest=line.digest, size=10, encrypted=True, file_size=1_500_000, sha256="0" * 64)
        for line in lines
    )
    made = Index(
        number=42,
        station="",
        public_key="",
        made_at=datetime(2026, 3, 1, 1, 0, tzinfo=UTC),
        recipients=recipients,
        complete=True,
        entries=entries,
    )
    return index.sign(made, KEY), lines


def text_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def test_a_sheet_says_what_was_handed_over() -> None:
    made, lines = hand_over(3)
    (page,) = text_of(draw_sheet(made, lines, PLACE))
    for text in ("0042", PLACE, KEY.key_id, digest_words(index.digest(made)), "BÊN GIAO", "BÊN NHẬN", "Ký tên"):
        assert text in page
    for line in lines:
        assert line.book in page
        assert line.bag_id in page
        assert digest_words(line.digest) in page
    assert "3 quyển, 6 trang, 6 trường hợp, 4.5 MB" in page


def test_an_unencrypted_one_says_so_in_capitals() -> None:
    assert "KHÔNG MÃ HÓA" in text_of(draw_sheet(*hand_over(1, recipients=()), PLACE))[0]
    assert "KHÔNG MÃ HÓA" not in text_of(draw_sheet(*hand_over(1), PLACE))[0]


def test_what_is_not_known_is_a_dash_and_no_nought() -> None:
    made, (line,) = hand_over(1)
    unknown = Line(line.book, None, None, line.bag_id, line.digest)
    (page,) = text_of(draw_sheet(made, [unknown], PLACE))
    assert "1 quyển, 0 trang" in page
    assert " - - " in page.replace("\r\n", " ")


@pytest.mark.parametrize("count", [29, 30, 31, 100])
def test_many_books_stand_on_several_pages_and_the_signatures_once(count: int) -> None:
    made, lines = hand_over(count)
    pages = text_of(draw_sheet(made, lines, PLACE))
    assert all(any(line.bag_id in page for page in pages) for line in lines)
    assert sum("BÊN GIAO" in page for page in pages) == 1
    assert "BÊN GIAO" in pages[-1]
    assert all("STT" in page for page in pages[:-1])


def test_the_code_can_be_read_and_names_the_list() -> None:
    made, lines = hand_over(1)
    document = pypdfium2.PdfDocument(draw_sheet(made, lines, PLACE))
    try:
        (code,) = zxingcpp.read_barcodes(document[0].render(scale=150 / 72).to_numpy())
    finally:
        document.close()
    assert code.text == code_text(made)
    assert index.digest(made) in code.text


def test_the_same_list_is_the_same_sheet() -> None:
    assert draw_sheet(*hand_over(2), PLACE) == draw_sheet(*hand_over(2), PLACE)


def test_a_missing_font_is_said_with_its_package(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        draw_sheet(*hand_over(1), PLACE, tmp_path)
    assert refused.value.values["package"] == "fonts-dejavu-core"
