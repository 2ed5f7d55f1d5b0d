"""The receiving side: every arrived bag verified completely, in its form by the outbox and in its content here."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from outbox import durable, receipts
from outbox.errors import OutboxError
from outbox.keys import load_or_create
from outbox.receipts import Receipt, Verdict, find_arrived, receive_bag
from outbox.verify import BagSource, Finding
from station.errors import BadInput
from station.imaging.pdf import pdf_page_count
from station.training.mode import TRAINING_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from outbox.keys import SigningKey, TrustedKeys
    from outbox.store import OutboxStore
    from station.root import Root

_BOOK = "data/book.json"


@dataclass(frozen=True)
class Arrival:
    """An arrived bag with its receipt, or with why none could be written."""

    path: Path
    receipt: Receipt | None = None
    error: str = ""
    detail: str = ""

    @property
    def accepted(self) -> bool:
        return self.receipt is not None and self.receipt.verdict is Verdict.ACCEPTED

    def as_json(self) -> dict[str, Any]:
        if self.receipt is None:
            return {"id": self.path.name, "state": "unusable", "error": self.error, "detail": self.detail}
        findings = [{"code": f.code, "file": f.file, "detail": f.detail} for f in self.receipt.findings]
        return {
            "id": self.receipt.bag_id,
            "state": self.receipt.verdict,
            "digest": self.receipt.digest,
            "findings": findings,
            "received_at": self.receipt.received_at.isoformat(),
            "receipt": receipts.receipt_name(self.receipt.bag_id),
        }


@dataclass(frozen=True)
class ImportedReceipt:
    """What a receipt file did to the queue."""

    file: Path
    bag_id: str = ""
    state: str = ""
    error: str = ""
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"file": self.file.name, "bag_id": self.bag_id, "state": self.state, "error": self.error or None}


def receiver_key(root: Root) -> SigningKey:
    """The key that signs receipts here; made when the first bag arrives."""
    durable.make_folder(root.keys)
    root.keys.chmod(0o700)
    return load_or_create(root.keys / "station.key", root.keys / "station.pub")


def receive_all(path: Path, key: SigningKey) -> list[Arrival]:
    """Verify one bag, or every bag that lies in a folder, and write a receipt beside each.

    A bag that cannot even be told is part of the answer and never stops the others. Raises `BadInput` for a path that
    is not there.
    """
    if not path.exists():
        raise BadInput("no-such-path", path=str(path))
    one_bag = path.is_file() or (path / "bagit.txt").is_file()
    return [_receive(bag, key) for bag in ([path] if one_bag else find_arrived(path))]


def _receive(bag: Path, key: SigningKey) -> Arrival:
    try:
        return Arrival(bag, receive_bag(bag.absolute(), key, inspect_content, lambda: datetime.now(UTC)))
    except OutboxError as error:
        return Arrival(bag, error=error.code, detail=error.detail)


def inspect_content(source: BagSource) -> list[Finding]:
    """What a bag of ours must hold beyond BagIt: each case of `book.json` one PDF of so many pages, and no other."""
    try:
        record = json.loads(source.read(_BOOK))
        wanted = [len(case["pages"]) for case in record["cases"]]
        archives = [name for name in source.names() if name.startswith("data/") and name.endswith(".zip")]
    except (KeyError, TypeError, ValueError, OSError) as error:
        return [Finding("book-record", _BOOK, str(error))]
    if record.get("book", {}).get("registry") == TRAINING_REGISTRY.code:
        return [Finding("training", _BOOK, TRAINING_REGISTRY.code)]
    if len(archives) != 1:
        return [Finding("zip-count", "data/", str(len(archives)))]
    return list(_check_archive(source, archives[0], wanted))


def _check_archive(source: BagSource, name: str, wanted: list[int]) -> Iterator[Finding]:
    try:
        with source.open(name) as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            if len(names) != len(wanted):
                yield Finding("pdf-count", name, f"{len(names)} PDF, {len(wanted)} cases")
            pages = [(entry, _pages_of(archive.read(entry))) for entry in names]
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        yield Finding("zip-unreadable", name, str(error))
        return
    for entry, count in pages:
        if count is None:
            yield Finding("pdf-unreadable", f"{name}/{entry}")
    if len(names) == len(wanted) and sorted(count or 0 for _, count in pages) != sorted(wanted):
        yield Finding("pdf-pages", name, f"{sum(count or 0 for _, count in pages)} pages, {sum(wanted)} in book.json")


def _pages_of(data: bytes) -> int | None:
    try:
        return pdf_page_count(data)
    except Exception:  # noqa: BLE001 - whatever a PDF library says of bytes from outside, it is unreadable
        return None


def import_receipts(store: OutboxStore, path: Path, trusted: TrustedKeys) -> list[ImportedReceipt]:
    """Take receipts from a file or a folder (a stick); a bad one is part of the answer and stops nothing."""
    if not path.exists():
        raise BadInput("no-such-path", path=str(path))
    files = [path] if path.is_file() else sorted(path.rglob(f"*{receipts.SUFFIX}"))
    return [_import_one(store, file, trusted) for file in files if file.is_file() and not file.is_symlink()]


def _import_one(store: OutboxStore, file: Path, trusted: TrustedKeys) -> ImportedReceipt:
    try:
        with file.open("rb") as stream:
            imported = store.import_receipt(stream.read(receipts.LARGEST + 1), trusted)
    except OutboxError as error:
        return ImportedReceipt(file, error=error.code, detail=error.detail)
    return ImportedReceipt(file, imported.item.bag_id, imported.item.state)
