"""Still pictures in the spool: proven whole, and a TIFF of several pages laid apart."""

import hashlib
import mmap
from pathlib import Path

from PIL import Image

from station.imaging.levels import Levels, UnclearLevels, find_levels, is_wide, numbers_of, scale
from station.imaging.still import (
    FIRST_SIDEWAYS,
    ORIENTATION_TAG,
    TooMuch,
    check_picture,
    claimed_dpi,
    find_jpeg_end,
    open_still,
    stated_dpi,
)
from station.intake.delivery import Delivered, Limits, Refusal, RefusedFile

_SIGNATURES = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tif"),
    (b"MM\0*", "tif"),
    (b"II+\0", "tif"),
    (b"MM\0+", "tif"),
    (b"BM", "bmp"),
    (b"GIF8", "gif"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
    (b"%PDF-", "pdf"),
)

_PHONE_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
"""Major brands of ISO 23008-12 files, which begin with a box `ftyp`; what people call them."""

_PILLOW_FORMATS = {
    "jpg": ("JPEG", "MPO"),
    "png": ("PNG",),
    "tif": ("TIFF",),
    "bmp": ("BMP",),
    "gif": ("GIF",),
    "jp2": ("JPEG2000",),
    "webp": ("WEBP",),
}


FLOATING = "F"
"""Pillow's mode for pixels that are measurements: nothing says which of them is white."""


def sniff_kind(path: Path, source: Path) -> str:
    """What a file is by its first bytes; its name is not asked."""
    with source.open("rb") as file:
        head = file.read(1024)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if b"%PDF-" in head:  # readers allow up to 1,024 bytes of anything before it
        return "pdf"
    if head[4:8] == b"ftyp" and head[8:12] in _PHONE_BRANDS:
        raise RefusedFile(path, Refusal.PHONE_PICTURE, _PHONE_BRANDS[head[8:12]])
    raise RefusedFile(path, Refusal.UNKNOWN_FORMAT, repr(head[:8]))


def take_picture(path: Path, source: Path, kind: str, sha256: str, limits: Limits) -> list[Delivered]:
    """Check the copy of a picture; one page keeps its bytes, the pages of a TIFF are saved one by one.

    `path` is what refusals name, `source` the copy in the spool, which becomes the page or is removed.
    """
    _refuse_cut_off(path, source, kind)
    with open_picture(path, source, kind) as image:
        frames = check_frames(path, image, kind, limits)
        if image.mode == FLOATING:
            raise RefusedFile(path, Refusal.NO_WHITE, "floating-point pixels")
        if frames == [0]:
            decode_fully(path, image)
            levels_of(path, image)
            file = source.rename(page_file(source, 0, kind))
            return [Delivered(file, kind, image.width, image.height, claimed_dpi(image), sha256, 0, 1)]
        delivered = [_take_frame(path, source, image, frame, (at, len(frames))) for at, frame in enumerate(frames)]
    source.unlink()
    return delivered


def _refuse_cut_off(path: Path, source: Path, kind: str) -> None:
    """Formats with an end mark must have it: decoders are content with less."""
    if kind not in {"jpg", "png"}:
        return
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        whole = find_jpeg_end(data[:]) if kind == "jpg" else data.rfind(b"IEND\xae\x42\x60\x82") >= 0
    if not whole:
        raise RefusedFile(path, Refusal.TRUNCATED, "no end mark")


def open_picture(path: Path, source: Path, kind: str) -> Image.Image:
    """Read the header of a picture in the spool, by the decoder of its kind alone."""
    try:
        return open_still(source, _PILLOW_FORMATS[kind])
    except Exception as error:
        raise RefusedFile(path, Refusal.DAMAGED, str(error)) from error


def check_frames(path: Path, image: Image.Image, kind: str, limits: Limits) -> list[int]:
    """Numbers of the frames that are pages, each checked by its header against the limits; only TIFFs have several.

    A phone's JPEG may carry further pictures behind the first (MPO): previews, not pages.
    """
    try:
        check_picture(image, limits.max_pixels)
        count = 1 if kind == "jpg" else int(getattr(image, "n_frames", 1))
        pages = _page_frames(image, count, limits) if kind == "tif" else list(range(count))
    except TooMuch as error:
        raise RefusedFile(path, Refusal.TOO_LARGE, str(error)) from error
    except Exception as error:
        raise RefusedFile(path, Refusal.DAMAGED, str(error)) from error
    if len(pages) > 1 and kind != "tif":
        raise RefusedFile(path, Refusal.ANIMATED, f"{len(pages)} frames")
    return pages


NEW_SUBFILE_TYPE = 254
REDUCED_COPY = 1
"""Bit of the TIFF tag above: a smaller copy of another frame, not a page."""

PREDICTOR = 317
HORIZONTAL = 2
"""TIFF tag and its value for storing differences between neighbours, which Deflate packs better."""


def _page_frames(image: Image.Image, count: int, limits: Limits) -> list[int]:
    if count > limits.max_pages:
        raise TooMuch(f"{count} pages")
    pages = []
    for frame in range(count):
        image.seek(frame)
        check_picture(image, limits.max_pixels)
        if not _tiff_tag(image, NEW_SUBFILE_TYPE) & REDUCED_COPY:
            pages.append(frame)
    image.seek(0)
    return pages or [0]


def _tiff_tag(image: Image.Image, tag: int) -> int:
    value = getattr(image, "tag_v2", {}).get(tag, 0)
    return value if isinstance(value, int) else 0


def decode_fully(path: Path, image: Image.Image) -> None:
    """Decode every pixel, the only proof that the bytes are there."""
    try:
        image.load()
    except Exception as error:
        reason = Refusal.TRUNCATED if "truncated" in str(error) else Refusal.DAMAGED
        raise RefusedFile(path, reason, str(error)) from error


def _take_frame(path: Path, source: Path, image: Image.Image, frame: int, place: tuple[int, int]) -> Delivered:
    try:
        image.seek(frame)
        axes = upright_dpi(image)
    except Exception as error:
        raise RefusedFile(path, Refusal.DAMAGED, str(error)) from error
    decode_fully(path, image)
    levels = levels_of(path, image)
    if levels and levels != Levels(0, 0xFFFF):  # saved again, a frame would lose what its file says of its numbers
        image = Image.fromarray(scale(numbers_of(image), levels, 16))
    return save_page(image, source, place, axes)


def levels_of(path: Path, image: Image.Image) -> Levels | None:
    """What black and white are in a decoded picture of wide numbers; None for others, which need no telling."""
    try:
        return find_levels(image, numbers_of(image)) if is_wide(image) else None
    except UnclearLevels as error:
        raise RefusedFile(path, Refusal.NO_WHITE, str(error)) from error


def page_file(source: Path, index: int, ext: str) -> Path:
    """Name of a page in the spool, beside the copy it comes from and with the same token."""
    return source.with_name(f"{source.name.partition('-')[0]}-{index + 1:04}.{ext}")


def upright_dpi(image: Image.Image) -> tuple[int, int] | None:
    """What a frame of a TIFF states of its resolution, by the axes that it has once Pillow has turned it upright."""
    axes = stated_dpi(image)
    return (axes[1], axes[0]) if axes and image.getexif().get(ORIENTATION_TAG, 1) >= FIRST_SIDEWAYS else axes


def save_page(image: Image.Image, source: Path, place: tuple[int, int], dpi: tuple[int, int] | None) -> Delivered:
    """Save a decoded page losslessly as TIFF: Group 4 for one bit, else Deflate, a quarter of the raw size.

    `place` is the page's index and the number of pages, `dpi` across and down. Its colour profile stays with it. Raises
    `OSError` when the spool cannot be written.
    """
    index, pages = place
    file = page_file(source, index, "tif")
    if image.mode == "1":
        image.save(file, "TIFF", compression="group4", dpi=dpi)
    else:
        predictor = {PREDICTOR: HORIZONTAL} if image.mode in {"L", "RGB"} else {}
        image.save(file, "TIFF", compression="tiff_adobe_deflate", dpi=dpi, tiffinfo=predictor)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return Delivered(file, "tif", image.width, image.height, max(dpi) if dpi else None, sha256, index, pages)
