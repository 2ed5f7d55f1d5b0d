"""`station demo`: the whole line once, on this machine."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.options import Common, command
from station.errors import Exit, UsageError
from station.words import both, sentence

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


@command("demo")
@click.option("--keep", is_flag=True, help=both("help.opt.keep"))
@click.option("--pages", type=click.IntRange(2, 500), default=24, show_default=True, help=both("help.opt.pages"))
@click.option("--scenario", help=both("help.opt.scenario"))
@click.option("--scenarios", is_flag=True, help=both("help.opt.scenarios"))
@click.option("--practise", is_flag=True, help=both("help.opt.practise"))
def demo(common: Common, keep: bool, pages: int, scenario: str | None, scenarios: bool, practise: bool) -> int:  # noqa: FBT001 - click hands options on by name
    if scenarios:
        return _list_lessons(common)
    with _place(common, keep=keep or practise) as name:
        if scenario or practise:
            return _teach(common, Path(name), scenario or "plain", practise=practise)
        from station.demo.run import run_demo

        report = run_demo(Path(name), common.console, pages=pages, kept=keep)
        common.console.data(report.as_json() if common.json else report.lines())
    return report.exit


def _place(common: Common, *, keep: bool) -> AbstractContextManager[str]:
    """A throwaway folder, or one to keep: an empty one, or that of an earlier demo. Raises `UsageError`."""
    from station.demo.run import MARK

    if not keep:
        return tempfile.TemporaryDirectory(prefix="scan-station-demo-")
    folder = (common.root or Path("station-demo")).absolute()
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise UsageError("demo.not-empty", root=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    return nullcontext(str(folder))


def _list_lessons(common: Common) -> int:
    from station.training.scenarios import scenario_names

    rows = [{"id": name, "title": sentence(f"lesson.title.{name}", separator=" · ")} for name in scenario_names()]
    common.console.data(rows, ("id", "title"))
    return Exit.DONE


def _teach(common: Common, folder: Path, name: str, *, practise: bool) -> int:
    """Prepare a lesson, and play it unless the learner wants to."""
    from station.demo.run import clear
    from station.root import Root
    from station.training.lesson import Lesson
    from station.training.scenarios import Scenario

    scenario = Scenario.load(name)
    clear(folder)
    lesson = Lesson(scenario, Root(folder), common.console)
    lesson.prepare()
    common.console.note("training.banner")
    if practise:
        common.console.note("training.ready", name=name, root=folder, device=lesson.device)
    code = Exit.DONE if practise else lesson.play()
    if code == Exit.DONE and not practise:
        common.console.note("training.done", name=name, root=folder)
    common.console.data(lesson.as_json())
    return code
