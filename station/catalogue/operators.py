"""The people who work at the station."""

from __future__ import annotations

from typing import Any

from station.catalogue.database import Database
from station.operators import Operator, Role, Secret

_COLUMNS = "name, role, added_by, added_at, disabled_at"


class Operators(Database):
    """Names, roles and PINs."""

    def operators(self) -> list[Operator]:
        """Everybody who ever worked here, in the order in which they came."""
        return [_operator(row) for row in self._db.execute(f"select {_COLUMNS} from operator order by id")]

    def operator(self, name: str) -> Operator | None:
        row = self._db.execute(f"select {_COLUMNS} from operator where name = ?", (name,)).fetchone()
        return _operator(row) if row else None

    def keep_operator(self, one: Operator, secret: Secret) -> None:
        """Enter somebody, or let them back in with what is given now."""
        self._db.execute(
            "insert into operator (name, role, salt, pin, added_by, added_at) values (?, ?, ?, ?, ?, ?)"
            " on conflict (name) do update set role = excluded.role, salt = excluded.salt, pin = excluded.pin,"
            " wrong = 0, wait_until = null, disabled_at = null",
            (one.name, one.role, secret.salt, secret.pin, one.added_by, one.added_at),
        )

    def disable_operator(self, name: str, at: str) -> None:
        self._db.execute("update operator set disabled_at = ? where name = ?", (at, name))

    def try_pin(self, name: str, now: int, tries: int, wait: int) -> Secret:
        """The kept PIN of somebody for one try, counted as a wrong one before anybody looks at it.

        `wait_until` of the answer is None when the try may be made. The last of `tries` begins a wait of `wait`
        seconds, even when it is right: `forget_tries` ends it. A clock that was set back lets nobody wait longer.
        """
        with self._transaction():
            salt, pin, wrong, until = self._db.execute(
                "select salt, pin, wrong, wait_until from operator where name = ?", (name,)
            ).fetchone()
            if until is not None and now < until <= now + wait:
                return Secret(salt, pin, wrong, until)
            wrong = wrong + 1 if until is None else 1
            self._db.execute(
                "update operator set wrong = ?, wait_until = ? where name = ?",
                (wrong, now + wait if wrong >= tries else None, name),
            )
        return Secret(salt, pin, wrong)

    def forget_tries(self, name: str) -> None:
        """The PIN was right."""
        self._db.execute("update operator set wrong = 0, wait_until = null where name = ?", (name,))


def _operator(row: tuple[Any, ...]) -> Operator:
    name, role, added_by, added_at, disabled_at = row
    return Operator(name, Role(role), added_by, added_at, disabled_at)
