"""The signed list: what was written is read, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox import keys
from outbox.stick import index
from outbox.stick.index import Entry, Index, IndexUnusableError
from tests.outbox.bags import KEY

DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
NAMES = st.text("abcXYZ0189._-ắ", min_size=1, max_size=30).filter(
    lambda name: not name.startswith(".") and not name.endswith((".partial", ".part"))
)
SIZES = st.integers(min_value=1, max_value=1 << 50)
ENTRIES = st.builds(
    Entry, bag_id=NAMES, digest=DIGESTS, size=SIZES, encrypted=st.booleans(), file_size=SIZES, sha256=DIGESTS
)
INDEXES = st.builds(
    Index,
    number=st.integers(min_value=1, max_value=10**9),
    station=st.just(""),
    public_key=st.just(""),
    made_at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    recipients=st.lists(st.text("age1xyz", min_size=4, max_size=20), max_size=3).map(tuple),
    complete=st.booleans(),
    entries=st.lists(ENTRIES, max_size=4, unique_by=lambda entry: entry.bag_id).map(tuple),
)


@given(INDEXES)
def test_what_was_signed_is_read(made: Index) -> None:
    signed = index.sign(made, KEY)
    read = index.parse(signed.to_bytes())
    assert read == signed
    assert (read.station, read.entries, read.number) == (KEY.key_id, made.entries, made.number)
    assert index.digest(read) == index.digest(signed)


@given(INDEXES, st.data())
def test_no_changed_byte_goes_unseen(made: Index, data: st.DataObject) -> None:
    written = bytearray(index.sign(made, KEY).to_bytes())
    place = data.draw(st.integers(min_value=0, max_value=len(written) - 1))
    written[place] ^= data.draw(st.integers(min_value=1, max_value=255))
    with pytest.raises(IndexUnusableError):
        index.parse(bytes(written))


@given(INDEXES, st.data())
def test_a_torn_one_is_refused(made: Index, data: st.DataObject) -> None:
    written = index.sign(made, KEY).to_bytes()
    with pytest.raises(IndexUnusableError):
        index.parse(written[: data.draw(st.integers(min_value=0, max_value=len(written) - 1))])


@given(INDEXES, ENTRIES)
def test_an_entry_put_in_by_another_hand_is_refused(made: Index, entry: Entry) -> None:
    signed = index.sign(made, KEY)
    forged = msgspec.structs.replace(signed, entries=(*signed.entries, entry))
    with pytest.raises(IndexUnusableError):
        index.parse(forged.to_bytes())
    stolen = msgspec.structs.replace(index.sign(forged, keys.new_key()), station=KEY.key_id)
    with pytest.raises(IndexUnusableError):
        index.parse(stolen.to_bytes())


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", ".hidden", "", "a\\b", "x.part"])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    entry = Entry(bag_id=name, digest="0" * 64, size=1, encrypted=True, file_size=1, sha256="0" * 64)
    made = Index(
        number=1, station="", public_key="", made_at=datetime.now(UTC), recipients=(), complete=True, entries=(entry,)
    )
    with pytest.raises(IndexUnusableError):
        index.parse(index.sign(made, KEY).to_bytes())


def test_a_bag_named_twice_is_refused() -> None:
    entry = Entry(bag_id="a", digest="0" * 64, size=1, encrypted=True, file_size=1, sha256="0" * 64)
    made = Index(
        number=1,
        station="",
        public_key="",
        made_at=datetime.now(UTC),
        recipients=(),
        complete=True,
        entries=(entry, entry),
    )
    with pytest.raises(IndexUnusableError):
        index.parse(index.sign(made, KEY).to_bytes())
