"""Sounds of a terminal that has nothing but its bell: one to four strokes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

STROKES = {"good": 1, "look": 2, "stop": 3, "done": 4}
_APART_SECONDS = 0.18


def ring(app: App[None], kind: str) -> None:
    """So many strokes that the four kinds are told apart; never waits."""
    app.bell()
    for stroke in range(1, STROKES[kind]):
        app.set_timer(stroke * _APART_SECONDS, app.bell)
