"""A sealed bag folder seen as one uncompressed tar, `<bag id>.tar`, that never lies on the disk a second time.

One file per bag costs one transfer instead of a round trip per file. The tar is a list of segments (header bytes, file,
padding) that can be read from any offset, so an upload goes on where it stopped. The same folder always gives the same
bytes: names sorted, times, owners and modes fixed.
"""

import bisect
import hashlib
import os
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from outbox.errors import Code, OutboxError

MANIFEST = "manifest-sha256.txt"
PARTIAL = ".partial"
TAR = ".tar"
_BLOCK = 512
_CHUNK = 1 << 20
_MODE = 0o644
_LONGEST_ID = 200


class BagError(OutboxError):
    """A bag folder cannot be sent as it is: a bad name, a link in it, a file that changed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the queue knows of a sealed bag: its digest is that of its payload manifest."""

    folder: Path
    bag_id: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class _Segment:
    """Bytes of the tar from `start`: fixed ones, or those of a file."""

    start: int
    size: int
    fixed: bytes
    path: Path | None = None


class BagFile:
    """A read-only view of a bag folder as a tar; cheap to make, it reads sizes and no contents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bag_id = require_bag_id(folder.name)
        self._segments = list(_segments(folder, self.bag_id))
        self._starts = [segment.start for segment in self._segments]
        self._digest: str | None = None

    @property
    def size(self) -> int:
        last = self._segments[-1]
        return last.start + last.size

    @property
    def name(self) -> str:
        return self.bag_id + TAR

    def read(self, offset: int, n: int) -> bytes:
        """Up to `n` bytes from `offset`, fewer only at the end; `BagError` when a file is not what it was."""
        parts: list[bytes] = []
        end = min(offset + n, self.size)
        index = bisect.bisect_right(self._starts, offset) - 1
        while offset < end:
            segment = self._segments[index]
            inside = offset - segment.start
            take = min(segment.size - inside, end - offset)
            parts.append(_read_segment(segment, inside, take))
            offset += take
            index += 1
        return b"".join(parts)

    def chunks(self, from_offset: int = 0, size: int = _CHUNK) -> Iterator[bytes]:
        """The bytes from an offset to the end, in pieces."""
        for offset in range(from_offset, self.size, size):
            yield self.read(offset, size)

    def digest(self) -> str:
        """SHA-256 of the whole tar; read once."""
        if self._digest is None:
            whole = hashlib.sha256()
            for chunk in self.chunks():
                whole.update(chunk)
            self._digest = whole.hexdigest()
        return self._digest


def sealed(folder: Path) -> Sealed:
    """The id, digest and size of a sealed bag folder."""
    bag = BagFile(folder)
    return Sealed(folder, bag.bag_id, payload_digest(folder), bag.size)


def is_sealed(folder: Path) -> bool:
    """Whether this is a bag folder that was renamed from `.partial`: a real folder with its manifest."""
    name = folder.name
    return (
        not name.startswith(".")
        and not name.endswith((PARTIAL, ".part"))
        and not folder.is_symlink()
        and (folder / MANIFEST).is_file()
    )


def payload_digest(folder: Path) -> str:
    """The digest that names what is in a bag: SHA-256 of its payload manifest."""
    try:
        return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    except OSError as error:
        raise BagError(Code.BAG_UNREADABLE, f"{folder / MANIFEST}: {error.strerror}") from error


def require_bag_id(name: str) -> str:
    """A bag id becomes a file name at both ends: no separator, not hidden, printable, no suffix of unfinished work."""
    hidden = name.startswith(".") or name.endswith((PARTIAL, ".part"))
    long = len(name.encode("utf-8", "surrogateescape")) > _LONGEST_ID
    if not name or hidden or long or "/" in name or "\\" in name or not name.isprintable():
        raise BagError(Code.BAG_NAME, repr(name))
    return name


def is_bag_id(name: str) -> bool:
    """Whether a name can be a bag id."""
    try:
        require_bag_id(name)
    except BagError:
        return False
    return True


def _segments(folder: Path, bag_id: str) -> Iterator[_Segment]:
    start = 0
    for name, size in _files(folder):
        header = _header(f"{bag_id}/{name}", size)
        yield _Segment(start, len(header), header)
        start += len(header)
        if size:
            yield _Segment(start, size, b"", folder / name)
            padding = bytes(-size % _BLOCK)
            yield _Segment(start + size, len(padding), padding)
            start += size + len(padding)
    yield _Segment(start, 2 * _BLOCK, bytes(2 * _BLOCK))


def _files(folder: Path) -> list[tuple[str, int]]:
    """Every file below the folder with its size, by name; links and special files are refused."""
    found = []
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        for entry in (Path(parent, name) for name in folders + names):
            facts = _facts(entry)
            if stat.S_ISREG(facts.st_mode):
                found.append((_inner_name(entry, folder), facts.st_size))
            elif not stat.S_ISDIR(facts.st_mode):
                raise BagError(Code.BAG_UNSAFE, f"{entry}: neither file nor folder")
    if not found:
        raise BagError(Code.BAG_UNREADABLE, f"{folder}: empty")
    return sorted(found)


def _inner_name(entry: Path, folder: Path) -> str:
    name = entry.relative_to(folder).as_posix()
    if not name.isprintable():  # also true of bytes that are no UTF-8: they arrive as lone surrogates
        raise BagError(Code.BAG_UNSAFE, repr(name))
    return name


def _facts(entry: Path) -> os.stat_result:
    try:
        return entry.lstat()
    except OSError as error:
        raise BagError(Code.BAG_CHANGED, f"{entry}: {error.strerror}") from error


def _refuse(error: OSError) -> None:
    raise BagError(Code.BAG_UNREADABLE, f"{error.filename}: {error.strerror}") from error


def _header(name: str, size: int) -> bytes:
    """A ustar header, with a pax header before it where the name or the size needs one."""
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = _MODE
    return info.tobuf(tarfile.PAX_FORMAT)


def _read_segment(segment: _Segment, inside: int, take: int) -> bytes:
    if segment.path is None:
        return segment.fixed[inside : inside + take]
    try:
        descriptor = os.open(segment.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            data = _read_exactly(descriptor, take, inside)
            grown = os.fstat(descriptor).st_size != segment.size
        finally:
            os.close(descriptor)
    except OSError as error:
        raise BagError(Code.BAG_CHANGED, f"{segment.path}: {error.strerror}") from error
    if grown or len(data) != take:
        raise BagError(Code.BAG_CHANGED, f"{segment.path}: not {segment.size} bytes any more")
    return data


def _read_exactly(descriptor: int, n: int, offset: int) -> bytes:
    parts: list[bytes] = []
    while n and (part := os.pread(descriptor, n, offset)):
        parts.append(part)
        offset += len(part)
        n -= len(part)
    return b"".join(parts)
