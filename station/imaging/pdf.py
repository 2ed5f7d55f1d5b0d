"""Delivery copies into one PDF/A-2b per case, bytes unchanged and reproducible."""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from xml.sax.saxutils import escape

import pikepdf

from outbox import durable

PRODUCER = "scan-station"
FLAVOUR = "2b"
"""ISO 19005-2 level B: the file shows the same for good; JPEG pages need no more."""

PDF_VERSION = "1.7"
"""The version that ISO 19005-2 is based on."""

POINTS_PER_INCH = 72
_COLOURS = {1: "/DeviceGray", 3: "/DeviceRGB"}

_NO_LENGTH = frozenset({0x01, 0xFF, *range(0xD0, 0xD8)})
"""JPEG markers without a segment behind them."""

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that begin a frame header."""

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<pdf:Producer>{producer}</pdf:Producer>
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a JPEG's headers say: its size in pixels, colour channels, and dots per inch across and down."""

    width: int
    height: int
    channels: int
    dpi: tuple[float, float]


def write_case_pdf(pages: Sequence[Path], target: Path, title: str) -> None:
    """Lay out delivery JPEGs, one to a page at their own size, and put the file in place whole, over an older one.

    The same pages and title give the same bytes. The title must hold no person's name: it is part of the file. A crash
    leaves the older file or none.
    """
    durable.replace(target, build_case_pdf([page.read_bytes() for page in pages], title))


def build_case_pdf(jpegs: Sequence[bytes], title: str) -> bytes:
    """The PDF of a case as bytes, which `pikepdf.pdfa` has read back and found to be PDF/A-2b.

    Raises `ValueError` without pages and for pages that are no JPEG in grey or colour which states its resolution, and
    `pikepdf.pdfa.PdfaError` for a file that does not pass. It has no dates: a date would tell two packings of the same
    pages apart. It is not linearised, which ISO 19005 allows but validators trip over.
    """
    from pikepdf import pdfa

    if not jpegs:
        raise ValueError("a case is made of one or more JPEG pages")
    with pikepdf.new() as pdf:
        for jpeg in jpegs:
            _add_page(pdf, jpeg, read_jpeg(jpeg))
        _declare(pdf, title)
        out = io.BytesIO()
        pdf.save(out, **pdfa.resolve_save_kwargs(FLAVOUR, deterministic_id=True, min_version=PDF_VERSION))
    report = pdfa.validate_written(out, FLAVOUR)
    if not report.passed:
        raise pdfa.PdfaError(report)
    return out.getvalue()


def _add_page(pdf: pikepdf.Pdf, jpeg: bytes, picture: Picture) -> None:
    """One page that is the picture and nothing else; its size is that of the paper, 1/100 point exact."""
    width = round(picture.width / picture.dpi[0] * POINTS_PER_INCH, 2)
    height = round(picture.height / picture.dpi[1] * POINTS_PER_INCH, 2)
    image = pikepdf.Stream(
        pdf, jpeg, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=picture.width, Height=picture.height,
        ColorSpace=pikepdf.Name(_COLOURS[picture.channels]), BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
    )  # fmt: skip
    pdf.add_blank_page(page_size=(width, height))
    page = pdf.pages[-1]
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
    page.obj.Contents = pikepdf.Stream(pdf, f"q {width} 0 0 {height} 0 0 cm /Im0 Do Q".encode())


def _declare(pdf: pikepdf.Pdf, title: str) -> None:
    """What makes it PDF/A: the conformance and title in XMP, and what the colours mean."""
    profile = pikepdf.Stream(pdf, _read_srgb(), N=3)
    intent = pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent, S=pikepdf.Name.GTS_PDFA1, OutputConditionIdentifier="sRGB",
        Info="sRGB IEC61966-2.1", DestOutputProfile=profile,
    )  # fmt: skip
    pdf.Root.OutputIntents = pikepdf.Array([pdf.make_indirect(intent)])
    packet = _XMP.format(title=escape(title), producer=PRODUCER).encode()
    pdf.Root.Metadata = pikepdf.Stream(pdf, packet, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
    pdf.docinfo["/Title"] = title
    pdf.docinfo["/Producer"] = PRODUCER


@cache
def _read_srgb() -> bytes:
    """The sRGB profile as LittleCMS builds it, with a fixed date: a sixth of the size of the usual one."""
    return (resources.files("station") / "data" / "colour" / "srgb.icc").read_bytes()


def read_jpeg(jpeg: bytes) -> Picture:
    """Size, channels and resolution by the headers, without decoding. Raises `ValueError`."""
    dpi: tuple[float, float] | None = None
    for marker, segment in _segments(jpeg):
        if marker == 0xE0 and segment[:5] == b"JFIF\0" and len(segment) >= 12:
            dpi = _density(segment)
        elif marker in _FRAMES and len(segment) >= 6:
            height, width, channels = struct.unpack(">xHHB", segment[:6])
            if channels not in _COLOURS or dpi is None:
                raise ValueError(f"a JPEG page has one or three channels and a resolution, not {channels} and {dpi}")
            return Picture(width, height, channels, dpi)
    raise ValueError("not a JPEG")


def _segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """Markers and contents of the header segments, up to the first that is broken or begins the scan."""
    found, at = [], 2
    while jpeg[:2] == b"\xff\xd8" and at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        marker = jpeg[at + 1]
        if marker in _NO_LENGTH:
            at += 1 if marker == 0xFF else 2
            continue
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4])
        found.append((marker, jpeg[at + 4 : end]))
        at = end
    return found


def _density(segment: bytes) -> tuple[float, float] | None:
    """Dots per inch of a JFIF header; unit 1 is the inch, 2 the centimetre, 0 no unit at all."""
    unit, across, down = struct.unpack(">BHH", segment[7:12])
    inches = {1: 1.0, 2: 2.54}.get(unit)
    return (across * inches, down * inches) if inches and across and down else None


def pdf_page_count(source: Path | bytes) -> int:
    """Pages of a PDF that opens without repair. Raises `pikepdf.PdfError` for one that does not."""
    opened = io.BytesIO(source) if isinstance(source, bytes) else source
    with pikepdf.open(opened, attempt_recovery=False, suppress_warnings=True) as pdf:
        return len(pdf.pages)
