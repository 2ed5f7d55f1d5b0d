"""Pictures in kitty's graphics protocol: a PNG in pieces, with an id by which it is taken away again."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_PIECE = 4096
"""The most that the protocol lets a piece have, in bytes of base64."""


def encode_kitty(image: Image, number: int) -> bytes:
    """The picture under this id, drawn from the cursor's cell. The terminal does not answer and the cursor stays."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    data = base64.b64encode(file.getvalue())
    pieces = [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]
    keys = [b"a=T,f=100,t=d,i=%d,q=2,C=1," % number] + [b""] * (len(pieces) - 1)
    more = [b"m=1"] * (len(pieces) - 1) + [b"m=0"]
    return b"".join(b"\x1b_G%b%b;%b\x1b\\" % parts for parts in zip(keys, more, pieces, strict=True))


def delete_kitty(number: int) -> bytes:
    """Take the picture of this id away and free what the terminal keeps of it."""
    return b"\x1b_Ga=d,d=I,i=%d,q=2\x1b\\" % number
