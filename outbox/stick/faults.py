"""What can be wrong with a stick, each told apart: full, read-only, worn, gone."""

from __future__ import annotations

import errno
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outbox.durable import StorageFull
from outbox.errors import Code, OutboxError
from outbox.stick.media import Mount, is_gone, mount_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BY_NUMBER = {
    errno.ENOSPC: Code.STICK_FULL,
    errno.EDQUOT: Code.STICK_FULL,
    errno.EFBIG: Code.STICK_TOO_LARGE,
    errno.EROFS: Code.STICK_READ_ONLY,
    errno.EACCES: Code.STICK_PERMISSION,
    errno.EPERM: Code.STICK_PERMISSION,
    errno.EIO: Code.STICK_WORN,
    errno.EUCLEAN: Code.STICK_WORN,
    errno.EBADMSG: Code.STICK_WORN,
}
# The bus or the file system in user space is gone, whatever else still looks mounted.
_GONE = {errno.ENODEV, errno.ENXIO, errno.ENOTCONN, errno.ESHUTDOWN, errno.ECONNABORTED, errno.ENOMEDIUM}

NOTICED_S = 1.5
"""After so long a stick that was pulled out is missed: file systems in user space are believed for 1 s."""


class StickError(OutboxError):
    """The stick cannot go on; what was verified on it before stays valid."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder on a medium, and what the medium was when we came."""

    path: Path
    device: int
    mount: Mount | None

    @classmethod
    def at(cls, path: Path) -> Watched:
        """Raises `OSError` when the folder cannot be looked at."""
        return cls(path, path.stat().st_dev, mount_of(path))

    def require(self) -> None:
        """Raise `StickError` when another medium, or none, lies at the path by now."""
        if self._is_gone():
            raise StickError(Code.STICK_GONE, str(self.path))

    def require_after_trouble(self) -> None:
        """The same after an error, which comes before the kernel has noticed that the stick was pulled out."""
        if self._is_gone_after_trouble():
            raise StickError(Code.STICK_GONE, str(self.path))

    def _is_gone(self) -> bool:
        return is_gone(self.mount, self.path, self.device)

    def _is_gone_after_trouble(self) -> bool:
        if self._is_gone():
            return True
        time.sleep(NOTICED_S)
        return self._is_gone()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what the system says of this medium into `StickError`; an error that is none of it passes."""
        try:
            yield
        except StorageFull as error:
            self.require()
            raise StickError(Code.STICK_FULL, error.detail) from error
        except OSError as error:
            code = self._code_of(error)
            if code is None:
                raise
            raise StickError(code, f"{error.filename or self.path}: {error.strerror}") from error

    def _code_of(self, error: OSError) -> Code | None:
        if error.errno in _GONE or self._is_gone():
            return Code.STICK_GONE
        code = _BY_NUMBER.get(error.errno or 0)
        if code is Code.STICK_WORN and self._is_gone_after_trouble():
            return Code.STICK_GONE
        # A file system that finds its medium failing turns itself read-only.
        if code is Code.STICK_READ_ONLY and self.mount and not self.mount.read_only:
            return Code.STICK_WORN
        return code
