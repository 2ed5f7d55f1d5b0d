"""What was made of pages: delivery copies."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

from station.catalogue.database import Database
from station.catalogue.packing import AS_PART, COPY_OF, KEPT
from station.imaging.page import Fold, Level
from station.model import Copy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station.naming import BookId

LEVELS = tuple(level.value for level in Level)

_VERDICT = struct.Struct("<Bf")
_PLACE = struct.Struct("<Bf")
"""Which of the verdicts, and its place in mm; behind the verdicts, for those that have one."""
_GUTTER = struct.Struct("<HHf")
_COPIES = """select master_sha256, key, file, sha256, bytes, width, height, dpi, quality, checks, verdicts, gutter
    from copy join recipe on recipe.id = copy.recipe join scale on scale.id = copy.scale"""


class Copies(Database):
    """Delivery copies."""

    def copy(self, master_sha256: str, recipe: str) -> Copy | None:
        row = self._db.execute(
            f"{_COPIES} where master_sha256 = ? and key = ?", (bytes.fromhex(master_sha256), recipe)
        ).fetchone()
        return _copy(row) if row else None

    def copies(self, book: BookId, recipe: str) -> dict[str, Copy]:
        """The delivery copies of a book's kept pages by the digests of `Page.copy_of`."""
        rows = self._db.execute(
            f"{_COPIES} where key = ? and master_sha256 in"
            f" (select {COPY_OF} from page {AS_PART} where {KEPT} and book = (select key from book where id = ?))",
            (recipe, str(book)),
        )
        return {copy.master_sha256: copy for copy in map(_copy, rows)}

    def add_copy(self, copy: Copy) -> None:
        """Enter a delivery copy; made again, it takes the place of the one of the same master and recipe.

        Values and thresholds of its verdicts are kept to six digits.
        """
        self._db.execute("delete from failure where master_sha256 = ?", (bytes.fromhex(copy.master_sha256),))
        checks, verdicts = pack_verdicts(copy.verdicts)
        worst = max((LEVELS.index(verdict["level"]) for verdict in copy.verdicts), default=0)
        self._db.execute("insert into recipe (key) values (?) on conflict do nothing", (copy.recipe,))
        self._db.execute("insert into scale (checks) values (?) on conflict do nothing", (checks,))
        self._db.execute(
            "insert or replace into copy values (?, (select id from recipe where key = ?), ?, ?, ?, ?, ?, ?, ?, ?,"
            " (select id from scale where checks = ?), ?, ?)",
            (
                bytes.fromhex(copy.master_sha256), copy.recipe, copy.file, bytes.fromhex(copy.sha256), copy.bytes,
                copy.width, copy.height, copy.dpi, copy.quality, worst, checks, verdicts, pack_gutter(copy.gutter),
            ),
        )  # fmt: skip

    def keep_failure(self, master_sha256: str, reason: str) -> None:
        """Enter that no delivery copy could be made; until there is one."""
        self._db.execute("insert or replace into failure values (?, ?)", (bytes.fromhex(master_sha256), reason))


def pack_verdicts(verdicts: Sequence[dict[str, Any]]) -> tuple[str, bytes]:
    """Verdicts as the checks with their thresholds, and the level and the value of each, then the places of some."""
    checks = json.dumps([[one["check"], one["threshold"]] for one in verdicts])
    packed = [_VERDICT.pack(LEVELS.index(one["level"]), one["value"]) for one in verdicts]
    packed += [_PLACE.pack(index, one["place"]) for index, one in enumerate(verdicts) if "place" in one]
    return checks, b"".join(packed)


def unpack_verdicts(checks: str, packed: bytes) -> tuple[dict[str, Any], ...]:
    """The verdicts that were packed."""
    scale = json.loads(checks)
    end = len(scale) * _VERDICT.size
    verdicts: list[dict[str, Any]] = [
        {"check": check, "level": LEVELS[level], "value": float(f"{value:.6g}"), "threshold": threshold}
        for (check, threshold), (level, value) in zip(scale, _VERDICT.iter_unpack(packed[:end]), strict=True)
    ]
    for index, place in _PLACE.iter_unpack(packed[end:]):
        verdicts[index]["place"] = float(f"{place:.6g}")
    return tuple(verdicts)


def pack_gutter(gutter: Fold | None) -> bytes | None:
    """A gutter as the table keeps it."""
    return _GUTTER.pack(gutter.top, gutter.bottom, gutter.confidence) if gutter else None


def unpack_gutter(packed: bytes | None) -> Fold | None:
    """The gutter that was packed."""
    if packed is None:
        return None
    top, bottom, confidence = _GUTTER.unpack(packed)
    return Fold(top, bottom, float(f"{confidence:.6g}"))


def _copy(row: tuple[Any, ...]) -> Copy:
    master, recipe, file, sha256, size, width, height, dpi, quality, checks, verdicts, gutter = row
    return Copy(
        master.hex(), recipe, file, sha256.hex(), size, width, height, dpi, quality, unpack_verdicts(checks, verdicts),
        unpack_gutter(gutter),
    )  # fmt: skip
