"""Finding registries: by code, by a name that is typed somehow, and those that no list holds."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from station.errors import BadName
from station.model import Registry
from station.registers.profile import profile
from station.text import clean, fold, sort_key, spelling_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from station.registers.profile import Unit

# The units were formed anew on 1 July 2025. The books at hand are older: a code means the unit of the day before.
_EVE_OF_THE_REFORM = "2025-06-30"
_PREFIX = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_PREFIX_LONGEST = 80
_KINDS = {
    "xa": "xa", "x": "xa", "phuong": "phuong", "p": "phuong", "thi tran": "thi tran", "tt": "thi tran",
    "huyen": "huyen", "h": "huyen", "thi xa": "thi xa", "tx": "thi xa", "thanh pho": "thanh pho", "tp": "thanh pho",
    "dac khu": "dac khu", "tinh": "tinh", "t": "tinh",
}  # fmt: skip
_COMMITTEE = re.compile(r"(?:ubnd|[uủ][yỷ]\s+ban\s+nh[aâ]n\s+d[aâ]n)\s+", re.IGNORECASE)
_BETWEEN_UNITS = re.compile(r"\s*[,;(]\s*|\s+[-–]\s+")


def known_registry(code: str, name: str | None = None) -> Registry | None:
    """The registry of a unit code, or None: registries may have codes of their own.

    With a name it is the unit that had this code under that name; else the one that stood before the reform of 2025,
    the oldest known one if the code was given up earlier.
    """
    units = [unit for unit in profile().units if unit.code == code]
    if name is not None:
        units = [unit for unit in units if spelling_key(unit.name) == spelling_key(name)]
    chosen = next(_before_the_reform(units), next(iter(units), None))
    return _registry(chosen) if chosen else None


def _before_the_reform(units: Iterable[Unit]) -> Iterator[Unit]:
    return (u for u in units if (u.start or "") <= _EVE_OF_THE_REFORM <= (u.until or "9999"))


def _registry(unit: Unit) -> Registry:
    return Registry(unit.code, unit.name, unit.place, unit.prefix, unit.start, unit.until)


def new_registry(code: str, name: str, place: str | None = None, prefix: str | None = None) -> Registry:
    """A registry that no list holds. Its prefix is made once, here, and stored from then on. Raises `BadName`."""
    written = clean(name)
    made = prefix or f"{_ascii_word(written)}_{_ascii_word(code)}"
    check_prefix(made)
    return Registry(code, written, clean(place or written), made)


def check_prefix(prefix: str) -> None:
    """Refuse a prefix that could not begin the name of a file everywhere. Raises `BadName`."""
    if not _PREFIX.fullmatch(prefix) or len(prefix) > _PREFIX_LONGEST:
        raise BadName("bad-prefix", text=prefix)


def units_like(text: str) -> list[Unit]:
    """Units whose code, name, place or prefix holds the text, typed without accents or with the tone anywhere.

    The names that are spelt exactly so come first, then those that begin with it, each in Vietnamese order.
    """
    wanted = fold(text)
    hits = [unit for unit in profile().units if holds_text(unit.place, text) or wanted in {unit.code, unit.prefix}]
    return sorted(hits, key=lambda unit: (_distance(unit, text), sort_key(unit.place), unit.start or ""))


def holds_text(place: str, text: str) -> bool:
    """Whether a text stands in the name of a place. Blanks make no difference: Đakrông and Đa Krông are one place."""
    return _together(text) in _together(place)


def _distance(unit: Unit, text: str) -> int:
    wanted, name, bare = (_together(one) for one in (text, unit.name, bare_name(unit.name)))
    if spelling_key(text) in {spelling_key(unit.name), spelling_key(bare_name(unit.name))} or unit.code == text.strip():
        return 0
    if wanted in {name, bare}:
        return 1
    return 2 if bare.startswith(wanted) else 3 if wanted in name else 4


def _together(text: str) -> str:
    return fold(text).replace(" ", "")


def named_units(text: str, year_first: int, year_last: int, district: str = "") -> list[Unit]:
    """The units that a list means by a name, one for each code: `Xã Hướng Phùng`, `Hướng Phùng, H. Hướng Hóa`.

    Of several, those count whose spelling is the same where accents are typed, then those that stood in the years of
    the book, then, of one name, those of the eve of the reform. More than one left means that the name does not say
    which: typed without accents, Cam Thanh and Cam Thành are two. The committee of a unit is the unit: `UBND xã Hướng
    Phùng`.
    """
    name, *parts = _BETWEEN_UNITS.split(_COMMITTEE.sub("", clean(text).rstrip(")")))
    within = [_parted(part) for part in [*parts, district] if part]
    hits = [unit for unit in profile().units if _is_called(unit, name) and _lies_within(unit, within)]
    if not text.isascii():
        hits = [unit for unit in hits if _spelling(unit.name) == _spelling(name)] or hits
    hits = [unit for unit in hits if unit.stood_in(year_first, year_last)] or hits
    if len({_spelling(unit.name) for unit in hits}) == 1:
        hits = list(_before_the_reform(hits)) or hits
    return list({unit.code: unit for unit in reversed(hits)}.values())[::-1]


def _spelling(name: str) -> str:
    return spelling_key(_parted(name)[2])


def _is_called(unit: Unit, name: str) -> bool:
    """A number alone is no name: `Phường 1` needs its kind."""
    (kind, bare, _), (own_kind, own, _) = _parted(name), _parted(unit.name)
    return bare == own and (kind == own_kind or (not kind and not bare.isdigit()))


def _lies_within(unit: Unit, within: list[tuple[str, str, str]]) -> bool:
    """Whether the district or province that is said is the unit's own; of which kind it is may be left out."""
    around = [_parted(part)[:2] for part in unit.place.split(",")[1:]]
    return all(any(bare == own and kind in {"", own_kind} for own_kind, own in around) for kind, bare, _ in within)


def bare_name(name: str) -> str:
    """A name without the kind of unit before it: `Hướng Phùng` of `Xã Hướng Phùng`. A number keeps it: `Phường 1`."""
    _, key, bare = _parted(name)
    return clean(name) if key.isdigit() else bare


@lru_cache(maxsize=2000)
def _parted(name: str) -> tuple[str, str, str]:
    """The kind of unit in full (empty if none is said), the name as a key, and the name as it is written."""
    words = clean(name).replace(".", ". ").split()
    for count in (2, 1):
        kind = _KINDS.get(fold(" ".join(words[:count])).rstrip("."))
        if kind and len(words) > count:
            return kind, _closed(words[count:]), " ".join(words[count:])
    return "", _closed(words), " ".join(words)


def _closed(words: list[str]) -> str:
    """Written together is the same: Đakrông and Đa Krông."""
    return re.sub(r"[^a-z0-9]+", "", fold("".join(words)))


def _ascii_word(text: str) -> str:
    """Lower-case ASCII letters and digits."""
    return re.sub(r"[^a-z0-9]", "", fold(text))
