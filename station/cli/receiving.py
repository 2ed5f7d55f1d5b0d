"""`station receive` at the receiver, `station receipts` back at the station."""

from __future__ import annotations

import logging
import signal
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from station.cli.options import Common, command, group, log_to
from station.errors import Exit, StorageError, UsageError
from station.words import Phrase, both

if TYPE_CHECKING:
    from outbox.errors import OutboxError
    from outbox.receipts import Receipt
    from station.console import Console
    from station.handover.receive import Arrival
    from station.handover.receiver import Receiver
    from station.handover.taking import Taken

log = logging.getLogger(__name__)
receipts = group("receipts")
_COLUMNS = ("id", "state", "digest", "findings", "received_at", "supersedes", "superseded_by")


@command("receive")
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, metavar="[PATH]...")
@click.option("--make-key", is_flag=True, help=both("help.opt.make_key"))
@click.option("--watch", is_flag=True, help=both("help.opt.watch_receive"))
@click.option("--sticks", is_flag=True, help=both("help.opt.sticks"))
def receive(common: Common, paths: tuple[Path, ...], make_key: bool, watch: bool, sticks: bool) -> int:  # noqa: FBT001
    from station.handover.receiver import Receiver

    receiver = Receiver.open(common.find_root())
    log_to(receiver.root.log)
    common.console.note("receive.key", key=receiver.desk.key.public.text())
    if make_key:
        return _show_key(common, receiver)
    if watch:
        return _watch(common, receiver, paths or receiver.folders, sticks=sticks)
    if not paths:
        raise UsageError("receive-what")
    return _receive(common, receiver, paths)


def _show_key(common: Common, receiver: Receiver) -> int:
    recipient = receiver.make_identity()
    common.console.note("receive.recipient", recipient=recipient, file=receiver.archive.identity_file)
    common.console.data({"receipts": receiver.desk.key.public.text(), "recipient": recipient})
    return Exit.DONE


def _receive(common: Common, receiver: Receiver, paths: tuple[Path, ...]) -> int:
    """Bags in folders, and on sticks; with `--json` a list of bags, or of hand-overs where there is a stick."""
    from outbox.stick.taking import find_hand_overs
    from station.handover.receive import not_written, reading

    rows: list[dict[str, Any]] = []
    ends = set()
    for path in paths:
        try:
            with reading(path):
                homes = find_hand_overs(path) if path.is_dir() else []
            ends |= {_receive_stick(common, receiver, home, rows) for home in homes}
            if not homes:
                ends.add(_receive_folder(common, receiver, path, rows))
        except (PermissionError, StorageError) as error:
            trouble = error if isinstance(error, StorageError) else not_written(error, path)
            common.console.note(trouble.code, **trouble.values)
            rows.append({"id": str(path), "state": "unusable", "error": trouble.code, **trouble.values})
            ends.add(Exit.STORAGE)
    common.console.data(rows, _COLUMNS)
    return next((end for end in (Exit.STORAGE, Exit.FINDINGS) if end in ends), Exit.DONE)


def _receive_stick(common: Common, receiver: Receiver, home: Path, rows: list[dict[str, Any]]) -> Exit:
    """One station's bags. A list that does not count, or a stick that fails, stops no other station's."""
    from outbox.errors import OutboxError
    from outbox.stick.faults import StickError

    console = common.console
    try:
        taken = receiver.take(home, partial(_say_arrival, console))
    except OutboxError as error:
        _say_unusable(console, home, error)
        if common.json:
            rows.append({"station": home.name, "bags": [], "error": error.code, "detail": error.detail})
        return Exit.STORAGE if isinstance(error, StickError) else Exit.FINDINGS
    _say_taken(receiver, console, taken)
    rows.extend([taken.as_json()] if common.json else taken.as_json()["bags"])
    if taken.trouble:
        return Exit.STORAGE
    return Exit.DONE if all(one.accepted for one in taken.arrivals) else Exit.FINDINGS


def _receive_folder(common: Common, receiver: Receiver, path: Path, rows: list[dict[str, Any]]) -> Exit:
    from station.handover.receive import receive_all

    arrived = receive_all(path, receiver.desk)
    for one in arrived:
        _say_arrival(common.console, one)
    rows.extend(one.as_json() for one in arrived)
    return Exit.DONE if all(one.accepted for one in arrived) else Exit.FINDINGS


def _watch(common: Common, receiver: Receiver, folders: tuple[Path, ...], *, sticks: bool) -> int:
    """The service: ends at SIGTERM after the bag in hand."""
    from station.handover.watching import Listener, ReceiveWatch
    from station.service import notify

    if not folders and not sticks:
        raise UsageError("receive-what")
    console, stop = common.console, threading.Event()

    def arrived(one: Arrival) -> None:
        _say_arrival(console, one)
        console.event(**one.as_json())

    listener = Listener(
        arrived=arrived,
        taken=partial(_say_taken, receiver, console),
        refused=partial(_say_unusable, console),
        trouble=partial(_say_trouble, console),
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        # An event's lock is not taken twice by one thread, and the signal may come in the middle of its wait.
        signal.signal(number, lambda *_: threading.Thread(target=stop.set, daemon=True).start())
    service = ReceiveWatch(tuple(folders), receiver.desk_over(folders), receiver.archive, listener, sticks)
    notify("READY=1")
    service.run(stop)
    return Exit.DONE


def _say_trouble(console: Console, error: Exception) -> None:
    """What a round met in one place; the next one tries it again."""
    if isinstance(error, PermissionError):
        from station.handover.receive import not_written

        trouble = not_written(error, Path())
        console.note(trouble.code, **trouble.values)
    else:
        console.note("receive.trouble", detail=str(error))


def _say_taken(receiver: Receiver, console: Console, taken: Taken) -> None:
    console.note("receive.hand-over", number=f"{taken.number:04}", station=taken.station, words=taken.words)
    if not taken.complete:
        console.note("receive.incomplete", number=f"{taken.number:04}")
    if taken.trouble:
        text = Phrase(f"outbox.{taken.trouble.code}", {"detail": taken.trouble.detail})
        console.note("receive.not-back", text=text)
    elif taken.opens_nothing:
        archive = receiver.archive
        here, wanted = archive.recipient or "-", ", ".join(taken.recipients)
        console.note("receive.nothing-opened", wanted=wanted, here=here, file=archive.identity_file)
    elif taken.is_safe:
        console.note("receive.safe")
    else:
        console.note("receive.in-folder", folder=taken.folder)


def _say_unusable(console: Console, place: Path, error: OutboxError) -> None:
    log.warning("%s: %s", place, error)
    console.note("receive.unusable", bag=place, text=Phrase(f"outbox.{error.code}", {"detail": error.detail}))


def _say_arrival(console: Console, one: Arrival) -> None:
    from station.handover.arrivals import UNFINISHED_S

    if one.receipt and one.already_here:
        console.note("receive.already", bag=one.receipt.bag_id)
    elif one.receipt:
        _say(console, one.receipt)
        _say_succession(console, one)
    elif one.under_way:
        console.note("receive.under-way", bag=one.path.name, minutes=round(UNFINISHED_S / 60), path=one.path)
    else:
        log.warning("%s: %s: %s", one.path, one.error, one.detail)
        text = Phrase(f"outbox.{one.error}", {"detail": one.detail})
        console.note("receive.unusable", bag=one.path.name, text=text)


def _say(console: Console, receipt: Receipt) -> None:
    console.note(f"receive.{receipt.verdict}", bag=receipt.bag_id)
    for finding in receipt.findings:
        log.warning("%s: %s %s: %s", receipt.bag_id, finding.code, finding.file, finding.detail)
        text = Phrase(f"bag.{finding.code}", {"file": finding.file, "detail": finding.detail})
        console.note("receive.finding", bag=receipt.bag_id, text=text)


def _say_succession(console: Console, arrival: Arrival) -> None:
    """Which of two bags of a book counts."""
    assert arrival.receipt
    bag = arrival.receipt.bag_id
    if arrival.supersedes:
        key = "receive.supersedes-here" if arrival.older_is_here else "receive.supersedes"
        console.note(key, bag=bag, older=arrival.supersedes)
    if arrival.superseded_by:
        console.note("receive.superseded", bag=bag, newer=arrival.superseded_by)


@command("import", receipts)
@click.argument("path", type=click.Path(path_type=Path))
def import_receipts(common: Common, path: Path) -> int:
    from outbox.states import State
    from station.cli.sending import reason_text
    from station.handover.receive import import_receipts as take

    with common.open_station() as station:
        results = take(station.outbox, path, station.trusted_receivers)
        for result in results:
            if result.error:
                log.warning("%s: %s: %s", result.file, result.error, result.detail)
                reason = reason_text(result.error, result.detail)
                common.console.note("receipts.rejected", file=result.file.name, reason=reason)
            elif result.state == State.REFUSED:
                common.console.note("receipts.refused", bag=result.bag_id)
            else:
                common.console.note("receipts.taken", bag=result.bag_id, state=Phrase(f"item.{result.state}"))
        common.console.data([result.as_json() for result in results], ("bag_id", "state", "error", "file"))
        if not results:
            common.console.note("receipts.none", path=path)
        counted = results and all(not result.error and result.state != State.REFUSED for result in results)
        return Exit.DONE if counted else Exit.FINDINGS
