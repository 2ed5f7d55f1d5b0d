"""The queue as it is shown: places, percent, speed and the time left."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from outbox.bagfile import Sealed
from outbox.errors import Code, Reason
from outbox.owners import Owner
from outbox.store import OutboxStore
from tests.outbox.bags import Clock

LEASE = timedelta(seconds=60)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[OutboxStore]:
    with OutboxStore(tmp_path / "outbox.db", clock) as opened:
        yield opened


def enqueue(store: OutboxStore, name: str, size: int, *destinations: str) -> None:
    store.enqueue(Sealed(Path(f"/bags/{name}"), name, "d" * 64, size), *(destinations or ("there",)))


def test_places_and_times_add_up(store: OutboxStore, clock: Clock) -> None:
    for name, size in [("large", 3000), ("small", 1000), ("held", 10), ("away", 500)]:
        enqueue(store, name, size, *(["elsewhere"] if name == "away" else []))
    store.hold("held")
    with Owner(store.locks) as owner:
        claim = store.claim(owner.name, "there", LEASE, clock())
        assert claim is not None
        store.progress(claim, 250, 50.0, LEASE)
        shown = {item["bag_id"]: item for item in store.listing()}
    assert {name: (item["position"], item["eta_s"], item["percent"]) for name, item in shown.items()} == {
        "small": (1, 15, 25),
        "large": (2, 75, 0),
        "held": (None, None, 0),
        "away": (1, None, 0),
    }


def test_the_listing_and_the_items_agree(store: OutboxStore, clock: Clock) -> None:
    enqueue(store, "bag", 1000, "there", "elsewhere")
    for destination in ("there", "elsewhere"):
        claim = store.claim("me", destination, LEASE, clock())
        assert claim is not None
        if destination == "there":
            store.deferred(claim, Reason(Code.FAR_FULL, "full"), timedelta(seconds=5))
        else:
            store.delivered(claim, "proof")
    shown = store.listing()
    assert [(item["percent"], item["any_of"]) for item in shown] == [(0, False), (100, False)]
    extra = {"percent", "position", "eta_s", "any_of", "exported_at", "hand_over", "stopped", "abandoned"}
    stored = [item.as_json() for item in store.items()]
    times = {"created_at", "updated_at", "sent_at", "received_at", "next_attempt_at"}
    assert [{key: one[key] for key in one.keys() - extra - times} for one in shown] == [
        {key: one[key] for key in one.keys() - times} for one in stored
    ]
    assert shown[0].keys() == stored[0].keys() | extra


def test_an_empty_queue_is_an_empty_list(store: OutboxStore) -> None:
    assert store.listing() == []
