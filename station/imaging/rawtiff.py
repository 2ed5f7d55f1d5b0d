"""Where the pixels of an uncompressed TIFF lie, as our scanner worker writes it. Free of image libraries."""

import struct
from typing import BinaryIO, NamedTuple


class Layout(NamedTuple):
    """Where the pixels of an uncompressed TIFF lie."""

    width: int
    height: int
    channels: int
    offset: int
    orientation: int
    dpi: int | None


EXTRA_SAMPLES, ICC_PROFILE = 338, 34675
"""TIFF tags of what makes pixels mean more than grey or sRGB."""

_TIFF_TYPES = {3: "H", 4: "I", 5: "II"}


def read_layout(file: BinaryIO) -> Layout | None:
    """The layout of an 8-bit grey or RGB TIFF whose strips lie in one run; None for every other file."""
    tags = _read_tags(file)
    if tags is None:
        return None
    channels = tags.get(277, (1,))[0]
    plain = (
        tags.get(259, (1,))[0] == 1
        and tags.get(284, (1,))[0] == 1
        and tags.get(262, (0,))[0] == {1: 1, 3: 2}.get(channels)
        and set(tags.get(258, (1,))) == {8}
        and not {EXTRA_SAMPLES, ICC_PROFILE} & tags.keys()
        and tags.get(282) == tags.get(283)
    )
    if not plain or not _in_one_run(tags.get(273, ()), tags.get(279, ())):
        return None
    return Layout(tags[256][0], tags[257][0], channels, tags[273][0], tags.get(274, (1,))[0], _tiff_dpi(tags))


def _read_tags(file: BinaryIO) -> dict[int, tuple[int, ...]] | None:
    """Integer and rational tags of the first image directory; None for a file that is no classic one-image TIFF."""
    head = file.read(8)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(head[:4])
    if order is None or len(head) < 8:
        return None
    file.seek(struct.unpack(f"{order}I", head[4:])[0])
    count = struct.unpack(f"{order}H", file.read(2))[0]
    entries, following = file.read(12 * count), file.read(4)
    if len(entries) < 12 * count or following != b"\0\0\0\0":
        return None
    return dict(_read_values(file, order, entries[at : at + 12]) for at in range(0, 12 * count, 12))


def _read_values(file: BinaryIO, order: str, entry: bytes) -> tuple[int, tuple[int, ...]]:
    tag, kind, count = struct.unpack(f"{order}HHI", entry[:8])
    letters = _TIFF_TYPES.get(kind)
    if letters is None:
        return tag, ()
    layout = struct.Struct(order + letters * count)
    data = entry[8:]
    if layout.size > 4:
        file.seek(struct.unpack(f"{order}I", data)[0])
        data = file.read(layout.size)
    return tag, layout.unpack(data[: layout.size])


def _in_one_run(offsets: tuple[int, ...], counts: tuple[int, ...]) -> bool:
    if not offsets or len(offsets) != len(counts):
        return False
    return all(start + size == following for start, size, following in zip(offsets, counts, offsets[1:], strict=False))


def _tiff_dpi(tags: dict[int, tuple[int, ...]]) -> int | None:
    """Resolution in dots per inch; TIFF unit 2 is the inch, 3 the centimetre, 1 no unit at all."""
    per_unit = tags.get(282, ())
    inches = {2: 1.0, 3: 2.54}.get(tags.get(296, (2,))[0])
    if len(per_unit) != 2 or per_unit[1] == 0 or inches is None:
        return None
    dpi = round(per_unit[0] / per_unit[1] * inches)
    return dpi if dpi > 1 else None
