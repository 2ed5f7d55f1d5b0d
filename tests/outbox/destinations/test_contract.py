"""What every destination owes the sender, run against each of them."""

import hashlib
from pathlib import Path

import pytest

from outbox.bagfile import BagFile
from outbox.destinations.base import Destination, Later, NeedsPerson, Outcome, Sent, UnreachableError
from outbox.errors import Code, Reason
from tests.outbox.bags import flip, make_bag, run
from tests.outbox.destinations.conftest import Place


@pytest.fixture
def bag(tmp_path: Path) -> BagFile:
    return BagFile(make_bag(tmp_path / "bags", size=900_000))


def deliver(destination: Destination, bag: BagFile, seen: list[int] | None = None) -> Outcome:
    async def once() -> Outcome:
        try:
            return await destination.deliver(bag, bag.name, (seen if seen is not None else []).append)
        finally:
            await destination.close()

    return run(once())


def whole(bag: BagFile) -> bytes:
    return b"".join(bag.chunks())


def arrived(place: Place) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.root.iterdir()}


def test_a_bag_arrives_whole_under_its_name_alone(place: Place, bag: BagFile) -> None:
    seen: list[int] = []
    assert deliver(place.make(), bag, seen) == Sent(f"sha256:{bag.digest()}")
    assert arrived(place) == {bag.name: bag.digest()}
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, bag.size)


def test_sent_twice_is_there_once(place: Place, bag: BagFile) -> None:
    destination = place.make()
    assert isinstance(deliver(destination, bag), Sent)
    before = (place.root / bag.name).stat()
    seen: list[int] = []
    assert isinstance(deliver(destination, bag, seen), Sent)
    assert seen == []
    after = (place.root / bag.name).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_another_bag_under_the_same_name_is_left_and_shown(place: Place, bag: BagFile) -> None:
    for other in (b"other", bytes(bag.size)):
        (place.root / bag.name).write_bytes(other)
        outcome = deliver(place.make(), bag)
        assert isinstance(outcome, NeedsPerson)
        assert (outcome.reason.code, outcome.everywhere) == (Code.FAR_CONFLICT, False)
        assert (place.root / bag.name).read_bytes() == other


def test_a_partial_is_gone_on_with(place: Place, bag: BagFile) -> None:
    half = bag.size // 2
    (place.root / f"{bag.name}.part").write_bytes(bag.read(0, half))
    seen: list[int] = []
    assert isinstance(deliver(place.make(), bag, seen), Sent)
    assert seen[0] == half
    assert arrived(place) == {bag.name: bag.digest()}


@pytest.mark.parametrize("extra", [0, 1000])
def test_a_bad_partial_is_removed_and_sent_anew(place: Place, bag: BagFile, extra: int) -> None:
    partial = place.root / f"{bag.name}.part"
    partial.write_bytes(bag.read(0, bag.size // 2) + bytes(extra))
    flip(partial, 1000)
    seen: list[int] = []
    assert isinstance(deliver(place.make(), bag, seen), Sent)
    assert 0 in seen
    assert arrived(place) == {bag.name: bag.digest()}


def test_a_partial_longer_than_the_bag_is_sent_anew(place: Place, bag: BagFile) -> None:
    (place.root / f"{bag.name}.part").write_bytes(whole(bag) + b"more")
    assert isinstance(deliver(place.make(), bag), Sent)
    assert arrived(place) == {bag.name: bag.digest()}


def test_finished_but_not_renamed_is_only_renamed(place: Place, bag: BagFile) -> None:
    (place.root / f"{bag.name}.part").write_bytes(whole(bag))
    seen: list[int] = []
    assert isinstance(deliver(place.make(), bag, seen), Sent)
    assert seen == [bag.size]


def test_a_bag_that_changes_while_sent_needs_a_person(place: Place, bag: BagFile) -> None:
    (bag.folder / "data" / "book.json").write_bytes(b"")
    outcome = deliver(place.make(), bag)
    assert isinstance(outcome, NeedsPerson)
    assert (outcome.reason.code, outcome.everywhere) == (Code.BAG_CHANGED, False)
    assert arrived(place) == {}


def test_a_missing_folder_is_offline_and_never_made(place: Place, bag: BagFile) -> None:
    place.root.rmdir()
    outcome = deliver(place.make(), bag)
    assert isinstance(outcome, Later)
    assert (outcome.reason.code, outcome.offline) == (Code.FOLDER_MISSING, True)
    assert not place.root.exists()
    with pytest.raises(UnreachableError):
        fetch(place.make(), "bag")
    reason = check(place.make())
    assert reason is not None
    assert reason.code is Code.FOLDER_MISSING


def test_a_receipt_is_fetched_when_it_is_there(place: Place) -> None:
    assert fetch(place.make(), "bag") is None
    (place.root / "bag.receipt.json").write_bytes(b"{}")
    assert fetch(place.make(), "bag") == b"{}"


def test_a_huge_receipt_is_not_swallowed(place: Place) -> None:
    (place.root / "bag.receipt.json").write_bytes(bytes(3_000_000))
    data = fetch(place.make(), "bag")
    assert data is not None
    assert len(data) == (1 << 20) + 1


def test_check_finds_nothing_wrong(place: Place) -> None:
    assert check(place.make()) is None


def fetch(destination: Destination, bag_id: str) -> bytes | None:
    async def once() -> bytes | None:
        try:
            return await destination.fetch_receipt(bag_id)
        finally:
            await destination.close()

    return run(once())


def check(destination: Destination) -> Reason | None:
    async def once() -> Reason | None:
        try:
            return await destination.check()
        finally:
            await destination.close()

    return run(once())
