"""The windows of a screen against the whole listing, over queues in every state."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from outbox.bagfile import Sealed
from outbox.errors import Code, OutboxError, Reason
from outbox.excerpts import SETTLED, URGENT
from outbox.items import Claim
from outbox.listing import Plain
from outbox.owners import Owner
from outbox.states import State
from outbox.store import OutboxStore
from tests.outbox.bags import Clock

LEASE = timedelta(seconds=60)
PLACES = ("there", "elsewhere")
OF_A_CLAIM: dict[str, Callable[[OutboxStore, Claim, int], object]] = {
    "progress": lambda store, claim, number: store.progress(claim, number, float(number), LEASE),
    "defer": lambda store, claim, _: store.deferred(claim, Reason(Code.FAR_FULL, "full"), LEASE),
    "deliver": lambda store, claim, _: store.delivered(claim, "proof"),
    "person": lambda store, claim, _: store.needs_person(claim, Reason(Code.BAG_CHANGED, "changed")),
    "stop": lambda store, claim, _: store.stop(
        claim.item.destination, Reason(Code.LOGIN_REFUSED, "no"), lambda _: LEASE, claim
    ),
}
OF_A_BAG: dict[str, Callable[[OutboxStore, str], object]] = {
    "hold": lambda store, bag: store.hold(bag),
    "cancel": lambda store, bag: store.cancel(bag, "not wanted"),
    "retry": lambda store, bag: store.retry(bag),
}
STEPS = st.lists(st.tuples(st.sampled_from(["claim", *OF_A_CLAIM, *OF_A_BAG]), st.integers(0, 9)), max_size=40)


def do_steps(store: OutboxStore, clock: Clock, alive: str, steps: list[tuple[str, int]]) -> None:
    """What senders, one of them alive, and people do to a queue in any order; what it refuses is passed over."""
    claims: list[Claim] = []
    for what, number in steps:
        clock.advance(5 * number)
        with suppress(OutboxError):
            if what == "claim":
                claim = store.claim(alive if number < 6 else "dead", PLACES[number % 2], LEASE, clock())
                claims += [claim] if claim else []
            elif what in OF_A_BAG:
                OF_A_BAG[what](store, f"b{number}")
            elif claims:
                OF_A_CLAIM[what](store, claims[number % len(claims)], number)


def by_urgency(item: Plain) -> tuple[object, ...]:
    settled = item["state"] in SETTLED
    turn = (item["position"] is None, item["position"] or 0)
    return settled, item["state"] not in URGENT, *turn, -item["id"] if settled else item["id"]


@given(st.lists(st.tuples(st.integers(10, 40), st.booleans()), max_size=10), STEPS)
def test_windows_one_after_the_other_are_the_listing_by_urgency(
    bags: list[tuple[int, bool]], steps: list[tuple[str, int]]
) -> None:
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder, OutboxStore(Path(folder) / "outbox.db", clock) as store:
        store._db.execute("pragma synchronous = off")
        for number, (size, both) in enumerate(bags):
            bag = Sealed(Path(f"/bags/b{number}"), f"b{number}", "d" * 64, size)
            store.enqueue(bag, *(PLACES if both else PLACES[:1]))
        with Owner(store.locks) as alive:
            do_steps(store, clock, alive.name, steps)
            listed = store.listing()
            windows = [item for offset in range(0, len(listed) + 3, 3) for item in store.excerpt(offset, 3)]
            under_way = store.under_way()
        assert windows == sorted(listed, key=by_urgency)
        assert store.counts() == Counter(State(item["state"]) for item in listed)
        assert under_way == sorted((one for one in listed if one["state"] == "sending"), key=lambda one: one["id"])
        held = {item["bag_id"] for item in listed if item["state"] in {"held", "waiting"}}
        assert store.bags_in(State.HELD, State.WAITING) == held
