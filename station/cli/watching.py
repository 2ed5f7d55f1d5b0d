"""`station watch`: hot folders, for ever or once."""

from __future__ import annotations

import signal
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

from station.cli.asking import answer_of, cover_options
from station.cli.options import Common, command
from station.errors import Exit, StorageError
from station.words import both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from station.capture.keeping import Taken
    from station.console import Console
    from station.naming import BookId


@command("watch")
@click.option("--once", is_flag=True, help=both("help.opt.once_watch"))
@cover_options
def watch(common: Common, once: bool, **on_cover: Any) -> int:  # noqa: FBT001 - click hands options on by name
    from station.capture.watching import Watching
    from station.cli.capture import announcements
    from station.recovery import recover_others
    from station.service import notify

    refused, answer = 0, answer_of(**on_cover, attended=False)
    with common.open_station() as station:
        announce = announcements(common.console, station)
        say = announce.taken

        def count(book: BookId | None, one: Taken) -> None:
            nonlocal refused
            say(book, one)
            refused += one.refused is not None

        announce.taken = count
        announce.ask_cover = answer or announce.ask_cover
        recover_others(station, None, announce)
        with closing(Watching(station, announce)) as watching, _on_signals(watching.stop):
            notify("READY=1")
            if not once:
                watching.run(lambda error: _say_trouble(common.console, error))
                return Exit.DONE
            watching.once()
            waits = watching.waits
    return Exit.BAD_INPUT if refused else Exit.FINDINGS if waits else Exit.DONE


@contextmanager
def _on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl+C and a service stop end the watching after the file in hand; afterwards signals mean what they did."""
    before = {number: signal.signal(number, lambda *_: stop()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say_trouble(console: Console, error: Exception) -> None:
    if isinstance(error, StorageError):
        console.error(error)
    else:
        console.note("storage-failed", detail=str(error))
