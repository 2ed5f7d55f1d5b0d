"""A name or a reason that a person has to give: what counts as given."""

from __future__ import annotations

from station.errors import UsageError

_PLACEHOLDERS = frozenset({"WHY", "REASON", "NAME", "LÝ_DO", "LÝ DO", "TÊN", "...", "…"})
"""What stands in commands and sentences where somebody has to write."""


def said(text: str) -> str:
    """A name or a reason without space around it; nothing where nobody wrote one."""
    text = " ".join(text.split())
    return "" if text in _PLACEHOLDERS else text


def said_why(text: str) -> str:
    """A reason. Raises `UsageError` where there is none."""
    if not said(text):
        raise UsageError("why-needed")
    return said(text)


def said_by(text: str) -> str:
    """The name of a checker. Raises `UsageError` where there is none."""
    if not said(text):
        raise UsageError("checker-needed")
    return said(text)
