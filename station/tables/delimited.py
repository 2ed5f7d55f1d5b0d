"""CSV and tab-separated text: which encoding, which separator, and its rows."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from typing import TYPE_CHECKING

from station.errors import BadInput
from station.tables.model import Row, Table
from station.text import clean_lines, nfc, plausibility

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from station.tables.reading import ReadLimits

_SEPARATORS = ";,\t|"
_SAMPLE_LINES = 20
_LONGEST_CELL = 1 << 20
# Excel's own first line that names the separator.
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_delimited(file: Path, limits: ReadLimits) -> list[Table]:
    """The file as one table named after it, its rows counted as Excel and LibreOffice show them: a record of several
    lines is one row, an empty line is one too, and the line that names the separator is none.

    Refused as a whole where its quotes go wrong: from there on nobody can tell where a record begins, and a list read
    up to its middle would be a half import. Raises `BadInput`.
    """
    text = decode(file.read_bytes())
    if _CONTROL.search(text):
        raise BadInput("table-is-no-table")
    separator, text, skipped = _separator(text)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    for number, cells in enumerate(_records(reader, skipped), 1):
        if any(cells):
            rows.append(Row(number, tuple(cells)))
        if len(rows) > limits.rows:
            raise BadInput("table-too-large", detail=f"> {limits.rows}")
    return [Table(file.name, tuple(rows))]


def decode(content: bytes) -> str:
    """The text of a file: UTF-8 and UTF-16 with or without a mark, Windows-1258, Latin-1, or TCVN3 and VNI as Latin-1.

    Raises `BadInput` for UTF-8 that is broken somewhere: read as anything else it would become nonsense.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decode(content, name)
    if wide := _utf16_without_mark(content):
        return _decode(content, wide)
    if b"\0" in content:
        raise BadInput("table-is-no-table")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if _mostly_utf8(content):
            line = content.count(b"\n", 0, error.start) + 1
            raise BadInput("table-encoding", line=line) from error
    return _single_bytes(content)


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput("table-encoding", line=line) from error


def _utf16_without_mark(content: bytes) -> str | None:
    """Text of Latin letters has a zero in every other byte, on one side only."""
    sample = content[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if even + odd < len(sample) // 4:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _mostly_utf8(content: bytes) -> bool:
    """Whether far more letters are whole UTF-8 than are not."""
    text = content.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return sum(char > "\x7f" for char in text) - broken > 3 * broken


def _single_bytes(content: bytes) -> str:
    """Windows-1258 or Latin-1: the reading in which more words are Vietnamese, in the old encodings too."""
    try:
        latin = content.decode("cp1252")
    except UnicodeDecodeError:
        latin = content.decode("latin-1")
    vietnamese = nfc(content.decode("cp1258", errors="replace"))
    return max((latin, vietnamese), key=plausibility)


def _separator(text: str) -> tuple[str, str, int]:
    """The separator, the text behind a line that names it, and how many lines that took."""
    if named := _SEP_LINE.match(text):
        return named[1], text[named.end() :], 1
    sample = re.sub(r'"[^"]*"', "", "\n".join(text.splitlines()[:_SAMPLE_LINES])).splitlines()
    counts = {sep: Counter(line.count(sep) for line in sample if line.strip()) for sep in _SEPARATORS}
    return max(_SEPARATORS, key=lambda sep: _agreement(counts[sep])), text, 0


def _agreement(counts: Counter[int]) -> tuple[int, int]:
    """How many lines have the same number of this separator, and that number; none at all is the worst."""
    used = [(lines, number) for number, lines in counts.items() if number]
    return max(used, default=(0, 0))


def _records(reader: Iterator[list[str]], skipped: int) -> Iterator[list[str]]:
    """The cells of each record. Raises `BadInput` with the line, as an editor shows it, of a record whose quotes go
    wrong; `skipped` lines stand before the first.
    """
    before = skipped
    try:
        for cells in reader:
            yield [clean_lines(cell) for cell in cells]
            before = skipped + reader.line_num  # type: ignore[attr-defined]  # the reader of csv has it
    except csv.Error as error:
        raise BadInput("table-bad-quotes", line=before + 1) from error
