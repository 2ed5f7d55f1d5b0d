"""Amounts in words."""

from __future__ import annotations

import pytest

from station.amounts import size, span
from station.words import Phrase, sentence_in


def both(phrase: Phrase) -> tuple[str, str]:
    return sentence_in("vi", phrase.key, **phrase.values), sentence_in("en", phrase.key, **phrase.values)


@pytest.mark.parametrize(
    ("count", "vietnamese", "english"),
    [
        (0, "0 B", "0 B"),
        (950, "950 B", "950 B"),
        (12_345, "12 kB", "12 kB"),
        (999_600, "1,0 MB", "1.0 MB"),
        (2_124_912, "2,1 MB", "2.1 MB"),
        (99_960_000, "100 MB", "100 MB"),
        (13_100_000_000, "13,1 GB", "13.1 GB"),
        (4_000_000_000_000, "4,0 TB", "4.0 TB"),
        (4_000_000_000_000_000, "4000 TB", "4000 TB"),
    ],
)
def test_a_size_has_two_digits_or_so_and_the_decimal_sign_of_its_language(
    count: int, vietnamese: str, english: str
) -> None:
    assert both(size(count)) == (vietnamese, english)


@pytest.mark.parametrize(
    ("seconds", "vietnamese", "english"),
    [
        (40, "40 giây", "40 s"),
        (700, "12 phút", "12 min"),
        (12_000, "3 giờ 20 phút", "3 h 20 min"),
        (190_800, "2 ngày 5 giờ", "2 d 5 h"),
    ],
)
def test_a_span_is_said_as_people_say_it(seconds: float, vietnamese: str, english: str) -> None:
    assert both(span(seconds)) == (vietnamese, english)
