"""Every sentence of the screen, one catalogue for each language; a test holds their keys together.

What the command says already (why a bag waits, why a station cannot be opened) comes from the station's sentences.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from station.sentences import SENTENCES


class Language(StrEnum):
    """A language of the screen; it shows one at a time."""

    VI = "vi"
    EN = "en"

    @property
    def other(self) -> Language:
        return Language.EN if self is Language.VI else Language.VI


VIETNAMESE = {
    "title": "Trạm số hóa sổ hộ tịch",
    "books": "Quyển",
    "outbox": "Hàng gửi",
    "column.book": "Quyển",
    "column.state": "Trạng thái",
    "column.pages": "Trang",
    "column.cases": "Trường hợp",
    "column.bag": "Gói",
    "column.percent": "Đã gửi",
    "column.error": "Lỗi gần nhất",
    "book.open": "đang làm",
    "book.sealed": "đã đóng gói",
    "item.queued": "chờ gửi",
    "item.sending": "đang gửi",
    "item.waiting": "chờ gửi lại",
    "item.sent": "đã gửi, chờ biên nhận",
    "item.received": "nơi nhận đã xác nhận",
    "item.refused": "nơi nhận từ chối",
    "item.needs-person": "cần người xử lý",
    "item.held": "đang giữ lại",
    "item.purged": "đã dọn",
    "reading": "Đang đọc…",
    "read": "Cập nhật lúc {at}",
    "read-failed": "✗ Không đọc được dữ liệu của trạm: {why}. Đang thử lại.",
    "books.none": "Chưa có quyển nào. Thêm: station books add QUYỂN",
    "outbox.none": "Chưa có gói nào. Đóng gói: station pack QUYỂN",
    "more": "còn {count} dòng nữa, xem bằng lệnh station",
    "keys": "F2 English   F10 Thoát",
}

ENGLISH = {
    "title": "Scanning station for civil-status registers",
    "books": "Books",
    "outbox": "Outbox",
    "column.book": "Book",
    "column.state": "State",
    "column.pages": "Pages",
    "column.cases": "Cases",
    "column.bag": "Bag",
    "column.percent": "Sent",
    "column.error": "Last error",
    "book.open": "open",
    "book.sealed": "sealed",
    "item.queued": "queued",
    "item.sending": "sending",
    "item.waiting": "goes again later",
    "item.sent": "sent, receipt awaited",
    "item.received": "confirmed by the receiver",
    "item.refused": "refused by the receiver",
    "item.needs-person": "needs a person",
    "item.held": "held back",
    "item.purged": "purged",
    "reading": "Reading…",
    "read": "Read at {at}",
    "read-failed": "✗ The station's data cannot be read: {why}. Trying again.",
    "books.none": "No books yet. Add one: station books add BOOK",
    "outbox.none": "No bags yet. Seal a book: station pack BOOK",
    "more": "{count} more, see them with the command station",
    "keys": "F2 Tiếng Việt   F10 Leave",
}

CATALOGUES = {Language.VI: VIETNAMESE, Language.EN: ENGLISH}


def say(language: Language, key: str, /, **values: Any) -> str:
    """The sentence of a key with its values filled in."""
    return CATALOGUES[language][key].format(**values)


def say_found(language: Language, key: str, /, **values: Any) -> str:
    """A sentence of the station's own; a key that nobody wrote one for is shown as it is, with its values."""
    found = SENTENCES.get(key)
    if found is None:
        return f"{key} {' '.join(map(str, values.values()))}".strip()
    return found[list(Language).index(language)].format(**values)
