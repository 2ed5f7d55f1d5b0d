"""`station send` and `station outbox`."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

import click

from station.cli.options import Common, command, group
from station.errors import Exit, SettingsError
from station.words import Phrase, both

if TYPE_CHECKING:
    from collections.abc import Callable

    from outbox.items import Item
    from outbox.sender import Report, Summary
    from station.console import Console
    from station.wiring import Station

outbox = group("outbox")
_COLUMNS = ("bag_id", "state", "destination", "size", "percent", "attempts", "last_error", "next_attempt_at")


@command("send")
@click.option("--once", is_flag=True, help=both("help.opt.once_send"))
def send(common: Common, once: bool) -> int:  # noqa: FBT001 - click hands options on by name
    from station.line import home_items

    with common.open_station() as station:
        if not station.settings.destinations:
            raise SettingsError("no-destination", file=str(station.root.settings))
        home_items(station)
        if not once:
            return asyncio.run(_send_forever(station, common.console))
        rejected: list[str] = []
        summary = asyncio.run(_send_once(station, common.console, rejected))
        waiting = [item for item in station.outbox.items() if item.state in {"queued", "waiting", "sending"}]
        common.console.data(
            {
                "sent": summary.sent,
                "received": summary.received,
                "later": summary.later,
                "needs_person": summary.needs_person,
                "refused": summary.refused,
                "rejected_receipts": rejected,
                "waiting": [item.bag_id for item in waiting],
            }
        )
        return Exit.FINDINGS if rejected else _exit_of(summary)


def _exit_of(summary: Summary) -> Exit:
    if summary.refused:
        return Exit.FINDINGS
    if summary.blocked or summary.later or summary.needs_person:
        return Exit.DESTINATION
    return Exit.DONE


async def _send_once(station: Station, console: Console, rejected: list[str]) -> Summary:
    """One round; bags whose receipt does not count are noted in `rejected`."""
    say = _teller(console)

    def tell(report: Report) -> None:
        say(report)
        if report.said == "receipt-rejected" and report.item:
            rejected.append(report.item.bag_id)

    async with station.sender(tell) as sender:
        return await sender.run_once()


async def _send_forever(station: Station, console: Console) -> Exit:
    """The service: ends at SIGTERM with what was under way back in the queue."""
    from station.service import notify

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with station.sender(_teller(console)) as sender:
        notify("READY=1")
        await sender.run_forever(stop)
    return Exit.DONE


def _teller(console: Console) -> Callable[[Report], None]:
    def tell(report: Report) -> None:
        bag = report.item.bag_id if report.item else "-"
        done = f"{100 * report.bytes_done // report.item.size}" if report.item else "0"
        reason = reason_text(report.reason.code, report.reason.detail) if report.reason else ""
        console.note(f"send.{report.said}", bag=bag, destination=report.destination or "-", percent=done, reason=reason)

    return tell


def reason_text(code: str, detail: str) -> Phrase:
    return Phrase(f"outbox.{code}", {"detail": detail})


@command("list", outbox)
def list_items(common: Common) -> None:
    with common.open_station() as station:
        common.console.data([_row(item, json=common.json) for item in station.outbox.items()], _COLUMNS)


@command("show", outbox)
@click.argument("bag")
def show(common: Common, bag: str) -> None:
    with common.open_station() as station:
        item = _item(station, bag)
        history = [entry.as_json() for entry in station.outbox.history(item.bag_id)]
        receipts = [receipt.plain() for receipt in station.outbox.receipts_of(item.bag_id)]
        row = _row(item, json=common.json)
        if common.json:
            common.console.data(row | {"history": history, "receipts": receipts})
            return
        common.console.data(row)
        common.console.data(history, ("at", "event", "state", "code", "detail"))
        if item.last_error:
            common.console.note("outbox.why", text=reason_text(item.last_error.code, item.last_error.text))


@command("retry", outbox)
@click.argument("bag")
@click.option("--anyway", is_flag=True, help=both("help.opt.anyway"))
def retry(common: Common, bag: str, anyway: bool) -> None:  # noqa: FBT001 - click hands options on by name
    _send_again(common, bag, "retry", anyway=anyway)


@command("release", outbox)
@click.argument("bag")
@click.option("--anyway", is_flag=True, help=both("help.opt.anyway"))
def release(common: Common, bag: str, anyway: bool) -> None:  # noqa: FBT001 - click hands options on by name
    _send_again(common, bag, "release", anyway=anyway)


@command("hold", outbox)
@click.argument("bag")
def hold(common: Common, bag: str) -> None:
    with common.open_station() as station:
        _change(common, station, "hold", _item(station, bag))


def _send_again(common: Common, bag: str, event: str, *, anyway: bool) -> None:
    """Let a bag go that waits. One that is not the last word of its book goes only when somebody insists."""
    from station.errors import UsageError
    from station.rework import refuse_outdated

    with common.open_station() as station:
        item = _item(station, bag)
        try:
            refuse_outdated(station.catalogue, item.bag_id)
        except UsageError as error:
            if not anyway:
                raise
            common.console.note("outbox.anyway", why=Phrase(error.code, error.values))
        _change(common, station, event, item)


def _change(common: Common, station: Station, event: str, item: Item) -> None:
    changed = getattr(station.outbox, event)(item.bag_id)
    common.console.note("outbox.changed", bag=changed.bag_id, state=changed.state)
    common.console.data(_row(changed, json=common.json))


def _item(station: Station, text: str) -> Item:
    """An item by its bag id or the beginning of it. Raises `UsageError`."""
    from station.errors import UsageError

    fits = [item for item in station.outbox.items() if item.bag_id.startswith(text)]
    exact = [item for item in fits if item.bag_id == text] or fits
    if len(exact) != 1:
        raise UsageError("no-such-bag", bag=text)
    return exact[0]


def _row(item: Item, *, json: bool) -> dict[str, Any]:
    plain = item.as_json()
    plain["percent"] = 100 * item.bytes_done // item.size
    if not json:
        plain["last_error"] = item.last_error.code if item.last_error else None
    return plain
