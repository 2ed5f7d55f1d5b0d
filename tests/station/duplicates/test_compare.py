"""Two pages laid over each other: taken again, another page of the form, blank forms, nothing in common."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from station.duplicates.compare import _PIECE as PIECE
from station.duplicates.compare import Form, Overlay, PageView, _is_near, form_of, judge, overlay
from station.duplicates.likeness import FOUND, LEAST_OTHER, LEAST_OWN, MISSED, Outcome
from station.imaging.checks import measure_paper
from station.imaging.recipe import load_recipe
from tests.corpus import otherwise
from tests.corpus.rescans import Taking, take

DPI = 100
CALM = Taking(dpi=DPI, bed_mm=0.0, noise=2.0)


@cache
def view(form: str, number: int, how: Taking = CALM) -> PageView:
    seen = take(otherwise.draw(form, 61, number), how, otherwise.DPI)
    grey = np.asarray(cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY), np.uint8)
    ink = measure_paper(grey, load_recipe().checks).ink
    return PageView(ink, DPI * ink.shape[0] / grey.shape[0])


def form_by_others(form: str, page: PageView) -> Form:
    return form_of(page, [overlay(page, view(form, other)) for other in (20, 21, 22)])


@pytest.mark.parametrize("form", ["script form", "typed form", "notarial"])
@pytest.mark.parametrize(
    "how",
    [
        replace(CALM, skew=2.0, seed=3),
        replace(CALM, upside_down=True),
        replace(CALM, tilt=0.02, gradient=0.3, seed=5),
        replace(CALM, shadow=0.5, brightness=0.85, quality=40),
    ],
    ids=["askew", "upside-down", "tilted", "in shadow"],
)
def test_a_page_taken_again_is_the_same_and_another_page_is_not(form: str, how: Taking) -> None:
    again = view(form, 1, how)
    known = form_by_others(form, again)
    assert known.known
    same, other = judge(overlay(again, view(form, 1)), known), judge(overlay(again, view(form, 2)), known)
    assert (same.outcome, other.outcome) == (Outcome.SAME, Outcome.OTHER)
    assert same.part > 0.9
    assert judge(overlay(again, view(form, 1), whole=False), known).outcome is Outcome.SAME
    assert judge(overlay(again, view(form, 2), whole=False), known).outcome is Outcome.OTHER


def test_blank_forms_cannot_be_told_and_hide() -> None:
    page, other = view("blank", 1), view("blank", 2)
    known = form_by_others("blank", page)
    assert known.hides(page)
    assert judge(overlay(page, other), known).outcome is Outcome.CANNOT_TELL


def test_a_written_page_does_not_hide() -> None:
    page = view("script form", 4)
    assert not form_by_others("script form", page).hides(page)


def test_bare_paper_is_like_nothing() -> None:
    bare = PageView(np.zeros((400, 300), np.uint8), DPI)
    assert overlay(bare, view("notarial", 1)) is None
    assert overlay(view("notarial", 1), bare) is None
    assert judge(None, Form.unknown(bare)).outcome is Outcome.OTHER


def pieces(good: int, bad: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array([1.0] * good + [0.1] * bad, np.float32)


def test_an_alignment_that_went_wrong_once_does_not_make_blank_forms_a_form() -> None:
    page = view("blank", 1)
    count = len(page.pieces)
    wrong, right = Overlay(pieces(0, count), pieces(0, count)), Overlay(pieces(count, 0), pieces(count, 0))
    assert not form_of(page, [wrong, right, right]).known
    assert form_of(page, [wrong, wrong, right]).known


def test_print_that_most_pages_of_a_form_show_is_not_writing_of_its_own() -> None:
    page = view("typed form", 1)
    count = len(page.pieces)
    shown = [Overlay(pieces(count - 3, 3), pieces(count, LEAST_OTHER)) for _ in range(2)]
    aside = [Overlay(pieces(0, count), pieces(0, count)) for _ in range(3)]
    form = form_of(page, [*aside, *shown])
    assert (form.known, form.hides(page), int((form.usual < FOUND).sum())) == (True, True, 3)
    again = judge(Overlay(pieces(count, 0), pieces(count, 0)), form)
    assert again.outcome is Outcome.CANNOT_TELL


def test_a_tilt_told_from_one_column_does_not_bend_the_page() -> None:
    page = view("script form", 1)
    flat = np.eye(3, dtype=np.float32)
    seen, bent = flat.copy(), flat.copy()
    seen[2, 0], bent[2, 0] = 2e-5, 7e-4
    assert _is_near(seen, flat, page)
    assert not _is_near(bent, flat, page)


def test_nothing_is_compared_where_ink_is_cut_off_at_the_edge() -> None:
    page = view("typed form", 1)
    (height, width), (down, across) = page.written.shape, page.edges
    assert down >= 0.04 * height
    assert across >= 0.04 * width
    inner = (page.pieces >= (down, across)) & (page.pieces + PIECE <= (height - down, width - across))
    assert inner.all()


def test_the_thresholds_decide() -> None:
    assert MISSED < FOUND
    form = Form(np.zeros(100, np.float32), others=2)
    for bad, outcome in ((0, Outcome.SAME), (LEAST_OTHER - 1, Outcome.SAME), (90, Outcome.OTHER)):
        assert judge(Overlay(pieces(100 - bad, bad), pieces(100, 0)), form).outcome is outcome
    print_only = Form(np.ones(100, np.float32), others=2)
    assert judge(Overlay(pieces(100, 0), pieces(100, 0)), print_only).outcome is Outcome.CANNOT_TELL
    few = replace(print_only, usual=np.array([0.0] * (LEAST_OWN - 1) + [1.0] * (101 - LEAST_OWN), np.float32))
    assert judge(Overlay(pieces(100, 0), pieces(100, 0)), few).outcome is Outcome.CANNOT_TELL
