"""What a page's picture costs on its way to the terminal, and a word in Telex: CPU time, the least of some rounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from textual.geometry import Offset, Size

from station.imaging.preview import PREVIEW_SIDE
from tests.station.imaging.pages import draw_sheet
from tests.ui.typing.test_composing import NAMES, keys_of, type_all
from ui.pictures.blocks import draw_blocks
from ui.pictures.cells import Cell
from ui.pictures.framebuffer import FrameBuffer, Geometry
from ui.pictures.kitty import encode_kitty
from ui.pictures.outputs import Frame, FrameBufferOutput, KittyOutput, Output, SixelOutput
from ui.pictures.reading import Room, part_at_full_size, read_part, size_of
from ui.pictures.sixel import Colours, encode_sixel
from ui.typing.composing import Method

pytestmark = pytest.mark.bench

ROUNDS = 7
ROOM = Room(700, 990, 6)
MOST_SIXEL_MS = 120.0
MOST_PAGE_MS = 250.0
MOST_WORD_US = 250.0


def cpu_ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        before = time.process_time()
        work()
        taken.append((time.process_time() - before) * 1000)
    return min(taken)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A register page as its delivery copy (200 dpi) and as the preview beside it."""
    folder = tmp_path_factory.mktemp("pages")
    sheet = Image.fromarray(np.ascontiguousarray(draw_sheet(0.0).pixels))
    copy, preview = folder / "copy.jpg", folder / "preview.jpg"
    width = round(1654 * sheet.height / 2339 * sheet.width / sheet.height)
    sheet.resize((width, round(width * sheet.height / sheet.width)), Image.Resampling.LANCZOS).save(copy, quality=60)
    with Image.open(copy) as image:
        image.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
        image.save(preview, quality=50)
    return copy, preview


def test_an_encoder_alone(pages: tuple[Path, Path]) -> None:
    page = read_part(pages[1], ROOM).resize((700, 990))
    costs = {f"sixel {colours}": cpu_ms(lambda colours=colours: encode_sixel(page, colours)) for colours in Colours}  # type: ignore[misc]
    costs["kitty"] = cpu_ms(lambda: encode_kitty(page, 1))
    sizes = {colours: len(encode_sixel(page, colours)) // 1024 for colours in Colours}
    print("\n700x990: " + "  ".join(f"{name} {cost:.0f} ms" for name, cost in costs.items()), sizes, "KB")
    assert costs["sixel 16"] <= MOST_SIXEL_MS


def outputs(folder: Path) -> dict[str, Output]:
    cell = Cell(10, 18)
    geometry = Geometry(1920, 1080, 1920 * 4)
    (folder / "fb").write_bytes(bytes(geometry.stride * geometry.height))
    return {
        "sixel 16": SixelOutput(cell),
        "sixel grey": SixelOutput(cell, Colours.GREY),
        "sixel 256": SixelOutput(cell, Colours.MANY),
        "kitty": KittyOutput(cell),
        "framebuffer": FrameBufferOutput(cell, FrameBuffer(folder / "fb", geometry)),
    }


def test_from_the_file_to_the_terminal(pages: tuple[Path, Path], tmp_path: Path) -> None:
    copy, preview = pages
    cells = Size(70, 55)
    size = size_of(copy)
    costs: dict[str, tuple[float, float]] = {"blocks": (cpu_ms(lambda: draw_blocks(preview, 70, 55)), 0.0)}
    for name, output in outputs(tmp_path).items():
        room = output.room(cells)
        crop = part_at_full_size(size, room, (0.5, 0.5))

        def show(frame: Frame, output: Output = output) -> None:
            output.put(frame, Offset(0, 1), cells, len)

        whole = cpu_ms(lambda output=output, room=room, show=show: show(output.encode(preview, room)))  # type: ignore[misc]
        zoom = cpu_ms(lambda output=output, room=room, crop=crop, show=show: show(output.encode(copy, room, crop)))  # type: ignore[misc]
        costs[name] = (whole, zoom)
    print(
        "\npage / 1:1 crop: " + "  ".join(f"{name} {whole:.0f}/{zoom:.0f} ms" for name, (whole, zoom) in costs.items())
    )
    assert max(max(both) for name, both in costs.items() if name != "sixel 256") <= MOST_PAGE_MS


def test_a_word_in_telex() -> None:
    typed = [keys_of(name, Method.TELEX) for name in NAMES]
    words = sum(len(name.split()) for name in NAMES)
    right = sum(type_all(keys) == name for keys, name in zip(typed, NAMES, strict=True))
    cost = cpu_ms(lambda: [type_all(keys) for keys in typed]) * 1000 / words
    print(f"\nTelex: {right} of {len(NAMES)} names, {cost:.0f} us a word")
    assert right == len(NAMES)
    assert cost <= MOST_WORD_US
