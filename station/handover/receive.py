"""The receiving side: every arrived bag verified completely, in its form by the outbox and in its content here."""

from __future__ import annotations

import json
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outbox import durable, receipts
from outbox.errors import Code, OutboxError
from outbox.keys import PublicKey, load_or_create, trust
from outbox.receipts import BagConflictError, Receipt, Verdict, find_arrived, receive_bag
from outbox.stick.taking import StickFinding
from outbox.verify import BagSource, Finding, bag_id_of
from station.errors import BadInput, StorageError
from station.handover import succession
from station.handover.arrivals import is_under_way
from station.imaging.pdf import pdf_page_count
from station.training.mode import TRAINING_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from outbox.keys import SigningKey, TrustedKeys
    from outbox.store import OutboxStore
    from station.root import Root

_BOOK = "data/book.json"


@dataclass(frozen=True)
class Arrival:
    """An arrived bag with its receipt, or with why none could be written."""

    path: Path
    receipt: Receipt | None = None
    supersedes: str | None = None
    """The bag whose place this one takes."""
    older_is_here: bool = False
    superseded_by: str | None = None
    """The bag that has taken the place of this one, whichever of them came first."""
    error: str = ""
    detail: str = ""
    already_here: bool = False
    """Whether it was accepted before, by whatever way it came then."""
    under_way: bool = False
    """Whether it has not wholly come yet, and was left alone."""

    @property
    def accepted(self) -> bool:
        return self.receipt is not None and self.receipt.verdict is Verdict.ACCEPTED

    def as_json(self) -> dict[str, Any]:
        if self.under_way:
            return {"id": self.path.name, "state": "under-way"}
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
            "supersedes": self.supersedes,
            "older_is_here": self.older_is_here,
            "superseded_by": self.superseded_by,
            "already_here": self.already_here,
        }


@dataclass(frozen=True)
class ImportedReceipt:
    """What a receipt file did to the queue."""

    file: Path
    bag_id: str = ""
    state: str = ""
    error: str = ""
    detail: str = ""
    changed: bool = False
    """Whether it settled something; one that was taken before does not."""

    def as_json(self) -> dict[str, Any]:
        return {"file": self.file.name, "bag_id": self.bag_id, "state": self.state, "error": self.error or None}


def desk_of(key: SigningKey, stations: Iterable[str], homes: Iterable[Path], receipt_mode: int) -> Desk:
    """A receiver's desk by its settings. Raises `ValueError` for a station's key that is none."""
    trusted = [PublicKey.from_text(text) for text in stations]
    return Desk(key, trust(trusted) if trusted else None, tuple(homes), receipt_mode)


def receiver_key(root: Root) -> SigningKey:
    """The key that signs receipts here; made when the first bag arrives."""
    durable.make_folder(root.keys)
    root.keys.chmod(0o700)
    return load_or_create(root.keys / "station.key", root.keys / "station.pub")


@dataclass(frozen=True)
class Desk:
    """Who receives: the key that signs receipts, whose bags count (None: anybody's), and where bags lie here.

    A bag counts once over all of `homes`, whichever way it came first.
    """

    key: SigningKey
    stations: TrustedKeys | None = None
    homes: tuple[Path, ...] = ()
    receipt_mode: int = receipts.MODE

    def accepted(self, bag_id: str, without: Path | None = None) -> Receipt | None:
        """Our receipt of a bag that was accepted in any of the homes."""
        for home in self.homes:
            if without is None or home.resolve() != without.resolve():
                receipt = receipts.own(home, bag_id, self.key)
                if receipt is not None and receipt.verdict is Verdict.ACCEPTED:
                    return receipt
        return None


def receive_all(path: Path, desk: Desk) -> list[Arrival]:
    """Verify one bag, or every bag that lies in a folder, and write a receipt beside each.

    A bag that cannot even be told is part of the answer and never stops the others. In a folder a tar without its end
    is left alone while it may still be growing, as the watch does it; one that is named is judged as it is. Beside a
    bag that another one supersedes lies which one that is. Raises `BadInput` for a path that is not there,
    `StorageError` where the rights lack to read the folder or to write a receipt into it.
    """
    with reading(path):
        if not path.exists():
            raise BadInput("no-such-path", path=str(path))
        one_bag = path.is_file() or (path / "bagit.txt").is_file()
        bags = [path] if one_bag else find_arrived(path)
        growing = set() if one_bag else {bag for bag in bags if is_under_way(bag, time.time())}
    try:
        arrived = [
            Arrival(bag, under_way=True) if bag in growing else receive_one(bag.absolute(), desk) for bag in bags
        ]
    except PermissionError as error:
        raise not_written(error, path) from error
    return [placed(arrival, desk.key) for arrival in arrived]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Tells rights that lack to look into a folder. Raises `StorageError`."""
    try:
        yield
    except PermissionError as error:
        raise StorageError("receive.not-readable", folder=str(path), detail=error.strerror) from error


def not_written(error: PermissionError, place: Path) -> StorageError:
    """What is told of a receipt, or of a bag off a stick, that this account may not write."""
    folder = Path(error.filename).parent if error.filename else place
    return StorageError("receive.not-written", folder=str(folder), detail=error.strerror)


def receive_one(bag: Path, desk: Desk, promised: str | None = None) -> Arrival:
    """Judge one arrived bag; `promised` is the payload digest that a list on its stick gives it.

    The receipt is the commit point. The note beside a superseded bag comes after it; a crash between them is made
    good by the next run, which judges the bag again. A bag that came another way before gets the receipt it got then.
    """
    key = desk.key
    try:
        earlier = desk.accepted(bag_id_of(bag), without=bag.parent)
        if earlier is not None:
            _lay_beside(bag, earlier, desk)
        inspect = partial(_inspect, promised, earlier)
        receipt = receive_bag(bag, key, inspect, lambda: datetime.now(UTC), desk.stations, desk.receipt_mode)
        if receipt.verdict is not Verdict.ACCEPTED:
            return Arrival(bag, receipt)
        with BagSource(bag) as source:
            older = succession.superseded_in(json.loads(source.read(_BOOK)))
    except OutboxError as error:
        return Arrival(bag, error=error.code, detail=error.detail)
    if older:
        succession.keep_note(bag.parent, older, receipt.bag_id, key)
    return Arrival(bag, receipt, older)


def _lay_beside(bag: Path, earlier: Receipt, desk: Desk) -> None:
    """Let a bag that is here already have its first receipt; it is verified like any other after that."""
    with BagSource(bag) as source:
        same = source.digest() == earlier.digest
    if same and receipts.own(bag.parent, earlier.bag_id, desk.key) is None:
        receipts.write(earlier, bag.parent, desk.receipt_mode)


def _inspect(promised: str | None, earlier: Receipt | None, source: BagSource) -> list[Finding]:
    """What is wrong with a bag that is whole; raises `BagConflictError` when another one was accepted under its id."""
    digest = source.digest()
    if promised not in {None, digest}:
        return [Finding(StickFinding.OTHER, source.path.name, digest)]
    if earlier is not None and earlier.digest != digest:
        raise BagConflictError(Code.BAG_CONFLICT, f"{earlier.bag_id}: {digest} came, {earlier.digest} was accepted")
    return inspect_content(source)


def placed(arrival: Arrival, key: SigningKey) -> Arrival:
    """An arrival among the bags that came before it and with it."""
    if arrival.receipt is None:
        return arrival
    folder, older = arrival.path.parent, arrival.supersedes
    return replace(
        arrival,
        older_is_here=older is not None and succession.is_here(folder, older),
        superseded_by=succession.successor_of(folder, arrival.receipt.bag_id, key),
    )


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
    if odd := _check_superseded(source, record):
        return odd
    return list(_check_archive(source, archives[0], wanted))


def _check_superseded(source: BagSource, record: dict[str, Any]) -> list[Finding]:
    try:
        info = source.read("bag-info.txt").decode()
        return succession.check_superseded(record, info, source.bag_id)
    except (KeyError, TypeError, ValueError, OSError) as error:
        return [Finding("book-record", _BOOK, str(error))]


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
    return ImportedReceipt(file, imported.item.bag_id, imported.item.state, changed=imported.changed)
