"""Plays a lesson: a station for practice is made, its scanner loaded, and each step done by the command itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outbox import durable
from station.demo.pages import DPI, draw_pages
from station.errors import Exit, UsageError
from station.model import Book
from station.naming import BookId
from station.training.mode import TRAINING_REGISTRY
from station.wiring import Station, create_station
from station.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from station.console import Console
    from station.root import Root
    from station.training.scenarios import Scenario, Sheet, Step

BOOK = f"{TRAINING_REGISTRY.code}/KS.2005.01"
_SEED = 1
_COMMAND_SECONDS = 300
_DESTINATION = "arrivals"


@dataclass
class Lesson:
    """One lesson in one root. `play` does what an operator would; without it the root is left ready to practise in."""

    scenario: Scenario
    root: Root
    console: Console

    @property
    def device(self) -> str:
        return f"scripted:{self.root.path / 'scanner' / 'script.toml'}"

    def prepare(self) -> None:
        """Make the station, its book and a loaded scanner."""
        create_station(self.root, TRAINING_REGISTRY.code, None, practice=True)
        arrivals = self.root.path / _DESTINATION
        durable.make_folder(arrivals)
        text = self.root.settings.read_text(encoding="utf-8")
        table = f'\n[[destinations]]\nkind = "folder"\nname = "training"\npath = {json.dumps(str(arrivals))}\n'
        durable.replace(self.root.settings, (text + table).encode())
        with Station.open(self.root, "training") as station:
            numbers = self.scenario.numbers
            # The cover is a page of the book too.
            station.add_book(
                Book(BookId.parse(BOOK), first_number=1, last_number=numbers[-1], pages_expected=len(numbers) + 1)
            )
        load_scanner(self.root.path / "scanner", self.scenario.sheets)

    def play(self) -> Exit:
        """Every step by its own command, its narration shown. FINDINGS when one ends otherwise than the lesson says."""
        for number, step in enumerate(self.scenario.steps, 1):
            self.console.note("training.step", number=number, text=Phrase(f"lesson.{step.say}"))
            words = self._words(step)
            self.console.note("training.command", command=" ".join(words))
            code = self._run(*words)
            if code != step.exit:
                self.console.note("training.otherwise", code=code, expected=step.exit)
                return Exit.FINDINGS
        return Exit.DONE

    def as_json(self) -> dict[str, Any]:
        return {"scenario": self.scenario.name, "book": BOOK, "root": str(self.root.path), "device": self.device}

    def _words(self, step: Step) -> list[str]:
        """The command of a step; `{page3}` is the id of the third page."""
        known = {"book": BOOK, "device": self.device}
        text = "\n".join(step.run)
        if re.search(r"{page\d+}", text):
            known |= {f"page{page['order']}": page["id"] for page in self._pages()}
        return text.format_map(known).split("\n")

    def _pages(self) -> list[dict[str, Any]]:
        with Station.open(self.root, "training") as station:
            return [{"order": page.order, "id": page.id} for page in station.catalogue.pages(BookId.parse(BOOK))]

    def _run(self, *words: str) -> int:
        """As the operator would type it; what it prints is narration here."""
        command = [sys.executable, "-m", "station", "--root", str(self.root.path), *words]
        try:
            return subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=_COMMAND_SECONDS, check=False
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise UsageError("training.too-long", command=" ".join(words)) from error


def load_scanner(folder: Path, sheets: Sequence[Sheet]) -> Path:
    """Draw the sheets and write the script of the scanner that plays them; returns the script."""
    numbers = [sheet.number for sheet in sheets if sheet.number]
    drawn = draw_pages(folder, pages=max(numbers) + 1, seed=_SEED)
    entries = [f"feeder = true\ndpi = {DPI}\n"]
    for sheet in sheets:
        if sheet.fault:
            entries.append(f'[[sheet]]\nfault = "{sheet.fault}"\n')
            continue
        file = drawn[sheet.number or 0]
        if sheet.blurred:
            file = _blurred(file)
        entries.append(f'[[sheet]]\nimage = "{file.name}"\n')
    script = folder / "script.toml"
    script.write_text("".join(entries), encoding="utf-8")
    return script


def _blurred(file: Path) -> Path:
    """The same page as a scanner sees it when the paper does not lie flat."""
    import cv2

    image = cv2.imread(str(file))
    if image is None:
        raise OSError(file)
    blurred = file.with_name(f"{file.stem}-blurred.jpg")
    cv2.imwrite(str(blurred), cv2.GaussianBlur(image, (0, 0), 6))
    return blurred
