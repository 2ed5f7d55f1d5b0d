"""`station check`, `station process`, `station pack`: from pages to a sealed bag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.options import Common, command
from station.errors import Exit, Refused
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from station.console import Console


@command("check")
@click.argument("book", required=False)
def check(common: Common, book: str | None) -> int:
    from station.line import check as check_book

    with common.open_station() as station:
        books = [station.book(book)] if book else station.catalogue.books()
        found = [{"book": str(one.id), **finding.as_json()} for one in books for finding in check_book(station, one)]
        if common.json:
            common.console.data(found)
        else:
            say_findings(common.console, found)
        if not found:
            common.console.note("check.clean", books=len(books))
        return Exit.FINDINGS if found else Exit.DONE


def say_findings(console: Console, findings: Iterable[dict[str, Any]]) -> None:
    """Each finding in the operator's words, with the command that mends it where there is one."""
    for finding in findings:
        text = finding_text(finding)
        console.line(
            "finding.blocking" if finding["blocking"] else "finding.look", book=finding.get("book", ""), text=text
        )


def finding_text(finding: dict[str, Any]) -> Phrase:
    code = f"verdict.{finding['check']}" if finding["code"] == "image" else f"finding.{finding['code']}"
    return Phrase(code, finding)


@command("process")
@click.argument("book", required=False)
def process(common: Common, book: str | None) -> int:
    from station.announcements import Announcements
    from station.line import process_book

    with common.open_station() as station:
        announce = Announcements()
        made: list[int] = []
        announce.copy = lambda copy: made.append(copy.bytes)
        books = [station.book(book)] if book else station.catalogue.books()
        failed = [page for one in books for page in process_book(station, one, announce)]
        common.console.data({"made": len(made), "bytes": sum(made), "unreadable": [page.id for page in failed]})
        for page in failed:
            common.console.note("page.unreadable", order=page.order, page=page.id)
        return Exit.FINDINGS if failed else Exit.DONE


@command("pack")
@click.argument("book")
def pack(common: Common, book: str) -> int:
    from station.announcements import Announcements
    from station.line import pack_book

    with common.open_station() as station:
        found, console = station.book(book), common.console
        try:
            bag = pack_book(station, found, Announcements())
        except Refused as refused:
            for finding in refused.values.get("findings", ()):
                console.note("finding.blocking", book=found.id, text=finding_text({"book": str(found.id), **finding}))
            raise
        console.note("pack.done", book=found.id, bag=bag.id, cases=bag.cases, pages=bag.pages)
        console.data(
            {
                "id": bag.id,
                "state": "sealed",
                "book": str(found.id),
                "folder": str(bag.folder),
                "digest": bag.digest,
                "pages": bag.pages,
                "cases": bag.cases,
            }
        )
        return Exit.DONE
