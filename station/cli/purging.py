"""`station purge`: makes room by what a receipt proves to be received."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from station.amounts import size
from station.cli.asking import ask
from station.cli.options import Common, command
from station.errors import Exit, Refused, StationError, UsageError
from station.words import Phrase, both

if TYPE_CHECKING:
    from station.console import Console
    from station.purging import Plan
    from station.wiring import Station

_YES = frozenset({"y", "yes", "c", "có", "co"})
_COLUMNS = ("book", "what", "files", "size", "folder")


@command("purge")
@click.argument("book", required=False)
@click.option("--all", "everything", is_flag=True, help=both("help.opt.purge_all"))
@click.option("--older-than", "days", type=click.IntRange(min=0), default=0, help=both("help.opt.older_than"))
@click.option("--masters", is_flag=True, help=both("help.opt.masters"))
@click.option("--yes", is_flag=True, help=both("help.opt.yes"))
def purge(common: Common, book: str | None, everything: bool, days: int, masters: bool, yes: bool) -> int:  # noqa: FBT001 - click hands options on by name
    from station.purging import go_on

    if everything == (book is not None):
        raise UsageError("purge-which")
    with common.open_station() as station:
        for ended in go_on(station):
            common.console.note("purge.ended", book=ended)
        plans, kept = _plan(station, book, masters=masters, days=days)
        _say_kept(common.console, kept)
        going = [plan for plan in plans if plan.parts]
        if going:
            _show(common.console, going)
            _require_yes(going, yes=yes)
        done, left = _purge(station, common.console, going, days, alone=book is not None)
        _say_before(station, common.console, plans)
        _tell(common, plans, done, [*kept, *left])
        return Exit.FINDINGS if left else Exit.DONE


def _plan(station: Station, book: str | None, *, masters: bool, days: int) -> tuple[list[Plan], list[Refused]]:
    """What would go, and why books stay. Raises `Refused` for a book that was named."""
    from station.purging import plan_all, plan_book

    if book is None:
        return plan_all(station, masters=masters, days=days)
    return [plan_book(station, station.book(book), masters=masters, days=days)], []


def _show(console: Console, plans: list[Plan]) -> None:
    """What would go, and what would stay, before anybody is asked."""
    if not console.json:
        rows = [
            {"book": plan.book, "size": _size(part.bytes), **{k: v for k, v in part.as_json().items() if k != "bytes"}}
            for plan in plans
            for part in plan.parts
        ]
        console.data(rows, _COLUMNS)
    console.note("purge.masters" if any(plan.masters for plan in plans) else "purge.stays")


def _require_yes(plans: list[Plan], *, yes: bool) -> None:
    """Raise `UsageError` unless somebody said yes."""
    values = {"books": len(plans), "size": size(sum(plan.bytes for plan in plans))}
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("purge-needs-yes", **values)
    if ask("purge.ask", " ", **values).strip().lower() not in _YES:
        raise UsageError("purge-not-wanted")


def _purge(
    station: Station, console: Console, plans: list[Plan], days: int, *, alone: bool
) -> tuple[list[Plan], list[StationError]]:
    """Book by book; one that somebody works on, or has changed meanwhile, stops no other. `alone`: it is raised."""
    from station.purging import purge_book

    done: list[Plan] = []
    left: list[StationError] = []
    for plan in plans:
        try:
            went = purge_book(station, plan.book, masters=plan.masters, days=days)
        except (UsageError, Refused) as refused:
            if alone:
                raise
            left.append(refused)
            console.note(refused.code, **refused.values)
        else:
            done.append(went)
            console.note("purge.done", book=went.book, bags=", ".join(went.bags), size=size(went.bytes))
    return done, left


def _say_before(station: Station, console: Console, plans: list[Plan]) -> None:
    """Books of which nothing is left, because they were cleared away before."""
    from station.purging import purge_of, when

    for plan in plans:
        if not plan.parts and (before := purge_of(station, plan.bags[-1])):
            console.note("purge.before", book=plan.book, at=when(before))


def _say_kept(console: Console, kept: list[Refused]) -> None:
    """Why books stay, each reason with the first of them."""
    reasons: dict[str, list[Refused]] = {}
    for refused in kept:
        reasons.setdefault(refused.code, []).append(refused)
    for code, several in reasons.items():
        console.note("purge.kept", count=len(several), why=Phrase(code, several[0].values))


def _tell(common: Common, plans: list[Plan], done: list[Plan], kept: list[StationError]) -> None:
    if not done and not kept and not plans:
        common.console.note("purge.nothing")
    document = {
        "purged": [plan.as_json() for plan in done],
        "nothing_left": [str(plan.book) for plan in plans if not plan.parts],
        "kept": [{"error": one.code, **one.values} for one in kept],
        "freed": sum(plan.bytes for plan in done),
    }
    if common.json:
        common.console.data(document)
    elif done:
        common.console.line("purge.freed", books=len(done), size=size(sum(plan.bytes for plan in done)))


def _size(count: int) -> str:
    from station.cli.queue import size_text

    return size_text(count)
