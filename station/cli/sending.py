"""`station send` and `station outbox`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal

import click

from outbox.states import State
from station.cli.options import Common, command, group
from station.errors import Exit, SettingsError
from station.words import Phrase, both

if TYPE_CHECKING:
    from collections.abc import Callable

    from outbox.items import Item
    from outbox.sender import Report, Summary
    from station.console import Console
    from station.wiring import Station

log = logging.getLogger(__name__)
outbox = group("outbox")
_TO_GO = (State.QUEUED, State.WAITING, State.SENDING)


@command("send")
@click.option("--once", is_flag=True, help=both("help.opt.once_send"))
def send(common: Common, once: bool) -> int:  # noqa: FBT001 - click hands options on by name
    import asyncio

    from station.sending import home_items

    with common.open_station() as station:
        if not station.settings.destinations:
            raise SettingsError("no-destination", file=str(station.root.settings))
        home_items(station)
        if not once:
            return asyncio.run(_send_forever(station, common.console))
        summary = asyncio.run(_send_once(station, common.console))
        return _show_round(station, common.console, summary)


def _show_round(station: Station, console: Console, summary: Summary) -> Exit:
    """What the round did, and what stands after it: bags that need a person do so until one has come."""
    rejected = sorted({item.bag_id for item in station.outbox.items([State.SENT]) if item.last_error})
    needs_person = sorted(station.outbox.bags_in(State.NEEDS_PERSON))
    refused = sorted(station.outbox.bags_in(State.REFUSED))
    stops = [stop.as_json() for stop in station.outbox.stops()]
    console.data(
        {
            "sent": summary.sent,
            "received": summary.received,
            "later": summary.later,
            "needs_person": needs_person,
            "refused": refused,
            "rejected_receipts": rejected,
            "stopped": stops if console.json else [stop["destination"] for stop in stops],
            "rests": summary.rests,
            "waiting": station.outbox.to_go(),
        }
    )
    if earlier := {*needs_person, *refused} - {*summary.needs_person, *summary.refused}:
        console.note("send.people", count=len(earlier))
    if rejected or refused:
        return Exit.FINDINGS
    return Exit.DESTINATION if summary.blocked or summary.later or needs_person or stops else Exit.DONE


async def _send_once(station: Station, console: Console) -> Summary:
    async with station.sender(_teller(console)) as sender:
        return await sender.run_once()


async def _send_forever(station: Station, console: Console) -> Exit:
    """The service: ends at SIGTERM with what was under way back in the queue."""
    import asyncio
    import signal

    from station.service import notify

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with station.sender(_teller(console, stream=True)) as sender:
        notify("READY=1")
        await sender.run_forever(stop)
    return Exit.DONE


def _teller(console: Console, *, stream: bool = False) -> Callable[[Report], None]:
    """Tells a person, and with `stream` a program, what the sender reports."""

    def tell(report: Report) -> None:
        if stream:
            console.event(**_event(report))
        bag = report.item.bag_id if report.item else "-"
        done = f"{100 * report.bytes_done // report.item.size}" if report.item else "0"
        reason = reason_text(report.reason.code, report.reason.detail) if report.reason else ""
        if report.reason:
            log.info("%s %s: %s: %s", report.said, bag, report.reason.code, report.reason.detail)
        console.note(f"send.{report.said}", bag=bag, destination=report.destination or "-", percent=done, reason=reason)

    return tell


def _event(report: Report) -> dict[str, Any]:
    """A report as a line of `station send --json`."""
    from station import clock

    item, reason = report.item, report.reason
    return {
        "at": clock.now(),
        "event": report.said,
        "destination": report.destination,
        "bag_id": item.bag_id if item else None,
        "state": item.state if item else None,
        "size": item.size if item else None,
        "bytes_done": report.bytes_done,
        "bytes_per_s": report.bytes_per_s,
        "error": {"code": reason.code, "text": reason.detail} if reason else None,
    }


def reason_text(code: str, detail: str) -> Phrase:
    return Phrase(f"outbox.{code}", {"detail": detail})


@command("list", outbox)
@click.option("--watch", is_flag=True, help=both("help.opt.watch_outbox"))
def list_items(common: Common, watch: bool) -> None:  # noqa: FBT001 - click hands options on by name
    from station.cli.queue import show_queue, watch_queue

    with common.open_station() as station:
        (watch_queue if watch else show_queue)(station, common.console)


@command("show", outbox)
@click.argument("bag")
def show(common: Common, bag: str) -> None:
    with common.open_station() as station:
        item = _item(station, bag)
        routes = [_row(route, json=common.json) for route in station.outbox.routes(item.bag_id)]
        history = [entry.as_json() for entry in station.outbox.history(item.bag_id)]
        receipts = [receipt.plain() for receipt in station.outbox.receipts_of(item.bag_id)]
        row = _row(item, json=common.json) | _exported(history)
        if common.json:
            stops = {stop.destination: stop.as_json() for stop in station.outbox.stops()}
            routes = [route | {"stopped": stops.get(route["destination"])} for route in routes]
            common.console.data(row | {"routes": routes, "history": history, "receipts": receipts})
            return
        common.console.data(row)
        if len(routes) > 1:
            common.console.data(routes, ("destination", "state", "percent", "attempts", "last_error", "received_at"))
        common.console.data(history, ("at", "destination", "event", "state", "code", "detail"))
        _say_obstacles(common.console, station, item, routes)


def _say_obstacles(console: Console, station: Station, item: Item, routes: list[dict[str, Any]]) -> None:
    """Why a bag is not there: the destinations that are stopped, else the last thing that went wrong."""
    from station.cli.queue import say_stop

    ways = {route["destination"] for route in routes if route["state"] in _TO_GO}
    stops = [stop for stop in station.outbox.stops() if stop.destination in ways]
    for stop in stops:
        say_stop(console, stop.as_json(), 1)
    if item.last_error and not stops:
        text = reason_text(item.last_error.code, item.last_error.text)
        console.note("outbox.why", destination=item.destination, text=text, count=1)


def _exported(history: list[dict[str, Any]]) -> dict[str, Any]:
    """When a bag was put onto a stick last, and by which hand-over."""
    last = next((entry for entry in reversed(history) if entry["event"] == "export"), None)
    return {"exported_at": last and last["at"], "hand_over": last and last["detail"]}


@command("retry", outbox)
@click.argument("bag", required=False)
@click.option("--all", "everything", is_flag=True, help=both("help.opt.retry_all"))
@click.option("--anyway", is_flag=True, help=both("help.opt.anyway"))
def retry(common: Common, bag: str | None, everything: bool, anyway: bool) -> None:  # noqa: FBT001 - click hands options on by name
    from station.errors import UsageError

    if everything == (bag is not None):
        raise UsageError("retry-which")
    if bag is not None:
        _send_again(common, bag, "retry", anyway=anyway)
        return
    with common.open_station() as station:
        count = station.outbox.retry_waiting()
        _say_retried(common.console, station)
        common.console.data({"retried": count})


def _say_retried(console: Console, station: Station) -> None:
    """When what waits is tried: now, unless no bag may go now."""
    from station.sending import is_open

    if station.outbox.control().paused_at:
        console.note("outbox.retried-paused")
    elif not is_open(station):
        console.note("outbox.retried-in-hours", window=station.settings.sending.window)
    else:
        console.note("outbox.retried")


@command("release", outbox)
@click.argument("bag")
@click.option("--anyway", is_flag=True, help=both("help.opt.anyway"))
def release(common: Common, bag: str, anyway: bool) -> None:  # noqa: FBT001 - click hands options on by name
    _send_again(common, bag, "release", anyway=anyway)


@command("hold", outbox)
@click.argument("bag")
def hold(common: Common, bag: str) -> None:
    with common.open_station() as station:
        _show_changed(common, station.outbox.hold(_item(station, bag).bag_id))


@command("cancel", outbox)
@click.argument("bag")
@click.option("--why", required=True, help=both("help.opt.why"))
def cancel(common: Common, bag: str, why: str) -> None:
    from station.said import said_why

    with common.open_station() as station:
        _show_changed(common, station.outbox.cancel(_item(station, bag).bag_id, said_why(why)))


@command("pause", outbox)
def pause(common: Common) -> None:
    with common.open_station() as station:
        station.outbox.pause()
        _show_control(common, station)


@command("resume", outbox)
def resume(common: Common) -> None:
    with common.open_station() as station:
        station.outbox.resume()
        _show_control(common, station)


def _show_control(common: Common, station: Station) -> None:
    paused_at = station.outbox.control().paused_at
    common.console.note("outbox.paused" if paused_at else "outbox.resumed")
    common.console.data({"paused_at": paused_at.isoformat() if paused_at else None})


def _send_again(common: Common, bag: str, event: Literal["retry", "release"], *, anyway: bool) -> None:
    """Let a bag go that waits. One that is not the last word of its book goes only when somebody insists."""
    from station.books.rework import refuse_outdated
    from station.errors import UsageError
    from station.sending import is_open, let_go

    with common.open_station() as station:
        bag_id = _item(station, bag).bag_id
        try:
            refuse_outdated(station.catalogue, bag_id)
        except UsageError as error:
            if not anyway:
                raise
            common.console.note("outbox.anyway", why=Phrase(error.code, error.values))
        changed, gone = let_go(station, bag_id, event)
        if gone and not station.settings.destinations:
            common.console.note("no-destination", file=str(station.root.settings))
        elif gone:
            now = ", ".join(route.destination for route in station.outbox.routes(bag_id) if route.state in _TO_GO)
            file = str(station.root.settings)
            common.console.note("outbox.rehomed", gone=", ".join(gone), file=file, bag=bag_id, now=now or "-")
        elif stop := station.outbox.stop_of(changed.destination):
            common.console.note("outbox.looked-at", destination=stop.destination)
        if not is_open(station):
            common.console.note("outbox.window-closed", window=station.settings.sending.window)
        _show_changed(common, changed)


def _show_changed(common: Common, changed: Item) -> None:
    common.console.note("outbox.changed", bag=changed.bag_id, state=Phrase(f"item.{changed.state}"))
    common.console.data(_row(changed, json=common.json))


def _item(station: Station, text: str) -> Item:
    """An item by its bag id or the beginning of it. Raises `UsageError`."""
    from station.sending import bag_named

    return station.outbox.item(bag_named(station, text))


def _row(item: Item, *, json: bool) -> dict[str, Any]:
    plain = item.as_json()
    plain["percent"] = 100 * item.bytes_done // item.size
    if not json:
        plain["last_error"] = item.last_error.code if item.last_error else None
    return plain
