"""Four sounds: good, look, stop, done. Played by whatever player the machine has; otherwise the caller's bell rings.

Nothing here waits and nothing fails: a station without sound works as well.
"""

from __future__ import annotations

import array
import io
import logging
import math
import shutil
import subprocess
import sys
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)

RATE = 22050
_LOUDNESS = 0.5
_EDGE_SECONDS = 0.008

# Told apart by rhythm and direction, not by pitch alone: one short, two alike, three low and long, a rising run.
Notes = tuple[tuple[float, float], ...]
"""Hertz and seconds of each note; 0 Hz is a rest."""

NOTES: dict[str, Notes] = {
    "good": ((1175.0, 0.09),),
    "look": ((784.0, 0.13), (0.0, 0.07), (784.0, 0.13)),
    "stop": ((247.0, 0.22), (0.0, 0.06), (247.0, 0.22), (0.0, 0.06), (196.0, 0.4)),
    "done": ((523.3, 0.1), (659.3, 0.1), (784.0, 0.1), (1046.5, 0.25)),
}

PLAYERS: tuple[tuple[str, ...], ...] = (("pw-play",), ("paplay",), ("aplay", "-q"))


@dataclass
class Sounds:
    """Plays out of a folder, into which a sound is written when it is first heard."""

    folder: Path
    bell: Callable[[str], object]
    on: bool = True

    def __post_init__(self) -> None:
        self._player = next((player for player in PLAYERS if shutil.which(player[0])), None)
        self._written: set[str] = set()
        self._playing: list[subprocess.Popen[bytes]] = []

    def play(self, kind: str) -> None:
        """One of good, look, stop, done; at once, whatever is being played. A player that fails is not asked again."""
        if not self.on:
            return
        self._collect()
        if self._player is None:
            self.bell(kind)
            return
        try:
            self._playing.append(
                subprocess.Popen(
                    [*self._player, str(self._file_of(kind))],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
        except OSError as error:
            self._give_up(str(error))
            self.bell(kind)

    def close(self) -> None:
        """End what still plays."""
        for player in self._playing:
            player.kill()
            player.wait()
        self._playing = []

    def _collect(self) -> None:
        failed = [player.returncode for player in self._playing if player.poll()]
        self._playing = [player for player in self._playing if player.returncode is None]
        if failed:
            self._give_up(f"exit {failed[0]}")

    def _give_up(self, why: str) -> None:
        log.info("%s does not play: %s", self._player, why)
        self._player = None

    def _file_of(self, kind: str) -> Path:
        file = self.folder / f"{kind}.wav"
        if kind not in self._written:  # once in a run: what an earlier one left may be cut short
            self.folder.mkdir(parents=True, exist_ok=True)
            file.write_bytes(make_wav(NOTES[kind]))
            self._written.add(kind)
        return file


def make_wav(notes: Notes) -> bytes:
    """The notes as a WAV file: 16 bits, one channel."""
    samples = array.array("h")
    for pitch, seconds in notes:
        samples.extend(_note(pitch, round(seconds * RATE)))
    if sys.byteorder == "big":
        samples.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, RATE, len(samples), "NONE", "not compressed"))
        out.writeframes(samples.tobytes())
    return file.getvalue()


def _note(pitch: float, length: int) -> list[int]:
    """A sine that begins and ends softly: a hard edge clicks."""
    edge = _EDGE_SECONDS * RATE
    loud = 32767 * _LOUDNESS
    turn = 2 * math.pi * pitch / RATE
    return [round(loud * min(1.0, at / edge, (length - at) / edge) * math.sin(turn * at)) for at in range(length)]
