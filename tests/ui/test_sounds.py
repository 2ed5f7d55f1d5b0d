"""The four sounds, with programs in place of a loudspeaker that write down what they are given."""

from __future__ import annotations

import io
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from ui.sounds import NOTES, PLAYERS, RATE, Sounds, make_wav

WAIT_SECONDS = 20.0


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def wait_for_text(file: Path, text: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not file.exists() or file.read_text(encoding="utf-8") != text:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("kind", NOTES)
def test_sounds_are_whole_files_of_their_length(kind: str) -> None:
    with wave.open(io.BytesIO(make_wav(NOTES[kind]))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        assert (file.getframerate(), file.getnchannels()) == (RATE, 1)
    assert len(samples) == pytest.approx(RATE * sum(seconds for _, seconds in NOTES[kind]), abs=5)
    assert 8000 < np.abs(samples).max() < 32767
    assert max(abs(int(samples[0])), abs(int(samples[-1]))) < 500


def test_no_sound_is_mistaken_for_another() -> None:
    lengths = [sum(seconds for _, seconds in notes) for notes in NOTES.values()]
    heard = [sum(pitch > 0 for pitch, _ in notes) for notes in NOTES.values()]
    assert heard == [1, 2, 3, 4]
    assert len({round(length, 2) for length in lengths}) == 4


@pytest.mark.parametrize("player", PLAYERS, ids=lambda player: player[0])
def test_the_player_that_is_there_plays(programs: Path, tmp_path: Path, player: tuple[str, ...]) -> None:
    heard = tmp_path / "heard"
    install(programs, player[0], f'echo "$@" >> {heard}')
    bells: list[str] = []
    sounds = Sounds(tmp_path / "sounds", bells.append)
    sounds.play("stop")
    wait_for_text(heard, " ".join([*player[1:], str(tmp_path / "sounds" / "stop.wav")]) + "\n")
    assert (tmp_path / "sounds" / "stop.wav").read_bytes() == make_wav(NOTES["stop"])
    assert bells == []
    sounds.close()


def test_without_a_player_the_bell_rings_and_off_is_off(programs: Path, tmp_path: Path) -> None:
    bells: list[str] = []
    sounds = Sounds(tmp_path / "sounds", bells.append)
    sounds.play("look")
    sounds.on = False
    sounds.play("done")
    assert bells == ["look"]


def test_a_player_that_fails_makes_way_for_the_bell(programs: Path, tmp_path: Path) -> None:
    install(programs, "aplay", "exit 1")
    bells: list[str] = []
    sounds = Sounds(tmp_path / "sounds", bells.append)
    end = time.monotonic() + WAIT_SECONDS
    while not bells:
        assert time.monotonic() < end
        sounds.play("good")
        time.sleep(0.02)
    sounds.close()


def test_nowhere_to_write_is_no_error(programs: Path, tmp_path: Path) -> None:
    install(programs, "aplay", "exit 0")
    (tmp_path / "file").write_bytes(b"")
    bells: list[str] = []
    Sounds(tmp_path / "file" / "sounds", bells.append).play("good")
    assert bells == ["good"]


def test_a_player_that_hangs_holds_nothing_up(programs: Path, tmp_path: Path) -> None:
    install(programs, "aplay", "exec /bin/sleep 60")
    sounds = Sounds(tmp_path / "sounds", lambda _: None)
    begun = time.monotonic()
    for _ in range(5):
        sounds.play("good")
    sounds.close()
    assert time.monotonic() - begun < 20
