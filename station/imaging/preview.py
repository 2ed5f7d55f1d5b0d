"""Small pictures of a page for the screen, kept beside its delivery copy: a preview, and a thumbnail for lists."""

from pathlib import Path

import cv2
import numpy as np

from outbox import durable
from station.imaging import steps
from station.imaging.decode import Pixels
from station.imaging.page import preview_of, thumbnail_of

PREVIEW_SIDE = 1600
"""Long side in pixels: what a full screen shows."""

THUMBNAIL_SIDE = 400
JPEG_QUALITY = 50
"""Small pictures are looked at and thrown away; nothing is read off them that the delivery copy does not show."""


def keep_previews(copy: Path, stored: Pixels) -> None:
    """Write both beside the copy, before it is: whoever finds a copy finds them too. `stored` is the page in the order
    of `station.imaging.encode.order_for_storing`. Raises `OSError`.

    The thumbnail is the preview halved twice, which costs an eighth of reducing the page once more.
    """
    preview = shrink(stored, PREVIEW_SIDE)
    durable.replace_unsynced(preview_of(copy), _compress(preview))
    durable.replace_unsynced(thumbnail_of(copy), _compress(shrink(preview, THUMBNAIL_SIDE)))


def shrink(pixels: Pixels, long_side: int) -> Pixels:
    """The picture no longer than this; halved first where bilinear sampling alone would skip pixels."""
    scale = long_side / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    while max(pixels.shape[:2]) >= 2 * long_side and min(pixels.shape[:2]) > 1:
        pixels = steps.halve(pixels)
    if pixels.shape[:2] == (height, width):
        return pixels
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _compress(stored: Pixels) -> bytes:
    done, data = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise RuntimeError(f"OpenCV did not encode {stored.shape}")
    return data.tobytes()
