"""Dates as registers write them (`dd.mm.yyyy`, `mm.yyyy`, `yyyy`) and as the catalogue keeps them (ISO, same parts)."""

from __future__ import annotations


def written_date(iso: str | None) -> str:
    """An ISO date, whole or partial, in the order of the registers: `dd.mm.yyyy`, `mm.yyyy` or `yyyy`."""
    return ".".join(reversed(iso.split("-"))) if iso else ""


def iso_date(written: str) -> str | None:
    """A normalised date of the registers as ISO, whole or partial; None for an empty one."""
    return "-".join(reversed(written.split("."))) if written else None
