"""Which bag takes the place of which, at the receiver: read from the bags themselves, kept as a signed note.

The note `<older bag id>.superseded.json` lies where the older bag lies or will come to lie, so that whoever takes bags
from there sees it even when the older one comes later, or the newer one has been taken away.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from outbox import durable
from outbox.bagfile import TAR, is_bag_id
from outbox.keys import canonical_json
from outbox.receipts import receipt_name
from outbox.verify import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from outbox.keys import SigningKey

SUFFIX = ".superseded.json"
_LARGEST = 1 << 16
_FIELD = "Supersedes:"


def superseded_in(record: dict[str, Any]) -> str | None:
    """The bag that a `book.json` names as superseded. Raises `TypeError`, `KeyError` for one that is malformed."""
    named = record.get("supersedes")
    return str(named["bag"]) if named else None


def check_superseded(record: dict[str, Any], info: str, bag_id: str) -> list[Finding]:
    """What is wrong with the bag that a bag names: not an earlier bag of the same book, or not the same one twice.

    `info` is the text of its `bag-info.txt`.
    """
    older = superseded_in(record)
    tagged = next((line.removeprefix(_FIELD).strip() for line in info.splitlines() if line.startswith(_FIELD)), None)
    if tagged != older:
        return [Finding("supersedes", "bag-info.txt", f"{tagged or '-'}, book.json: {older or '-'}")]
    if older is None:
        return []
    same_book = older.rpartition("_")[0] == bag_id.rpartition("_")[0]
    return [] if same_book and older != bag_id and is_bag_id(older) else [Finding("supersedes", "bag-info.txt", older)]


def is_here(folder: Path, bag_id: str) -> bool:
    """Whether a bag, or the receipt of one that was taken away, lies in a folder."""
    return any((folder / name).exists() for name in (bag_id, bag_id + TAR, receipt_name(bag_id)))


def keep_note(folder: Path, older: str, newer: str, key: SigningKey) -> None:
    """Note which bag takes the place of an older one; twice is once. The rename is the commit point."""
    if successor_of(folder, older, key) == newer:
        return
    note = {"bag_id": older, "superseded_by": newer}
    signed = note | {"signature": key.sign(canonical_json(note))}
    durable.replace(folder / (older + SUFFIX), canonical_json(signed))


def successor_of(folder: Path, bag_id: str, key: SigningKey) -> str | None:
    """The bag that took the place of this one, by our own note. The folder is open to senders: others do not count."""
    try:
        with (folder / (bag_id + SUFFIX)).open("rb") as file:
            note = json.loads(file.read(_LARGEST))
        signature = note.pop("signature")
        ours = note["bag_id"] == bag_id and key.public.verifies(signature, canonical_json(note))
        return str(note["superseded_by"]) if ours else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
