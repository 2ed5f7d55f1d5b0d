"""Every lesson can be played to its end, as it stands, and tells the learner what happens at each step."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.errors import UsageError
from station.sentences import SENTENCES
from station.training.scenarios import Scenario, scenario_names
from tests.support import run_station, succeed

IN_EVERY_RUN = ("plain", "jam", "blurred", "missing-number")
"""Lessons that are played in every run of the tests; the others differ from "jam" by their fault alone."""


@pytest.mark.parametrize("name", scenario_names())
def test_lesson_has_its_sentences(name: str) -> None:
    scenario = Scenario.load(name)
    assert {f"lesson.title.{name}", *(f"lesson.{step.say}" for step in scenario.steps)} <= set(SENTENCES)


@pytest.mark.parametrize(
    "name",
    [name if name in IN_EVERY_RUN else pytest.param(name, marks=pytest.mark.soak) for name in scenario_names()],
)
def test_lesson_ends_in_a_sealed_book(name: str, tmp_path: Path) -> None:
    root = tmp_path / "lesson"
    ran = run_station(root, "--json", "demo", "--keep", "--scenario", name)
    assert ran.code == 0, ran.err
    assert ran.data["scenario"] == name
    assert "TRAINING" in ran.err
    (book,) = succeed(root, "books", "list")
    assert book["state"] == "sealed"


def test_practice_is_left_to_the_learner(tmp_path: Path) -> None:
    root = tmp_path / "lesson"
    lesson = succeed(root, "demo", "--practise", "--scenario", "jam")
    assert succeed(root, "pages", lesson["book"]) == []
    ran = run_station(root, "scan", lesson["book"], "--device", lesson["device"], "--covers", "1", "--number", "1")
    assert ran.code == 5
    assert len(succeed(root, "pages", lesson["book"])) == 3


def test_unknown_lesson_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(UsageError) as refused:
        Scenario.load("flood")
    assert "jam" in refused.value.values["known"]
