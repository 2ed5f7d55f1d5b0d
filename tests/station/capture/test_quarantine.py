"""What the note beside a refused file says: where the file lies now, as a command takes it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from station.capture.quarantine import Quarantine
from station.intake import Refusal, RefusedFile
from station.root import Root

ASKING = [Refusal.BEFORE_COVER, Refusal.PASSWORD, Refusal.UNSAFE_NAME, Refusal.NO_WHITE, Refusal.DUPLICATE]


@pytest.mark.parametrize("reason", ASKING)
@pytest.mark.parametrize("moves", [True, False])
def test_who_is_asked_to_do_something_with_a_file_is_told_where_it_lies(
    tmp_path: Path, reason: Refusal, moves: bool
) -> None:
    delivered = tmp_path / "máy ảnh" / "trang 1.jpg"
    delivered.parent.mkdir()
    quarantine = Quarantine(Root(tmp_path / "root"))
    for _ in range(2):
        delivered.write_bytes(b"x")
        lies_at = quarantine.refuse(RefusedFile(delivered, reason), delivered if moves else None)
        assert lies_at.read_bytes() == b"x"
        assert (lies_at == delivered) is not moves
        note = quarantine.waiting()[0] if moves is False else lies_at.with_name(f"{lies_at.name}.why.txt")
        assert shlex.quote(str(lies_at)) in note.read_text(encoding="utf-8")
    assert len(quarantine.waiting()) == 1 + moves
