"""The one way in which files that matter are written, so that a power cut leaves the old state or the new one.

A file is written under a temporary name beside its target, fsynced, renamed into place without replacing, and its
folder is fsynced. Temporary names start with a dot and end in `.part`; a crash leaves at most such a file, which nobody
reads and `sweep` removes at the next start.
"""

import ctypes
import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from outbox.errors import Code, OutboxError

PART = ".part"
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
# what a kernel or file system says that has no rename without replacing, or no hard links
_NOT_OFFERED = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.EMLINK}
_FULL = {errno.ENOSPC, errno.EDQUOT}


class StorageFull(OutboxError):  # noqa: N818 - the name the commands and the screens use for it
    """There is no room for what was to be written; nothing half-written was left under its name."""

    def __init__(self, detail: str) -> None:
        super().__init__(Code.STORAGE_FULL, detail)


def write_new(path: Path, data: bytes | Iterable[bytes], mode: int = 0o640) -> None:
    """Write a file that must not exist yet; raises `FileExistsError` and leaves the other as it is, if it does.

    A crash before the rename leaves a `.part`, after it the whole file.
    """
    part = _write_part(path, data, mode)
    try:
        with _room_for(path):
            _rename_new(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def replace(path: Path, data: bytes | Iterable[bytes], mode: int = 0o640, *, exactly: bool = False) -> None:
    """Write a file that may replace an older one of its name; a reader sees the old or the new, never half.

    With `exactly` the file has this mode under any umask.
    """
    _put(path, _write_part(path, data, mode, exactly=exactly))
    sync_folder(path.parent)


def replace_unsynced(path: Path, data: bytes, mode: int = 0o640) -> None:
    """The same for what can be made again: whole for every reader, but a power cut may leave it empty.

    Whoever relies on such a file checks its digest first.
    """
    _put(path, _write_part(path, data, mode, sync=False))


def _put(path: Path, part: Path) -> None:
    try:
        with _room_for(path):
            part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def move_new(source: Path, target: Path) -> None:
    """Rename a file or folder, never over another (`FileExistsError`), and make both folders durable.

    What lies in a moved folder must be durable already: see `sync_tree`.
    """
    with _room_for(target):
        _rename_new(source, target)
    sync_folder(target.parent)
    if source.parent != target.parent:
        sync_folder(source.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def sync_file(path: Path) -> None:
    """Make the bytes of a file that somebody else wrote durable."""
    _sync(path, os.O_RDONLY | os.O_NOFOLLOW)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durable: a power cut must not take the folder away from under its files."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_tree(folder: Path) -> None:
    """Make all below `folder`, and itself, durable: the step before a finished folder is renamed into place."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            _sync(Path(parent, name), os.O_RDONLY | os.O_NOFOLLOW)
        sync_folder(Path(parent))


def sweep(folder: Path) -> list[Path]:
    """Remove the temporary files that a crash left in `folder`; for its owner alone, at start, before it writes."""
    left = [path for path in folder.glob(f".*{PART}") if path.is_file() and not path.is_symlink()]
    for path in left:
        path.unlink(missing_ok=True)
    return left


def _write_part(
    path: Path, data: bytes | Iterable[bytes], mode: int, *, sync: bool = True, exactly: bool = False
) -> Path:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")
    chunks = (data,) if isinstance(data, bytes) else data
    with _room_for(path):
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            with os.fdopen(descriptor, "wb") as file:
                if exactly:
                    os.fchmod(descriptor, mode)
                file.writelines(chunks)
                file.flush()
                if sync:
                    os.fsync(file.fileno())
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return part


def _rename_new(source: Path, target: Path) -> None:
    try:
        _renameat2(source, target)
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise
        _link_new(source, target)


def _renameat2(source: Path, target: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if libc.renameat2(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _RENAME_NOREPLACE) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(source), None, str(target))


def _link_new(source: Path, target: Path) -> None:
    """For file systems without the flag (NFS): a link never replaces; a crash between leaves two names of one file."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise
        _look_and_rename(source, target)
    else:
        source.unlink()


def _look_and_rename(source: Path, target: Path) -> None:
    """For folders on NFS and shares without links: look first. Not safe against another writer at that instant."""
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    source.rename(target)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        with _room_for(path):
            os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems refuse fsync on folders
            raise
    finally:
        with suppress(OSError):
            os.close(descriptor)


@contextmanager
def _room_for(path: Path) -> Iterator[None]:
    """Turn "no space" and "over quota" into the typed error."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(str(path)) from error
        raise
