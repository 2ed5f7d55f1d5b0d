"""Vietnamese text: one spelling of it, search without accents, its alphabet, and what was written before Unicode."""

from station.text.folding import clean, clean_lines, fold, nfc, spelling_key
from station.text.legacy import Legacy, convert, plausibility, read_rows, read_together, recognise
from station.text.order import sort_key

__all__ = [
    "Legacy",
    "clean",
    "clean_lines",
    "convert",
    "fold",
    "nfc",
    "plausibility",
    "read_rows",
    "read_together",
    "recognise",
    "sort_key",
    "spelling_key",
]
