"""The hot folder: when a file is taken, in which order, and what is left alone."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.arrivals import natural_order
from drivers.claims import claim
from drivers.faults import DeviceFault, FaultKind
from drivers.hot_folder import HotFolder, files_below, is_unfinished
from drivers.interface import EndOfPaper
from tests.drivers import rigs

LEFT_ALONE = [
    ".hidden.jpg", "~$scan.jpg", "scan.jpg~", "scan.part", "scan.jpg.partial", "a.tmp", "A.TMP", "a.temp",
    "b.crdownload", "b.jpg.download", "c.filepart", ".c.jpg.swp", "d.swp", "Thumbs.db", "thumbs.db", "desktop.ini",
    "Desktop.ini",
]  # fmt: skip
TAKEN = ["..jpg", "..", "...odd", "page.jpg", "temp.jpg", "part", "tmp", "x.swp.jpg", "my thumbs.db.jpg", "a.b~c"]


@dataclass
class Watched:
    """A hot folder whose clocks stand until they are moved."""

    folder: Path
    now: float = 1000.0
    hot: HotFolder = field(init=False)

    def __post_init__(self) -> None:
        self.hot = HotFolder.at(self.folder, 2.0)
        self.hot.arrivals.clock = lambda: self.now
        self.hot.arrivals.wall_clock = lambda: 0.0  # so long ago that no file looks old

    def look(self) -> list[str]:
        feed = list(self.hot.feed(self.folder))
        assert feed[-1] == EndOfPaper(len(feed) - 1)
        return [image.path.name for image in rigs.images_of(feed)]


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return Watched(folder)


def test_file_is_taken_after_it_stood_still_for_the_settle_time(watched: Watched) -> None:
    (watched.folder / "a.jpg").write_bytes(b"1")
    assert watched.look() == []
    assert watched.hot.pending()
    watched.now += 1.9
    assert watched.look() == []
    watched.now += 0.1
    assert watched.look() == ["a.jpg"]
    assert not watched.hot.pending()


def test_file_that_grows_or_is_replaced_waits_anew(watched: Watched) -> None:
    file = watched.folder / "a.jpg"
    file.write_bytes(b"1")
    times = file.stat()
    assert watched.look() == []
    for change in (b"12", b"21"):
        watched.now += 1.9
        file.write_bytes(change)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # as a copy that keeps the old time does
        assert watched.look() == []
    watched.now += 1.9
    (watched.folder / "new").write_bytes(b"21")
    (watched.folder / "new").rename(file)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert watched.look() == []
    watched.now += 2
    assert watched.look() == ["a.jpg"]


def test_file_that_was_finished_long_ago_is_taken_at_the_first_look(watched: Watched) -> None:
    (watched.folder / "a.jpg").write_bytes(b"1")
    watched.hot.arrivals.wall_clock = lambda: time.time() + 10
    assert watched.look() == ["a.jpg"]


def test_old_date_alone_does_not_make_a_file_old(watched: Watched) -> None:
    file = watched.folder / "a.jpg"
    file.write_bytes(b"1")
    os.utime(file, (0, 0))
    watched.hot.arrivals.wall_clock = time.time
    assert watched.look() == []


def test_date_in_the_future_only_means_waiting(watched: Watched) -> None:
    file = watched.folder / "a.jpg"
    file.write_bytes(b"1")
    os.utime(file, (time.time() + 86400,) * 2)
    watched.hot.arrivals.wall_clock = time.time
    assert watched.look() == []
    watched.now += 2
    assert watched.look() == ["a.jpg"]


def test_file_that_vanishes_between_two_looks_is_forgotten(watched: Watched) -> None:
    file = watched.folder / "a.jpg"
    file.write_bytes(b"1")
    assert watched.look() == []
    file.unlink()
    watched.now += 5
    assert watched.look() == []
    assert not watched.hot.pending()


def test_without_a_settle_time_everything_is_taken_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"1")
    assert len(rigs.images_of(list(HotFolder.at(tmp_path, 0).feed(tmp_path)))) == 1


def test_limit_leaves_the_others_for_the_next_look(watched: Watched) -> None:
    for name in ("1.jpg", "2.jpg", "3.jpg"):
        (watched.folder / name).write_bytes(b"1")
    watched.hot.arrivals.wall_clock = lambda: time.time() + 10
    first = list(watched.hot.feed(watched.folder, 2))
    assert [image.path.name for image in rigs.images_of(first)] == ["1.jpg", "2.jpg"]
    assert len(first) == 2
    for image in rigs.images_of(first):
        image.path.unlink()
    assert watched.look() == ["3.jpg"]


def test_folder_that_is_gone_is_offline(tmp_path: Path) -> None:
    with pytest.raises(DeviceFault) as gone:
        list(HotFolder.at(tmp_path / "none").feed(tmp_path))
    assert gone.value.kind is FaultKind.OFFLINE


def test_links_are_listed_at_once_and_never_followed(watched: Watched, tmp_path: Path) -> None:
    """The taker refuses them, so that somebody sees them; what they point at is none of ours."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.jpg").write_bytes(b"1")
    (watched.folder / "to-folder").symlink_to(tmp_path / "outside")
    (watched.folder / "to-file.jpg").symlink_to(tmp_path / "outside" / "secret.jpg")
    (watched.folder / "to-nothing.jpg").symlink_to(tmp_path / "none")
    (watched.folder / "to-itself").symlink_to(watched.folder)
    os.mkfifo(watched.folder / "pipe.jpg")
    assert sorted(watched.look()) == ["pipe.jpg", "to-file.jpg", "to-folder", "to-itself", "to-nothing.jpg"]


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_hidden_temporary_and_system_names_are_left_alone(name: str, tmp_path: Path) -> None:
    assert is_unfinished(name)
    (tmp_path / name).write_bytes(b"1")
    assert files_below(tmp_path) == []


@pytest.mark.parametrize("name", TAKEN)
def test_other_names_are_seen(name: str, tmp_path: Path) -> None:
    """Also those that begin with two dots: they are refused later, where somebody sees it."""
    assert not is_unfinished(name)
    if name != "..":
        (tmp_path / name).write_bytes(b"1")
        assert files_below(tmp_path) == [tmp_path / name]


def test_subfolders_are_searched_but_not_hidden_or_system_ones(tmp_path: Path) -> None:
    for name in ("b/10.jpg", "b/9.jpg", "a/deep/er/1.jpg", "..odd/1.jpg", "x.tmp/1.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    for name in (
        ".git/1.jpg",
        "a/.thumbs/1.jpg",
        "System Volume Information/1.jpg",
        "$RECYCLE.BIN/x/1.jpg",
        "~tmp/1.jpg",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    found = [path.relative_to(tmp_path).as_posix() for path in files_below(tmp_path)]
    assert found == ["..odd/1.jpg", "a/deep/er/1.jpg", "b/9.jpg", "b/10.jpg", "x.tmp/1.jpg"]


def test_sensor_says_whether_something_lies_there(tmp_path: Path) -> None:
    hot = HotFolder.at(tmp_path)
    assert hot.sensors() == {"page-loaded": False}
    (tmp_path / "a.jpg").touch()
    assert hot.sensors() == {"page-loaded": True}


NAMES = st.one_of(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=8),
    st.from_regex(r"[Pp]age[ _-]?0*[0-9]{1,3}\.(jpg|JPG)", fullmatch=True),
    st.binary(min_size=1, max_size=6).map(lambda raw: os.fsdecode(raw.replace(b"/", b"_").replace(b"\0", b"_"))),
)


@given(st.lists(NAMES, max_size=8, unique=True), st.randoms())
def test_order_is_the_same_whatever_order_the_folder_gives(names: list[str], random: object) -> None:
    paths = [Path("/inbox") / name for name in names]
    shuffled = list(paths)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sorted(paths, key=natural_order) == sorted(shuffled, key=natural_order)


@given(st.lists(st.integers(0, 99999), unique=True, max_size=20), st.integers(1, 6))
def test_numbers_count_as_numbers_with_and_without_leading_zeros(numbers: list[int], width: int) -> None:
    paths = [Path(f"/inbox/page {number:0{width}}.jpg") for number in numbers]
    ordered = [int(PurePosixPath(path).stem.split()[1]) for path in sorted(paths, key=natural_order)]
    assert ordered == sorted(numbers)


def test_files_that_came_together_are_one_feed_in_their_order(watched: Watched) -> None:
    """Page 10 is whole before page 9, which is still being written: it waits for it."""
    (watched.folder / "page10.jpg").write_bytes(b"1")
    assert watched.look() == []
    watched.now += 1.5
    (watched.folder / "page9.jpg").write_bytes(b"1")
    assert watched.look() == []
    watched.now += 1.5
    assert watched.look() == []
    watched.now += 0.5
    assert watched.look() == ["page9.jpg", "page10.jpg"]


def test_what_an_interrupted_run_had_in_hand_comes_first(watched: Watched) -> None:
    for name in ("1.jpg", "2.jpg"):
        (watched.folder / name).write_bytes(b"1")
    claim(watched.folder / "2.jpg")
    assert watched.look() == ["2.jpg"]
    watched.now += 2
    assert watched.look() == ["2.jpg", "1.jpg"]


def test_times_of_a_share_are_another_machine_s_and_say_nothing(watched: Watched) -> None:
    (watched.folder / "a.jpg").write_bytes(b"1")
    watched.hot.arrivals.wall_clock = lambda: time.time() + 3600
    watched.hot.arrivals.trust_times = False
    assert watched.look() == []
    watched.now += 2
    assert watched.look() == ["a.jpg"]
