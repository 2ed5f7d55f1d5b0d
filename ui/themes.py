"""Colours: a calm dark theme and one of high contrast, both in the colours of Okabe and Ito.

Those are told apart by nearly every eye; a sign and a word always stand beside them.
"""

from textual.theme import Theme

GREEN, ORANGE, BLUE, RED, YELLOW = "#009E73", "#E69F00", "#56B4E9", "#D55E00", "#F0E442"

CALM = Theme(
    name="calm",
    primary=BLUE,
    secondary="#0072B2",
    accent=YELLOW,
    success=GREEN,
    warning=ORANGE,
    error=RED,
    foreground="#E8E8E6",
    background="#14171C",
    surface="#1B1F26",
    panel="#262B34",
    dark=True,
)
HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary=YELLOW,
    secondary=BLUE,
    accent=YELLOW,
    success="#2EE6AE",
    warning="#FFB000",
    error="#FF7A2F",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#1A1A1A",
    dark=True,
)
THEMES = {"normal": CALM, "high": HIGH_CONTRAST}
SIZES = ("small", "normal", "large")

SIGNS = {"good": "✓", "look": "●", "stop": "✗", "busy": "…", "wait": "▶"}
"""The sign of each tone; a tone is also a class by which it gets its colour."""
