"""Fingerprints made of numbers, for tests that need no picture."""

from __future__ import annotations

import numpy as np

from station.imaging.fingerprint import PLACES, SHAPE_BITS, Fingerprint

A4_MM = (210, 297)


def invent(rng: np.random.Generator, places: int) -> Fingerprint:
    """A page with so many places of its own."""
    return Fingerprint(
        A4_MM,
        rng.integers(1 << SHAPE_BITS, size=places, dtype=np.uint32),
        rng.integers(4, 40, size=places),
        rng.integers(4, PLACES - 4, size=places),
    )


def join(one: Fingerprint, other: Fingerprint) -> Fingerprint:
    """The places of both: a form and what is written on it."""
    return Fingerprint(
        one.size_mm,
        np.concatenate([one.shapes, other.shapes]),
        np.concatenate([one.across, other.across]),
        np.concatenate([one.down, other.down]),
    )


def take_again(rng: np.random.Generator, one: Fingerprint, lost: int, moved: int = 2) -> Fingerprint:
    """Another taking: so many places have another shape, one bit of every other is turned, all lie a little aside."""
    shapes = one.shapes ^ (np.uint32(1) << rng.integers(SHAPE_BITS, size=len(one.shapes), dtype=np.uint32))
    gone = rng.permutation(len(shapes))[:lost]
    shapes[gone] = rng.integers(1 << SHAPE_BITS, size=len(gone), dtype=np.uint32)
    return Fingerprint(one.size_mm, shapes, (one.across + moved) % PLACES, (one.down + moved) % PLACES)
