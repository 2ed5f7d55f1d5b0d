"""The queue of bags on its database, `outbox.db`: bags in, receipts, people; what senders do is in `attempts`.

Nothing is removed on reading: an item is claimed by its state under a lease, and it stays until a receipt says that it
arrived. Every method is one short transaction; one that changes an item goes through the table of `states` and writes
the item's history in the same transaction.
"""

import hashlib
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outbox import bagfile, owners
from outbox.attempts import Control
from outbox.bagfile import BagError, Sealed
from outbox.errors import Code, Reason
from outbox.excerpts import Excerpts
from outbox.exports import Exports
from outbox.items import HistoryEntry, Item, utc_text
from outbox.listing import LISTING, Plain, describe
from outbox.purges import Purges
from outbox.rows import NO_ERROR, Clock, ItemUnknownError, LeaseLostError, error_columns, state_of
from outbox.states import TRANSITIONS, Event, State, TransitionRefusedError

if TYPE_CHECKING:
    from outbox.keys import TrustedKeys
    from outbox.receipts import Receipt

__all__ = ["Adopted", "Clock", "Control", "Imported", "ItemUnknownError", "LeaseLostError", "OutboxStore"]

_TO_GO = ("queued", "waiting")


@dataclass(frozen=True, slots=True)
class Adopted:
    """What the look for sealed bags without an item found; a bad folder never stops the others."""

    new: tuple[Item, ...]
    refused: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a receipt did: `changed` is false when it had been imported before or settles nothing more."""

    item: Item
    changed: bool


class OutboxStore(Excerpts, Exports, Purges):
    """The outbox database; one instance per process and thread, any number of processes."""

    # bags in

    def enqueue(self, bag: Sealed, *destinations: str, any_of: bool = False) -> Item:
        """Queue a sealed bag for all destinations, or with `any_of` for the first that takes it; gives its first item.

        The same bag again keeps its items, another digest under its id is refused. A crash before the commit leaves a
        sealed folder without an item, which `adopt` finds at the next start.
        """
        with self._write() as now:
            rows = self._db.execute("select * from items where bag_id = ? order by id", (bag.bag_id,)).fetchall()
            if not rows:
                first, *_ = [self._insert(bag, destination, now, any_of=any_of) for destination in destinations]
                return first
            if rows[0]["digest"] != bag.digest:
                raise BagError(Code.BAG_CONFLICT, f"{bag.bag_id}: {bag.digest}, queued as {rows[0]['digest']}")
            self._db.execute("update items set folder = ? where bag_id = ?", (self._noted(bag.folder), bag.bag_id))
            return self._item(rows[0]["id"])

    def adopt(self, bags_folder: Path, *destinations: str, any_of: bool = False) -> Adopted:
        """Give every sealed bag folder without an item its items; unfinished (`.partial`) folders are left alone."""
        known = {row["bag_id"] for row in self._db.execute("select bag_id from items")}
        folders = sorted(bags_folder.iterdir()) if bags_folder.is_dir() else []
        new: list[Item] = []
        refused: list[Reason] = []
        for folder in folders:
            if folder.name in known or not bagfile.is_sealed(folder):
                continue
            try:
                new.append(self.enqueue(bagfile.sealed(folder), *destinations, any_of=any_of))
            except BagError as error:
                refused.append(error.reason)
        return Adopted(tuple(new), tuple(refused))

    def readdress(self, gone: str, *destinations: str, any_of: bool = False) -> None:
        """Let what waits for a destination that nobody has configured (any more) go to others."""
        with self._write() as now:
            rows = self._db.execute(
                "select * from items where destination = ? and state in (?, ?)", (gone, *_TO_GO)
            ).fetchall()
            for row in rows:
                self._readdress(row, destinations, now, any_of=any_of)

    # receipts

    def awaiting_receipt(self, destination: str, asked_before: datetime, limit: int) -> list[Item]:
        """Sent items whose receipt was not asked for since, the longest ago first; they count as asked now."""
        with self._write() as now:
            rows = self._db.execute(
                """
                select * from items where destination = ? and state = 'sent'
                and (receipt_asked_at is null or receipt_asked_at <= ? or receipt_asked_at > ?)
                order by receipt_asked_at is not null, receipt_asked_at, id limit ?
                """,
                (destination, utc_text(asked_before), now, limit),
            ).fetchall()
            asked = [(now, row["id"]) for row in rows]
            self._db.executemany("update items set receipt_asked_at = ? where id = ?", asked)
        return [self._item_of(row) for row in rows]

    def import_receipt(
        self, data: bytes, trusted: "TrustedKeys", destination: str | None = None, bag_id: str | None = None
    ) -> Imported:
        """Take a receipt from a destination or (None) a stick; raises `ReceiptError` when it does not count.

        The item's new state and the receipt are one commit. A receipt that was imported before changes nothing, so an
        old refusal that is still lying there does not undo a resend. From a stick it settles the first destination that
        has none yet, once for each receiver. `bag_id` is the bag under whose name it lay: it counts for no other.
        """
        from outbox import receipts  # with cryptography, which looking at the queue does without

        receipt = receipts.parse(data)
        if bag_id not in {None, receipt.bag_id}:
            raise receipts.ReceiptError(Code.RECEIPT_OTHER_BAG, receipt.bag_id)
        with self._write() as now:
            rows = self._rows_of(receipt.bag_id)
            receipts.check(receipt, trusted, receipt.bag_id, rows[0]["digest"])
            digest = hashlib.sha256(receipt.to_bytes()).hexdigest()
            row = self._row_to_settle(rows, destination, digest, receipt.key_id)
            if row is None:
                return Imported(self.item(receipt.bag_id), changed=False)
            item = self._apply_receipt(row["id"], receipt, now)
            self._db.execute(
                """
                insert into receipts (item_id, sha256, key_id, verdict, receipt, imported_at) values (?, ?, ?, ?, ?, ?)
                """,
                (row["id"], digest, receipt.key_id, receipt.verdict.value, receipt.to_bytes().decode(), now),
            )
            return Imported(item, changed=True)

    def receipts_of(self, bag_id: str) -> "list[Receipt]":
        """Every receipt that an item got, oldest first."""
        from outbox import receipts

        rows = self._db.execute(
            "select receipt from receipts join items on items.id = item_id where bag_id = ? order by receipts.id",
            (bag_id,),
        )
        return [receipts.parse(row["receipt"].encode()) for row in rows]

    def note(self, bag_id: str, reason: Reason, destination: str | None = None) -> bool:
        """Remember an error that changes no state (a receipt that does not count); false when it is the last one."""
        with self._write() as now:
            rows = self._rows_of(bag_id)
            row = next((one for one in rows if one["destination"] == destination), rows[0])
            columns = error_columns(reason)
            if all(row[name] == value for name, value in columns.items()):
                return False
            self._set(row["id"], now, **columns)
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
            item_id = self._rows_of(bag_id)[0]["id"]
            self._db.execute("delete from uploads where item_id = ? and destination = ?", (item_id, destination))
            if note is not None:
                self._db.execute("insert into uploads values (?, ?, ?, ?)", (item_id, destination, note, now))

    # people

    def retry(self, bag_id: str) -> Item:
        """Send now: no matter what went wrong before, with a fresh count, and nothing gone on with.

        A bag that waits for a stopped destination lets that be looked at.
        """
        if self._waits_for_stopped(bag_id):
            self.look_soon()
            return self.item(bag_id)
        return self._by_person(bag_id, Event.RETRY, forget_uploads=True, attempts=0, bytes_done=0)

    def retry_waiting(self) -> int:
        """Let everything that waits for its next attempt, or for a person, be tried now, from where it is; how many
        that were.
        """
        with self._write() as now:
            rows = self._db.execute("select id from items where state in ('waiting', 'needs-person')").fetchall()
            for row in rows:
                self._change(row["id"], Event.RETRY, now, attempts=0)
            self._nudge(now)
            return len(rows)

    def hold(self, bag_id: str) -> Item:
        """Do not send until released; a sender in the middle of it stops at its next word."""
        return self._by_person(bag_id, Event.HOLD)

    def release(self, bag_id: str) -> Item:
        return self._by_person(bag_id, Event.RELEASE)

    def cancel(self, bag_id: str, why: str) -> Item:
        """Never send it, unless somebody retries; the bag itself is left alone."""
        return self._by_person(bag_id, Event.CANCEL, detail=why)

    def pause(self) -> None:
        """Let no sender of this queue begin or go on until `resume`; what is under way goes back."""
        with self._write() as now:
            self._db.execute("update sender set paused_at = coalesce(paused_at, ?)", (now,))

    def resume(self) -> None:
        with self._write() as now:
            self._db.execute("update sender set paused_at = null")
            self._nudge(now)

    # looking

    def items(self, states: Collection[State] = ()) -> list[Item]:
        """All items, or those in some states, oldest first."""
        wanted = tuple(states or State)
        marks = ", ".join("?" * len(wanted))
        rows = self._db.execute(f"select * from items where state in ({marks}) order by created_at, id", wanted)  # noqa: S608
        return [self._item_of(row) for row in rows]

    def to_go(self) -> list[str]:
        """The bags that are not at all their destinations yet and go by themselves, oldest first."""
        rows = self._db.execute(
            "select bag_id from items where state in ('queued', 'waiting', 'sending')"
            " group by bag_id order by min(created_at), min(id)"
        )
        return [row["bag_id"] for row in rows]

    def listing(self) -> list[Plain]:
        """All items as `station outbox list --json` shows them, oldest first; see `outbox.listing`."""
        cursor = self._db.cursor()
        cursor.row_factory = None
        rows = cursor.execute(LISTING)
        stopped = {stop.destination: stop.as_json() for stop in self.stops()}
        abandoned = owners.abandoned(self.locks, self.lease_owners())
        return describe(rows, self._home, stopped, abandoned, self._last_exports())

    def bag_ids(self, beginning: str) -> list[str]:
        """The bags whose id begins so."""
        rows = self._db.execute(
            "select distinct bag_id from items where substr(bag_id, 1, ?) = ? order by bag_id",
            (len(beginning), beginning),
        )
        return [row["bag_id"] for row in rows]

    def item(self, bag_id: str) -> Item:
        """The item of a bag; of several that which tells how the bag stands (see `states.of_all`)."""
        return self._item_of(self._leading(bag_id))

    def routes(self, bag_id: str) -> list[Item]:
        """A bag's items, one for each destination."""
        return [self._item_of(row) for row in self._rows_of(bag_id)]

    def history(self, bag_id: str) -> list[HistoryEntry]:
        """Everything that happened to a bag's items, oldest first."""
        rows = self._db.execute(
            "select events.*, destination from events join items on items.id = item_id"
            " where bag_id = ? order by events.id",
            (bag_id,),
        )
        return [
            HistoryEntry(
                datetime.fromisoformat(row["at"]),
                row["destination"],
                row["event"],
                State(row["state"]),
                row["code"],
                row["detail"],
            )
            for row in rows
        ]

    # below: inside a transaction

    def _insert(self, bag: Sealed, destination: str, now: str, *, any_of: bool = False) -> Item:
        row = self._db.execute(
            """
            insert into items (bag_id, folder, digest, size, destination, any_of, state, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, 'queued', ?, ?) returning id
            """,
            (bag.bag_id, self._noted(bag.folder), bag.digest, bag.size, destination, any_of, now, now),
        ).fetchone()
        self._log(row["id"], "enqueue", State.QUEUED, now)
        return self._item(row["id"])

    def _waits_for_stopped(self, bag_id: str) -> bool:
        """Whether a retry can do no more than look: an item is in its turn already, and none can be given a new one."""
        rows = self._rows_of(bag_id)
        stopped = {stop.destination for stop in self.stops()}
        queued = any(row["state"] == State.QUEUED and row["destination"] in stopped for row in rows)
        return queued and not any(Event.RETRY in TRANSITIONS[State(row["state"])] for row in rows)

    def _readdress(self, row: sqlite3.Row, destinations: Collection[str], now: str, *, any_of: bool) -> None:
        """One item to all destinations that its bag does not go to already; where there is none it has no use."""
        taken = {other["destination"] for other in self._rows_of(row["bag_id"])}
        free = [destination for destination in destinations if destination not in taken]
        if not free:
            self._change(row["id"], Event.CANCEL, now, detail=row["destination"])
            return
        self._set(row["id"], now, destination=free[0], any_of=any_of)
        self._log(row["id"], "readdress", State(row["state"]), now, detail=f"{row['destination']} -> {free[0]}")
        bag = Sealed(self._home / row["folder"], row["bag_id"], row["digest"], row["size"])
        for destination in free[1:]:
            self._insert(bag, destination, now, any_of=any_of)

    def _by_person(
        self, bag_id: str, event: Event, *, detail: str | None = None, forget_uploads: bool = False, **columns: Any
    ) -> Item:
        """Every item of the bag that allows it; refused when none does. Senders look at once."""
        with self._write() as now:
            rows = self._rows_of(bag_id)
            able = [row for row in rows if event in TRANSITIONS[State(row["state"])]]
            if not able:
                raise TransitionRefusedError(state_of(rows), event)
            for row in able:
                if forget_uploads:
                    self._db.execute("delete from uploads where item_id = ?", (row["id"],))
                self._change(row["id"], event, now, detail=detail, **columns)
            self._nudge(now)
            return self._item_of(self._leading(bag_id))

    def _nudge(self, now: str) -> None:
        self._db.execute("update sender set nudges = nudges + 1")
        self._look_soon(now)

    def _row_to_settle(
        self, rows: list[sqlite3.Row], destination: str | None, digest: str, key_id: str
    ) -> sqlite3.Row | None:
        """Whose receipt this is; None for one that is there already or that settles nothing more."""
        if destination is not None:
            row = next(row for row in rows if row["destination"] == destination)
            known = "select 1 from receipts where item_id = ? and sha256 = ?"
            return None if self._db.execute(known, (row["id"], digest)).fetchone() else row
        known = """
            select 1 from receipts join items on items.id = item_id
            where bag_id = ? and (sha256 = ? or (key_id = ? and verdict = 'accepted' and ?))
        """
        several = len(rows) > 1  # one receiver may stand behind several of them
        if self._db.execute(known, (rows[0]["bag_id"], digest, key_id, several)).fetchone():
            return None
        open_rows = [row for row in rows if row["state"] not in {State.RECEIVED, State.PURGED}]
        return min(open_rows or rows, key=lambda row: row["state"] == State.CANCELLED)

    def _apply_receipt(self, item_id: int, receipt: "Receipt", now: str) -> Item:
        if receipt.verdict.value == "accepted":
            item = self._change(item_id, Event.ACCEPT, now, detail=receipt.key_id, received_at=now, **NO_ERROR)
            self._end_others(item, now)
            return item
        first = receipt.findings[0] if receipt.findings else None
        detail = f"{first.code} {first.file} {first.detail}".strip() if first else ""
        return self._change(item_id, Event.REFUSE, now, Reason(Code.RECEIPT_REFUSED, detail))
