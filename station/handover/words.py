"""A digest in words that two people can compare across a table or by telephone.

Each byte is one syllable of sixteen beginnings by sixteen endings, all readable in Vietnamese and without tone marks:
the high half of the byte chooses the beginning, the low half the ending. Five syllables are 40 bits: nobody makes
another list with the same words by chance, and signatures guard against intent.
"""

from __future__ import annotations

_BEGINNINGS = ("b", "ch", "d", "đ", "h", "kh", "l", "m", "n", "nh", "ph", "s", "t", "th", "tr", "v")
_ENDINGS = ("a", "ai", "an", "ao", "am", "e", "en", "em", "i", "in", "o", "oi", "on", "u", "ui", "um")
SYLLABLES = 5


def digest_words(digest: str) -> str:
    """The first five bytes of a hexadecimal digest, as `ba-chon-đi-tham-vui`."""
    return "-".join(_BEGINNINGS[byte >> 4] + _ENDINGS[byte & 15] for byte in bytes.fromhex(digest[: 2 * SYLLABLES]))
