"""PDFs in the spool, page by page: the embedded picture where a page is nothing else, else a rendering."""

import hashlib
import math
import threading
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pypdfium2
from PIL import Image

from station.imaging.colour import find_transform
from station.imaging.still import TooMuch, check_pixels
from station.intake.delivery import Delivered, Limits, Refusal, RefusedFile
from station.intake.stills import check_frames, decode_fully, open_picture, page_file, save_page

COVERS_WITHIN_PT = 1.5
"""Points (1/72 inch) by which a scanner's picture may miss the page's border and still be the whole page."""

SQUARE_WITHIN = 0.02
"""Share by which the resolutions across and down may differ; beyond, as in a fax, the page is rendered."""

END_MARK_WITHIN = 1024
"""Bytes from the end in which readers look for the end mark."""

_JPEG_COLOURS = {"/DeviceGray": 1, "/DeviceRGB": 3}
_HARMLESS = {"q", "Q", "cm", "Do", "gs", "BMC", "BDC", "EMC"}

_pdfium = threading.Lock()
"""PDFium keeps global state and must not be entered twice."""


@dataclass(frozen=True, slots=True)
class _Work:
    """One PDF being taken apart: `path` is what refusals name, `source` its copy in the spool."""

    path: Path
    source: Path
    limits: Limits


@dataclass(frozen=True, slots=True)
class _Scan:
    """The one picture that fills a page, and its resolution there."""

    image: pikepdf.Stream
    dpi: int


def take_pages(path: Path, source: Path, limits: Limits) -> list[Delivered]:
    """Every page as an image file beside `source`, which is removed. After a `RefusedFile` earlier pages remain."""
    work = _Work(path, source, limits)
    _refuse_cut_off(work)
    with _open_pdf(work) as pdf:
        count = _count_pages(work, pdf)
        delivered = [_take_page(work, pdf, (index, count)) for index in range(count)]
    source.unlink()
    return delivered


def _refuse_cut_off(work: _Work) -> None:
    size = work.source.stat().st_size
    with work.source.open("rb") as file:
        file.seek(max(0, size - END_MARK_WITHIN))
        if b"%%EOF" not in file.read():
            raise RefusedFile(work.path, Refusal.TRUNCATED, "no end mark")


def _open_pdf(work: _Work) -> pikepdf.Pdf:
    """Open without repair: a repaired PDF may have lost pages without a word."""
    try:
        return pikepdf.open(work.source, attempt_recovery=False, suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise RefusedFile(work.path, Refusal.PASSWORD) from error
    except Exception as error:
        raise RefusedFile(work.path, Refusal.DAMAGED, str(error)) from error


def _count_pages(work: _Work, pdf: pikepdf.Pdf) -> int:
    try:
        count = len(pdf.pages)
    except Exception as error:
        raise RefusedFile(work.path, Refusal.DAMAGED, str(error)) from error
    if count == 0:
        raise RefusedFile(work.path, Refusal.DAMAGED, "no pages")
    if count > work.limits.max_pages:
        raise RefusedFile(work.path, Refusal.TOO_LARGE, f"{count} pages")
    return count


def _take_page(work: _Work, pdf: pikepdf.Pdf, place: tuple[int, int]) -> Delivered:
    try:
        content, dpi = _read_page(work, pdf, place[0])
    except TooMuch as error:
        raise RefusedFile(work.path, Refusal.TOO_LARGE, f"page {place[0] + 1}: {error}") from error
    except Exception as error:
        raise RefusedFile(work.path, Refusal.DAMAGED, f"page {place[0] + 1}: {error}") from error
    if isinstance(content, bytes):
        return _keep_jpeg(work, content, dpi, place)
    return save_page(content, work.source, place, (dpi, dpi))


def _read_page(work: _Work, pdf: pikepdf.Pdf, index: int) -> tuple[bytes | Image.Image, int]:
    """The page's own JPEG, or its pixels, and their resolution."""
    scan = _find_scan(pdf.pages[index])
    if scan:
        check_pixels(int(scan.image.Width), int(scan.image.Height), work.limits.max_pixels)
        content = _read_jpeg(scan.image) or _read_picture(scan.image)
        if content is not None:
            return content, scan.dpi
    return _render(work, index), work.limits.render_dpi


# --- the page that is one picture ---


def _find_scan(page: pikepdf.Page) -> _Scan | None:
    """The picture that alone fills an unturned page; None where the page shows anything else."""
    if int(page.obj.get("/Rotate", 0)) % 360 or "/Annots" in page.obj:
        return None
    drawn = _find_only_drawing(page)
    if drawn is None:
        return None
    name, matrix = drawn
    image = page.get_images(recursive=False).get(name)
    if not isinstance(image, pikepdf.Stream) or not _covers(matrix, page):
        return None
    across, down = int(image.Width) / (matrix.a / 72), int(image.Height) / (matrix.d / 72)
    return _Scan(image, round(across)) if abs(across / down - 1) <= SQUARE_WITHIN else None


def _find_only_drawing(page: pikepdf.Page) -> tuple[str, pikepdf.Matrix] | None:
    """Name and placement of the page's single `Do`; None where there is any other drawing."""
    matrix, kept, drawn = pikepdf.Matrix(), [], None
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        if operator not in _HARMLESS or (operator == "Do" and drawn):
            return None
        if operator == "q":
            kept.append(matrix)
        elif operator == "Q":
            matrix = kept.pop() if kept else matrix
        elif operator == "cm":
            matrix = pikepdf.Matrix(*(float(value) for value in instruction.operands)) @ matrix
        elif operator == "Do":
            drawn = str(instruction.operands[0]), matrix
    return drawn


def _covers(matrix: pikepdf.Matrix, page: pikepdf.Page) -> bool:
    """Whether the unit square lands upright on the visible page."""
    left, bottom, right, top = (float(value) for value in page.cropbox)
    off = (
        matrix.b,
        matrix.c,
        matrix.e - left,
        matrix.f - bottom,
        matrix.e + matrix.a - right,
        matrix.f + matrix.d - top,
    )
    return matrix.a > 0 and matrix.d > 0 and all(abs(value) <= COVERS_WITHIN_PT for value in off)


def _read_jpeg(image: pikepdf.Stream) -> bytes | None:
    """The bytes of an embedded JPEG that means the same outside the PDF; None where something would be lost.

    One whose colours need the profile that the PDF keeps for it is taken out as pixels, with the profile.
    """
    if not _is_plain_jpeg(image.get("/Filter")):
        return None
    if any(key in image for key in ("/Decode", "/SMask", "/Mask", "/DecodeParms")):
        return None
    profile = _find_profile(image)
    channels = int(profile.N) if profile else _JPEG_COLOURS.get(str(image.get("/ColorSpace")), 0)
    mode = {1: "L", 3: "RGB"}.get(channels)
    if mode is None or (profile and find_transform(profile.read_bytes(), mode)):
        return None
    return bytes(image.read_raw_bytes())


def _find_profile(image: pikepdf.Stream) -> pikepdf.Stream | None:
    """The colour profile that a picture has in the PDF, not in its own bytes."""
    colours = image.get("/ColorSpace")
    if not isinstance(colours, pikepdf.Array) or colours[0] != "/ICCBased":
        return None
    profile = colours[1]
    return profile if isinstance(profile, pikepdf.Stream) else None


def _is_plain_jpeg(filters: pikepdf.Object | None) -> bool:
    if isinstance(filters, pikepdf.Array):
        return len(filters) == 1 and filters[0] == "/DCTDecode"
    return filters == "/DCTDecode"


def _read_picture(image: pikepdf.Stream) -> Image.Image | None:
    """The exact pixels of a picture stored another way (Deflate, fax); None where only rendering gives them."""
    if any(key in image for key in ("/SMask", "/Mask", "/Decode")):
        return None
    try:
        picture = pikepdf.PdfImage(image).as_pil_image()
    except (pikepdf.PdfError, NotImplementedError, ValueError):
        return None
    profile = _find_profile(image)
    if profile:
        picture.info["icc_profile"] = profile.read_bytes()
    return picture


def _keep_jpeg(work: _Work, jpeg: bytes, dpi: int, place: tuple[int, int]) -> Delivered:
    """Put an embedded JPEG into the spool as a file of its own, once it has proven whole and within the limits."""
    index, count = place
    file = page_file(work.source, index, "jpg")
    file.write_bytes(jpeg)
    with open_picture(work.path, file, "jpg") as image:
        check_frames(work.path, image, "jpg", work.limits)
        decode_fully(work.path, image)
        width, height = image.size
    return Delivered(file, "jpg", width, height, dpi, hashlib.sha256(jpeg).hexdigest(), index, count)


# --- the page that is more ---


def _render(work: _Work, index: int) -> Image.Image:
    with _pdfium, pypdfium2.PdfDocument(work.source) as document:
        page = document[index]
        scale = work.limits.render_dpi / 72
        width, height = page.get_size()
        check_pixels(math.ceil(width * scale), math.ceil(height * scale), work.limits.max_pixels)
        picture: Image.Image = page.render(scale=scale).to_pil()
    return picture.convert("RGB")
