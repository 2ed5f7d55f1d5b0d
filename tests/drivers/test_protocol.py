"""What crosses between parent and worker comes back as it was, and what is none of ours is told apart."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from drivers.faults import DeviceFault, FaultKind
from drivers.interface import Applied, Capabilities, DeviceOption, Difference, Mode, ScanSettings, Source
from drivers.protocol import (
    Verb,
    applied_from,
    capabilities_from,
    decode,
    encode,
    fault_as_message,
    fault_from,
    settings_from,
)

# Any text a path can be: bytes that are no UTF-8 come from the file system as lone surrogates.
PATHS = st.binary(max_size=40).map(os.fsdecode)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), PATHS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_message_comes_back_as_it_was_in_one_line(message: dict[str, Any]) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode(line) == message


def test_names_of_verbs_cross_as_text() -> None:
    assert decode(encode({"id": 1, "verb": Verb.FEED})) == {"id": 1, "verb": "feed"}


@given(st.one_of(st.binary(), VALUES.filter(lambda v: not isinstance(v, dict)).map(lambda v: json.dumps(v).encode())))
def test_line_that_is_none_of_ours_is_a_value_error_or_an_object(line: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(decode(line), dict)


NAMES = st.text("abc-", min_size=1, max_size=8)
OPTION_VALUES = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text())
DIFFERENCES = st.builds(Difference, NAMES, NAMES, NAMES)
CAPABILITIES = st.builds(
    Capabilities,
    sources=st.lists(st.sampled_from(Source)).map(tuple),
    modes=st.lists(st.sampled_from(Mode)).map(tuple),
    resolutions=st.lists(st.integers(1, 1200)).map(tuple),
    max_width_mm=st.floats(1, 500),
    max_height_mm=st.floats(1, 500),
    sensors=st.lists(NAMES).map(tuple),
    buttons=st.lists(NAMES).map(tuple),
    double_feed=st.lists(NAMES).map(tuple),
    depths=st.lists(st.sampled_from([8, 16])).map(tuple),
    options=st.lists(
        st.builds(DeviceOption, NAMES, st.one_of(st.none(), OPTION_VALUES), NAMES, NAMES, st.booleans()), max_size=4
    ).map(tuple),
)
SETTINGS = st.builds(
    ScanSettings,
    source=st.one_of(st.none(), st.sampled_from(Source)),
    mode=st.sampled_from(Mode),
    dpi=st.integers(1, 1200),
    width_mm=st.one_of(st.none(), st.floats(1, 500)),
    depth=st.sampled_from([8, 16]),
    double_feed=st.booleans(),
    options=st.dictionaries(NAMES, OPTION_VALUES, max_size=4),
)
APPLIED = st.builds(
    Applied,
    source=st.sampled_from(Source),
    mode=st.sampled_from(Mode),
    dpi=st.integers(1, 1200),
    width_mm=st.floats(0, 500),
    height_mm=st.floats(0, 500),
    depth=st.sampled_from([1, 8, 16]),
    double_feed=st.booleans(),
    differences=st.lists(DIFFERENCES, max_size=4).map(tuple),
)


def crossed(value: Any) -> Any:
    """What the other side makes of a value's plain form."""
    return decode(encode(asdict(value)))


@given(CAPABILITIES, SETTINGS, APPLIED)
def test_values_arrive_as_they_were_sent(can: Capabilities, settings: ScanSettings, applied: Applied) -> None:
    assert capabilities_from(crossed(can)) == can
    assert settings_from(crossed(settings)) == settings
    assert applied_from(crossed(applied)) == applied


@given(st.sampled_from(FaultKind), st.text(), st.one_of(st.none(), st.integers(0, 10_000)))
def test_fault_arrives_with_its_words_and_its_count_of_sheets(kind: FaultKind, words: str, sheets: int | None) -> None:
    fault = fault_from(decode(encode(fault_as_message(DeviceFault(kind, words, sheets)))))
    assert (fault.kind, fault.detail, fault.sheets_fed) == (kind, words, sheets)
