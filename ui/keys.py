"""Every key by what it does. The technician gives actions other keys in `[kiosk.keys]`.

Foot pedals and barcode readers are keyboards: a pedal sends what is set in it, mostly a letter, Page Down or an F-key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from station.errors import SettingsError
from ui.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from station.settings import Settings

KEYS: dict[str, str] = {
    "help": "f1",
    "language": "f2",
    "text_size": "f3",
    "contrast": "f4",
    "outbox": "f5",
    "readiness": "f6",
    "technician": "f7",
    "sound": "f8",
    "lock": "f9",
    "leave": "f10",
    "back": "escape",
    "accept": "enter",
    "again": "r",
    # Today
    "open": "enter",
    "next_shelf": "tab",
    "previous_shelf": "shift+tab",
    "next_window": "ctrl+pagedown",
    "previous_window": "ctrl+pageup",
    # Scanning
    "scan_page": "space,enter,pagedown,f12",
    "stop": "s",
    "review": "x",
    "cover": "b",
    "number": "n",
    "by_hand": "h",
    "source": "g",
    "button": "w",
    "cases": "c",
    "index": "i",
    "close_book": "d",
    # Looking at pages
    "next_page": "pagedown",
    "previous_page": "pageup",
    "first_page": "home",
    "last_page": "end",
    "zoom": "z",
    "left": "left",
    "right": "right",
    "up": "up",
    "down": "down",
    "replace": "r",
    "insert_before": "p",
    "insert_after": "a",
    "discard": "delete,k",
    "mark": "m",
    "assign": "n",
    "renumber": "e",
    "reverse": "v",
    "split": "t",
    "confirm": "o",
    "undo": "u",
    # Numbers
    "next_open": "tab",
    "void": "1",
    "blank": "2",
    "torn": "3",
    "illegible": "4",
    "other_book": "5",
    "withdraw": "w",
    "case_date": "n",
    "look_at": "enter",
    # Typing: letters belong to the fields
    "next_case": "pagedown",
    "previous_case": "pageup",
    "next_field": "down",
    "previous_field": "up",
    "other_page": "ctrl+p",
    "enlarge": "ctrl+o",
    "other_entry": "ctrl+e",
    "compare": "ctrl+d",
    "picture_up": "ctrl+up",
    "picture_down": "ctrl+down",
    # The outbox
    "retry_now": "r",
    "hold": "h",
    "pause": "p",
    "export": "e",
    # Closing, faults
    "pack": "g",
    "mend": "enter",
    "continue": "space,enter,pagedown,f12",
}
"""Keys by action, several with commas between; the first one is shown."""

_SHOWN = {
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "shift+tab": "⇧Tab",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "ctrl+pagedown": "Ctrl PgDn",
    "ctrl+pageup": "Ctrl PgUp",
    "ctrl+up": "Ctrl ↑",
    "ctrl+down": "Ctrl ↓",
    "ctrl+p": "Ctrl P",
    "ctrl+o": "Ctrl O",
    "ctrl+e": "Ctrl E",
    "ctrl+d": "Ctrl D",
    "home": "Home",
    "end": "End",
    "delete": "Del",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
}


def bind(*actions: str, priority: bool = False) -> list[Binding]:
    """The bindings of actions, each with an id by which the settings give it other keys."""
    return [Binding(_both_cases(KEYS[action]), action, id=action, show=False, priority=priority) for action in actions]


def in_both_cases(changed: Mapping[str, str]) -> dict[str, str]:
    """Keys by action, as Textual takes them. A letter means the same in both cases: Caps Lock changes no key."""
    return {action: _both_cases(keys) for action, keys in changed.items()}


def _both_cases(keys: str) -> str:
    each = [case for key in keys.split(",") for case in ((key, key.swapcase()) if _is_letter(key) else (key,))]
    return ",".join(dict.fromkeys(each))


def _is_letter(key: str) -> bool:
    return len(key) == 1 and key.isalpha()


def changed_keys(settings: Settings, file: str) -> dict[str, str]:
    """The keys of the settings by action, as Textual takes them. Raises `SettingsError` for an action of no screen."""
    for action in settings.kiosk.keys:
        if action not in KEYS:
            raise SettingsError(
                "bad-setting", file=file, key=f"kiosk.keys.{action}", reason=f"no such action; {', '.join(KEYS)}"
            )
    return {action: ",".join(keys) for action, keys in settings.kiosk.keys.items()}


def shown_key(action: str, changed: Mapping[str, str]) -> str:
    """The key of an action as it stands on its button."""
    return key_word(changed.get(action, KEYS[action]).split(",")[0])


def shown_keys(action: str, changed: Mapping[str, str]) -> str:
    """All keys of an action, as they stand in the help."""
    return " ".join(map(key_word, changed.get(action, KEYS[action]).split(",")))


def key_word(key: str) -> str:
    """A single key as it stands on a button."""
    return _SHOWN.get(key, key.upper())


def labels(actions: Sequence[str], changed: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Action, key and word of each button."""
    return [(action, shown_key(action, changed), say(f"key.{action}")) for action in actions]
