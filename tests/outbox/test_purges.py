"""What may be cleared away here: by every receipt that counts, noted before it goes and after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox import keys
from outbox.states import State, TransitionRefusedError
from outbox.store import OutboxStore
from tests.outbox.bags import Clock
from tests.outbox.test_store import TRUSTED, bag, claimed, receipt_for


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[OutboxStore]:
    with OutboxStore(tmp_path / "outbox.db", clock) as opened:
        yield opened


def received(store: OutboxStore) -> None:
    store.enqueue(bag(), "there")
    store.delivered(claimed(store), "proof")
    store.import_receipt(receipt_for(store.item("bag1")), TRUSTED)


def test_without_its_receipt_nothing_may_go(store: OutboxStore) -> None:
    store.enqueue(bag(), "there")
    with pytest.raises(TransitionRefusedError):
        store.purged("bag1")
    store.delivered(claimed(store), "proof")
    with pytest.raises(TransitionRefusedError):
        store.purged("bag1")
    assert store.purges() == {}


def test_a_receipt_counts_as_long_as_its_key_is_trusted(store: OutboxStore) -> None:
    received(store)
    assert store.unproved("bag1", TRUSTED) == []
    assert store.unproved("bag1", keys.trust([])) == ["there"]


def test_a_receipt_that_was_meddled_with_proves_nothing(store: OutboxStore) -> None:
    received(store)
    store._db.execute("update items set digest = ?", ("e" * 64,))
    assert store.unproved("bag1", TRUSTED) == ["there"]


def test_it_is_begun_before_and_done_after(store: OutboxStore, clock: Clock) -> None:
    received(store)
    began = clock()
    assert store.purged("bag1").state is State.PURGED
    assert (store.purges()["bag1"].at, store.purges()["bag1"].is_done) == (began, False)
    clock.advance(5)
    store.cleared("bag1")
    assert (store.purges()["bag1"].at, store.purges()["bag1"].is_done) == (began, True)
    assert [entry.event for entry in store.history("bag1")][-2:] == ["purge", "cleared"]


def test_more_may_go_later(store: OutboxStore) -> None:
    received(store)
    store.purged("bag1")
    store.cleared("bag1")
    assert store.purged("bag1", "masters").state is State.PURGED
    last = store.purges()["bag1"]
    assert (last.what, last.is_done, sorted(last.ever)) == ("masters", False, ["", "masters"])


@given(st.lists(st.sampled_from(["", "masters"]), min_size=1, max_size=4))
def test_what_was_spared_did_not_go(whats: list[str]) -> None:
    with OutboxStore(Path(":memory:"), Clock()) as store:
        received(store)
        for what in whats[:-1]:
            store.purged("bag1", what)
            store.cleared("bag1")
        store.purged("bag1", whats[-1])
        store.spared("bag1")
        last = store.purges()["bag1"]
        assert last.is_done
        assert last.ever == set(whats[:-1]) - {whats[-1]}
