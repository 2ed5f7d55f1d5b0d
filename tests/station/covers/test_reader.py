"""The process that reads codes: pictures that kill or hang it cost a look, never the program that asks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from station.covers.code import code_of
from station.covers.reader import SMALLEST, CodeReader, Look
from station.naming import BookId
from tests.station.covers import papers
from tests.support import BOOK, draw_page, environment

CODE = code_of(BookId.parse(BOOK))
HANGS_SECONDS = 60


class DeadlyPath(type(Path())):  # type: ignore[misc]
    """A picture whose reading kills the process, as a decoder's segmentation fault does."""

    def open(self, *_: object, **__: object) -> object:
        os.kill(os.getpid(), signal.SIGSEGV)
        raise AssertionError


class DeadlyOncePath(type(Path())):  # type: ignore[misc]
    """One that kills the first process that reads it: the file beside it says that it has."""

    def open(self, *words: object, **more: object) -> object:
        mark = self.with_suffix(".dead")
        if not mark.exists():
            mark.touch()
            os._exit(139)
        return Path.open(Path(self), *words, **more)  # type: ignore[call-overload]


class HangingPath(type(Path())):  # type: ignore[misc]
    """One over which the decoder never comes to an end."""

    def open(self, *_: object, **__: object) -> object:
        time.sleep(HANGS_SECONDS)
        raise AssertionError


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    return papers.save(papers.cover(BOOK), tmp_path / "cover.jpg")


def worker_of(reader: CodeReader) -> int:
    assert reader._worker
    pid = reader._worker[0].pid
    assert pid
    return pid


def test_codes_come_back_and_the_worker_stays(sheet: Path, tmp_path: Path) -> None:
    page = draw_page(tmp_path / "page.jpg", 1)
    with CodeReader() as reader:
        assert reader.look(sheet) == Look((CODE,))
        first = worker_of(reader)
        assert reader.look(page) == Look()
        assert reader.look(tmp_path / "missing.jpg") == Look()
        assert worker_of(reader) == first


def test_a_picture_that_kills_its_reader_is_tried_again_and_then_told_of(sheet: Path) -> None:
    with CodeReader() as reader:
        assert reader.look(DeadlyPath(sheet)) == Look(failed=True)
        assert reader.look(DeadlyOncePath(sheet)) == Look((CODE,))
        assert reader.look(sheet) == Look((CODE,))


def test_a_worker_that_was_killed_while_it_waited_costs_no_code(sheet: Path) -> None:
    with CodeReader() as reader:
        reader.look(sheet)
        os.kill(worker_of(reader), signal.SIGKILL)
        assert reader.look(sheet) == Look((CODE,))


def test_a_picture_that_takes_for_ever_is_given_up_at_once(sheet: Path) -> None:
    with CodeReader(limit_seconds=3.0) as reader:
        reader.look(sheet)
        hanging = worker_of(reader)
        assert reader.look(HangingPath(sheet)) == Look(failed=True)
        with pytest.raises(ProcessLookupError):
            os.kill(hanging, 0)
        assert reader.look(sheet) == Look((CODE,))


def test_a_tiny_picture_is_not_even_given_to_the_worker(sheet: Path) -> None:
    with CodeReader() as reader:
        for size in ((60, 84), (SMALLEST - 1, 9000), (9000, 1)):
            assert reader.look(DeadlyPath(sheet), size) == Look()
        assert reader._worker is None


def test_it_starts_again_after_it_was_closed_and_in_advance(sheet: Path) -> None:
    reader = CodeReader()
    try:
        reader.warm_up()
        assert reader.look(sheet) == Look((CODE,))
        reader.close()
        assert reader.look(sheet) == Look((CODE,))
    finally:
        reader.close()


def test_the_worker_ends_with_a_parent_that_is_killed(sheet: Path) -> None:
    program = (
        "import os, sys, pathlib; from station.covers.reader import CodeReader; reader = CodeReader();"
        "reader.look(pathlib.Path(sys.argv[1])); print(reader._worker[0].pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(sheet)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
        check=False,
    )
    stat, deadline = Path(f"/proc/{int(done.stdout)}/stat"), time.monotonic() + 20
    while is_running(stat):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(stat: Path) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_whoever_asks_does_not_load_the_decoder() -> None:
    program = "import sys, station.line, station.covers.reader; sys.exit('zxingcpp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=60, env=environment(), check=False).returncode == 0
