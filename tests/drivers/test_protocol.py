"""What crosses between parent and worker comes back as it was, and what is none of ours is told apart."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from drivers.protocol import Verb, decode, encode

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
