"""`station bench`: this machine's pages per second."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.options import Common, command
from station.words import both

if TYPE_CHECKING:
    from station.root import Root
    from station.settings import ImagingSettings

_LEAST = 4


@command("bench")
@click.option(
    "--pages", type=click.IntRange(_LEAST, 10_000), default=40, show_default=True, help=both("help.opt.bench_pages")
)
def bench(common: Common, pages: int) -> None:
    from station.imaging.pool import PagePool
    from station.recipes import recipe_named
    from station.speed import draw_masters, measure_speed

    settings, root = _settings(common)
    recipe = recipe_named(settings.recipe, root.recipes, str(root.settings))
    console = common.console
    with tempfile.TemporaryDirectory(prefix="scan-station-bench-") as folder:
        console.note("bench.drawing")
        masters = draw_masters(Path(folder))
        with PagePool(settings.workers or None) as pool:
            speed = measure_speed(pool, masters, recipe, pages, previews=settings.previews).as_json()
    console.note("bench.done", **speed)
    console.data(speed)


def _settings(common: Common) -> tuple[ImagingSettings, Root]:
    """Those of the station at the root; the usual ones where there is none."""
    from station.settings import Settings

    root = common.find_root()
    if not root.exists:
        return Settings().imaging, root
    with common.open_station() as station:
        return station.settings.imaging, root
