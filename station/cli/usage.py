"""What click says of a command that was typed wrong, in the words of the station.

Click composes its messages in English; they are recognised by their form and said by our own sentences. One that is not
known stands in brackets behind a sentence of ours.
"""

from __future__ import annotations

import re

import click

from station.errors import UsageError
from station.words import Phrase

_QUOTED = r"'(?P<name>[^']*)'"
_PARAMETER = r"(?P<name>'[^']*'(?: / '[^']*')*)"
_MESSAGES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (f"usage.{key}", re.compile(pattern, re.DOTALL))
    for key, pattern in (
        ("no-such-option", rf"No such option:? {_QUOTED}\.(?P<near>.*)"),
        ("no-such-command", rf"No such command {_QUOTED}\.(?P<near>.*)"),
        ("missing-argument", rf"Missing argument {_PARAMETER}\.(?P<near>.*)"),
        ("missing-option", rf"Missing option {_PARAMETER}\.(?P<near>.*)"),
        ("missing-command", r"Missing command\."),
        ("needs-value", rf"Option {_QUOTED} requires (?:an argument|[0-9]+ arguments)\."),
        ("takes-no-value", rf"Option {_QUOTED} does not take a value\."),
        ("too-many", r"Got unexpected extra arguments? \((?P<name>.*)\)"),
        ("bad-value", rf"Invalid value for {_PARAMETER}: (?P<why>.*)"),
        ("no-choice", rf"{_QUOTED} is not one of (?P<choices>.*)\."),
        ("out-of-range", r"(?P<name>\S+) is not in the range (?P<range>.*)\."),
        ("no-number", rf"{_QUOTED} is not a valid (?:integer|float)(?: range)?\."),
        ("not-there", rf"\w+ {_QUOTED} does not exist\."),
        ("is-folder", rf"\w+ {_QUOTED} is a directory\."),
        ("is-file", rf"\w+ {_QUOTED} is a file\."),
        ("not-readable", rf"\w+ {_QUOTED} is not readable\."),
    )
)


def told(error: click.ClickException) -> UsageError:
    """The same as an error of ours: its sentence, the form of the command, and where to read more."""
    phrase = _recognise(error.format_message())
    context = getattr(error, "ctx", None)
    if not isinstance(context, click.Context):
        return UsageError(phrase.key, **phrase.values)
    usage = " ".join(context.get_usage().removeprefix("Usage:").split())
    return UsageError("usage.wrong", what=phrase, reason=phrase.key, usage=usage, help=f"{context.command_path} --help")


def _recognise(message: str) -> Phrase:
    for key, pattern in _MESSAGES:
        match = pattern.fullmatch(message)
        if match:
            return Phrase(key, {name: _said(name, text) for name, text in match.groupdict().items()})
    return Phrase("usage.other", {"detail": message})


def _said(name: str, text: str) -> str | Phrase:
    """A part of a message: the reason in it, or names that click offers, without the English around them."""
    if name == "why":
        return _recognise(text)
    if name not in {"near", "choices"}:
        return text.replace("'", "")
    names = ", ".join(re.findall(r"'([^']*)'", text) or text.partition(":")[2].replace(",", " ").split())
    return names if name == "choices" or not names else Phrase("usage.near", {"names": names})
