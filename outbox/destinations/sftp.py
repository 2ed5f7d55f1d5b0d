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
    again,
    needs_person,
    no_receipt,
    unhurried,
)
from outbox.destinations.patience import Patience
from outbox.destinations.placing import place
from outbox.destinations.probing import try_writing
from outbox.destinations.settings import SftpSettings
from outbox.destinations.sftp_line import dial
from outbox.destinations.stillness import Limits, LineWatch
from outbox.errors import Code, Reason
from outbox.receipts import LARGEST, receipt_name

_CLOSE_S = 2.0
_BLOCK = 16 * 1024  # what a cut finds half-way is lost
_READ_BLOCK = 32 * 1024  # what every server gives in one packet
_UNDER_WAY = 2 * 1024 * 1024  # 100 Mbit/s at 160 ms
_DIGEST_S = 120.0  # two gigabytes on a slow disk over there; a dead line is told by the keep-alive before
_ROOM = 1 << 20
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
        self._limits = Limits(settings.no_progress_s)

    @property
    def name(self) -> str:
        return self._settings.name

    async def deliver(self, bag: BagFile, name: str, progress: Progress) -> Outcome:
        """As the protocol says; dials again by itself as long as the connections find more and more there.

        What was acknowledged does not count: a reset line takes the last acknowledgements with it.
        """
        patience = Patience(self._settings.no_progress_s)
        try:
            return await patience.over(
                lambda: self._on_line(lambda session: place(session, bag, name, _Start(progress, patience)))
            )
        except EndedError as ended:
            return ended.outcome

    async def fetch_receipt(self, bag_id: str) -> bytes | None:
        try:
            return await self._on_line(lambda session: session.read_small(receipt_name(bag_id)))
        except EndedError as ended:
            raise no_receipt(ended) from ended

    async def check(self) -> Reason | None:
        try:
            await self._on_line(_try_folder)
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
            self._session = _Session(self._settings, self._pace, self._limits, *await dial(self._settings))
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
            raise again(Code.STALLED, f"{self._settings.host}: {error}") from error
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


async def _try_folder(session: "_Session") -> None:
    await session.require_folder()
    await try_writing(session)


class _Start:
    """Passes progress on; its first word is what this connection found there."""

    def __init__(self, progress: Progress, patience: Patience) -> None:
        self._progress = progress
        self._patience = patience
        self._has_begun = False

    def __call__(self, done: int) -> None:
        if not self._has_begun:
            self._has_begun = True
            self._patience.arrived(done)
        self._progress(done)


class _Session:
    """One live connection with its SFTP channel: the verbs of `FarFiles` and a few more."""

    def __init__(
        self,
        settings: SftpSettings,
        pace: Pace,
        limits: Limits,
        connection: asyncssh.SSHClientConnection,
        client: asyncssh.SFTPClient,
    ) -> None:
        self._pace = pace
        self._watch = LineWatch(connection.get_extra_info("socket"), limits)
        self._connection = connection
        self._client = client
        self._folder = settings.folder
        self._may_execute = True
        self._begun: asyncssh.SFTPClientFile | None = None

    async def size(self, name: str) -> int | None:
        try:
            return (await self._soon(self._client.lstat(self._path(name)))).size or 0
        except asyncssh.SFTPNoSuchFile:
            return None

    async def look(self, name: str, partial: str) -> tuple[int | None, int | None]:
        """In one round trip, which opens the partial too: each new connection of a bad line begins so."""
        await self._close_begun()
        present, begun, self._begun = await asyncio.gather(
            self.size(name), self.size(partial), self._open_begun(partial)
        )
        return present, begun

    async def upload(self, bag: BagFile, name: str, offset: int, progress: Progress) -> None:
        """Pipelined writes; progress counts what the server has acknowledged without a gap."""
        file, self._begun = self._begun, None
        file = file or await self._open(name, asyncssh.FXF_WRITE | asyncssh.FXF_CREAT)

        async def write(at: int) -> int:
            chunk = bag.read(at, _BLOCK)
            await file.write(chunk, at)
            return at + len(chunk)

        try:
            writes = (write(at) for at in range(offset, bag.size, _BLOCK))
            await _in_order(writes, progress, self._soon, _BLOCK, self._pace)
            await asyncio.gather(self._fsync(file), self._close_file(file))
        finally:
            await self._close_file(file)

    async def digest(self, name: str) -> str:
        """By `sha256sum` over there if the server lets us; only its yes is believed, else the file is read back."""
        return await self._digest_there(name) or await self._digest_read_back(name)

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
        await self._close_begun()
        await self._soon(self._client.remove(self._path(name)))

    async def read_small(self, name: str) -> bytes | None:
        """A receipt, if it is there."""
        size = await self.size(name)
        if size is None:
            await self.require_folder()
            return None
        file = await self._open(name, asyncssh.FXF_READ)
        try:
            return await self._soon(_read(file, min(size, LARGEST + 1), 0))
        finally:
            await self._close_file(file)

    async def write_small(self, name: str, data: bytes) -> None:
        """Over a file that is there."""
        file = await self._open(name, asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC)
        try:
            await self._soon(file.write(data, 0))
        finally:
            await self._close_file(file)

    async def rename_probe(self, old: str, new: str) -> bool:
        try:
            return await self.rename_new(old, new)
        except asyncssh.SFTPNoSuchFile:
            return False

    async def remove_probe(self, name: str) -> None:
        try:
            await self._soon(self._client.remove(self._path(name)))
        except asyncssh.SFTPError:
            return

    async def require_folder(self) -> None:
        if not await self._soon(self._client.isdir(self._folder)):
            raise needs_person(Code.FOLDER_MISSING, self._folder)

    async def ended_by(self, error: asyncssh.SFTPError) -> EndedError:
        """What the server's refusal means."""
        detail = f"{self._folder}: {error.reason}"
        if isinstance(error, asyncssh.SFTPConnectionLost | asyncssh.SFTPNoConnection):
            return again(Code.CUT, detail)
        if isinstance(error, asyncssh.SFTPNoSuchFile):
            return await self._missing(detail)
        if isinstance(error, asyncssh.SFTPPermissionDenied | asyncssh.SFTPWriteProtect):
            return needs_person(Code.FAR_PERMISSION, detail)
        return again(Code.FAR_FULL if await self._is_full(error) else Code.FAR_FAILURE, detail)

    async def _missing(self, detail: str) -> EndedError:
        """The folder, or with the folder there a file that another sender has moved: look again."""
        try:
            await self.require_folder()
        except EndedError as ended:
            return ended
        except (asyncssh.Error, OSError) as error:
            return again(Code.CUT, f"{detail}: {error}")
        return again(Code.CUT, detail)

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

    async def _open(self, name: str, flags: int) -> asyncssh.SFTPClientFile:
        """Raw; reads are cut into packets by the library, writes are ours."""
        block_size = 0 if flags & asyncssh.FXF_WRITE else -1
        return await self._soon(self._client.open(self._path(name), flags, encoding=None, block_size=block_size))

    async def _open_begun(self, name: str) -> asyncssh.SFTPClientFile | None:
        """A partial that is there; what else is in the way, the opening that makes one will tell."""
        try:
            return await self._open(name, asyncssh.FXF_WRITE)
        except asyncssh.SFTPError:
            return None

    async def _close_begun(self) -> None:
        file, self._begun = self._begun, None
        if file is not None:
            await self._close_file(file)

    async def _digest_there(self, name: str) -> str | None:
        if not self._may_execute:
            return None
        command = f"sha256sum -- {shlex.quote(self._path(name))}"
        try:
            done = await self._connection.run(command, stdin=asyncssh.DEVNULL, timeout=_DIGEST_S, encoding=None)
        except (asyncssh.ProcessError, asyncssh.ChannelOpenError, asyncssh.ChannelListenError):
            self._may_execute = False
            return None
        text = bytes(done.stdout or b"")  # type: ignore[arg-type]
        self._may_execute = done.exit_status == 0
        return _digest_in(text) if self._may_execute else None

    async def _digest_read_back(self, name: str) -> str:
        whole = hashlib.sha256()
        size = await self.size(name) or 0
        file = await self._open(name, asyncssh.FXF_READ)
        try:
            reads = (_read(file, _READ_BLOCK, at) for at in range(0, size, _READ_BLOCK))
            await _in_order(reads, whole.update, self._soon, _READ_BLOCK)
        finally:
            await self._close_file(file)
        return whole.hexdigest()

    async def _fsync(self, file: asyncssh.SFTPClientFile) -> None:
        try:
            await self._soon(file.fsync())
        except asyncssh.SFTPOpUnsupported:
            return

    async def _close_file(self, file: asyncssh.SFTPClientFile) -> None:
        """The server itself closes what a lost line leaves open."""
        if not (self._connection.is_closed() or self._watch.is_still):
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
        """Raises `TimeoutError` for a line or a server that stands still."""
        return await self._watch.unless_still(call)

    def _path(self, name: str) -> str:
        return posixpath.join(self._folder, name)


async def _read(file: asyncssh.SFTPClientFile, n: int, offset: int) -> bytes:
    data: Any = await file.read(n, offset)  # opened without an encoding, so bytes
    return bytes(data)


def _digest_in(output: bytes) -> str | None:
    """What sha256sum printed; a name with special characters makes it put a backslash first."""
    first = output.decode("ascii", "replace").lstrip("\\").split(" ", 1)[0]
    return first if len(first) == hashlib.sha256().digest_size * 2 else None


async def _in_order(
    jobs: Iterator[Coroutine[Any, Any, T]],
    done: Callable[[T], object],
    wait_for: Callable[[Awaitable[T]], Awaitable[T]],
    block: int,
    pace: Pace = unhurried,
) -> None:
    """Keep many requests of a block under way, hand over their results in order; `wait_for` raises on a still line."""
    flying: deque[asyncio.Task[T]] = deque()
    most = _UNDER_WAY // block
    try:
        for job in jobs:
            flying.append(asyncio.create_task(job))
            await pace(block)
            while flying and (len(flying) == most or flying[0].done()):
                done(await wait_for(flying[0]))
                flying.popleft()
        while flying:
            done(await wait_for(flying[0]))
            flying.popleft()
    finally:
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)
