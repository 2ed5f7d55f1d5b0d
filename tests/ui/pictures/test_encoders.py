"""What goes to the terminal, read back by other readers than wrote it."""

from __future__ import annotations

import base64
import io
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from textual.geometry import Offset, Size

from station.settings import KioskSettings
from tests.ui.pictures.samples import COLOURS, quarter_pixels, quarters, read_sixel
from ui.pictures.cells import Cell, cell_size
from ui.pictures.framebuffer import (
    FrameBuffer,
    Geometry,
    NoFrameBufferError,
    encode_rows,
    parse_geometry,
    read_geometry,
)
from ui.pictures.kitty import delete_kitty, encode_kitty
from ui.pictures.outputs import FrameBufferOutput, KittyOutput, SixelOutput, make_output
from ui.pictures.reading import Room, part_at_full_size, read_part, size_of
from ui.pictures.sixel import Colours, encode_sixel

PERCENT_STEP = 2


@pytest.mark.parametrize("colours", [Colours.FEW, Colours.MANY])
def test_sixels_show_the_picture(colours: Colours) -> None:
    pixels = quarter_pixels((121, 90))
    shown = read_sixel(encode_sixel(Image.fromarray(pixels), colours))
    assert shown.shape == pixels.shape
    assert np.abs(shown - pixels).max() <= PERCENT_STEP


def test_grey_sixels_are_the_nearest_of_sixteen_greys() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (12, 1))
    shown = read_sixel(encode_sixel(Image.fromarray(ramp), Colours.GREY))
    assert np.abs(shown - ramp[..., None]).max() <= 8 + PERCENT_STEP


@settings(max_examples=60, deadline=None)
@given(width=st.integers(1, 70), height=st.integers(1, 40), fields=st.integers(1, 9), seed=st.integers(0, 2**31 - 1))
def test_no_pixel_is_left_out_or_drawn_beside_the_picture(width: int, height: int, fields: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    palette = random.integers(0, 256, (fields, 3), dtype=np.uint8)
    runs = np.repeat(random.integers(0, fields, width * height), random.integers(1, 20, width * height))
    pixels = palette[runs[: width * height].reshape(height, width)]
    shown = read_sixel(encode_sixel(Image.fromarray(pixels), Colours.MANY))
    assert shown.shape == (-(-height // 6) * 6, width, 3)
    assert (shown[:height] >= 0).all()
    assert (shown[height:] == -1).all()
    if width < 64 or height < 64:  # the palette comes from all pixels
        assert np.abs(shown[:height] - pixels).max() <= 3


def test_the_last_band_does_not_end_its_line() -> None:
    data = encode_sixel(Image.fromarray(quarter_pixels((20, 12))))
    assert data.count(b"-") == 1
    assert not data[:-2].endswith((b"-", b"$"))


def test_kitty_gets_a_png_in_pieces_that_it_may_have() -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    pieces = re.findall(rb"\x1b_G([^;]*);([^\x1b]*)\x1b\\", encode_kitty(Image.fromarray(pixels), 7))
    assert len(pieces) > 3
    assert max(len(data) for _, data in pieces) <= 4096
    assert [keys.split(b",")[-1] for keys, _ in pieces] == [b"m=1"] * (len(pieces) - 1) + [b"m=0"]
    assert {b"a=T", b"f=100", b"i=7", b"q=2", b"C=1"} <= set(pieces[0][0].split(b","))
    png = base64.b64decode(b"".join(data for _, data in pieces))
    assert (np.asarray(Image.open(io.BytesIO(png))) == pixels).all()
    assert b"i=7" in delete_kitty(7)


def screen_info(width: int, height: int, stride: int, *, red: int = 16) -> tuple[bytes, bytes]:
    """The two structures of the kernel, as a 64-bit machine lays them out."""
    variable = struct.pack("8I", width, height, width, 2 * height, 0, 8, 32, 0)
    variable += struct.pack("9I", red, 8, 0, 8, 8, 0, 16 - red, 8, 0)
    return variable.ljust(160, b"\0"), struct.pack("@16sLIIIIHHHI", b"stand-in", 0, 0, 0, 0, 2, 0, 0, 0, stride).ljust(
        80, b"\0"
    )


def test_the_frame_buffer_is_described_by_the_kernel() -> None:
    assert parse_geometry(*screen_info(640, 480, 2600)) == Geometry(640, 480, 2600, 0, 8)
    with pytest.raises(NoFrameBufferError):
        parse_geometry(*screen_info(640, 480, 2600, red=0))


def test_pixels_lie_in_the_frame_buffer_where_their_cells_are(tmp_path: Path) -> None:
    if Path("/dev/fb0").exists():
        assert read_geometry(Path("/dev/fb0")).stride >= 4
    geometry = Geometry(width=200, height=120, stride=840, top=8)
    device = tmp_path / "fb"
    device.write_bytes(b"\x11" * geometry.stride * (geometry.top + geometry.height))
    output = FrameBufferOutput(Cell(10, 20), FrameBuffer(device, geometry))
    file = quarters(tmp_path / "page.png", (60, 40))
    frame = output.encode(file, output.room(Size(8, 2)))
    sent: list[str] = []
    output.put(frame, Offset(3, 1), Size(8, 2), sent.append)
    rows = np.frombuffer(device.read_bytes(), np.uint8).reshape(-1, 840)[8:, :800].reshape(120, 200, 4)
    assert sent == []
    assert (rows[20:60, 40:100, 2::-1] == quarter_pixels((60, 40))).all()
    beside = np.ones((120, 200), np.bool_)
    beside[20:60, 40:100] = False
    assert (rows[beside] == 0x11).all()


def test_a_picture_over_the_edge_of_the_frame_buffer_is_cut(tmp_path: Path) -> None:
    device = tmp_path / "fb"
    device.write_bytes(bytes(40 * 10))
    buffer = FrameBuffer(device, Geometry(10, 10, 40))
    buffer.draw(encode_rows(Image.new("RGB", (20, 20), "#010203")), 20, 5, 5)
    buffer.close()
    rows = np.frombuffer(device.read_bytes(), np.uint8).reshape(10, 10, 4)
    assert (rows[5:, 5:, :3] == (3, 2, 1)).all()
    assert not rows[:5].any()
    assert not rows[:, :5].any()


@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_a_terminal_that_does_not_know_its_pixels_has_cells_of_the_settings(tmp_path: Path, kind: str) -> None:
    with (tmp_path / kind).open("wb") as file:
        assert cell_size(Cell(9, 18), file.fileno()) == Cell(9, 18)


def test_the_settings_name_the_way(tmp_path: Path) -> None:
    assert make_output(KioskSettings()) is None
    assert isinstance(make_output(KioskSettings(picture="sixel")), SixelOutput)
    assert isinstance(make_output(KioskSettings(picture="kitty")), KittyOutput)
    with pytest.raises(OSError, match="fb"):
        make_output(KioskSettings(picture="framebuffer"), tmp_path / "fb")


def test_pictures_are_fitted_and_parts_come_pixel_for_pixel(tmp_path: Path) -> None:
    pixels = np.random.default_rng(9).integers(0, 256, (601, 803, 3), dtype=np.uint8)
    file = tmp_path / "page.png"
    Image.fromarray(pixels).save(file)
    assert size_of(file) == (803, 601)
    assert read_part(file, Room(200, 400)).size == (200, 150)
    assert read_part(file, Room(200, 400, 7)).size == (200, 147)
    box = part_at_full_size((803, 601), Room(120, 90), (0.0, 0.7))
    shown = np.asarray(read_part(file, Room(120, 90), box))
    top = round(box[1] * 601)
    assert shown.shape == (90, 120, 3)
    assert (shown == pixels[top : top + 90, :120]).all()


def test_what_a_camera_turned_stands_upright(tmp_path: Path) -> None:
    image = Image.fromarray(quarter_pixels((400, 200)))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    assert size_of(tmp_path / "turned.jpg") == (200, 400)
    shown = np.asarray(read_part(tmp_path / "turned.jpg", Room(100, 200)), np.int16)
    assert shown.shape == (200, 100, 3)
    assert np.abs(shown[20, 20] - COLOURS[2]).max() < 30


@pytest.mark.parametrize(("mode", "turned"), [("RGB", 1), ("L", 1), ("RGB", 6)])
@pytest.mark.parametrize("packed", [None, "tiff_lzw"])
def test_a_master_is_read_small_and_looks_the_same(tmp_path: Path, mode: str, turned: int, packed: str | None) -> None:
    file = tmp_path / "master.tif"
    size = (601, 907)
    tags = {0x0112: turned}
    page = Image.fromarray(quarter_pixels(size)).convert(mode)
    page.save(file, compression=packed, tiffinfo=tags, strip_size=1 << 30)
    shown = read_part(file, Room(150, 150))
    upright = page.transpose(Image.Transpose.ROTATE_270) if turned == 6 else page
    wanted = upright.convert("RGB").resize(shown.size, Image.Resampling.BOX)
    far = np.abs(np.asarray(shown, np.int16) - np.asarray(wanted, np.int16)).max(axis=2) > 8
    assert far.mean() < 0.04  # where two colours meet
    assert abs(shown.width / shown.height - upright.width / upright.height) < 0.01
