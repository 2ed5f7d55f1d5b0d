"""What every destination owes the sender, run against each of them."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from outbox.bagfile import BagFile
from outbox.destinations.base import Destination, MemoryNotes, NeedsPerson, Outcome, Sent, UnreachableError
from outbox.errors import Code, Reason
from tests.outbox.bags import flip, make_bag, run
from tests.outbox.destinations.conftest import Place
from tests.outbox.servers.tus import begin_upload


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


def test_a_bag_arrives_whole_under_its_name_alone(place: Place, bag: BagFile) -> None:
    seen: list[int] = []
    outcome = deliver(place.make(), bag, seen)
    assert isinstance(outcome, Sent)
    expected = f"size:{bag.size}" if place.kind.startswith("tus-b") else f"sha256:{bag.digest()}"
    assert outcome.proof == (f"size:{bag.size}, sha256 of each chunk" if place.kind == "tus-checked" else expected)
    assert place.arrived() == {bag.name: bag.digest()}
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, bag.size)


def test_sent_twice_is_there_once(place: Place, bag: BagFile) -> None:
    destination = place.make()
    assert isinstance(deliver(destination, bag), Sent)
    before = stamps(place)
    seen: list[int] = []
    assert isinstance(deliver(destination, bag, seen), Sent)
    assert seen == []
    assert stamps(place) == before


def test_sent_again_by_one_who_knows_nothing_of_it_is_there_once(named: Place, bag: BagFile) -> None:
    assert isinstance(deliver(named.make(), bag), Sent)
    seen: list[int] = []
    assert isinstance(deliver(named.make(), bag, seen), Sent)
    assert seen == []
    assert named.arrived() == {bag.name: bag.digest()}


def test_two_senders_at_once_leave_one_bag(named: Place, bag: BagFile) -> None:
    async def both() -> list[Outcome]:
        destinations = [named.make(pace=slowly), named.make(pace=slowly)]
        try:
            return await asyncio.gather(*(each.deliver(bag, bag.name, lambda _: None) for each in destinations))
        finally:
            for each in destinations:
                await each.close()

    assert not [outcome for outcome in run(both()) if isinstance(outcome, NeedsPerson)]
    assert isinstance(deliver(named.make(), bag), Sent)
    assert named.arrived() == {bag.name: bag.digest()}


def test_broken_off_it_goes_on_from_there(place: Place, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=4_000_000, seed=2))
    notes = MemoryNotes()
    run(break_off(place.make(notes, pace=slowly), bag, bag.size // 2))
    seen: list[int] = []
    assert isinstance(deliver(place.make(notes), bag, seen), Sent)
    assert 0 < seen[0] < bag.size
    assert place.arrived() == {bag.name: bag.digest()}


def test_another_bag_under_the_same_name_is_left_and_shown(named: Place, bag: BagFile) -> None:
    for other in (b"other", bytes(bag.size)):
        outcome = deliver(named.make(), other_bag(named, bag, other))
        assert isinstance(outcome, NeedsPerson)
        assert (outcome.reason.code, outcome.everywhere) == (Code.FAR_CONFLICT, False)


def test_what_lies_there_under_the_same_name_stays(files: Place, bag: BagFile) -> None:
    files.put(bag.name, b"other")
    assert isinstance(deliver(files.make(), bag), NeedsPerson)
    assert files.contents() == {bag.name: b"other"}


def test_a_partial_is_gone_on_with(files: Place, bag: BagFile) -> None:
    half = bag.size // 2
    files.put(f"{bag.name}.part", bag.read(0, half))
    seen: list[int] = []
    assert isinstance(deliver(files.make(), bag, seen), Sent)
    assert seen[0] == half
    assert files.arrived() == {bag.name: bag.digest()}


@pytest.mark.parametrize("extra", [0, 1000])
def test_a_bad_partial_is_removed_and_sent_anew(files: Place, bag: BagFile, extra: int) -> None:
    files.put(f"{bag.name}.part", bag.read(0, bag.size // 2) + bytes(extra))
    flip(files.root / f"{bag.name}.part", 1000)
    seen: list[int] = []
    assert isinstance(deliver(files.make(), bag, seen), Sent)
    assert 0 in seen
    assert files.arrived() == {bag.name: bag.digest()}


def test_a_partial_longer_than_the_bag_is_sent_anew(files: Place, bag: BagFile) -> None:
    files.put(f"{bag.name}.part", whole(bag) + b"more")
    assert isinstance(deliver(files.make(), bag), Sent)
    assert files.arrived() == {bag.name: bag.digest()}


def test_finished_but_not_renamed_is_only_renamed(files: Place, bag: BagFile) -> None:
    files.put(f"{bag.name}.part", whole(bag))
    seen: list[int] = []
    assert isinstance(deliver(files.make(), bag, seen), Sent)
    assert seen == [bag.size]


def test_a_bag_that_changes_while_sent_needs_a_person(place: Place, bag: BagFile) -> None:
    (bag.folder / "data" / "book.json").write_bytes(b"")
    outcome = deliver(place.make(), bag)
    assert isinstance(outcome, NeedsPerson)
    assert (outcome.reason.code, outcome.everywhere) == (Code.BAG_CHANGED, False)
    assert bag.name not in place.arrived()


def test_a_missing_folder_needs_a_person_and_is_never_made(files: Place, bag: BagFile) -> None:
    files.root.rmdir()
    outcome = deliver(files.make(), bag)
    assert isinstance(outcome, NeedsPerson)
    assert (outcome.reason.code, outcome.everywhere) == (Code.FOLDER_MISSING, True)
    assert not files.root.exists()
    with pytest.raises(UnreachableError):
        fetch(files.make(), "bag")
    reason = check(files.make())
    assert reason is not None
    assert reason.code is Code.FOLDER_MISSING


def test_without_a_receipt_there_is_none(place: Place) -> None:
    assert fetch(place.make(), "bag") is None


def test_a_receipt_is_fetched_when_it_is_there(named: Place) -> None:
    named.put("bag.receipt.json", b"{}")
    assert fetch(named.make(), "bag") == b"{}"


def test_a_huge_receipt_is_not_swallowed(named: Place) -> None:
    named.put("bag.receipt.json", bytes(3_000_000))
    data = fetch(named.make(), "bag")
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


async def slowly(n: int) -> None:
    """A pace of 8 MB/s."""
    await asyncio.sleep(n / 8e6)


async def break_off(destination: Destination, bag: BagFile, at: int) -> None:
    """Cancel a delivery, as the sender does when it is told to stop."""
    far_enough = asyncio.Event()

    def watch(done: int) -> None:
        if done >= at:
            far_enough.set()

    delivery = asyncio.create_task(destination.deliver(bag, bag.name, watch))
    await far_enough.wait()
    delivery.cancel()
    with suppress(asyncio.CancelledError):
        await delivery
    await destination.close()


def stamps(place: Place) -> set[tuple[str, int, int]]:
    """Every file below the place's folder; where nothing is written, they are as they were."""
    found = [Path(folder, name) for folder, _, names in os.walk(place.root) for name in names]
    return {(str(path), path.stat().st_ino, path.stat().st_mtime_ns) for path in found if path.name != "log"}


def other_bag(place: Place, bag: BagFile, other: bytes) -> BagFile:
    """The bag, with something else lying under its name at the far side."""
    if not place.kind.startswith("tus"):
        place.put(bag.name, other)
        return bag
    begin_upload(place.root.parent / "uploads", bag.name, other)
    return bag
