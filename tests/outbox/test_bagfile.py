"""The tar that is never written: any part of it equals the same part of a real tar."""

import hashlib
import io
import os
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outbox.bagfile import BagError, BagFile, is_sealed, sealed
from outbox.errors import Code
from tests.outbox.bags import make_bag

NAMES = st.text("abcăệZ09 .-_", min_size=1, max_size=120).filter(lambda name: name.strip(". ") != "")


@settings(deadline=None, max_examples=60)
@given(
    files=st.dictionaries(NAMES, st.binary(max_size=3000), min_size=1, max_size=6),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5000)), max_size=8),
)
def test_random_access_equals_the_whole_and_the_whole_is_a_tar(
    files: dict[str, bytes], cuts: list[tuple[float, int]]
) -> None:
    with TemporaryDirectory() as parent:
        folder = Path(parent, "bag")
        (folder / "data").mkdir(parents=True)
        for name, content in files.items():
            (folder / "data" / name).write_bytes(content)
        bag = BagFile(folder)
        whole = b"".join(bag.chunks(size=700))
        assert len(whole) == bag.size
        assert hashlib.sha256(whole).hexdigest() == bag.digest()
        for where, length in cuts:
            start = int(where * bag.size)
            assert bag.read(start, length) == whole[start : start + length]
            assert b"".join(bag.chunks(start)) == whole[start:]
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        found = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    assert found == {f"bag/data/{name}": content for name, content in files.items()}


def test_the_same_folder_gives_the_same_bytes_whenever_and_wherever(tmp_path: Path) -> None:
    first, second = make_bag(tmp_path / "one"), make_bag(tmp_path / "two")
    for path in second.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    assert BagFile(first).digest() == BagFile(second).digest()
    assert sealed(first).digest == sealed(second).digest


def test_gnu_tar_takes_it(tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path))
    (tmp_path / bag.name).write_bytes(b"".join(bag.chunks()))
    (tmp_path / "out").mkdir()
    done = subprocess.run(
        ["/usr/bin/tar", "-xf", tmp_path / bag.name, "-C", tmp_path / "out"],
        capture_output=True,
        timeout=20,
        check=True,
    )
    assert done.stderr == b""
    assert BagFile(tmp_path / "out" / bag.bag_id).digest() == bag.digest()


def test_links_and_special_files_are_refused(tmp_path: Path) -> None:
    bag = make_bag(tmp_path)
    (bag / "data" / "link").symlink_to("/etc/passwd")
    with pytest.raises(BagError) as refused:
        BagFile(bag)
    assert refused.value.code is Code.BAG_UNSAFE
    (bag / "data" / "link").unlink()
    os.mkfifo(bag / "data" / "pipe")
    with pytest.raises(BagError):
        BagFile(bag)


@pytest.mark.parametrize("change", [b"", b"longer than before", None])
def test_a_file_that_changes_its_size_or_goes_is_noticed(tmp_path: Path, change: bytes | None) -> None:
    folder = make_bag(tmp_path)
    bag = BagFile(folder)
    book = folder / "data" / "book.json"
    book.write_bytes(change) if change is not None else book.unlink()
    with pytest.raises(BagError) as refused:
        bag.digest()
    assert refused.value.code is Code.BAG_CHANGED


def test_an_unfinished_folder_is_no_bag(tmp_path: Path) -> None:
    bag = make_bag(tmp_path)
    assert is_sealed(bag)
    assert not is_sealed(bag.rename(tmp_path / "x.partial"))
    with pytest.raises(BagError):
        BagFile(tmp_path / "x.partial")
