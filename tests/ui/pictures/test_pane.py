"""The pane between Textual and the screen: what is up when, and how much is drawn for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.geometry import Offset, Size
from textual.pilot import Pilot

from tests.ui.pictures.panes import Aside, Other, PaneApp, Question, Recorder
from tests.ui.pictures.samples import quarters
from ui.pictures.outputs import Frame
from ui.pictures.pane import KEPT
from ui.pictures.reading import WHOLE, Box, Room

WAIT_SECONDS = 20.0
SIZE = (40, 13)


def drive(app: PaneApp, steps: Callable[[Pilot[None]], Awaitable[None]]) -> None:
    async def run() -> None:
        async with app.run_test(size=SIZE) as pilot:
            await steps(pilot)

    asyncio.run(run())


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():
            await pilot.pause(0.01)
    await pilot.pause()


@pytest.fixture
def pages(tmp_path: Path) -> list[Path]:
    return [quarters(tmp_path / f"p{number}.png", (80, 100)) for number in range(1, 12)]


def test_the_picture_lies_over_its_cells_and_comes_again_after_each_drawing(pages: list[Path]) -> None:
    output = Recorder()
    app = PaneApp(output, pages[0])

    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: output.names == ["p1.png"])
        assert output.put_at[-1] == (Offset(0, 1), Size(40, 12))
        puts = len(output.put_at)
        app.pane.refresh()
        await until(pilot, lambda: len(output.put_at) > puts)
        assert output.names == ["p1.png"]
        assert len(output.encoded) == 1

    drive(app, steps)


@pytest.mark.parametrize("cover", [Other, Question])
def test_it_is_gone_while_another_screen_is_on_top(pages: list[Path], cover: type[Other]) -> None:
    output = Recorder()
    app = PaneApp(output, pages[0])

    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: output.names)
        app.push_screen(cover())
        await until(pilot, lambda: not output.names)
        puts = len(output.put_at)
        app.pane.show(pages[1])
        app.pane.refresh()
        await until(pilot, lambda: app.pane.shown == pages[1])
        assert (output.names, len(output.put_at)) == ([], puts)
        app.pop_screen()
        await until(pilot, lambda: output.names == ["p2.png"])

    drive(app, steps)


def test_it_is_seen_below_a_question_that_stands_beside_it(pages: list[Path]) -> None:
    output = Recorder()
    app = PaneApp(output, pages[0])

    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: output.names)
        puts = len(output.put_at)
        app.push_screen(Aside())
        await until(pilot, lambda: len(output.put_at) > puts)
        assert output.names == ["p1.png"]
        app.pane.show(pages[1])
        await until(pilot, lambda: output.names == ["p2.png"])
        app.push_screen(Question())
        await until(pilot, lambda: not output.names)
        app.pop_screen()
        await until(pilot, lambda: output.names == ["p2.png"])

    drive(app, steps)


def test_it_comes_again_when_its_turn_went_with_the_screen_above(pages: list[Path]) -> None:
    """What is to run after a drawing waits at the screen on top; one that is closed takes it along."""
    output = Recorder()
    app = PaneApp(output, pages[0])

    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: output.names)
        app.push_screen(Question())
        await until(pilot, lambda: not output.names)
        app.screen._callbacks.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(app.screen, "_invoke_later", lambda *_: None)
            app.pane.render_lines(app.pane.content_region)
            await pilot.pause()
        app.pop_screen()
        await until(pilot, lambda: output.names == ["p1.png"])

    drive(app, steps)


def test_a_decoder_that_fails_in_any_way_costs_its_page_alone(pages: list[Path]) -> None:
    class Failing(Recorder):
        def encode(self, path: Path, room: Room, box: Box = WHOLE) -> Frame:
            if path == pages[0]:
                raise SyntaxError("not a picture of this kind")
            return super().encode(path, room, box)

    output = Failing()
    app = PaneApp(output, pages[0])

    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.pane.size)
        app.pane.show(pages[1])
        await until(pilot, lambda: output.names == ["p2.png"])

    drive(app, steps)


def test_of_many_wishes_the_newest_is_drawn(pages: list[Path]) -> None:
    output = Recorder()
    app = PaneApp(output, pages[0])

    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: output.names)
        for page in pages[1:]:
            app.pane.show(page)
        await until(pilot, lambda: output.names == [pages[-1].name])
        # The first was begun at once; those that came while it was drawn were not.
        assert len(output.encoded) <= 3

    drive(app, steps)


def test_pages_looked_at_shortly_before_are_not_drawn_again(pages: list[Path]) -> None:
    output = Recorder()
    app = PaneApp(output)

    async def steps(pilot: Pilot[None]) -> None:
        async def look_at(page: Path) -> int:
            before = len(output.encoded)
            app.pane.show(page)
            await until(pilot, lambda: output.names == [page.name])
            return len(output.encoded) - before

        await until(pilot, lambda: app.pane.size)
        assert [await look_at(page) for page in pages[:KEPT]] == [1] * KEPT
        assert [await look_at(page) for page in reversed(pages[: KEPT - 1])] == [0] * (KEPT - 1)
        assert [await look_at(page) for page in (*pages[KEPT:], pages[KEPT - 1])] == [1] * (len(pages) - KEPT + 1)
        pages[0].touch()
        assert await look_at(pages[0]) == 1

    drive(app, steps)


def test_nothing_and_what_is_no_picture_leave_the_place_empty(pages: list[Path], tmp_path: Path) -> None:
    output = Recorder()
    app = PaneApp(output, pages[0])

    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: output.names)
        app.pane.show(tmp_path / "not-there.png")
        await until(pilot, lambda: not output.names)
        app.pane.show(pages[0])
        await until(pilot, lambda: output.names)
        app.pane.show(None)
        await until(pilot, lambda: not output.names)
        assert app.pane.shown is None

    drive(app, steps)


def test_zoom_shows_the_larger_file_pixel_for_pixel_and_pans_inside_it(pages: list[Path], tmp_path: Path) -> None:
    output = Recorder()
    app = PaneApp(output, pages[0])
    large = quarters(tmp_path / "large.png", (800, 1200))

    async def steps(pilot: Pilot[None]) -> None:
        def last(what: tuple[str, tuple[float, ...]]) -> bool:
            name, box = output.encoded[-1]
            return (name, tuple(round(edge, 3) for edge in box)) == what

        await until(pilot, lambda: output.names)
        app.pane.show(pages[0], detail=large)
        app.pane.pan(1, 1)
        assert not app.pane.is_zoomed
        app.pane.zoom_in((0.5, 0.0))
        await until(pilot, lambda: last(("large.png", (0.25, 0.0, 0.75, 0.2))))
        app.pane.pan(1, 1)
        await until(pilot, lambda: last(("large.png", (0.5, 0.2, 1.0, 0.4))))
        app.pane.pan(5, -5)
        await until(pilot, lambda: last(("large.png", (0.5, 0.0, 1.0, 0.2))))
        app.pane.zoom_out()
        await until(pilot, lambda: output.names == ["p1.png"])
        assert output.encoded[0] == ("p1.png", WHOLE)

    drive(app, steps)


def test_half_blocks_need_no_output(pages: list[Path]) -> None:
    app = PaneApp(None, pages[0])

    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.pane.shown)
        assert "▀" in app.pane.render_line(5).text
        app.pane.zoom_in()
        await until(pilot, lambda: "▀" * 40 in app.pane.render_line(5).text)

    drive(app, steps)
