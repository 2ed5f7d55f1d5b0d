"""`station export` and `station sticks`: hand-over on a stick."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from station.cli.options import Common, command
from station.cli.output import place_of, writing
from station.errors import Exit, UsageError
from station.words import Phrase, both

if TYPE_CHECKING:
    from collections.abc import Callable

    from station.console import Console
    from station.handover.exporting import HandOver
    from station.handover.sticks import Stick

_WAIT_S = 5.0
_COLUMNS = ("id", "state", "mounted_at", "file_system", "size", "free", "largest_file")
_BAG_COLUMNS = ("id", "state", "size", "sha256")


@command("export")
@click.argument("words", nargs=-1, metavar="[DIR] [BAG]...")
@click.option("--plain", is_flag=True, help=both("help.opt.plain"))
@click.option("--folder", is_flag=True, help=both("help.opt.folder"))
@click.option("--wait", is_flag=True, help=both("help.opt.wait_stick"))
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), help=both("help.opt.handover_sheet"))
def export(
    common: Common,
    words: tuple[str, ...],
    plain: bool,  # noqa: FBT001 - click hands options on by name
    folder: bool,  # noqa: FBT001
    wait: bool,  # noqa: FBT001
    sheet: Path | None,
) -> int:
    from outbox import durable
    from station.handover.exporting import export as bring

    if sheet:
        place_of(sheet)
    with common.open_station() as station:
        if wait and not folder:
            target, bags = _wait_for_stick(common.console), words
        elif words and not wait:
            target, bags = Path(words[0]), words[1:]
        else:
            raise UsageError("export-where")
        if plain:
            common.console.note("export.plain")
        done = bring(station, target, bags, _teller(common.console), plain=plain, folder=folder)
        if sheet and done.sheet:
            with writing(sheet) as place:
                durable.replace(place, done.sheet.read_bytes())
    return _show(common, done)


def _show(common: Common, done: HandOver) -> int:
    """What is there, what is not, and as the last line of a stick that brings something that it may be removed."""
    console, plain = common.console, done.as_json()
    for one in done.left:
        text = Phrase(f"outbox.{one.reason.code}", {"detail": one.reason.detail})
        console.note("export.left", bag=one.bag_id, text=text)
    if common.json:
        console.data(plain)
    elif plain["bags"]:
        console.data(plain["bags"], _BAG_COLUMNS)
    elif not done.left:
        console.note("export.awaiting" if done.awaiting else "export.none", count=done.awaiting, target=done.target)
    if done.index:
        console.note("export.sheet", number=f"{done.index.number:04}", words=plain["words"], file=done.sheet)
    if done.brought_nothing:
        console.note("export.nothing-brought", target=done.target)
    elif done.is_safe:
        console.note("export.safe", target=done.target)
    elif done.index:
        console.note("export.in-folder", target=done.target)
    return Exit.STORAGE if done.left else Exit.DONE


def _teller(console: Console) -> Callable[[str, str], None]:
    def tell(what: str, bag_id: str) -> None:
        if what != "left":
            console.note(f"export.{what}", bag=bag_id)

    return tell


def _wait_for_stick(console: Console) -> Path:
    """The mount point of the one writable stick that is here, or of the first one that comes."""
    from outbox.stick.media import mount_changes
    from station.handover.sticks import StickState, sticks_here

    said: set[str] = set()
    for _ in mount_changes(_WAIT_S):
        here = sticks_here()
        ready = [stick.point for stick in here if stick.point and stick.state is StickState.READY]
        if len(ready) > 1:
            raise UsageError("export-which", places=", ".join(map(str, ready)))
        if ready and ready[0]:
            console.note("export.found", target=ready[0])
            return ready[0]
        for stick in here:
            if stick.medium.device not in said:
                _say_stick(console, stick)
                said.add(stick.medium.device)
        if not said:
            console.note("export.waiting")
            said.add("")
    raise AssertionError  # the changes never end


@command("sticks")
def sticks(common: Common) -> int:
    from station.handover.sticks import sticks_here

    here = sticks_here()
    common.console.data([_row(stick) for stick in here], _COLUMNS)
    for stick in here:
        _say_stick(common.console, stick)
    return Exit.DONE


def _say_stick(console: Console, stick: Stick) -> None:
    console.note(f"stick.{stick.state}", device=stick.medium.device, point=stick.point or "-")


def _row(stick: Stick) -> dict[str, Any]:
    medium, room = stick.medium, stick.room
    return {
        "id": medium.device,
        "state": stick.state,
        "mounted_at": str(medium.point) if medium.point else None,
        "file_system": medium.mount.kind if medium.mount else None,
        "size": medium.size,
        "free": room.free if room else None,
        "largest_file": room.largest if room else None,
    }
