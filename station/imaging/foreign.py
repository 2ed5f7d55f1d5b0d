"""Masters that came as files: JPEG by OpenCV, everything else by Pillow, to 8-bit grey or RGB in sRGB."""

from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from station.imaging.colour import apply_profile, convert_inks
from station.imaging.decode import CutShortError, Decoded, Pixels, UnknownFormatError, as_pixels, turn_upright
from station.imaging.levels import UnclearLevels, find_levels, is_wide, numbers_of, scale
from station.imaging.still import FIRST_SIDEWAYS, ORIENTATION_TAG, find_jpeg_end, open_still, stated_dpi


def decode_foreign(file: BinaryIO) -> Decoded:
    """Decode any still picture. Raises `UnknownFormatError`, `CutShortError`, and whatever decoders raise."""
    file.seek(0)
    try:
        opened = open_still(file)
    except UnidentifiedImageError as error:
        raise UnknownFormatError from error
    with opened as image:
        stored = _orientation(image)
        axes = stated_dpi(image)
        profile = image.info.get("icc_profile")
        if image.format in {"JPEG", "MPO"} and image.mode in {"L", "RGB"}:
            pixels = _decode_jpeg(file, grey=image.mode == "L")
        else:
            pixels = _convert(image)
        if image.mode not in {"CMYK", "LAB"}:
            pixels = apply_profile(pixels, profile)
        # Pillow turns a TIFF upright when it is loaded, and then forgets the tag; other formats it leaves as they are.
        left = _orientation(image)
        pixels = turn_upright(pixels, left)
        if axes and stored >= FIRST_SIDEWAYS:
            axes = axes[1], axes[0]
    return Decoded(*make_square(pixels, axes))


def _orientation(image: Image.Image) -> int:
    value = image.getexif().get(ORIENTATION_TAG, 1)
    return value if isinstance(value, int) else 1


def make_square(pixels: Pixels, axes: tuple[int, int] | None) -> tuple[Pixels, int | None]:
    """The picture with as many dots per inch down as across, and how many.

    Fax machines send 204 x 98 or 204 x 196: the coarser axis is stretched, so that nothing is lost.
    """
    if axes is None or axes[0] == axes[1]:
        return pixels, axes[0] if axes else None
    dpi, (height, width) = max(axes), pixels.shape[:2]
    size = (round(width * dpi / axes[0]), round(height * dpi / axes[1]))
    return as_pixels(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR))), dpi


def _decode_jpeg(file: BinaryIO, *, grey: bool) -> Pixels:
    """OpenCV decodes straight into the array; Pillow would go through four bytes a pixel and copy."""
    file.seek(0)
    data = file.read()
    if not find_jpeg_end(data):
        raise CutShortError("no end-of-image marker")
    kind = cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR_RGB
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), kind | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise ValueError("the JPEG does not decode")
    return as_pixels(pixels)


def _convert(image: Image.Image) -> Pixels:
    try:
        return _convert_image(image)
    except UnclearLevels as error:
        raise UnknownFormatError(str(error)) from error


def _convert_image(image: Image.Image) -> Pixels:
    """Any Pillow picture to 8-bit grey or RGB: transparency over white, wide numbers by their levels."""
    if image.mode == "F":
        raise UnknownFormatError
    if is_wide(image):
        numbers = numbers_of(image)
        return as_pixels(scale(numbers, find_levels(image, numbers), 8))
    if image.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info:
        return _flatten(image)
    if image.mode in {"1", "L"}:
        return as_pixels(np.asarray(image.convert("L")))
    if image.mode in {"CMYK", "LAB"}:
        return convert_inks(image)
    return as_pixels(np.asarray(image.convert("RGB")))


def _flatten(image: Image.Image) -> Pixels:
    grey = image.mode in {"LA", "La"} or (image.mode == "L" and "transparency" in image.info)
    picture = image.convert("RGBA")
    paper = Image.new("RGBA", picture.size, "white")
    return as_pixels(np.asarray(Image.alpha_composite(paper, picture).convert("L" if grey else "RGB")))
