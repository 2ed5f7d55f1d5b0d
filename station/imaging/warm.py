"""Loaded once by the fork server: the image libraries, and the tables that OpenCV builds when it is first used.

A worker forked after this does its first page as fast as its tenth, 0.2 s earlier.
"""

import cv2
import numpy as np

from station.imaging import checks, process, steps
from station.imaging.recipe import load_recipe

__all__ = ["process"]


def warm_up() -> None:
    """Look at a small page of nothing much: a light sheet on a dark bed."""
    cv2.setNumThreads(1)
    recipe = load_recipe()
    page = np.full((440, 320, 3), 20, np.uint8)
    page[20:-20, 20:-20] = 220
    steps.find_page(page, recipe.geometry)
    checks.measure_paper(page, recipe.checks)


warm_up()
