"""A server whose key is not pinned: which key it offers, and what the known_hosts file says of it, for a person."""

import asyncssh

from outbox.destinations.base import EndedError, needs_person
from outbox.destinations.settings import SftpSettings
from outbox.errors import Code

_SSH_PORT = 22


class Offered(asyncssh.SSHClient):
    """Keeps the key that a server offered and that is none of the pinned ones. It trusts none."""

    def __init__(self) -> None:
        self.key: asyncssh.SSHKey | None = None
        self._addr = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """Asked by asyncssh for a key that is not pinned."""
        self.key, self._addr = key, addr
        return False

    def refusal(self, settings: SftpSettings, where: str, why: str) -> EndedError:
        """Nothing is pinned for this server, or something else is. `why` is what asyncssh said."""
        parts = [where, f"known_hosts = {settings.known_hosts}"]
        pinned = self._is_pinned(settings)
        if not pinned:
            parts += [f"line {number} is no key" for number in unreadable_lines(settings)]
        if self.key is not None:
            parts.append(f"offers {self.key.get_algorithm()} {self.key.get_fingerprint()}")
        else:
            parts.append(why)
        return needs_person(Code.HOST_KEY_REFUSED if pinned else Code.HOST_KEY_UNKNOWN, ": ".join(parts))

    def _is_pinned(self, settings: SftpSettings) -> bool:
        """Whether the file has any key for this host, by its name or its address."""
        known = asyncssh.read_known_hosts(str(settings.known_hosts))
        port = None if settings.port == _SSH_PORT else settings.port
        return any(known.match(settings.host, self._addr, port))


def unreadable_lines(settings: SftpSettings) -> list[int]:
    """The lines of a known_hosts file whose key cannot be read; asyncssh passes over them without a word."""
    lines = settings.known_hosts.read_text(encoding="utf-8", errors="replace").splitlines()
    return [number for number, line in enumerate(lines, 1) if not _is_readable(line.strip())]


def _is_readable(line: str) -> bool:
    if not line or line.startswith("#"):
        return True
    fields = line.split(None, 2 if line.startswith("@") else 1)
    for read in (asyncssh.import_public_key, asyncssh.import_certificate):
        try:
            read(fields[-1])
        except asyncssh.KeyImportError:
            continue
        return True
    return False
