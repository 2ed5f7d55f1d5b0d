"""The order of Vietnamese lists: a ă â b c d đ e ê ..., tones after letters, numbers by their value."""

from __future__ import annotations

import re

from station.text.folding import TONES, clean, split_tones

# f, j, w and z are no Vietnamese letters; names of other languages have them, in their Latin places.
_ALPHABET = {letter: rank for rank, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_PARTS = re.compile(r"[0-9]+|.", re.DOTALL)

SortKey = tuple[tuple[tuple[int, int], ...], tuple[int, ...], str]


def sort_key(text: str) -> SortKey:
    """The key of a text: all letters count before any tone, tones before capitals; `Phường 2` before `Phường 10`."""
    line = clean(text)
    parts = [split_tones(part) for part in _PARTS.findall(line)]
    ranks = tuple(rank for letters, _ in parts for rank in _ranks(letters.lower()))
    tones = tuple(TONES.index(tone[0]) + 1 if tone else 0 for _, tone in parts)
    return ranks, tones, line.swapcase()


def _ranks(part: str) -> list[tuple[int, int]]:
    """What stands between words first, then numbers, Vietnamese letters, and letters of other alphabets."""
    if part.isascii() and part.isdigit():
        return [(1, int(part))]
    return [(2, _ALPHABET[c]) if c in _ALPHABET else (3, ord(c)) if c.isalpha() else (0, ord(c)) for c in part]
