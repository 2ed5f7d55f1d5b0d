"""Findings in words: nothing empty between brackets."""

from __future__ import annotations

from typing import Literal

import pytest

from station.finding_words import finding_text
from station.imaging.checks import check_dpi_known
from station.words import sentence_in

LANGUAGES: tuple[Literal["vi", "en"], ...] = ("vi", "en")
SIDES = {
    "order": 3, "file": "masters/a.jpg", "subject": "p1", "other": "p2", "other_order": 4,
    "other_book": "19441/KS.2005.01", "other_file": "masters/b.jpg",
    "value": 0.9, "threshold": 0.8, "station": "Bình Minh", "places": 9,
}  # fmt: skip


@pytest.mark.parametrize("claimed", [72, 10_000])
def test_a_resolution_that_is_not_believed_is_told_as_it_was_written(claimed: int) -> None:
    phrase = finding_text({"code": "image", "order": 3, **check_dpi_known(claimed, None).row})
    for language in LANGUAGES:
        assert f" {claimed} dpi" in sentence_in(language, phrase.key, **phrase.values)


@pytest.mark.parametrize("code", ["same-page", "cannot-tell", "same-page-elsewhere"])
@pytest.mark.parametrize(
    ("numbers", "said"), [("", ("chưa có số", "no case yet")), ("07/2005", ("số 07/2005", "cases 07/2005"))]
)
def test_a_page_without_a_case_is_said_to_have_none(code: str, numbers: str, said: tuple[str, str]) -> None:
    phrase = finding_text({"code": code, "numbers": numbers, "other_numbers": "", **SIDES})
    vietnamese = sentence_in("vi", phrase.key, **phrase.values)
    english = sentence_in("en", phrase.key, **phrase.values)
    assert said[0] in vietnamese
    assert said[1] in english
    for empty in ("()", "số )", "cases )"):
        assert empty not in vietnamese + english
