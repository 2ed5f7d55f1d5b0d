"""Events of real folders, and what is said where none can come."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers import folder_watch
from drivers.folder_watch import FolderWatch, Hint, NoEvents, What

PATIENCE_SECONDS = 10.0


@pytest.fixture
def watch() -> Iterator[FolderWatch]:
    watch = FolderWatch()
    yield watch
    watch.close()


@pytest.fixture
def top(watch: FolderWatch, tmp_path: Path) -> Path:
    folder = tmp_path / "top"
    folder.mkdir()
    watch.watch(folder)
    assert watch.no_events(folder) is None
    return folder


def wait_for(watch: FolderWatch, path: Path, what: What) -> list[Hint]:
    """Everything that was told until this was."""
    told: list[Hint] = []
    end = time.monotonic() + PATIENCE_SECONDS
    while not any((hint.path, hint.what) == (path, what) for hint in told):
        assert time.monotonic() < end, told
        told += watch.hints(0.5)
    return told


def test_a_file_is_told_of_when_it_appears_and_when_its_writer_closes_it(watch: FolderWatch, top: Path) -> None:
    with (top / "a.jpg").open("wb") as file:
        told = wait_for(watch, top / "a.jpg", What.APPEARED)
        assert {hint.what for hint in told} == {What.APPEARED}
        file.write(b"1")
    wait_for(watch, top / "a.jpg", What.CLOSED)


def test_a_file_that_is_moved_in_is_closed(watch: FolderWatch, top: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.jpg").write_bytes(b"1")
    (tmp_path / "outside.jpg").rename(top / "inside.jpg")
    wait_for(watch, top / "inside.jpg", What.CLOSED)


def test_temporary_names_are_told_of_under_their_final_name_alone(watch: FolderWatch, top: Path) -> None:
    for name in ("a.jpg.part", ".a.jpg.swp", "a.jpg~"):
        (top / name).write_bytes(b"1")
    (top / "a.jpg.part").rename(top / "a.jpg")
    told = wait_for(watch, top / "a.jpg", What.CLOSED)
    assert {hint.path.name for hint in told} == {"a.jpg"}


def test_folders_that_come_are_watched_with_what_is_below_them(watch: FolderWatch, top: Path, tmp_path: Path) -> None:
    (tmp_path / "tree" / "deep" / "er").mkdir(parents=True)
    (tmp_path / "tree").rename(top / "tree")
    wait_for(watch, top / "tree", What.FOLDER)
    (top / "tree" / "deep" / "er" / "a.jpg").write_bytes(b"1")
    wait_for(watch, top / "tree" / "deep" / "er" / "a.jpg", What.CLOSED)


def test_a_folder_that_is_renamed_is_told_of_under_its_new_name(watch: FolderWatch, top: Path) -> None:
    (top / "old" / "deep").mkdir(parents=True)
    wait_for(watch, top / "old", What.FOLDER)
    (top / "old").rename(top / "new")
    wait_for(watch, top / "new", What.FOLDER)
    (top / "new" / "deep" / "a.jpg").write_bytes(b"1")
    told = wait_for(watch, top / "new" / "deep" / "a.jpg", What.CLOSED)
    assert not any("old" in hint.path.parts for hint in told)


def test_what_moved_out_is_told_of_no_more(watch: FolderWatch, top: Path, tmp_path: Path) -> None:
    (top / "book").mkdir()
    wait_for(watch, top / "book", What.FOLDER)
    (top / "book").rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "a.jpg").write_bytes(b"1")
    (top / "b.jpg").write_bytes(b"1")
    told = wait_for(watch, top / "b.jpg", What.CLOSED)
    assert {hint.path for hint in told} == {top / "b.jpg"}


def test_hidden_folders_and_links_are_not_entered(watch: FolderWatch, top: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (top / ".thumbs").mkdir()
    (top / "link").symlink_to(tmp_path / "outside")
    time.sleep(0.1)
    (top / ".thumbs" / "1.jpg").write_bytes(b"1")
    (tmp_path / "outside" / "2.jpg").write_bytes(b"1")
    (top / "3.jpg").write_bytes(b"1")
    told = wait_for(watch, top / "3.jpg", What.CLOSED)
    assert {hint.path.name for hint in told} == {"link", "3.jpg"}


def test_the_named_folder_may_be_a_link_and_keeps_its_name(watch: FolderWatch, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "named").symlink_to(tmp_path / "real")
    watch.watch(tmp_path / "named")
    (tmp_path / "real" / "a.jpg").write_bytes(b"1")
    wait_for(watch, tmp_path / "named" / "a.jpg", What.CLOSED)


def test_a_watched_folder_that_goes_away_says_so_and_can_be_watched_again(watch: FolderWatch, top: Path) -> None:
    shutil.rmtree(top)
    wait_for(watch, top, What.GONE)
    watch.unwatch(top)
    top.mkdir()
    watch.watch(top)
    (top / "a.jpg").write_bytes(b"1")
    wait_for(watch, top / "a.jpg", What.CLOSED)


def test_a_wait_ends_when_woken(watch: FolderWatch) -> None:
    began = time.monotonic()
    threading.Timer(0.1, watch.wake).start()
    assert watch.hints(PATIENCE_SECONDS) == []
    assert time.monotonic() - began < PATIENCE_SECONDS / 2


def test_more_hints_than_are_kept_become_one_that_says_so(
    watch: FolderWatch, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_watch, "HINTS_KEPT", 100)
    for number in range(200):
        (top / f"{number}.jpg").write_bytes(b"1")
    told = wait_for(watch, top, What.LOST)
    assert len(told) <= 102
    monkeypatch.setattr(folder_watch, "HINTS_KEPT", 20_000)
    (top / "later.jpg").write_bytes(b"1")
    wait_for(watch, top / "later.jpg", What.CLOSED)


def test_a_burst_beyond_the_kernel_s_queue_is_told_as_lost(watch: FolderWatch, top: Path, tmp_path: Path) -> None:
    """The queue holds 16,384 events; while watchdog's thread is kept from reading, 20,000 come."""
    room = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if room > 100_000:
        pytest.skip("the kernel's queue is too long to fill")
    source = tmp_path / "a.jpg"
    source.write_bytes(b"1")
    tree = watch._trees[top]
    with tree._lock:
        for _ in range(room):
            source.rename(top / "a.jpg")
            (top / "a.jpg").rename(source)
    wait_for(watch, top, What.LOST)
    (top / "later.jpg").write_bytes(b"1")
    wait_for(watch, top / "later.jpg", What.CLOSED)


LIMITED = """
import os, sys
from pathlib import Path
from drivers.folder_watch import FolderWatch
watch = FolderWatch()
top = Path(sys.argv[1])
watch.watch(top)
print(watch.no_events(top))
watch.close()
"""


def unshared(limit: str, folder: Path) -> str:
    """What `FolderWatch` says where the kernel gives this user no more: limits are for a user namespace alone."""
    script = f"echo 2 > /proc/sys/user/{limit} && exec {sys.executable} -c '{LIMITED}' {folder}"
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", script],
        capture_output=True, text=True, timeout=30, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"no user namespaces here: {done.stderr[-200:]}")
    return done.stdout.strip()


def test_the_limit_of_watches_is_told_as_the_reason_to_read_the_folder(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / str(number)).mkdir()
    assert unshared("max_inotify_watches", tmp_path) == NoEvents.LIMIT


def test_without_inotify_every_folder_is_read(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    os.close(write)
    script = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))"
    code = LIMITED.replace("watch = FolderWatch()", f"import watchdog.observers.inotify_c; {script}\n"
                           "held = [open('/dev/null') for _ in range(8 - len(os.listdir('/proc/self/fd')) + 1)]\n"
                           "watch = FolderWatch()\nheld.clear()")  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True, text=True, timeout=30, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.strip() == NoEvents.UNAVAILABLE, done.stderr
