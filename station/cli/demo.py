"""`station demo`: the whole line once, on this machine."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.options import Common, command
from station.errors import UsageError
from station.words import both

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


@command("demo")
@click.option("--keep", is_flag=True, help=both("help.opt.keep"))
@click.option("--pages", type=click.IntRange(2, 500), default=24, show_default=True, help=both("help.opt.pages"))
def demo(common: Common, keep: bool, pages: int) -> int:  # noqa: FBT001 - click hands options on by name
    from station.demo.run import MARK, run_demo

    place: AbstractContextManager[str]
    if keep:
        folder = (common.root or Path("station-demo")).absolute()
        if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
            raise UsageError("demo.not-empty", root=str(folder))
        folder.mkdir(parents=True, exist_ok=True)
        place = nullcontext(str(folder))
    else:
        place = tempfile.TemporaryDirectory(prefix="scan-station-demo-")
    with place as name:
        report = run_demo(Path(name), common.console, pages=pages, kept=keep)
        common.console.data(report.as_json() if common.json else report.lines())
    return report.exit
