"""The queue of bags on its database, `outbox.db`: all of its SQL, one short transaction per method.

Nothing is removed on reading: an item is claimed by its state under a lease, and it stays until a receipt says that it
arrived. Every method that changes an item goes through the table of `states` and writes the item's history in the same
transaction.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from outbox import bagfile, receipts
from outbox.bagfile import BagError, Sealed
from outbox.durable import StorageFull
from outbox.errors import Code, OutboxError, Reason
from outbox.items import Claim, HistoryEntry, Item, LastError, utc_text, utc_time
from outbox.keys import TrustedKeys
from outbox.migrations import StoreError, migrate
from outbox.receipts import Receipt, Verdict
from outbox.states import Event, State, advance

_BUSY_TIMEOUT_S = 10.0
_LONGEST_TEXT = 2_000
# every state may leave these behind; `_change` sets them anew unless a caller says otherwise
_NO_LEASE: Mapping[str, Any] = {"lease_owner": None, "lease_until": None, "next_attempt_at": None}
_NO_ERROR: Mapping[str, Any] = {"error_code": None, "error_text": None}

Clock = Callable[[], datetime]


class ItemUnknownError(OutboxError):
    """The queue has no item of this bag id."""

    def __init__(self, bag_id: str) -> None:
        super().__init__(Code.ITEM_UNKNOWN, bag_id)


class LeaseLostError(OutboxError):
    """The item is no longer this sender's: held, received by a stick, or taken over."""

    def __init__(self, bag_id: str) -> None:
        super().__init__(Code.LEASE_LOST, bag_id)


@dataclass(frozen=True, slots=True)
class Adopted:
    """What the look for sealed bags without an item found; a bad folder never stops the others."""

    new: tuple[Item, ...]
    refused: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a receipt did: `changed` is false when it had been imported before."""

    item: Item
    changed: bool


class OutboxStore:
    """The outbox database; one instance per process and thread, any number of processes."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._db = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # bags in

    def enqueue(self, bag: Sealed, destination: str) -> Item:
        """Queue a sealed bag; the same bag again is the same item, another digest under its id is refused.

        A crash before the commit leaves a sealed folder without an item, which `adopt` finds at the next start.
        """
        with self._write() as now:
            row = self._row(bag.bag_id)
            if row is None:
                return self._insert(bag, destination, now)
            if row["digest"] != bag.digest:
                raise BagError(Code.BAG_CONFLICT, f"{bag.bag_id}: {bag.digest}, queued as {row['digest']}")
            self._db.execute("update items set folder = ? where id = ?", (str(bag.folder.absolute()), row["id"]))
            return self._item(row["id"])

    def adopt(self, bags_folder: Path, destination: str) -> Adopted:
        """Give every sealed bag folder without an item its item; unfinished (`.partial`) folders are left alone."""
        known = {row["bag_id"] for row in self._db.execute("select bag_id from items")}
        folders = sorted(bags_folder.iterdir()) if bags_folder.is_dir() else []
        new: list[Item] = []
        refused: list[Reason] = []
        for folder in folders:
            if folder.name in known or not bagfile.is_sealed(folder):
                continue
            try:
                new.append(self.enqueue(bagfile.sealed(folder), destination))
            except BagError as error:
                refused.append(error.reason)
        return Adopted(tuple(new), tuple(refused))

    # the sender

    def claim(self, owner: str, destination: str, lease: timedelta, due_before: datetime) -> Claim | None:
        """Take the next item of a destination: queued, due before `due_before`, or of a sender whose lease ended.

        A crash afterwards leaves it `sending` until the lease ends or the owner is known to be dead (`end_leases`).
        """
        with self._write() as now:
            row = self._db.execute(
                """
                select id from (
                    select * from (
                        select id, created_at from items where destination = :destination and state = 'queued'
                        order by created_at, id limit 1)
                    union all select id, created_at from items
                        where destination = :destination and state = 'waiting' and next_attempt_at < :due
                    union all select id, created_at from items
                        where destination = :destination and state = 'sending' and lease_until <= :now
                ) order by created_at, id limit 1
                """,
                {"destination": destination, "now": now, "due": utc_text(due_before)},
            ).fetchone()
            if row is None:
                return None
            self._change(row["id"], Event.CLAIM, now, lease_owner=owner, lease_until=self._in(lease), bytes_per_s=None)
            return Claim(self._item(row["id"]), owner)

    def progress(self, claim: Claim, bytes_done: int, bytes_per_s: float | None, lease: timedelta) -> None:
        """Note how far an attempt is and renew its lease; `LeaseLostError` tells the sender to stop."""
        with self._write() as now:
            self._require_lease(claim)
            self._set(
                claim.item.id,
                now,
                bytes_done=bytes_done,
                bytes_per_s=bytes_per_s,
                lease_until=self._in(lease),
            )

    def delivered(self, claim: Claim, proof: str) -> Item:
        """The destination has proved that it holds the whole bag."""
        with self._write() as now:
            self._require_lease(claim)
            sent: dict[str, Any] = {"bytes_done": claim.item.size, "sent_at": now, "proof": proof}
            return self._change(claim.item.id, Event.DELIVER, now, detail=proof, **sent, **_NO_ERROR)

    def deferred(self, claim: Claim, reason: Reason, delay: timedelta) -> Item:
        """The attempt failed and counts; the next one waits."""
        with self._write() as now:
            self._require_lease(claim)
            later: dict[str, Any] = {"attempts": claim.item.attempts + 1, "next_attempt_at": self._in(delay)}
            return self._change(claim.item.id, Event.DEFER, now, reason, **later)

    def lost_line(self, claim: Claim, reason: Reason) -> Item:
        """The destination cannot be reached: no fault of the item, which keeps its place and its count."""
        with self._write() as now:
            self._require_lease(claim)
            return self._change(claim.item.id, Event.LOSE_LINE, now, reason)

    def needs_person(self, claim: Claim, reason: Reason) -> Item:
        """No further attempt can help until a person has done something."""
        with self._write() as now:
            self._require_lease(claim)
            return self._change(claim.item.id, Event.NEED_PERSON, now, reason, attempts=claim.item.attempts + 1)

    def interrupted(self, claim: Claim) -> Item | None:
        """The sender was told to stop: the item goes back to the queue, unless it is another's already."""
        with self._write() as now:
            try:
                self._require_lease(claim)
            except LeaseLostError:
                return None
            return self._change(claim.item.id, Event.INTERRUPT, now)

    def lease_owners(self) -> set[str]:
        """Who holds items now, dead or alive."""
        rows = self._db.execute("select distinct lease_owner from items where state = 'sending'")
        return {row["lease_owner"] for row in rows}

    def end_leases(self, owners: Collection[str]) -> None:
        """Let the items of senders that are known to be dead be claimed at once."""
        with self._write() as now:
            ended = [(now, owner) for owner in owners]
            self._db.executemany("update items set lease_until = ? where lease_owner = ?", ended)

    def next_due(self) -> datetime | None:
        """When the first waiting item may be tried again."""
        row = self._db.execute("select min(next_attempt_at) as due from items where state = 'waiting'").fetchone()
        return utc_time(row["due"])

    def destinations_in_use(self) -> set[str]:
        """Where items wait to go, whether or not it is configured."""
        rows = self._db.execute(
            "select distinct destination from items where state in ('queued', 'waiting', 'sending', 'sent')"
        )
        return {row["destination"] for row in rows}

    def readdress(self, destination: str, other: str) -> None:
        """Let what waits for a destination that nobody has configured (any more) go to another one."""
        with self._write() as now:
            rows = self._db.execute(
                "select id, state from items where destination = ? and state in ('queued', 'waiting')", (destination,)
            )
            for row in rows.fetchall():
                self._set(row["id"], now, destination=other)
                self._log(row["id"], "readdress", State(row["state"]), now, detail=f"{destination} -> {other}")

    # receipts

    def awaiting_receipt(self, destination: str, asked_before: datetime, limit: int) -> list[Item]:
        """Sent items whose receipt was not asked for since, the longest ago first; they count as asked now."""
        with self._write() as now:
            rows = self._db.execute(
                """
                select * from items where destination = ? and state = 'sent'
                and (receipt_asked_at is null or receipt_asked_at <= ?)
                order by receipt_asked_at is not null, receipt_asked_at, id limit ?
                """,
                (destination, utc_text(asked_before), limit),
            ).fetchall()
            asked = [(now, row["id"]) for row in rows]
            self._db.executemany("update items set receipt_asked_at = ? where id = ?", asked)
        return [_item_of(row) for row in rows]

    def import_receipt(self, data: bytes, trusted: TrustedKeys) -> Imported:
        """Take a receipt from a destination or a stick; raises `ReceiptError` when it does not count.

        The item's new state and the receipt are one commit. A receipt that was imported before changes nothing, so an
        old refusal that is still lying there does not undo a resend.
        """
        receipt = receipts.parse(data)
        with self._write() as now:
            row = self._require_row(receipt.bag_id)
            receipts.check(receipt, trusted, row["bag_id"], row["digest"])
            digest = hashlib.sha256(receipt.to_bytes()).hexdigest()
            if self._db.execute("select 1 from receipts where sha256 = ?", (digest,)).fetchone():
                return Imported(_item_of(row), changed=False)
            item = self._apply_receipt(row["id"], receipt, now)
            self._db.execute(
                "insert into receipts (item_id, sha256, verdict, receipt, imported_at) values (?, ?, ?, ?, ?)",
                (row["id"], digest, receipt.verdict.value, receipt.to_bytes().decode(), now),
            )
            return Imported(item, changed=True)

    def receipts_of(self, bag_id: str) -> list[Receipt]:
        """Every receipt that an item got, oldest first."""
        rows = self._db.execute(
            "select receipt from receipts join items on items.id = item_id where bag_id = ? order by receipts.id",
            (bag_id,),
        )
        return [receipts.parse(row["receipt"].encode()) for row in rows]

    def note(self, bag_id: str, reason: Reason) -> bool:
        """Remember an error that changes no state (a receipt that does not count); false when it is the last one."""
        with self._write() as now:
            row = self._require_row(bag_id)
            if (row["error_code"], row["error_text"]) == (reason.code, reason.detail[:_LONGEST_TEXT]):
                return False
            self._set(row["id"], now, **_error(reason))
            self._log(row["id"], "note", State(row["state"]), now, reason)
            return True

    # what destinations keep

    def recall(self, bag_id: str, destination: str) -> str | None:
        """What a destination noted of an upload that it began; None before the first note."""
        row = self._db.execute(
            "select note from uploads join items on items.id = item_id where bag_id = ? and uploads.destination = ?",
            (bag_id, destination),
        ).fetchone()
        return None if row is None else str(row["note"])

    def remember(self, bag_id: str, destination: str, note: str | None) -> None:
        """Keep a destination's note in the place of its last one; None forgets it.

        A crash before the commit leaves an upload there that nobody goes on with; after it, the next attempt does.
        """
        with self._write() as now:
            item_id = self._require_row(bag_id)["id"]
            self._db.execute("delete from uploads where item_id = ? and destination = ?", (item_id, destination))
            if note is not None:
                self._db.execute("insert into uploads values (?, ?, ?, ?)", (item_id, destination, note, now))

    # people

    def retry(self, bag_id: str) -> Item:
        """Send now: no matter what went wrong before, with a fresh count, and nothing gone on with."""
        return self._by_person(bag_id, Event.RETRY, forget_uploads=True, attempts=0, bytes_done=0)

    def hold(self, bag_id: str) -> Item:
        """Do not send until released; a sender in the middle of it stops at its next word."""
        return self._by_person(bag_id, Event.HOLD)

    def release(self, bag_id: str) -> Item:
        return self._by_person(bag_id, Event.RELEASE)

    def purged(self, bag_id: str) -> Item:
        """Note that the bag's folder may go; called before anything is erased, so that nothing half-purged is lost."""
        return self._by_person(bag_id, Event.PURGE, forget_uploads=True)

    # looking

    def items(self, states: Collection[State] = ()) -> list[Item]:
        """All items, or those in some states, oldest first."""
        wanted = tuple(states or State)
        marks = ", ".join("?" * len(wanted))
        rows = self._db.execute(f"select * from items where state in ({marks}) order by created_at, id", wanted)  # noqa: S608
        return [_item_of(row) for row in rows]

    def item(self, bag_id: str) -> Item:
        return _item_of(self._require_row(bag_id))

    def history(self, bag_id: str) -> list[HistoryEntry]:
        """Everything that happened to an item, oldest first."""
        rows = self._db.execute(
            "select events.* from events join items on items.id = item_id where bag_id = ? order by events.id",
            (bag_id,),
        )
        return [
            HistoryEntry(
                datetime.fromisoformat(row["at"]), row["event"], State(row["state"]), row["code"], row["detail"]
            )
            for row in rows
        ]

    # below: one row at a time, inside a transaction

    def _prepare(self) -> None:
        try:
            for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on"):
                self._db.execute(f"pragma {pragma}").fetchall()
            migrate(self._db, "outbox.migrations")
        except sqlite3.DatabaseError as error:
            raise self._typed(error) from error

    @contextmanager
    def _write(self) -> Iterator[str]:
        """A transaction that may write from its first statement on; gives the time, the same for all of it."""
        try:
            self._db.execute("begin immediate")
            try:
                yield utc_text(self._clock())
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise
        except sqlite3.DatabaseError as error:
            raise self._typed(error) from error

    def _typed(self, error: sqlite3.DatabaseError) -> OutboxError:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
            return StorageFull(str(self.path))
        return StoreError(Code.STORE_UNUSABLE, f"{self.path}: {error}")

    def _insert(self, bag: Sealed, destination: str, now: str) -> Item:
        row = self._db.execute(
            """
            insert into items (bag_id, folder, digest, size, destination, state, created_at, updated_at)
            values (?, ?, ?, ?, ?, 'queued', ?, ?) returning id
            """,
            (bag.bag_id, str(bag.folder.absolute()), bag.digest, bag.size, destination, now, now),
        ).fetchone()
        self._log(row["id"], "enqueue", State.QUEUED, now)
        return self._item(row["id"])

    def _by_person(self, bag_id: str, event: Event, *, forget_uploads: bool = False, **columns: Any) -> Item:
        with self._write() as now:
            item_id = self._require_row(bag_id)["id"]
            if forget_uploads:
                self._db.execute("delete from uploads where item_id = ?", (item_id,))
            return self._change(item_id, event, now, **columns)

    def _apply_receipt(self, item_id: int, receipt: Receipt, now: str) -> Item:
        if receipt.verdict is Verdict.ACCEPTED:
            return self._change(item_id, Event.ACCEPT, now, detail=receipt.key_id, received_at=now, **_NO_ERROR)
        first = receipt.findings[0] if receipt.findings else None
        detail = f"{first.code} {first.file} {first.detail}".strip() if first else ""
        return self._change(item_id, Event.REFUSE, now, Reason(Code.RECEIPT_REFUSED, detail))

    def _change(
        self,
        item_id: int,
        event: Event,
        now: str,
        reason: Reason | None = None,
        detail: str | None = None,
        **columns: Any,
    ) -> Item:
        """One step of the table: the new state, its columns and its line of history."""
        state = advance(self._item(item_id).state, event)
        error = _error(reason) if reason else {}
        self._set(item_id, now, **{"state": state.value, **_NO_LEASE, **error, **columns})
        self._log(item_id, event, state, now, reason, detail)
        return self._item(item_id)

    def _set(self, item_id: int, now: str, **columns: Any) -> None:
        names = ", ".join(f"{name} = :{name}" for name in (*columns, "updated_at"))
        self._db.execute(
            f"update items set {names} where id = :id",  # noqa: S608 - names are keywords of this class, never data
            {**columns, "updated_at": now, "id": item_id},
        )

    def _log(
        self, item_id: int, event: str, state: State, now: str, reason: Reason | None = None, detail: str | None = None
    ) -> None:
        code = reason.code if reason else None
        text = reason.detail[:_LONGEST_TEXT] if reason else detail
        self._db.execute(
            "insert into events (item_id, at, event, state, code, detail) values (?, ?, ?, ?, ?, ?)",
            (item_id, now, event, state, code, text),
        )

    def _require_lease(self, claim: Claim) -> None:
        row = self._require_row(claim.item.bag_id)
        if row["state"] != State.SENDING or row["lease_owner"] != claim.owner:
            raise LeaseLostError(claim.item.bag_id)

    def _row(self, bag_id: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute("select * from items where bag_id = ?", (bag_id,)).fetchone()
        return row

    def _require_row(self, bag_id: str) -> sqlite3.Row:
        row = self._row(bag_id)
        if row is None:
            raise ItemUnknownError(bag_id)
        return row

    def _item(self, item_id: int) -> Item:
        return _item_of(self._db.execute("select * from items where id = ?", (item_id,)).fetchone())

    def _in(self, span: timedelta) -> str:
        return utc_text(self._clock() + span)


def _error(reason: Reason) -> dict[str, Any]:
    return {"error_code": reason.code.value, "error_text": reason.detail[:_LONGEST_TEXT]}


def _item_of(row: sqlite3.Row) -> Item:
    return Item(
        id=row["id"],
        bag_id=row["bag_id"],
        folder=Path(row["folder"]),
        digest=row["digest"],
        size=row["size"],
        state=State(row["state"]),
        destination=row["destination"],
        attempts=row["attempts"],
        last_error=LastError(row["error_code"], row["error_text"]) if row["error_code"] else None,
        next_attempt_at=utc_time(row["next_attempt_at"]),
        bytes_done=row["bytes_done"],
        bytes_per_s=row["bytes_per_s"],
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        sent_at=utc_time(row["sent_at"]),
        received_at=utc_time(row["received_at"]),
    )
