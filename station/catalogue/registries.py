"""Registries that this station keeps books of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.catalogue.database import Database
from station.model import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLUMNS = "code, name, place, prefix, valid_from, valid_until"


class Registries(Database):
    """The offices that kept the books."""

    def add_registry(self, registry: Registry) -> None:
        """Keep a registry with its prefix; one that is kept already stays as it is."""
        self._db.execute(
            f"insert into registry ({_COLUMNS}) values (?, ?, ?, ?, ?, ?) on conflict (code) do nothing",
            (
                registry.code, registry.name, registry.place, registry.prefix, registry.valid_from,
                registry.valid_until,
            ),
        )  # fmt: skip

    def registry(self, code: str) -> Registry | None:
        row = self._db.execute(f"select {_COLUMNS} from registry where code = ?", (code,)).fetchone()
        return Registry(*row) if row else None

    def registries(self) -> list[Registry]:
        """All of them, by code."""
        return [Registry(*row) for row in self._db.execute(f"select {_COLUMNS} from registry order by code")]

    def registry_with_prefix(self, prefix: str) -> Registry | None:
        row = self._db.execute(f"select {_COLUMNS} from registry where prefix = ?", (prefix,)).fetchone()
        return Registry(*row) if row else None

    def books_of_registries(self) -> dict[str, int]:
        """How many books of the work list each registry has, by its code."""
        rows: Iterable[tuple[str, int]] = self._db.execute("select registry, count(*) from book group by registry")
        return dict(rows)
