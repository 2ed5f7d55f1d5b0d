"""Settings over settings: what a file says goes before what it is based on."""

from __future__ import annotations

from typing import Any


def lay_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; anything else above hides what is below."""
    merged = dict(below)
    for key, value in above.items():
        both_tables = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = lay_over(merged[key], value) if both_tables else value
    return merged
