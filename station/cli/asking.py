"""What somebody at a terminal is asked, and what a script says instead."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from station.errors import UsageError
from station.words import Phrase, both, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from station.covers.admission import Answer, Choice, Standing

_CHOICES = click.Choice(["append", "rework", "refuse"])
ON_COVER = ("on_sealed", "checker", "why")
"""The names of `cover_options`, as `answer_of` takes them."""


def ask(key: str, prompt: str = "", **values: Any) -> str:
    """What somebody at a terminal types; a script is not asked. Ctrl+C ends the command."""
    if not sys.stdin.isatty():
        return ""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        text = sentence(key, separator=" · ", **values)
        return str(click.prompt(text, default="", show_default=False, prompt_suffix=prompt, err=True))
    finally:
        signal.signal(signal.SIGINT, before)


def require(needs: str, options: dict[str, bool]) -> None:
    """Raise `UsageError` for an option that means nothing here."""
    for option, given in options.items():
        if given:
            raise UsageError("option-needs", option=option, needs=needs)


def cover_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what to do at the cover sheet of a book that must not be opened; `answer_of` reads them."""
    for option in (
        click.option("--why", default="", help=both("help.opt.why_cover")),
        click.option("--checker", default="", help=both("help.opt.checker_cover")),
        click.option("--on-sealed", type=_CHOICES, help=both("help.opt.on_sealed")),
    ):
        function = option(function)
    return function


def answer_of(*, on_sealed: str | None, checker: str, why: str, attended: bool = True) -> Standing | None:
    """What the options say is to be done at such a cover sheet; None: ask. Where nobody can be asked, silence ends the
    work there; a service is not `attended`. Raises `UsageError`.
    """
    from station.covers.admission import Answer, Choice, Standing

    require("--on-sealed", {} if on_sealed else {"--checker": bool(checker), "--why": bool(why)})
    if on_sealed is None and attended and sys.stdin.isatty():
        return None
    return Standing(Answer(Choice(on_sealed or Choice.REFUSE), checker, why))


def ask_cover(against: UsageError) -> Answer | None:
    """What the operator wants at a cover sheet, and by whose word."""
    from station.covers.admission import Answer, Choice

    choice = _choose(against)
    if choice is Choice.REFUSE or against.code == "no-such-book":
        return Answer(choice)
    return Answer(choice, ask("cover.ask-checker", " ").strip(), ask("cover.ask-why", " ").strip())


def _choose(against: UsageError) -> Choice:
    """The choice that is typed, or its beginning; whatever fits none or several is asked again. Nothing refuses."""
    from station.covers.admission import Choice

    typed = ask("cover.ask", " ", why=Phrase(against.code, against.values))
    while True:
        word = typed.strip().lower()
        fits = [one for one in Choice if one.startswith(word)] if word else [Choice.REFUSE]
        if len(fits) == 1:
            return fits[0]
        typed = ask("cover.ask-again", " ", typed=word)
