"""Delivery copies into one PDF per case, bytes unchanged and reproducible."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import img2pdf
import pikepdf

from outbox import durable

FIXED_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Time in every PDF: the same pages must give the same bytes, whenever they are packed. img2pdf writes it out."""

JPEG_START = b"\xff\xd8"

PDF_VERSION = "1.4"
"""Lowest version that the rules for archived documents allow, and all that a JPEG on a page needs."""


def write_case_pdf(pages: Sequence[Path], target: Path, title: str) -> None:
    """Lay out delivery JPEGs, one to a page at their own size, and put the file in place whole, over an older one.

    The same pages and title give the same bytes. The title must hold no person's name: it is part of the file. A crash
    leaves the older file or none.
    """
    durable.replace(target, build_case_pdf([page.read_bytes() for page in pages], title))


def build_case_pdf(jpegs: Sequence[bytes], title: str) -> bytes:
    """The PDF of a case as bytes. Raises `ValueError` without pages and for pages that are no JPEG.

    img2pdf would take other formats and re-encode some of them without a word.
    """
    if not jpegs or not all(jpeg.startswith(JPEG_START) for jpeg in jpegs):
        raise ValueError("a case is made of one or more JPEG pages")
    laid_out: bytes = img2pdf.convert(
        *jpegs,
        engine=img2pdf.Engine.internal,
        title=title,
        producer="scan-station",
        creationdate=FIXED_TIME,
        moddate=FIXED_TIME,
    )
    return _fix_identity(laid_out)


def _fix_identity(laid_out: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(laid_out)) as pdf:
        out = io.BytesIO()
        pdf.save(
            out, min_version=PDF_VERSION, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable
        )
    return out.getvalue()


def pdf_page_count(source: Path | bytes) -> int:
    """Pages of a PDF that opens without repair. Raises `pikepdf.PdfError` for one that does not."""
    opened = io.BytesIO(source) if isinstance(source, bytes) else source
    with pikepdf.open(opened, attempt_recovery=False, suppress_warnings=True) as pdf:
        return len(pdf.pages)
