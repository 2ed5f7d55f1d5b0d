"""What an operator reads of a fault: in both languages what happened, then what to do."""

from __future__ import annotations

import re

import pytest

from drivers.faults import FaultKind
from station.sentences import SENTENCES


@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_says_what_happened_and_what_to_do(kind: FaultKind) -> None:
    vietnamese, english = SENTENCES[f"fault.{kind}"]
    assert vietnamese != english
    for text in (vietnamese, english):
        assert len(re.findall(r"\.(?:\s|$)", text)) >= 2, text
