"""Opening still images through Pillow under our own limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

ORIENTATION_TAG = 0x0112
FIRST_SIDEWAYS = 5
"""EXIF orientations from this on swap the axes."""


class TooMuch(Exception):  # noqa: N818 - the name is the message
    """The header announces more than the limit allows."""


def open_still(source: Path | BinaryIO, formats: tuple[str, ...] | None = None) -> Image.Image:
    """Read the header only. Raises whatever Pillow raises on bytes it cannot parse."""
    from PIL import Image

    # Pillow's guard against decompression bombs warns at 89 MP and refuses at 179 MP; an A1 spread at 400 dpi has
    # 124 MP. Ours is `check_pixels`: by the header, before anything is decoded, with a limit that the caller states.
    Image.MAX_IMAGE_PIXELS = None
    return Image.open(source, formats=formats)


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Raise `TooMuch` for a picture that must not be decoded."""
    if width * height > max_pixels:
        raise TooMuch(f"{width} x {height} px is over {max_pixels / 1e6:.0f} MP")


def check_picture(image: Image.Image, max_pixels: int) -> None:
    """`check_pixels` for an opened picture, as large as it gets when uneven axes are made even."""
    axes = stated_dpi(image) or (1, 1)
    check_pixels(image.width * max(axes) // axes[0], image.height * max(axes) // axes[1], max_pixels)


MOST_UNEVEN = 4.0
"""Ratio of the resolutions across and down beyond which neither is believed: the coarsest fax has 204 x 98."""


def stated_dpi(image: Image.Image) -> tuple[int, int] | None:
    """Resolution across and down that the file states, by its stored axes; None where it states none that can be."""
    stated = image.info.get("dpi")
    if not isinstance(stated, tuple) or len(stated) != 2:
        return None
    try:
        across, down = (round(float(value)) for value in stated)
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    if min(across, down) <= 1 or max(across, down) > MOST_UNEVEN * min(across, down):
        return None
    return across, down


def claimed_dpi(image: Image.Image) -> int | None:
    """Resolution the file states, the finer one where its axes differ: the picture is stretched to that."""
    stated = stated_dpi(image)
    return max(stated) if stated else None


def find_jpeg_end(raw: bytes) -> bool:
    """Whether an end-of-image marker follows the start of the scan.

    Thumbnails inside the headers have such markers too, so headers are stepped over; behind the start of scan the bytes
    FF D9 can only be the marker. Phones put further data behind it, so it need not be last.
    """
    at = 2
    while at + 4 <= len(raw) and raw[at] == 0xFF:
        marker = raw[at + 1]
        if marker == 0xDA:
            return raw.find(b"\xff\xd9", at) >= 0
        at += 2 if marker in {0xFF, 0x01} else 2 + int.from_bytes(raw[at + 2 : at + 4])
    return False
