"""Verification: a whole bag has no findings, a damaged one names its file."""

import io
import tarfile
from pathlib import Path

import bagit
import pytest

from outbox import keys
from outbox.bagfile import BagFile
from outbox.verify import BagSource, Finding, FindingCode, verify_bag
from tests.outbox.bags import KEY, flip, make_bag


def findings(path: Path, trusted: keys.TrustedKeys | None = None) -> list[tuple[str, str]]:
    with BagSource(path) as source:
        return [(finding.code, finding.file) for finding in verify_bag(source, trusted)]


def tarred(folder: Path) -> Path:
    bag = BagFile(folder)
    path = folder.with_name(bag.name)
    path.write_bytes(b"".join(bag.chunks()))
    return path


def test_a_whole_bag_has_no_findings_in_either_form_nor_for_the_library_of_congress(tmp_path: Path) -> None:
    folder = make_bag(tmp_path)
    tar = tarred(folder)
    assert findings(folder, keys.trust([KEY.public])) == findings(tar, keys.trust([KEY.public])) == []
    assert bagit.Bag(str(folder)).validate()


def test_every_flipped_byte_of_the_tar_is_found(tmp_path: Path) -> None:
    tar = tarred(make_bag(tmp_path, size=600))
    with BagSource(tar) as source:
        names = source.names()
    with tarfile.open(tar) as opened:
        places = {member.name.split("/", 1)[1]: (member.offset_data, member.size) for member in opened}
    assert sorted(places) == names
    for name, (start, size) in places.items():
        flip(tar, start + size // 2)
        named = {file for _, file in findings(tar)}
        assert name in named if name.startswith("data/") else named
        flip(tar, start + size // 2)
    assert findings(tar) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("data/book.json", (FindingCode.MISSING, "data/book.json")),
        ("bagit.txt", (FindingCode.MISSING, "bagit.txt")),
        ("manifest-sha256.txt", (FindingCode.MISSING, "manifest-sha256.txt")),
        ("tagmanifest-sha256.txt", (FindingCode.MISSING, "tagmanifest-sha256.txt")),
        ("signature", (FindingCode.MISSING, "signature")),
    ],
)
def test_a_missing_file_is_named(tmp_path: Path, name: str, expected: tuple[str, str]) -> None:
    folder = make_bag(tmp_path)
    (folder / name).unlink()
    assert expected in findings(folder)
    assert expected in findings(tarred(folder))


def test_unlisted_files_are_found(tmp_path: Path) -> None:
    folder = make_bag(tmp_path)
    (folder / "data" / "more.zip").write_bytes(b"x")
    (folder / "fetch.txt").write_bytes(b"x")
    found = findings(folder)
    assert (FindingCode.UNLISTED, "data/more.zip") in found
    assert (FindingCode.UNLISTED, "fetch.txt") in found
    assert (FindingCode.OXUM, "bag-info.txt") in found


def test_another_key_is_not_trusted(tmp_path: Path) -> None:
    folder = make_bag(tmp_path)
    assert findings(folder, keys.trust([keys.new_key().public])) == [(FindingCode.SIGNER_UNKNOWN, "signature")]
    (folder / "signature").write_bytes(keys.sign_bag(b"something else", KEY))
    assert findings(folder) == [(FindingCode.SIGNATURE, "signature")]


def hostile(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


@pytest.mark.parametrize(
    "member",
    [
        hostile("/etc/passwd"),
        hostile("bag/../../etc/passwd"),
        hostile("other/data/x"),
        hostile("bag/data/x", tarfile.SYMTYPE, "/etc/passwd"),
        hostile("bag/data/x", tarfile.LNKTYPE, "bag/data/y"),
        hostile("bag/data/x", tarfile.CHRTYPE),
        hostile("bag/data\\x"),
        hostile("bag"),
    ],
)
def test_hostile_members_are_found_and_never_read(tmp_path: Path, member: tarfile.TarInfo) -> None:
    with tarfile.open(tmp_path / "bag.tar", "w") as tar:
        tar.addfile(member, io.BytesIO())
    with BagSource(tmp_path / "bag.tar") as source:
        assert source.names() == []
        assert [finding.code for finding in source.findings] == [FindingCode.UNSAFE_MEMBER]


def test_a_file_twice_is_found(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bag.tar", "w") as tar:
        tar.addfile(hostile("bag/data/x"), io.BytesIO())
        tar.addfile(hostile("bag/./data/x"), io.BytesIO())
    with BagSource(tmp_path / "bag.tar") as source:
        assert source.findings == [Finding(FindingCode.TWICE, "data/x")]


def test_a_link_in_a_folder_is_found(tmp_path: Path) -> None:
    folder = make_bag(tmp_path)
    (folder / "data" / "book.json").unlink()
    (folder / "data" / "book.json").symlink_to("/etc/passwd")
    assert (FindingCode.UNSAFE_MEMBER, "data/book.json") in findings(folder)


@pytest.mark.parametrize("keep", [0, 100, 700, 0.3, 0.9])
def test_a_broken_off_tar_is_never_whole(tmp_path: Path, keep: float) -> None:
    tar = tarred(make_bag(tmp_path))
    data = tar.read_bytes()
    tar.write_bytes(data[: int(keep if keep >= 1 else keep * len(data))])
    assert findings(tar) != []


def test_what_is_no_tar_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "bag.tar").write_bytes(b"not a tar" * 1000)
    assert (FindingCode.UNREADABLE, "bag.tar") in findings(tmp_path / "bag.tar")
