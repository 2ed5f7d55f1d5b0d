"""Digests in words: readable, one for one, and another digest never by a slip of a letter the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from station.handover.words import SYLLABLES, digest_words

DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)


def test_words_never_change() -> None:
    """They stand on sheets that people signed."""
    assert digest_words("00" * 32) == "ba-ba-ba-ba-ba"
    assert digest_words("ff" * 32) == "vum-vum-vum-vum-vum"
    assert digest_words("0123456789" + "0" * 54) == "bai-dao-he-lem-nin"


def test_every_byte_has_a_syllable_of_its_own() -> None:
    said = {digest_words(f"{byte:02x}" + "00" * 31).split("-")[0] for byte in range(256)}
    assert len(said) == 256
    assert all(syllable.isalpha() and syllable.islower() for syllable in said)


@given(DIGESTS, DIGESTS)
def test_two_digests_have_the_same_words_only_when_they_begin_alike(one: str, other: str) -> None:
    assert (digest_words(one) == digest_words(other)) == (one[: 2 * SYLLABLES] == other[: 2 * SYLLABLES])
