"""What a server says of the digest of a file that it holds."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final

WANTED: Final = {"want-repr-digest": "sha-256=10", "want-digest": "sha-256"}
"""Asks for it: RFC 9530, and what came before."""
_IN_BASE64 = (("repr-digest", r"sha-256=:([^:]+):"), ("digest", r"(?i:sha-256)=([\w+/]+=*)"))


def announced_digest(headers: Mapping[str, str]) -> str | None:
    """The SHA-256 of the whole file in hex, by `Repr-Digest`, `Digest` or the `OC-Checksum` of ownCloud's kin."""
    for name, pattern in _IN_BASE64:
        found = re.search(pattern, headers.get(name, ""))
        if found:
            try:
                return base64.b64decode(found[1], validate=True).hex()
            except binascii.Error:
                return None
    found = re.search(r"(?i:sha256):([0-9a-fA-F]{64})", headers.get("oc-checksum", ""))
    return found[1].lower() if found else None
