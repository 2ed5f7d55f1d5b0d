"""`station init` and `station doctor`."""

from __future__ import annotations

import click

from station.cli.options import Common, command, log_to
from station.errors import Exit
from station.words import both


@command("init")
@click.option("--registry", required=True, help=both("help.opt.registry"))
@click.option("--name", help=both("help.opt.name"))
def init(common: Common, registry: str, name: str | None) -> None:
    from station.wiring import create_station

    root = common.find_root()
    made = create_station(root, registry, name)
    log_to(root.log)
    common.console.note("init.done", root=root.path, name=made.name)
    common.console.data(
        {"root": str(root.path), "registry": made.code, "name": made.name, "place": made.place, "prefix": made.prefix}
    )


@command("doctor")
def doctor(common: Common) -> int:
    from station.doctor import examine

    results = examine(common.find_root())
    rows = [result.as_json() for result in results]
    if not common.json:
        for result in results:
            common.console.line(f"doctor.{result.state}", check=result.check, detail=result.detail)
    else:
        common.console.data(rows)
    return Exit.FINDINGS if any(result.state == "stop" for result in results) else Exit.DONE
