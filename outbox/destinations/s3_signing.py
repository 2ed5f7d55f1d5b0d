"""Signature version 4 of Amazon Web Services, as S3 wants it: over the request's line, its headers and its payload.

After "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)" of the S3 API reference.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

EMPTY = hashlib.sha256(b"").hexdigest()
_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Key:
    """Who signs, and for which region; the secret does not show itself."""

    access: str
    secret: str
    region: str

    def __repr__(self) -> str:
        return f"Key({self.access})"


def sign(
    key: Key, now: datetime, method: str, url: str, headers: Mapping[str, str], payload: str = EMPTY
) -> dict[str, str]:
    """The headers with those of the signature; `payload` is the SHA-256 of the body in hex, `now` in UTC."""
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    parts = urlsplit(url)
    signed = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    signed |= {"host": parts.netloc, "x-amz-date": moment, "x-amz-content-sha256": payload}
    names = sorted(signed)
    canonical = "\n".join(
        (
            method,
            parts.path or "/",
            canonical_query(parts.query),
            *(f"{name}:{signed[name]}" for name in names),
            "",
            ";".join(names),
            payload,
        )
    )
    scope = f"{moment[:8]}/{key.region}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"{_ALGORITHM}\n{moment}\n{scope}\n{digest}"
    signature = hmac.new(_signing_key(key, moment[:8]), to_sign.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={key.access}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return signed | {"authorization": f"{_ALGORITHM} {credential}"}


def canonical_query(query: str) -> str:
    """Sorted, with every value spelled out, and quoted as the signature wants it."""
    pairs = parse_qsl(query, keep_blank_values=True)
    quoted = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in quoted)


def _signing_key(key: Key, day: str) -> bytes:
    signing = f"AWS4{key.secret}".encode()
    for word in (day, key.region, "s3", "aws4_request"):
        signing = hmac.new(signing, word.encode(), hashlib.sha256).digest()
    return signing
