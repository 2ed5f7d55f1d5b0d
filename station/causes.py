"""What the parts below us say of a trouble - the system, TLS, a server, a parser - in the language of the sentence.

They speak English, and put their texts together as `place: place: cause`. Places (paths, hosts, ids, numbers) are the
same in every language. A cause that is known has a sentence; any other one stands in an English sentence as it came,
and is left out of a Vietnamese one: it is in the log, in `--json`, in the history that `station outbox show` prints.
"""

from __future__ import annotations

import re
from typing import Final

from outbox.states import State
from station.sentences import SENTENCES

VIETNAMESE: Final = 0
# What a receipt finds begins with its code; its own sentence is printed where the receipt was written.
_FINDINGS: Final = sorted(key.removeprefix("bag.") for key in SENTENCES if key.startswith("bag."))
_KNOWN: Final = [
    (re.compile(pattern), f"cause.{name}")
    for pattern, name in (
        ("No such file or directory|no such file$", "no-such-file"),
        ("Permission denied", "permission"),
        ("No space left on device|Disk quota exceeded", "no-space"),
        ("Input/output error", "io"),
        ("Read-only file system", "read-only"),
        ("Is a directory", "is-folder"),
        ("Not a directory", "no-folder"),
        ("^empty$", "empty"),
        ("^not UTF-8$", "not-text"),
        ("^a link$", "link"),
        ("^neither file nor folder$", "no-file"),
        (r"^mode (?P<mode>[0-7]+)$", "mode"),
        ("All connection attempts failed|Connection refused|Connect call failed", "refused"),
        ("Name or service not known|name resolution|No address associated|getaddrinfo", "name"),
        ("Network is unreachable|No route to host", "no-way"),
        ("timed out|[Tt]imeout", "time"),
        ("Connection reset|Connection lost|Connection closed|Broken pipe|disconnected", "lost"),
        ("certificate has expired|CERTIFICATE_EXPIRED", "expired"),
        ("certificate is not yet valid", "not-yet"),
        ("self[- ]signed certificate|unable to get (local )?issuer", "authority"),
        ("(?:Hostname|IP address) mismatch", "other-host"),
        ("CERTIFICATE_REQUIRED", "own-certificate"),
        (r"^no ed25519|not an ed25519 key", "no-key"),
        (r"^(?P<found>\S+) instead of (?P<wanted>\S+)$", "instead"),
        (r"^(?P<found>\d+) bytes instead of (?P<wanted>\d+)$", "instead"),
        (r"^(?P<there>\d+) bytes there, (?P<here>\d+) here$", "sizes"),
        (r"^(?P<needed>\d+) > (?P<free>\d+)$", "room"),
        (r"^not (?P<size>\d+) bytes any more$", "size-changed"),
        ("^other bytes than were written$", "other-bytes"),
        (r"^(?P<number>\d+) bytes$", "bytes"),
        (r"\(at line (?P<line>\d+), column (?P<column>\d+)\)$", "place"),
        (r"^line (?P<number>\d+)$", "line"),
        (r"^line (?P<number>\d+) is no key$", "no-key-line"),
        (r"^offers (?P<key>\S+ SHA256:\S+)$", "offers"),
        (r"^(?P<pdfs>\d+) PDF, (?P<cases>\d+) cases$", "pdfs"),
        (r"^(?P<found>\d+) pages, (?P<wanted>\d+) in book.json$", "pages"),
        (r"^(?P<digest>\w+), queued as (?P<queued>\w+)$", "queued-as"),
        (r"^(?P<came>\w+) came, (?P<accepted>\w+) was accepted$", "came"),
        (rf"^(?:{'|'.join(_FINDINGS)}) (?P<file>\S+)", "finding"),
        (r"^[a-z-]+ in (?P<state>[a-z-]+)$", "in-state"),
        (r"^(?P<status>[1-5]\d\d)\b", "status"),
        (r"^[Ee]xpected `(?P<wanted>[^`]+)`, got `(?P<found>[^`]+)`", "type"),
        (r"^Expected `(?P<wanted>[^`]+)` (?P<bound>[<>]=? \S+)", "bound"),
        ("unknown field `(?P<field>[^`]+)`", "unknown-field"),
        ("missing required field `(?P<field>[^`]+)`", "missing-field"),
        ("Invalid enum value (?P<value>.+)", "no-choice"),
        (r"^(?P<text>.+) is not a part of a day as (?P<form>\S+)$", "window"),
        (r"^(?P<one>\w+) and (?P<other>\w+) go together$", "together"),
        (r"^(?P<key>\w+) begins with (?P<start>.+)$", "begins"),
        (r"^(?P<key>\w+) is not an address as (?P<form>\S+)$", "address"),
        (r"^sending.to names no destination$", "no-destination"),
    )
]
# A path, a setting with its file, one name for another, ids in a row: anything that is not a phrase.
_PLACE: Final = re.compile(r"/.*|[\w.]+ = .*|\S+ (?:->|>) \S+|\S+(?:, \S+)*|[\d.]+ (?:s|B|kB|MB|GB)|")
_SETTING: Final = re.compile(r"\w+ = [^\s,()]+")
_CLASS: Final = re.compile(r"[A-Z]\w*(?:Error|Exception)")


def spoken(text: str, language: int) -> str:
    """A text from below in Vietnamese (0) or English (1); empty where nothing of it can be said."""
    parts = [_part(part, language) for part in text.split(": ")]
    return ": ".join(part for part in parts if part)


def _part(part: str, language: int) -> str:
    for pattern, key in _KNOWN:
        if found := pattern.search(part):
            words = SENTENCES[key][language].format(**_values(found.groupdict(), language))
            settings = ", ".join(_SETTING.findall(part))
            return f"{words} ({settings})" if settings else words
    is_place = _PLACE.fullmatch(part) and not _CLASS.fullmatch(part)
    return part if is_place or language != VIETNAMESE else ""


def _values(groups: dict[str, str], language: int) -> dict[str, str]:
    """The state among them in words."""
    state = groups.get("state")
    words = SENTENCES.get(f"item.{state}")
    return groups | {"state": words[language]} if words and state in set(State) else groups
