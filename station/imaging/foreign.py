"""Masters that came as files: JPEG by OpenCV, everything else by Pillow, to 8-bit grey or RGB."""

import io
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError

from station.imaging.decode import CutShortError, Decoded, Pixels, UnknownFormatError, as_pixels, turn_upright
from station.imaging.still import ORIENTATION_TAG, claimed_dpi, find_jpeg_end, open_still


def decode_foreign(file: BinaryIO) -> Decoded:
    """Decode any still picture. Raises `UnknownFormatError`, `CutShortError`, and whatever decoders raise."""
    file.seek(0)
    try:
        opened = open_still(file)
    except UnidentifiedImageError as error:
        raise UnknownFormatError from error
    with opened as image:
        orientation = int(image.getexif().get(ORIENTATION_TAG, 1))
        dpi = claimed_dpi(image)
        if image.format in {"JPEG", "MPO"} and image.mode in {"L", "RGB"}:
            pixels = _decode_jpeg(file, grey=image.mode == "L")
        else:
            pixels = _convert_image(image)
    return Decoded(turn_upright(pixels, orientation), dpi)


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


def _convert_image(image: Image.Image) -> Pixels:
    """Any Pillow picture to 8-bit grey or RGB: transparency over white, 16 bits to their upper 8."""
    if image.mode.startswith("I"):
        return _narrow(np.asarray(image), sixteen_bits=image.mode != "I")
    if image.mode in {"1", "L"}:
        return as_pixels(np.asarray(image.convert("L")))
    if image.mode == "CMYK":
        return as_pixels(np.asarray(_convert_cmyk(image)))
    if image.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info:
        return _flatten(image)
    return as_pixels(np.asarray(image.convert("RGB")))


def _narrow(wide: NDArray[Any], *, sixteen_bits: bool) -> Pixels:
    """Integer grey to 8 bits. Pillow's 32-bit mode does not say how many bits are used: up to 255 it is taken for 8."""
    clipped = np.clip(wide, 0, 0xFFFF)
    return as_pixels(clipped >> 8 if sixteen_bits or clipped.max(initial=0) > 0xFF else clipped)


def _convert_cmyk(image: Image.Image) -> Image.Image:
    """By the embedded profile where there is one that works, else by Pillow's plain formula."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except ImageCms.PyCMSError:
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")


def _flatten(image: Image.Image) -> Pixels:
    grey = image.mode in {"LA", "La"} or (image.mode == "L" and "transparency" in image.info)
    picture = image.convert("RGBA")
    paper = Image.new("RGBA", picture.size, "white")
    return as_pixels(np.asarray(Image.alpha_composite(paper, picture).convert("L" if grey else "RGB")))
