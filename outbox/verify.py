"""Is this bag whole? Read from its folder or straight out of its tar, with nothing unpacked and nothing believed.

`BagSource` gives the files of either form by name; `verify_bag` checks them as BagIt (RFC 8493) and the seal demand,
and names every file that is wrong.
"""

import hashlib
import os
import re
import stat
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Self

from outbox.bagfile import MANIFEST, TAR, BagError, is_bag_id, require_bag_id
from outbox.errors import Code
from outbox.keys import SIGNATURE_FILE, TAG_MANIFEST, TrustedKeys, check_bag_signature

_CHUNK = 1 << 20
_LARGEST_TAG_FILE = 64 << 20
_DECLARATION_FILE = "bagit.txt"
_DECLARATION = re.compile(r"BagIt-Version: (0\.97|1\.0)\r?\nTag-File-Character-Encoding: UTF-8\r?\n?", re.ASCII)
_MANIFEST_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(\S.*)")
_OXUM = re.compile(r"^Payload-Oxum: *(\d+)\.(\d+) *\r?$", re.MULTILINE)
_NEVER_IN_TAG_MANIFEST = {TAG_MANIFEST, SIGNATURE_FILE}


class FindingCode(StrEnum):
    """What can be wrong with a bag."""

    UNREADABLE = "unreadable"
    UNSAFE_MEMBER = "unsafe-member"
    TWICE = "twice"
    MISSING = "missing"
    UNLISTED = "unlisted"
    DIGEST = "digest"
    MALFORMED = "malformed"
    OXUM = "oxum"
    SIGNATURE = "signature"
    SIGNER_UNKNOWN = "signer-unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: a code (of `FindingCode`, or of whoever inspects further), the file in the bag, the detail."""

    code: str
    file: str
    detail: str = ""


class BagSource:
    """The files of a bag by name; what is unsafe or unreadable about its form stands in `findings`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bag_id = bag_id_of(path)
        self.findings: list[Finding] = []
        self._sizes: dict[str, int] = {}
        self._openers: dict[str, Callable[[], IO[bytes]]] = {}
        self._tar: tarfile.TarFile | None = None
        if path.is_dir():
            self._list_folder()
        else:
            self._list_tar()

    def names(self) -> list[str]:
        """Every file of the bag, as `data/book.json`."""
        return sorted(self._sizes)

    def __contains__(self, name: object) -> bool:
        return name in self._sizes

    def size(self, name: str) -> int:
        return self._sizes[name]

    def open(self, name: str) -> IO[bytes]:
        """A file of the bag to read from; `KeyError` when it has none of that name."""
        return self._openers[name]()

    def read(self, name: str) -> bytes:
        """A small file of the bag, whole."""
        if self._sizes[name] > _LARGEST_TAG_FILE:
            raise BagError(Code.BAG_UNREADABLE, f"{name}: {self._sizes[name]} bytes")
        with self.open(name) as file:
            return file.read()

    def digest(self) -> str:
        """The payload digest, SHA-256 of the payload manifest; empty when there is none."""
        return self.digest_of(MANIFEST) if MANIFEST in self._sizes else ""

    def digest_of(self, name: str) -> str:
        """SHA-256 of one file, read now."""
        whole = hashlib.sha256()
        with self.open(name) as file:
            while chunk := file.read(_CHUNK):
                whole.update(chunk)
        return whole.hexdigest()

    def close(self) -> None:
        if self._tar is not None:
            self._tar.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _list_folder(self) -> None:
        for parent, folders, files in os.walk(self.path):
            for entry in (Path(parent, name) for name in folders + files):
                name, facts = entry.relative_to(self.path).as_posix(), entry.lstat()
                if stat.S_ISREG(facts.st_mode):
                    self._add(name, facts.st_size, partial(_open_plain, entry))
                elif not stat.S_ISDIR(facts.st_mode):
                    self._find(FindingCode.UNSAFE_MEMBER, name, "neither file nor folder")

    def _list_tar(self) -> None:
        try:
            self._tar = tarfile.open(self.path, mode="r:", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115
            names = []
            for member in self._tar:
                self._add_member(self._tar, member)
                names.append(member.name)
        except PermissionError as error:  # no fault of the bag
            raise BagError(Code.BAG_UNREADABLE, f"{self.path}: {error.strerror}") from error
        except (tarfile.TarError, OSError, ValueError) as error:
            self._find(FindingCode.UNREADABLE, self.path.name, str(error))
        else:
            self._require_name(names)

    def _require_name(self, names: list[str]) -> None:
        """A tar that holds one bag of another name was renamed by hand: no receipt under its name would be of use."""
        roots = {name.partition("/")[0] for name in names}
        root = roots.pop() if len(roots) == 1 else self.bag_id
        if root != self.bag_id and is_bag_id(root) and f"{root}/{_DECLARATION_FILE}" in names:
            self.close()
            raise BagError(Code.BAG_RENAMED, f"{self.path.name} -> {root}{TAR}")

    def _add_member(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        name = _inside(member.name, self.bag_id)
        plain = member.type in {tarfile.REGTYPE, tarfile.AREGTYPE} and not member.issparse()
        if member.isdir() and name is not None:
            return
        if name in {None, ""} or not plain:
            self._find(FindingCode.UNSAFE_MEMBER, printable(member.name), f"type {member.type!r}")
        elif name in self._sizes:
            self._find(FindingCode.TWICE, str(name))
        else:
            self._add(str(name), member.size, partial(_open_member, tar, member))

    def _add(self, name: str, size: int, opener: Callable[[], IO[bytes]]) -> None:
        self._sizes[name] = size
        self._openers[name] = opener

    def _find(self, code: FindingCode, file: str, detail: str = "") -> None:
        self.findings.append(Finding(code, printable(file), detail))


def bag_id_of(path: Path) -> str:
    """The bag id that a folder or a tar has by its name."""
    return require_bag_id(path.name if path.is_dir() else path.name.removesuffix(TAR))


def verify_bag(source: BagSource, trusted: TrustedKeys | None = None) -> list[Finding]:
    """Everything wrong with a bag, by file; empty when it is exactly what was sealed.

    With `trusted`, a bag sealed by any other key is wrong too; without, it must be valid by the key that it names.
    """
    return [
        *source.findings,
        *_check_declaration(source),
        *_check_manifest(source, MANIFEST, _is_payload),
        *_check_manifest(source, TAG_MANIFEST, _is_tag_file),
        *_check_oxum(source),
        *_check_signature(source, trusted),
    ]


def printable(name: str) -> str:
    """A name from outside, fit to be shown and stored."""
    return name if name.isprintable() else name.encode("unicode_escape").decode()


def _is_payload(name: str) -> bool:
    return name.startswith("data/")


def _is_tag_file(name: str) -> bool:
    return not _is_payload(name) and name not in _NEVER_IN_TAG_MANIFEST


def _check_declaration(source: BagSource) -> Iterator[Finding]:
    text = _tag_text(source, _DECLARATION_FILE)
    if isinstance(text, Finding):
        yield text
    elif not _DECLARATION.fullmatch(text):
        yield Finding(FindingCode.MALFORMED, _DECLARATION_FILE)


def _check_manifest(source: BagSource, manifest: str, covers: Callable[[str], bool]) -> Iterator[Finding]:
    """Every listed file there and right, every file that the manifest must cover listed."""
    text = _tag_text(source, manifest)
    if isinstance(text, Finding):
        yield text
        return
    listed: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        entry = _MANIFEST_LINE.fullmatch(line)
        name = _decoded(entry[2]) if entry else ""
        if not entry or not covers(name) or name in listed:
            yield Finding(FindingCode.MALFORMED, manifest, f"line {number}")
        else:
            listed[name] = entry[1].lower()
    for name, digest in listed.items():
        yield from _check_file(source, name, digest)
    present = {name for name in source.names() if covers(name)}
    yield from (Finding(FindingCode.UNLISTED, printable(name), manifest) for name in sorted(present - listed.keys()))


def _check_file(source: BagSource, name: str, digest: str) -> Iterator[Finding]:
    if name not in source:
        yield Finding(FindingCode.MISSING, printable(name))
        return
    try:
        found = source.digest_of(name)
    except (OSError, tarfile.TarError) as error:
        yield Finding(FindingCode.UNREADABLE, name, str(error))
    else:
        if found != digest:
            yield Finding(FindingCode.DIGEST, name, f"{found} instead of {digest}")


def _check_oxum(source: BagSource) -> Iterator[Finding]:
    text = _tag_text(source, "bag-info.txt")
    if isinstance(text, Finding):
        yield text
        return
    payload = [source.size(name) for name in source.names() if _is_payload(name)]
    stated = _OXUM.search(text)
    if stated is None or (int(stated[1]), int(stated[2])) != (sum(payload), len(payload)):
        yield Finding(FindingCode.OXUM, "bag-info.txt", f"{sum(payload)}.{len(payload)} found")


def _check_signature(source: BagSource, trusted: TrustedKeys | None) -> Iterator[Finding]:
    for name in (SIGNATURE_FILE, TAG_MANIFEST):
        if name not in source:
            if name == SIGNATURE_FILE:
                yield Finding(FindingCode.MISSING, name)
            return
    try:
        key = check_bag_signature(source.read(SIGNATURE_FILE), source.read(TAG_MANIFEST))
    except (ValueError, OSError, BagError, tarfile.TarError) as error:
        yield Finding(FindingCode.SIGNATURE, SIGNATURE_FILE, str(error))
    else:
        if trusted is not None and trusted.get(key.key_id) != key:
            yield Finding(FindingCode.SIGNER_UNKNOWN, SIGNATURE_FILE, key.key_id)


def _tag_text(source: BagSource, name: str) -> str | Finding:
    if name not in source:
        return Finding(FindingCode.MISSING, name)
    try:
        return source.read(name).decode()
    except (UnicodeDecodeError, OSError, BagError, tarfile.TarError) as error:
        return Finding(FindingCode.UNREADABLE, name, str(error))


def _decoded(name: str) -> str:
    """A path of a manifest: RFC 8493 writes line ends and the percent sign by their codes."""
    for code, character in (("%0D", "\r"), ("%0d", "\r"), ("%0A", "\n"), ("%0a", "\n"), ("%25", "%")):
        name = name.replace(code, character)
    return name


def _inside(member: str, bag_id: str) -> str | None:
    """The name within the bag of a tar member, or None when it would lie anywhere else."""
    parts = PurePosixPath(member).parts
    if member.startswith("/") or "\\" in member or ".." in parts or not parts or parts[0] != bag_id:
        return None
    return "/".join(parts[1:])


def _open_plain(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")


def _open_member(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(member)
    if file is None:
        raise BagError(Code.BAG_UNREADABLE, printable(member.name))
    return file
