"""ICC profiles that are not sRGB, made from their numbers."""

import struct

import numpy as np
from numpy.typing import NDArray

ADOBE = np.array([(0.60974, 0.20528, 0.14919), (0.31111, 0.62567, 0.06322), (0.01947, 0.06087, 0.74457)])
"""Red, green and blue of Adobe RGB (1998) in XYZ of D50, as columns."""

SRGB = np.array([(0.43607, 0.38515, 0.14307), (0.22249, 0.71687, 0.06061), (0.01392, 0.09708, 0.71410)])
ADOBE_GAMMA = 2.19921875
WHITE = (0.9642, 1.0, 0.8249)

INKS: dict[tuple[int, ...], tuple[int, int, int]] = {
    (0, 0, 0, 0): (100, 0, 0),
    (1, 0, 0, 0): (55, -37, -50),
    (0, 1, 0, 0): (48, 74, -3),
    (0, 0, 1, 0): (89, -5, 93),
}
"""Lab of paper and the pure inks of offset printing; everything else is black."""


def rgb_profile(primaries: NDArray[np.float64] = ADOBE, gamma: float = ADOBE_GAMMA) -> bytes:
    """A display profile with these primaries and one gamma."""
    tags = {b"wtpt": _xyz(WHITE)}
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries.T, strict=True):
        tags[name] = _xyz(tuple(column))
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags | {name: _gamma(gamma) for name in (b"rTRC", b"gTRC", b"bTRC")})


def grey_profile(gamma: float) -> bytes:
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"wtpt": _xyz(WHITE), b"kTRC": _gamma(gamma)})


def ink_profile() -> bytes:
    """A printer whose paper and inks have the colours of `INKS`."""
    ramp = bytes(range(256))
    corners = [tuple(corner >> bit & 1 for bit in (3, 2, 1, 0)) for corner in range(16)]
    colours = b"".join(_lab(*INKS.get(corner, (0, 0, 0))) for corner in corners)
    identity = struct.pack(">9i", *(65536 if index % 4 == 0 else 0 for index in range(9)))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + identity + ramp * 4 + colours + ramp * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"wtpt": _xyz(WHITE), b"A2B0": table})


def adobe_to_srgb(colour: tuple[int, int, int]) -> NDArray[np.float64]:
    """What a colour of Adobe RGB is in sRGB, 0 to 255, by the definitions of both."""
    light = np.linalg.solve(SRGB, ADOBE @ (np.array(colour) / 255) ** ADOBE_GAMMA)
    return encode_srgb(np.clip(light, 0, 1))


def encode_srgb(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def _lab(lightness: float, a: float, b: float) -> bytes:
    return bytes((round(lightness * 2.55), round(a + 128), round(b + 128)))


def _xyz(value: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(one * 65536) for one in value))


def _gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    name = b"test\0"
    described = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(78)
    tags = {b"desc": described, b"cprt": b"text\0\0\0\0none\0"} | tags
    table, data, at = b"", b"", 132 + 12 * len(tags)
    for tag, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += tag + struct.pack(">II", at + len(data), len(content))
        data += padded
    header = struct.pack(">I4sI4s4s4s", at + len(data), b"lcms", 0x02400000, kind, space, connection)
    header += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += struct.pack(">3i", *(round(one * 65536) for one in WHITE))
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data
