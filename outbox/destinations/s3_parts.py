"""A bag cut into the parts of an S3 upload, and what is said of them."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

from outbox.bagfile import BagFile

_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the bag; `checksum` is its SHA-256 in base64, `tag` the server's name for it.

    Servers that list parts without checksums name them by their MD5.
    """

    number: int
    start: int
    size: int
    checksum: str
    md5: str
    tag: str = ""

    def tagged(self, tag: str) -> "Part":
        return replace(self, tag=tag)


def cut_into_parts(bag: BagFile, part_bytes: int) -> list[Part]:
    """Parts of equal size, the last one smaller; the bag is read once."""
    parts = []
    for number, start in enumerate(range(0, bag.size, part_bytes), 1):
        size = min(part_bytes, bag.size - start)
        parts.append(Part(number, start, size, *_checksums(bag, start, size)))
    return parts


def composite(parts: Sequence[Part]) -> str:
    """The checksum that S3 tells of an object made of parts: over their checksums, with their count."""
    whole = hashlib.sha256(b"".join(base64.b64decode(part.checksum) for part in parts))
    return f"{base64.b64encode(whole.digest()).decode()}-{len(parts)}"


def completion(parts: Sequence[Part]) -> bytes:
    """What asks for an object of these parts."""
    rows = "".join(
        f"<Part><PartNumber>{part.number}</PartNumber><ETag>{escape(part.tag)}</ETag>"
        f"<ChecksumSHA256>{part.checksum}</ChecksumSHA256></Part>"
        for part in parts
    )
    root = "CompleteMultipartUpload"
    return f'<{root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{rows}</{root}>'.encode()


def tag_of(listed: dict[str, str], part: Part) -> str | None:
    """The server's name for a part that it has, if what it has is this part."""
    tag = listed.get("ETag", "")
    checksum = listed.get("ChecksumSHA256")
    same = checksum == part.checksum if checksum else tag.strip('"') == part.md5
    return tag if same and listed.get("Size") == str(part.size) else None


def _checksums(bag: BagFile, start: int, size: int) -> tuple[str, str]:
    digest, name = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    for at in range(start, start + size, _READ):
        data = bag.read(at, min(_READ, start + size - at))
        digest.update(data)
        name.update(data)
    return base64.b64encode(digest.digest()).decode(), name.hexdigest()
