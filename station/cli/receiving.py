"""`station receive` at the receiver, `station receipts` back at the station."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.options import Common, command, group, log_to
from station.errors import Exit
from station.words import Phrase

if TYPE_CHECKING:
    from outbox.receipts import Receipt
    from station.console import Console
    from station.receive import Arrival

receipts = group("receipts")
_COLUMNS = ("id", "state", "digest", "findings", "received_at", "supersedes", "superseded_by")


@command("receive")
@click.argument("path", type=click.Path(path_type=Path))
def receive(common: Common, path: Path) -> int:
    from station.receive import receive_all, receiver_key

    root = common.find_root()
    key = receiver_key(root)
    log_to(root.log)
    common.console.note("receive.key", key=key.public.text())
    arrived = receive_all(path, key)
    for one in arrived:
        if one.receipt:
            _say(common.console, one.receipt)
            _say_succession(common.console, one)
        else:
            common.console.note(
                "receive.unusable", bag=one.path.name, text=Phrase(f"outbox.{one.error}", {"detail": one.detail})
            )
    common.console.data([one.as_json() for one in arrived], _COLUMNS)
    return Exit.DONE if all(one.accepted for one in arrived) else Exit.FINDINGS


def _say(console: Console, receipt: Receipt) -> None:
    console.note(f"receive.{receipt.verdict}", bag=receipt.bag_id)
    for finding in receipt.findings:
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
    from station.cli.sending import reason_text
    from station.receive import import_receipts as take

    with common.open_station() as station:
        results = take(station.outbox, path, station.trusted_receivers)
        for result in results:
            if result.error:
                reason = reason_text(result.error, result.detail)
                common.console.note("receipts.rejected", file=result.file.name, reason=reason)
            else:
                common.console.note("receipts.taken", bag=result.bag_id, state=result.state)
        common.console.data([result.as_json() for result in results], ("bag_id", "state", "error", "file"))
        if not results:
            common.console.note("receipts.none", path=path)
        return Exit.DONE if results and not any(result.error for result in results) else Exit.FINDINGS
