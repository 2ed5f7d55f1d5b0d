"""Text as it is kept, and the keys by which two spellings of it are the same."""

from __future__ import annotations

import re
import unicodedata

TONES = ("\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
"""Grave, hook, tilde, acute and dot below, in the order of dictionaries and of the Unicode locale data for `vi`."""

_TONE = re.compile("[{}]".format("".join(TONES)))
# Zero-width signs and the byte order mark: nobody sees them, and they come with text pasted from web pages.
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")


def nfc(text: str) -> str:
    """Unicode NFC, as everything that is typed is kept."""
    return unicodedata.normalize("NFC", text)


def clean(text: str) -> str:
    """NFC in one line: white space of any kind becomes single blanks, invisible signs go, the ends are trimmed."""
    if text.isascii():
        return " ".join(text.split())
    return " ".join(nfc(_INVISIBLE.sub("", text)).split())


def clean_lines(text: str) -> str:
    """`clean` line by line: what a cell of several lines says, without blanks and empty lines around."""
    return "\n".join(map(clean, nfc(text).splitlines())).strip() if "\n" in text or "\r" in text else clean(text)


def fold(text: str) -> str:
    """The key of a search: without accents, tones and capitals. `Hướng Phùng` becomes `huong phung`.

    `đ` has no decomposition and is mapped by hand.
    """
    plain = unicodedata.normalize("NFD", clean(text).replace("đ", "d").replace("Đ", "D"))
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c))).casefold()


def spelling_key(text: str) -> str:
    """Equal for spellings that differ only in capitals or in the letter that carries the tone: `hòa` and `hoà`."""
    return " ".join("".join(split_tones(word)) for word in clean(text).casefold().split(" "))


def split_tones(text: str) -> tuple[str, str]:
    """The letters without their tones, in NFC, and the tones in their order."""
    apart = unicodedata.normalize("NFD", text)
    return nfc(_TONE.sub("", apart)), "".join(_TONE.findall(apart))
