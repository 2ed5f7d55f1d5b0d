"""SFTP as destination, by asyncssh: any sshd will do.

The host key is pinned by a known_hosts file and never added; the key file is the only way in (no agent, no password, no
settings of the user's own). Writes are pipelined, every wait has a limit, and a line that was cut after it carried
something is dialled again at once, inside one attempt.
"""

import asyncio
import hashlib
import posixpath
import shlex
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar

import asyncssh

from outbox.bagfile import BagFile
from outbox.destinations.base import (
    EndedError,
    Outcome,
    Pace,
    Progress,
    UnreachableError,
    again,
    needs_person,
    offline,
    unhurried,
)
from outbox.destinations.placing import place
from outbox.destinations.settings import SftpSettings
from outbox.errors import Code, Reason
from outbox.keys import KeyUnusableError, require_private
from outbox.receipts import LARGEST, receipt_name

_CONNECT_S = 15.0
_CLOSE_S = 2.0
_BLOCK = 32 * 1024  # what every server takes in one packet
_IN_FLIGHT = 64  # 2 MiB under way: 100 Mbit/s at 160 ms
_DIGEST_S = 10.0
_DIGEST_BYTES_PER_S = 20e6  # a slow disk over there
_ROOM = 1 << 20
_KEEPALIVE_S = 10
_DIAL_AGAIN = {Code.CUT, Code.STALLED}
_CUT = (
    asyncssh.DisconnectError,
    asyncssh.ChannelOpenError,
    asyncssh.SFTPConnectionLost,
    asyncssh.SFTPNoConnection,
    OSError,
)

T = TypeVar("T")


class SftpDestination:
    """Bags go into a folder behind an SFTP server."""

    def __init__(self, settings: SftpSettings, pace: Pace = unhurried) -> None:
        self._settings = settings
        self._pace = pace
        self._session: _Session | None = None

    @property
    def name(self) -> str:
        return self._settings.name

    async def deliver(self, bag: BagFile, name: str, progress: Progress) -> Outcome:
        """As the protocol says; dials again by itself as long as every connection finds more there than the one before.

        What was acknowledged does not count: a reset line takes the last acknowledgements with it.
        """
        furthest = -1
        while True:
            start = _Start(progress)
            try:
                return await self._on_line(lambda session, start=start: place(session, bag, name, start))  # type: ignore[misc]
            except EndedError as ended:
                if ended.outcome.reason.code not in _DIAL_AGAIN or start.offset <= furthest:
                    return ended.outcome
                furthest = start.offset

    async def fetch_receipt(self, bag_id: str) -> bytes | None:
        try:
            return await self._on_line(lambda session: session.read_small(receipt_name(bag_id)))
        except EndedError as ended:
            raise UnreachableError.because(ended) from ended

    async def check(self) -> Reason | None:
        try:
            await self._on_line(lambda session: session.require_folder())
        except EndedError as ended:
            return ended.outcome.reason
        return None

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _on_line(self, work: Callable[["_Session"], Awaitable[T]]) -> T:
        """Run `work` on the kept connection; when that turns out to be dead, once more on a new one."""
        kept = self._session is not None
        try:
            return await self._once(work)
        except EndedError as ended:
            if not kept or ended.outcome.reason.code not in _DIAL_AGAIN:
                raise
        return await self._once(work)

    async def _once(self, work: Callable[["_Session"], Awaitable[T]]) -> T:
        if self._session is None:
            self._session = await _dial(self._settings, self._pace)
        session = self._session
        try:
            return await work(session)
        except asyncssh.SFTPError as error:
            ended = await session.ended_by(error)
            if ended.outcome.reason.code in _DIAL_AGAIN:
                self._hang_up()
            raise ended from error
        except TimeoutError as error:
            self._hang_up()
            raise again(Code.STALLED, f"{self._settings.host}: {self._settings.no_progress_s:g} s") from error
        except _CUT as error:
            self._hang_up()
            raise again(Code.CUT, f"{self._settings.host}: {error}") from error
        except BaseException:
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.abort()


class _Start:
    """Passes progress on and remembers where this connection began."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.offset = -1

    def __call__(self, done: int) -> None:
        if self.offset < 0:
            self.offset = done
        self._progress(done)


class _Session:
    """One live connection with its SFTP channel: the verbs of `FarFiles` and a few more."""

    def __init__(
        self,
        settings: SftpSettings,
        pace: Pace,
        connection: asyncssh.SSHClientConnection,
        client: asyncssh.SFTPClient,
    ) -> None:
        self._pace = pace
        self._connection = connection
        self._client = client
        self._folder = settings.folder
        self._limit_s = settings.no_progress_s
        self._may_execute = True

    async def size(self, name: str) -> int | None:
        try:
            return (await self._soon(self._client.lstat(self._path(name)))).size or 0
        except asyncssh.SFTPNoSuchFile:
            return None

    async def upload(self, bag: BagFile, name: str, offset: int, progress: Progress) -> None:
        """Pipelined writes; progress counts what the server has acknowledged without a gap."""
        flags = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT
        file = await self._soon(self._client.open(self._path(name), flags, encoding=None, block_size=0))

        async def write(at: int) -> int:
            chunk = bag.read(at, _BLOCK)
            await file.write(chunk, at)
            return at + len(chunk)

        try:
            writes = (write(at) for at in range(offset, bag.size, _BLOCK))
            await _in_order(writes, progress, self._limit_s, self._pace)
            await self._fsync(file)
        finally:
            await self._close_file(file)

    async def digest(self, name: str) -> str:
        """By `sha256sum` over there if the server lets us; only its yes is believed, else the file is read back."""
        size = await self.size(name) or 0
        return await self._digest_there(name, size) or await self._digest_read_back(name, size)

    async def rename_new(self, old: str, new: str) -> bool:
        """Plain rename, which never replaces with OpenSSH (a hard link, then unlink)."""
        try:
            await self._soon(self._client.rename(self._path(old), self._path(new)))
        except (asyncssh.SFTPFailure, asyncssh.SFTPFileAlreadyExists):
            if await self.size(new) is None:
                raise
            return False
        return True

    async def remove(self, name: str) -> None:
        await self._soon(self._client.remove(self._path(name)))

    async def read_small(self, name: str) -> bytes | None:
        """A receipt, if it is there."""
        size = await self.size(name)
        if size is None:
            await self.require_folder()
            return None
        file = await self._soon(self._client.open(self._path(name), asyncssh.FXF_READ, encoding=None))
        try:
            return await self._soon(_read(file, min(size, LARGEST + 1), 0))
        finally:
            await self._close_file(file)

    async def require_folder(self) -> None:
        if not await self._soon(self._client.isdir(self._folder)):
            raise offline(Code.FOLDER_MISSING, self._folder)

    async def ended_by(self, error: asyncssh.SFTPError) -> EndedError:
        """What the server's refusal means."""
        detail = f"{self._folder}: {error.reason}"
        if isinstance(error, asyncssh.SFTPConnectionLost | asyncssh.SFTPNoConnection):
            return again(Code.CUT, detail)
        if isinstance(error, asyncssh.SFTPNoSuchFile):
            return offline(Code.FOLDER_MISSING, detail)
        if isinstance(error, asyncssh.SFTPPermissionDenied | asyncssh.SFTPWriteProtect):
            return needs_person(Code.FAR_PERMISSION, detail)
        return again(Code.FAR_FULL if await self._is_full(error) else Code.FAR_FAILURE, detail)

    def abort(self) -> None:
        """Let go at once, without a word that a dead line would swallow."""
        self._connection.abort()

    async def close(self) -> None:
        self._client.exit()
        self._connection.close()
        try:
            await asyncio.wait_for(self._connection.wait_closed(), _CLOSE_S)
        except TimeoutError:
            self._connection.abort()

    async def _digest_there(self, name: str, size: int) -> str | None:
        if not self._may_execute:
            return None
        command = f"sha256sum -- {shlex.quote(self._path(name))}"
        limit = _DIGEST_S + size / _DIGEST_BYTES_PER_S
        try:
            done = await self._connection.run(command, stdin=asyncssh.DEVNULL, timeout=limit, encoding=None)
        except (asyncssh.ProcessError, asyncssh.ChannelOpenError, asyncssh.ChannelListenError):
            self._may_execute = False
            return None
        text = bytes(done.stdout or b"")  # type: ignore[arg-type]
        self._may_execute = done.exit_status == 0
        return _digest_in(text) if self._may_execute else None

    async def _digest_read_back(self, name: str, size: int) -> str:
        whole = hashlib.sha256()
        file = await self._soon(self._client.open(self._path(name), asyncssh.FXF_READ, encoding=None))
        try:
            await _in_order((_read(file, _BLOCK, at) for at in range(0, size, _BLOCK)), whole.update, self._limit_s)
        finally:
            await self._close_file(file)
        return whole.hexdigest()

    async def _fsync(self, file: asyncssh.SFTPClientFile) -> None:
        try:
            await self._soon(file.fsync())
        except asyncssh.SFTPOpUnsupported:
            return

    async def _close_file(self, file: asyncssh.SFTPClientFile) -> None:
        if not self._connection.is_closed():
            await self._soon(file.close())

    async def _is_full(self, error: asyncssh.SFTPError) -> bool:
        """SFTP 3 says "failure" for a full disk too; OpenSSH can be asked how much room there is."""
        if isinstance(error, asyncssh.SFTPNoSpaceOnFilesystem | asyncssh.SFTPQuotaExceeded):
            return True
        try:
            room = await self._soon(self._client.statvfs(self._folder))
        except (asyncssh.Error, OSError):
            return False
        return (room.bavail or 0) * (room.frsize or 0) < _ROOM

    async def _soon(self, call: Awaitable[T]) -> T:
        return await asyncio.wait_for(call, self._limit_s)

    def _path(self, name: str) -> str:
        return posixpath.join(self._folder, name)


async def _dial(settings: SftpSettings, pace: Pace) -> _Session:
    """Connect and log in; raises `EndedError` with what is in the way."""
    where = f"{settings.user}@{settings.host}:{settings.port}"
    _require_files(settings)
    try:
        connection = await asyncio.wait_for(asyncssh.connect(**_options(settings)), 2 * _CONNECT_S)
    except asyncssh.HostKeyNotVerifiable as error:
        raise needs_person(Code.HOST_KEY_REFUSED, f"{where}: {error.reason}") from error
    except asyncssh.PermissionDenied as error:
        raise needs_person(Code.LOGIN_REFUSED, f"{where}: {error.reason}") from error
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise needs_person(Code.KEY_UNUSABLE, f"{settings.key_file}: {error}") from error
    except ValueError as error:
        raise needs_person(Code.KNOWN_HOSTS_UNUSABLE, f"{settings.known_hosts}: {error}") from error
    except (asyncssh.Error, OSError) as error:
        raise offline(Code.UNREACHABLE, f"{where}: {error or type(error).__name__}") from error
    try:
        client = await asyncio.wait_for(connection.start_sftp_client(), _CONNECT_S)
    except (asyncssh.Error, OSError) as error:
        connection.abort()
        raise offline(Code.UNREACHABLE, f"{where}: no sftp: {error}") from error
    return _Session(settings, pace, connection, client)


def _require_files(settings: SftpSettings) -> None:
    try:
        require_private(settings.key_file)
    except KeyUnusableError as error:
        raise needs_person(error.code, error.detail) from error
    if not settings.known_hosts.is_file():
        raise needs_person(Code.KNOWN_HOSTS_UNUSABLE, f"{settings.known_hosts}: no such file")


def _options(settings: SftpSettings) -> dict[str, Any]:
    return {
        "host": settings.host,
        "port": settings.port,
        "username": settings.user,
        "client_keys": [str(settings.key_file)],
        "known_hosts": str(settings.known_hosts),
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


async def _read(file: asyncssh.SFTPClientFile, n: int, offset: int) -> bytes:
    data: Any = await file.read(n, offset)  # opened without an encoding, so bytes
    return bytes(data)


def _digest_in(output: bytes) -> str | None:
    """What sha256sum printed; a name with special characters makes it put a backslash first."""
    first = output.decode("ascii", "replace").lstrip("\\").split(" ", 1)[0]
    return first if len(first) == hashlib.sha256().digest_size * 2 else None


async def _in_order(
    jobs: Iterator[Coroutine[Any, Any, T]], done: Callable[[T], object], limit_s: float, pace: Pace = unhurried
) -> None:
    """Keep many requests under way, hand over their results in order; `TimeoutError` when the line stands still."""
    flying: deque[asyncio.Task[T]] = deque()
    try:
        for job in jobs:
            flying.append(asyncio.create_task(job))
            await pace(_BLOCK)
            while flying and (len(flying) == _IN_FLIGHT or flying[0].done()):
                done(await asyncio.wait_for(flying[0], limit_s))
                flying.popleft()
        while flying:
            done(await asyncio.wait_for(flying[0], limit_s))
            flying.popleft()
    finally:
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)
