"""Bags onto a stick: read back, listed, gone on with, on every file system that sticks come with."""

from __future__ import annotations

import hashlib
import io
import json
import os
from pathlib import Path

import pytest

from outbox import bagfile, keys
from outbox.bagfile import BagFile, Sealed
from outbox.errors import Code
from outbox.keys import KeyUnusableError
from outbox.stick import age, files, index
from outbox.stick.exporting import export, read_index
from outbox.stick.faults import StickError
from tests.outbox.bags import KEY, flip
from tests.outbox.stick import sticks
from tests.outbox.stick.exports import IDENTITY, RECIPIENT, Numbers, home_of, make_bags, order


def tar_of(stick: Path, bag: Sealed) -> bytes:
    """What the receiver gets out of a bag's file."""
    opened = io.BytesIO()
    with (home_of(stick) / "bags" / index.file_name(bag.bag_id, encrypted=True)).open("rb") as file:
        age.decrypt(file, opened, IDENTITY)
    return opened.getvalue()


@pytest.mark.parametrize("kind", ["ext4", "exfat", "vfat"])
def test_every_kind_of_stick_takes_bags_and_gives_them_back(tmp_path: Path, kind: str) -> None:
    bags = make_bags(tmp_path / "bags", 3, size=300_000)
    with getattr(sticks, kind)(tmp_path / "medium") as stick:
        done = export(stick.point, order(bags))
        assert [len(done.written), len(done.kept), len(done.left)] == [3, 0, 0]
        assert done.index == read_index(home_of(stick.point) / index.NAME)
        for bag in bags:
            assert tar_of(stick.point, bag) == b"".join(BagFile(bag.folder).chunks())
        again = export(stick.point, order(bags))
        assert (again.written, len(again.kept), again.index) == ((), 3, done.index)


def test_the_files_are_encrypted_and_plain_ones_only_when_asked_for(tmp_path: Path) -> None:
    (bag,) = make_bags(tmp_path / "bags", 1)
    (tmp_path / "stick").mkdir()
    export(tmp_path / "stick", order([bag]))
    (sealed,) = (home_of(tmp_path / "stick") / "bags").iterdir()
    assert sealed.read_bytes().startswith(b"age-encryption.org/v1")
    assert b"bagit.txt" not in sealed.read_bytes()
    export(tmp_path / "stick", order([bag], recipients=()))
    (plain,) = (home_of(tmp_path / "stick") / "bags").iterdir()
    assert plain.read_bytes() == b"".join(BagFile(bag.folder).chunks())


def test_the_list_tells_what_lies_there(tmp_path: Path) -> None:
    bags = make_bags(tmp_path / "bags", 2)
    done = export(tmp_path, order(bags))
    assert done.index
    assert (done.index.station, done.index.complete, done.index.number) == (KEY.key_id, True, 1)
    for bag, entry in zip(bags, done.index.entries, strict=True):
        data = (home_of(tmp_path) / "bags" / entry.file).read_bytes()
        assert (entry.bag_id, entry.digest, entry.size) == (bag.bag_id, bag.digest, bag.size)
        assert (entry.file_size, entry.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_a_file_that_changed_is_not_trusted(tmp_path: Path) -> None:
    bags, numbers = make_bags(tmp_path / "bags", 3), Numbers()
    export(tmp_path, order(bags, numbers=numbers))
    spoilt = sorted((home_of(tmp_path) / "bags").iterdir())[1]
    flip(spoilt, 5000)
    again = export(tmp_path, order(bags, numbers=numbers))
    assert (again.written, len(again.kept)) == ((bags[1].bag_id,), 2)
    assert tar_of(tmp_path, bags[1]) == b"".join(BagFile(bags[1].folder).chunks())
    assert again.index
    assert again.index.number == 2, "what was signed for is not what lies there any more"


def test_what_comes_later_is_a_hand_over_of_its_own(tmp_path: Path) -> None:
    bags, numbers = make_bags(tmp_path / "bags", 3), Numbers()
    first = export(tmp_path, order(bags[:2], numbers=numbers))
    same = export(tmp_path, order(bags[:2], numbers=numbers))
    more = export(tmp_path, order(bags, numbers=numbers))
    assert first.index
    assert same.index == first.index
    assert more.index
    assert (more.index.number, len(more.index.entries), more.written) == (2, 3, (bags[2].bag_id,))


def test_what_a_receipt_settled_leaves_the_stick(tmp_path: Path) -> None:
    bags = make_bags(tmp_path / "bags", 2)
    export(tmp_path, order(bags))
    done = export(tmp_path, order(bags[1:], settled=(bags[0].bag_id,)))
    assert done.index
    assert [entry.bag_id for entry in done.index.entries] == [bags[1].bag_id]
    assert len(list((home_of(tmp_path) / "bags").iterdir())) == 1


def test_other_receivers_get_files_of_their_own(tmp_path: Path) -> None:
    (bag,) = make_bags(tmp_path / "bags", 1)
    export(tmp_path, order([bag]))
    done = export(tmp_path, order([bag], recipients=(RECIPIENT, RECIPIENT)))
    assert done.written == (bag.bag_id,)


def test_what_leaves_the_stick_without_a_receipt_is_told(tmp_path: Path) -> None:
    bags, numbers = make_bags(tmp_path / "bags", 4), Numbers()
    export(tmp_path, order(bags[:3], numbers=numbers))
    flip(home_of(tmp_path) / "bags" / index.file_name(bags[0].bag_id, encrypted=True), 5000)
    said: list[tuple[str, str]] = []
    settled = (bags[2].bag_id,)
    export(tmp_path, order(bags[3:], numbers=numbers, settled=settled), lambda *words: said.append(words))
    assert [bag_id for what, bag_id in said if what == "dropped"] == [bags[0].bag_id]
    assert [bag_id for what, bag_id in said if what == "written"] == [bags[3].bag_id]


@pytest.mark.parametrize("torn", [b"", b"{", b"\0" * 4096])
def test_a_torn_list_is_as_none(tmp_path: Path, torn: bytes) -> None:
    bags = make_bags(tmp_path / "bags", 2)
    export(tmp_path, order(bags))
    (home_of(tmp_path) / index.NAME).write_bytes(torn)
    assert len(export(tmp_path, order(bags)).written) == 2


def test_a_list_by_another_key_is_not_believed(tmp_path: Path) -> None:
    bags = make_bags(tmp_path / "bags", 1)
    done = export(tmp_path, order(bags))
    assert done.index
    forged = index.sign(done.index, keys.new_key())
    (home_of(tmp_path) / index.NAME).write_bytes(forged.to_bytes())
    assert export(tmp_path, order(bags)).written == (bags[0].bag_id,)


def test_two_stations_share_a_stick(tmp_path: Path) -> None:
    bags, other = make_bags(tmp_path / "bags", 2), keys.new_key()
    export(tmp_path, order(bags[:1]))
    export(tmp_path, order(bags[1:], key=other))
    assert export(tmp_path, order(bags[:1])).kept == (bags[0].bag_id,)
    assert export(tmp_path, order(bags[1:], key=other)).kept == (bags[1].bag_id,)


def test_nothing_to_do_takes_no_number(tmp_path: Path) -> None:
    numbers = Numbers()
    assert export(tmp_path, order([], numbers=numbers)).index is None
    assert numbers.last == 0


def test_a_bag_that_was_changed_is_named_and_the_others_go(tmp_path: Path) -> None:
    bags = make_bags(tmp_path / "bags", 3)
    (bags[1].folder / "data/book.json").unlink()
    (bags[1].folder / "data/book.json").symlink_to("/etc/hostname")
    done = export(tmp_path, order(bags))
    assert [(left.bag_id, left.reason.code) for left in done.left] == [(bags[1].bag_id, Code.BAG_UNSAFE)]
    assert len(done.written) == 2


def test_a_key_that_is_none_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    bags = make_bags(tmp_path / "bags", 1)
    with pytest.raises(KeyUnusableError):
        export(tmp_path, order(bags, recipients=("age1nothing",)))
    assert not (tmp_path / "scan-station").exists()


def test_a_link_on_the_stick_is_not_followed(tmp_path: Path) -> None:
    bags = make_bags(tmp_path / "bags", 1)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter").write_text("keep me")
    stick = tmp_path / "stick"
    home_of(stick).mkdir(parents=True)
    (home_of(stick) / "bags").symlink_to(mine)
    with pytest.raises(StickError) as refused:
        export(stick, order(bags))
    assert refused.value.code is Code.STICK_INDEX
    assert [path.name for path in mine.iterdir()] == ["letter"]


def test_bags_that_do_not_fit_are_named_and_smaller_ones_go(tmp_path: Path) -> None:
    bags = [
        bagfile.sealed(bag.folder)
        for bag in [
            *make_bags(tmp_path / "a", 2, size=2_000_000),
            *make_bags(tmp_path / "b", 1, size=9_000_000),
            *make_bags(tmp_path / "c", 1, size=200_000),
        ]
    ]
    bags = [bags[0], bags[1], bags[2], bags[3]]
    renamed = list({bag.bag_id: bag for bag in bags}.values())
    with sticks.tmpfs(tmp_path / "medium", "8m") as stick:
        done = export(stick.point, order(renamed))
        assert [left.reason.code for left in done.left] == [Code.STICK_FULL]
        assert done.left[0].bag_id == bags[2].bag_id
        assert len(done.written) == 3
        assert list((home_of(stick.point) / "bags").glob(".*")) == []


def test_fat_takes_no_file_of_four_gibibytes(tmp_path: Path) -> None:
    bags = make_bags(tmp_path / "bags", 2)
    huge = bags[0].folder / "data" / "19441.KS.2005.01.zip"
    os.truncate(huge, 1 << 32)  # a hole: nothing of it is ever read
    large = Sealed(bags[0].folder, bags[0].bag_id, bags[0].digest, BagFile(bags[0].folder).size)
    with sticks.vfat(tmp_path / "medium") as stick:
        done = export(stick.point, order([large, bags[1]]))
        assert [left.reason.code for left in done.left] == [Code.STICK_TOO_LARGE]
        assert done.written == (bags[1].bag_id,)


def test_one_export_at_a_time(tmp_path: Path) -> None:
    bags = make_bags(tmp_path / "bags", 1)
    refused: list[Code] = []

    def meanwhile(what: str, bag_id: str) -> None:
        if what == "writing":
            with pytest.raises(StickError) as busy:
                export(tmp_path, order(bags))
            refused.append(busy.value.code)

    export(tmp_path, order(bags), meanwhile)
    assert refused == [Code.STICK_BUSY]


def test_the_medium_is_read_and_not_our_memory_of_it(tmp_path: Path) -> None:
    """A byte that changed on the medium alone, below the file system, is seen."""
    bags = make_bags(tmp_path / "bags", 1, size=2_000_000)
    with sticks.ext4(tmp_path / "medium") as stick:
        done = export(stick.point, order(bags))
        assert done.index
        entry = done.index.entries[0]
        path = home_of(stick.point) / "bags" / entry.file
        inside = path.read_bytes()[1_000_000:1_000_064]
        place = stick.image.read_bytes().index(inside)
        flip(stick.image, place)
        assert files.read_back(path).sha256 != entry.sha256
        assert export(stick.point, order(bags)).written == (bags[0].bag_id,)


def test_the_list_is_one_line_of_json(tmp_path: Path) -> None:
    export(tmp_path, order(make_bags(tmp_path / "bags", 1)))
    plain = json.loads((home_of(tmp_path) / index.NAME).read_text(encoding="utf-8"))
    assert plain["recipients"] == [RECIPIENT]
    assert plain["entries"][0]["encrypted"] is True
