"""Small pictures of a page for the screen, kept beside its delivery copy: a preview, and a thumbnail for lists."""

from pathlib import Path

import cv2
import numpy as np

from outbox import durable
from station.imaging import steps
from station.imaging.decode import Pixels
from station.imaging.encode import order_for_storing
from station.imaging.page import preview_of, thumbnail_of
from station.imaging.steps import Crop

PREVIEW_SIDE = 1600
"""Long side in pixels: what a full screen shows."""

THUMBNAIL_SIDE = 400
JPEG_QUALITY = 50
"""Small pictures are looked at and thrown away; nothing is read off them that the delivery copy does not show."""


def keep_previews(copy: Path, page: Pixels, pyramid: list[Pixels], crop: Crop | None) -> None:
    """Write both beside the copy, before it is: whoever finds a copy finds them too.

    The thumbnail is cut out of the master's halvings, which costs a tenth of reducing the page; without a crop, for a
    page that is only a part of what the master shows, it is reduced. Raises `OSError`.
    """
    durable.replace_unsynced(preview_of(copy), _compress(shrink(page, PREVIEW_SIDE)))
    if crop is None:
        durable.replace_unsynced(thumbnail_of(copy), _compress(shrink(page, THUMBNAIL_SIDE)))
        return
    scale = min(1.0, THUMBNAIL_SIDE / max(crop.width, crop.height))
    levels = [*pyramid, steps.halve(pyramid[-1])] if min(pyramid[-1].shape[:2]) > 1 else pyramid
    thumbnail = steps.cut_out(levels, crop, scale, (255,) * (1 if page.ndim == 2 else 3))
    durable.replace_unsynced(thumbnail_of(copy), _compress(thumbnail))


def shrink(pixels: Pixels, long_side: int) -> Pixels:
    """The picture no longer than this; halved first where bilinear sampling alone would skip pixels."""
    scale = long_side / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    while max(pixels.shape[:2]) >= 2 * long_side and min(pixels.shape[:2]) > 1:
        pixels = steps.halve(pixels)
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _compress(pixels: Pixels) -> bytes:
    done, data = cv2.imencode(".jpg", order_for_storing(pixels), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise RuntimeError(f"OpenCV did not encode {pixels.shape}")
    return data.tobytes()
