"""The pool is bounded, survives a page that kills its worker, and leaves no orphans."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from station.imaging.page import PageJob, PageResult, Unreadable, UnreadablePage, preview_of, thumbnail_of
from station.imaging.pool import PagePool
from station.imaging.recipe import load_recipe
from tests.station.imaging.pages import draw_sheet, save_tiff

RECIPE = load_recipe()


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiff(draw_sheet(0.5, dpi=100), tmp_path_factory.mktemp("masters") / "a.tif")


class PoisonedPath(type(Path())):  # type: ignore[misc]
    """A master whose reading kills the process, as a decoder's segmentation fault would."""

    def open(self, *_: object, **__: object) -> object:
        os._exit(139)


def job(master: Path, folder: Path, name: str = "a") -> PageJob:
    return PageJob(master, "", folder / f"{name}.jpg", RECIPE)


def test_pages_come_back(master: Path, tmp_path: Path) -> None:
    with PagePool(2) as pool:
        futures = [pool.submit(job(master, tmp_path, str(index))) for index in range(6)]
        results = [future.result(timeout=60) for future in futures]
    assert len({result.sha256 for result in results}) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{index}.jpg" for index in range(6)]


def test_errors_come_back_as_they_are(master: Path, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("text")
    with PagePool(1) as pool:
        unreadable = pool.submit(job(tmp_path / "text.jpg", tmp_path))
        unwritable = pool.submit(job(master, tmp_path / "no-such-folder"))
        with pytest.raises(UnreadablePage) as caught:
            unreadable.result(timeout=60)
        assert caught.value.reason is Unreadable.UNKNOWN_FORMAT
        with pytest.raises(FileNotFoundError):
            unwritable.result(timeout=60)


def test_a_page_that_a_step_trips_over_fails_alone(master: Path, tmp_path: Path) -> None:
    with PagePool(1) as pool:
        odd = replace(job(master, tmp_path), recipe=None)  # type: ignore[arg-type]  # no step can do with it
        tripping, good = pool.submit(odd), pool.submit(job(master, tmp_path, "b"))
        with pytest.raises(UnreadablePage, match=r"AttributeError: .* in \w+\.py:\d+") as caught:
            tripping.result(timeout=60)
        assert caught.value.reason is Unreadable.CRASHED
        assert good.result(timeout=60).copy.is_file()


def test_a_page_that_kills_its_worker_fails_alone(master: Path, tmp_path: Path) -> None:
    with PagePool(2) as pool:
        futures: list[Future[PageResult]] = []
        for index in range(4):
            source = PoisonedPath(master) if index == 1 else master
            futures.append(pool.submit(job(source, tmp_path, str(index))))
        for index, future in enumerate(futures):
            if index == 1:
                with pytest.raises(UnreadablePage) as caught:
                    future.result(timeout=60)
                assert caught.value.reason is Unreadable.CRASHED
            else:
                assert future.result(timeout=60).copy.is_file()
        assert pool.submit(job(master, tmp_path, "later")).result(timeout=60).copy.is_file()


@contextmanager
def shrinking(path: Path) -> Iterator[None]:
    """A file that loses its end again and again, as on a stick with a bad contact or a share that drops out.

    Whoever has it mapped and reads on is killed by the kernel (SIGBUS): a crash that no program can catch.
    """
    size, stop = path.stat().st_size, threading.Event()

    def keep_shrinking() -> None:
        while not stop.wait(0.004):
            os.truncate(path, 4096)
            time.sleep(0.002)
            os.truncate(path, size)

    thread = threading.Thread(target=keep_shrinking)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_master_that_vanishes_under_its_reader_kills_nobody_else(master: Path, tmp_path: Path) -> None:
    large = save_tiff(draw_sheet(0.5, dpi=300), tmp_path / "large.tif")
    (tmp_path / "copies").mkdir()
    reasons: list[Unreadable] = []
    with PagePool(2) as pool, shrinking(large):
        for attempt in range(30):
            good = [pool.submit(job(master, tmp_path / "copies", f"{attempt}-{index}")) for index in range(2)]
            bad = pool.submit(job(large, tmp_path, "bad"))
            for one in good:
                assert one.result(timeout=60).copy.is_file()
            if isinstance(error := bad.exception(timeout=60), UnreadablePage):
                reasons.append(error.reason)
            if Unreadable.CRASHED in reasons:
                break
        assert pool.submit(job(master, tmp_path / "copies", "later")).result(timeout=60).copy.is_file()
    assert Unreadable.CRASHED in reasons
    assert not list((tmp_path / "copies").glob(".*"))


def test_workers_that_are_killed_lose_no_page(master: Path, tmp_path: Path) -> None:
    """The kernel, short of memory, takes all of them in the middle of their work; each page is tried again."""
    large = save_tiff(draw_sheet(0.5, dpi=300), tmp_path / "large.tif")
    (tmp_path / "copies").mkdir()
    with PagePool(2) as pool:
        pool.submit(job(master, tmp_path / "copies", "first")).result(timeout=60)
        futures = [pool.submit(job(large, tmp_path / "copies", str(index))) for index in range(4)]
        for child in multiprocessing.active_children():
            os.kill(child.pid or 0, signal.SIGKILL)
        assert [future.result(timeout=60).copy.is_file() for future in futures] == [True] * 4


def test_workers_that_hang_lose_no_page(master: Path, tmp_path: Path) -> None:
    """A debugger, a frozen container: the workers are there and do nothing. Each page is tried alone."""
    with PagePool(2, patience=10) as pool:
        pool.submit(job(master, tmp_path, "first")).result(timeout=60)
        stopped = [child.pid or 0 for child in multiprocessing.active_children()]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        futures = [pool.submit(job(master, tmp_path, str(index))) for index in range(4)]
        assert [future.result(timeout=60).copy.is_file() for future in futures] == [True] * 4
        assert not any(alive(pid) for pid in stopped)
        assert pool.submit(job(master, tmp_path, "later")).result(timeout=60).copy.is_file()


class EndlessPath(type(Path())):  # type: ignore[misc]
    """A master on which a decoder never ends."""

    def open(self, *_: object, **__: object) -> object:
        while True:
            time.sleep(60)


def test_a_page_that_never_ends_fails_alone(master: Path, tmp_path: Path) -> None:
    with PagePool(1, patience=6) as pool:
        endless = pool.submit(job(EndlessPath(master), tmp_path))
        good = pool.submit(job(master, tmp_path, "b"))
        with pytest.raises(UnreadablePage) as caught:
            endless.result(timeout=60)
        assert caught.value.reason is Unreadable.CRASHED
        assert good.result(timeout=60).copy.is_file()
    assert not list(tmp_path.glob(".*"))


def test_closing_in_the_middle_leaves_whole_copies_or_none(tmp_path: Path) -> None:
    large = save_tiff(draw_sheet(0.5, dpi=200), tmp_path / "large.tif")
    copies = tmp_path / "copies"
    copies.mkdir()
    pool = PagePool(2, ahead=10)
    futures = [pool.submit(replace(job(large, copies, str(index)), previews=True)) for index in range(20)]
    futures[0].result(timeout=60)
    pool.close()
    made = {future.result().copy for future in futures if not future.cancelled()}
    assert all(future.done() for future in futures)
    assert 0 < len(made) < 20
    assert {path for path in copies.iterdir() if "." not in path.stem} == made
    assert set(copies.iterdir()) == {path for copy in made for path in (copy, preview_of(copy), thumbnail_of(copy))}
    for path in copies.iterdir():
        with Image.open(path) as image:
            image.load()


def test_no_more_pages_are_in_flight_than_allowed(master: Path, tmp_path: Path) -> None:
    gate = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        threads.submit(gate.wait)
        pool = PagePool(1, executor=threads, ahead=2)
        submitted: list[Future[PageResult]] = []

        def feed() -> None:
            submitted.extend(pool.submit(job(master, tmp_path, str(index))) for index in range(4))

        feeder = threading.Thread(target=feed)
        feeder.start()
        feeder.join(0.3)
        assert feeder.is_alive()
        assert not any(future.done() for future in submitted)
        gate.set()
        feeder.join(30)
        assert [future.result(timeout=30).dpi for future in submitted] == [100] * 4
        pool.close()


def test_a_closed_pool_takes_no_page(master: Path, tmp_path: Path) -> None:
    pool = PagePool(1)
    pool.close()
    with pytest.raises(RuntimeError):
        pool.submit(job(master, tmp_path))


def test_the_parent_loads_no_image_library() -> None:
    loaded = (
        "import sys, station.imaging.pool, station.intake;"
        "print([name for name in ('cv2', 'numpy', 'PIL', 'pikepdf') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


PARENT = """
import multiprocessing, pathlib, sys, threading, time
from station.imaging.page import PageJob
from station.imaging.pool import PagePool
from station.imaging.recipe import load_recipe

if __name__ == "__main__":
    pool = PagePool(2)
    folder = pathlib.Path(sys.argv[2])
    job = PageJob(pathlib.Path(sys.argv[1]), "", folder / "a.jpg", load_recipe())
    feeder = threading.Thread(target=lambda: [pool.submit(job) for _ in range(2)])
    feeder.start()
    feeder.join()
    for future in [pool.submit(job) for _ in range(2)]:
        future.result()
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    time.sleep(60)
"""


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie that nobody reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


@pytest.fixture
def parent(master: Path, tmp_path: Path) -> "subprocess.Popen[str]":
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    return subprocess.Popen([sys.executable, script, master, tmp_path], stdout=subprocess.PIPE, text=True)


def test_workers_outlive_the_thread_that_started_them_but_not_the_parent(parent: "subprocess.Popen[str]") -> None:
    with parent:
        assert parent.stdout
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        assert workers
        for pid in workers:
            os.kill(pid, signal.SIGINT)
        time.sleep(0.3)
        assert all(alive(pid) for pid in workers)
        parent.kill()
        deadline = time.monotonic() + 10
        while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(alive(pid) for pid in workers)
