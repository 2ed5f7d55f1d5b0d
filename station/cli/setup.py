"""`station init` and `station doctor`."""

from __future__ import annotations

import click

from station.cli.options import Common, command, log_to
from station.errors import Exit, UsageError
from station.words import both


@command("init")
@click.option("--registry", help=both("help.opt.registry"))
@click.option("--name", help=both("help.opt.name"))
@click.option("--training", is_flag=True, help=both("help.opt.training"))
def init(common: Common, registry: str | None, name: str | None, training: bool) -> None:  # noqa: FBT001 - click hands options on by name
    from station.training.mode import TRAINING_REGISTRY
    from station.wiring import create_station

    root = common.find_root()
    code = registry or (TRAINING_REGISTRY.code if training else None)
    if code is None:
        raise UsageError("needs-registry")
    made = create_station(root, code, name, practice=training)
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
            common.console.line(f"doctor.{result.state}", check=result.check, detail=str(result.words))
    else:
        common.console.data(rows)
    return Exit.FINDINGS if any(result.state == "stop" for result in results) else Exit.DONE
