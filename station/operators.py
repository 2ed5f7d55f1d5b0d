"""The people who work here: their names, roles and PINs, and who may do what.

A PIN is kept as scrypt of it. Each try is counted before it is looked at, so that neither a restart nor a second window
gives further ones.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from station import clock
from station.errors import UsageError
from station.said import said_by, said_why

if TYPE_CHECKING:
    from collections.abc import Callable

    from station.catalogue import Catalogue

TRIES = 5
"""Wrong PINs in a row before somebody has to wait."""
WAIT_SECONDS = 60
_PIN = re.compile(r"[0-9]{4,12}")
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**14, 8, 1
_SALT_BYTES = 16
_NAME_LONGEST = 80


class Role(StrEnum):
    """What somebody may do; each may also do what those before may."""

    OPERATOR = "operator"
    CHECKER = "checker"
    TECHNICIAN = "technician"

    def covers(self, other: Role) -> bool:
        """Whether somebody of this role may do what the other may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True)
class Operator:
    """Somebody who works here. `disabled_at` is None for who may sign in."""

    name: str
    role: Role
    added_by: str
    added_at: str
    disabled_at: str | None = None


@dataclass(frozen=True)
class Secret:
    """A PIN as it is kept, with the tries at it. `wait_until` is in seconds since 1970."""

    salt: bytes
    pin: bytes
    wrong: int = 0
    wait_until: int | None = None


def add_operator(catalogue: Catalogue, name: str, role: Role, pin: str, by: str) -> Operator:
    """Let somebody work here. Who was disabled comes back by this, with the role and PIN that are given now.

    Raises `UsageError` for no name, a bad PIN, and a name that works here already.
    """
    clean = _clean_name(name)
    if not _PIN.fullmatch(pin):
        raise UsageError("bad-pin")
    known = catalogue.operator(clean)
    if known and known.disabled_at is None:
        raise UsageError("operator-known", name=clean)
    salt = secrets.token_bytes(_SALT_BYTES)
    added = Operator(clean, role, by, clock.now())
    catalogue.keep_operator(added, Secret(salt, _scrypt(pin, salt)))
    return added


def disable_operator(catalogue: Catalogue, name: str) -> Operator:
    """Let somebody not sign in any more; what they did keeps their name.

    Raises `UsageError` for a name that does not work here, and for the last technician: nobody could let others in.
    """
    found = _working(catalogue, name)
    technicians = [one for one in catalogue.operators() if one.role is Role.TECHNICIAN and one.disabled_at is None]
    if [one.name for one in technicians] == [found.name]:
        raise UsageError("operator-last-technician", name=found.name)
    catalogue.disable_operator(found.name, clock.now())
    return _known(catalogue, found.name)


def check_pin(
    catalogue: Catalogue,
    name: str,
    pin: str,
    needed: Role = Role.OPERATOR,
    now: Callable[[], float] = time.time,
) -> Operator:
    """The one who has this name and PIN. `now` is in seconds since 1970.

    Raises `UsageError`: nobody of this name works here, the role is not enough, the PIN is wrong, or there were too
    many wrong ones and somebody has to wait.
    """
    found = _entitled(catalogue, name, needed)
    secret = catalogue.try_pin(found.name, int(now()), TRIES, WAIT_SECONDS)
    if secret.wait_until is not None:
        raise UsageError("pin-wait", seconds=max(1, secret.wait_until - int(now())))
    if not hmac.compare_digest(_scrypt(pin, secret.salt), secret.pin):
        raise UsageError("pin-wrong", left=TRIES - secret.wrong)
    catalogue.forget_tries(found.name)
    return found


def checkers_word(catalogue: Catalogue, name: str, why: str) -> tuple[str, str]:
    """Whose word lets through what is refused otherwise, and the reason, as they are kept.

    Where anybody was ever entered as working here it must be somebody who does, with the role; a station without people
    takes any name. Whether it is said by the one who bears it, `check_pin` alone can tell. Raises `UsageError`.
    """
    checker, reason = said_by(name), said_why(why)
    if catalogue.operators():
        checker = _entitled(catalogue, checker, Role.CHECKER).name
    return checker, reason


def _entitled(catalogue: Catalogue, name: str, needed: Role) -> Operator:
    """Somebody who works here and has the role, or one that may do more."""
    found = _working(catalogue, name)
    if not found.role.covers(needed):
        raise UsageError("role-needed", name=found.name, role=needed)
    return found


def _working(catalogue: Catalogue, name: str) -> Operator:
    found = _known(catalogue, name)
    if found.disabled_at is not None:
        raise UsageError("no-such-operator", name=found.name)
    return found


def _known(catalogue: Catalogue, name: str) -> Operator:
    clean = _clean_name(name)
    found = catalogue.operator(clean)
    if found is None:
        raise UsageError("no-such-operator", name=clean)
    return found


def _clean_name(name: str) -> str:
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    if not clean or len(clean) > _NAME_LONGEST or not clean.isprintable():
        raise UsageError("bad-operator-name", name=clean[:_NAME_LONGEST])
    return clean


def _scrypt(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P)
