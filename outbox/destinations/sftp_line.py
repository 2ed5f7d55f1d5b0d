"""Opens a connection to an SFTP server: the host key pinned, a login by key, and the SFTP channel in it."""

import asyncio
from typing import Any, Final

import asyncssh

from outbox.destinations.base import needs_person, offline
from outbox.destinations.host_keys import Offered
from outbox.destinations.settings import SftpSettings
from outbox.errors import Code
from outbox.keys import KeyUnusableError, require_private

_CONNECT_S: Final = 15.0
_KEEPALIVE_S: Final = 10


async def dial(settings: SftpSettings) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]:
    """Connect and log in; raises `EndedError` with what is in the way."""
    where = f"{settings.user}@{settings.host}:{settings.port}"
    _require_files(settings)
    offered = Offered()
    options = _options(settings) | {"client_factory": lambda: offered}
    try:
        connection = await asyncio.wait_for(asyncssh.connect(**options), 2 * _CONNECT_S)
    except asyncssh.HostKeyNotVerifiable as error:
        raise offered.refusal(settings, where, error.reason) from error
    except asyncssh.PermissionDenied as error:
        detail = f"{where}: {error.reason} (user = {settings.user}, key_file = {settings.key_file})"
        raise needs_person(Code.LOGIN_REFUSED, detail) from error
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise needs_person(Code.KEY_UNUSABLE, f"key_file = {settings.key_file}: {error}") from error
    except ValueError as error:
        raise needs_person(Code.KNOWN_HOSTS_UNUSABLE, f"known_hosts = {settings.known_hosts}: {error}") from error
    except (asyncssh.Error, OSError) as error:
        raise offline(Code.UNREACHABLE, f"{where}: {error or type(error).__name__}") from error
    try:
        client = await asyncio.wait_for(connection.start_sftp_client(), _CONNECT_S)
    except (asyncssh.Error, OSError) as error:
        connection.abort()
        raise offline(Code.UNREACHABLE, f"{where}: no sftp: {error}") from error
    return connection, client


def _require_files(settings: SftpSettings) -> None:
    try:
        require_private(settings.key_file)
    except KeyUnusableError as error:
        raise needs_person(error.code, f"key_file = {error.detail}") from error
    if not settings.known_hosts.is_file():
        raise needs_person(Code.KNOWN_HOSTS_UNUSABLE, f"known_hosts = {settings.known_hosts}: no such file")


def _options(settings: SftpSettings) -> dict[str, Any]:
    return {
        "host": settings.host,
        "port": settings.port,
        "username": settings.user,
        "client_keys": [str(settings.key_file)],
        "known_hosts": str(settings.known_hosts),
        # After the kinds that are pinned: a server without any of those shows what it has, and is refused by name.
        "server_host_key_algs": "+ssh-ed25519,ecdsa-sha2-nistp*,rsa-sha2-*",
        "config": None,  # not the ~/.ssh/config of whoever runs this
        "agent_path": None,
        "password_auth": False,
        "kbdint_auth": False,
        "host_based_auth": False,
        "gss_auth": False,
        "gss_kex": False,
        "x509_trusted_certs": None,  # keys are pinned; and asyncssh would look into the HOME of whoever runs this
        "compression_algs": None,  # bags are JPEG
        "connect_timeout": _CONNECT_S,
        "login_timeout": _CONNECT_S,
        "keepalive_interval": _KEEPALIVE_S,
        "keepalive_count_max": 2,
    }
