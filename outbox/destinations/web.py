"""One HTTPS connection to a destination, by httpx, which notices a line that stands still.

TCP hides a dead line for minutes, so every request is watched: the kernel tells how much of what was sent has been
acknowledged. With bytes under way and none acknowledged for `FIRST_PATIENCE_S`, the connection is reset and the caller
dials anew. That costs least of all limits on lines that stall (1.41 times the line's own time, 2.1 with 5 s); where a
new connection stalls too, as with heavy loss, the limit doubles up to `no_progress_s`. Send buffers are small, so that
little is lost with a connection.
"""

import asyncio
import fcntl
import socket
import struct
import termios
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from outbox.bagfile import BagFile
from outbox.destinations.base import NeedsPerson, Pace, Progress, again, needs_person
from outbox.destinations.login import as_whom
from outbox.destinations.settings import WebSettings
from outbox.destinations.tls import make_context
from outbox.destinations.web_errors import Answer, broken_line
from outbox.errors import Code
from outbox.receipts import LARGEST

FIRST_PATIENCE_S: Final = 2.5
_CONNECT_S = 10.0
_TICK_S = 0.1
_READ = 256 * 1024
_PIECE = 8 * 1024  # one second of a line of 64 kbit/s
_UNSENT = 16 * 1024
_HAS_FILE = {200, 206}
_WHO_ARE_YOU = 401
_RESET = struct.pack("ii", 1, 0)
_TCP_USER_TIMEOUT = 18
_TCP_NOTSENT_LOWAT = 25


@dataclass
class Slice:
    """A part of a bag as the body of a request; `given` counts what was handed to the line."""

    bag: BagFile
    start: int
    end: int
    progress: Progress
    given: int = 0
    paced: bool = False

    @property
    def size(self) -> int:
        return self.end - self.start

    async def pieces(self, pace: Pace) -> AsyncIterator[bytes]:
        """The bytes, as fast as the line and the pace let them go."""
        for at in range(self.start, self.end, _READ):
            block = self.bag.read(at, min(_READ, self.end - at))
            for begin in range(0, len(block), _PIECE):
                piece = block[begin : begin + _PIECE]
                self.paced = True
                await pace(len(piece))
                self.paced = False
                self.given += len(piece)
                yield piece


class WebLine:
    """One connection at a time to a destination, kept between requests."""

    def __init__(
        self, settings: WebSettings, pace: Pace, login: Callable[[], httpx.Auth | None] = lambda: None
    ) -> None:
        self.where = urlsplit(settings.url).netloc
        self._settings = settings
        self._pace = pace
        self._login = login
        self._patience_s = min(FIRST_PATIENCE_S, settings.no_progress_s)
        self._context: Any = None
        self._client: httpx.AsyncClient | None = None
        self._socket: Any = None

    async def ask(
        self,
        method: str,
        url: str,
        headers: dict[str, str] | None = None,
        body: bytes | Slice = b"",
        take: Callable[[bytes], object] | None = None,
    ) -> Answer:
        """One request and its answer, which is handed to `take` in pieces if that is given and all went well.

        Raises `EndedError` when the line fails or nobody is let in; what else the server says is for the caller to
        judge. Of an answer that is kept no more than a byte over the largest receipt is read.
        """
        watch = _Watch(self, body if isinstance(body, Slice) else None)
        request = asyncio.create_task(self._request(method, url, headers or {}, body, _Taken(watch, take)))
        try:
            answer = await self._watched(request, watch)
        except (httpx.HTTPError, OSError) as error:  # TLS that is refused in mid-stream comes as it is
            await self.hang_up()
            ended = broken_line(error, self.where)
            if isinstance(ended.outcome, NeedsPerson):
                self._context = None  # the next one reads the certificate files as they are then
            raise ended from error
        except BaseException:
            request.cancel()
            with suppress(asyncio.CancelledError, httpx.HTTPError, OSError):
                await self.hang_up()
                await request
            raise
        watch.moved()
        if answer.status == _WHO_ARE_YOU:
            raise needs_person(Code.LOGIN_REFUSED, f"{self.where}: {answer.status}, {as_whom(self._settings)}")
        return answer

    async def _watched(self, request: asyncio.Task[Answer], watch: "_Watch") -> Answer:
        while not request.done():
            await asyncio.wait({request}, timeout=_TICK_S)
            if not request.done() and watch.idle_s() > self._limit_s(watch):
                raise self._stalled(watch)
        return request.result()

    async def hang_up(self) -> None:
        """Let go at once; what is still on its way is not sent any more."""
        client, self._client = self._client, None
        if self._socket is not None:
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._socket = None
        if client is not None:
            await client.aclose()

    async def close(self) -> None:
        client, self._client, self._socket = self._client, None, None
        if client is not None:
            await client.aclose()

    @property
    def is_connected(self) -> bool:
        return self._socket is not None

    def unacknowledged(self) -> int:
        """Bytes that were handed to the kernel and that the other end of the line has not confirmed."""
        if self._socket is None:
            return 0
        try:
            (count,) = struct.unpack("i", fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, bytes(4)))
        except (OSError, ValueError):
            return 0
        return int(count)

    def carries(self) -> None:
        """The line moved: short patience does."""
        self._patience_s = min(FIRST_PATIENCE_S, self._settings.no_progress_s)

    def _limit_s(self, watch: "_Watch") -> float:
        return self._patience_s if watch.is_flowing() else self._settings.no_progress_s

    def _stalled(self, watch: "_Watch") -> Exception:
        idle_s = watch.idle_s()
        if not watch.has_moved:
            self._patience_s = min(2 * self._patience_s, self._settings.no_progress_s)
        return again(Code.STALLED, f"{self.where}: {idle_s:.1f} s")

    async def _request(
        self, method: str, url: str, headers: dict[str, str], body: bytes | Slice, taken: "_Taken"
    ) -> Answer:
        if isinstance(body, Slice):
            headers = {**headers, "content-length": str(body.size)}
        content = body.pieces(self._pace) if isinstance(body, Slice) else body
        async with self._connected().stream(
            method, url, headers=headers, content=content or None, extensions={"trace": self._note_socket}
        ) as response:
            kept = bytearray()
            async for piece in response.aiter_raw():
                if not taken(piece, response.status_code):
                    kept += piece
                if len(kept) > LARGEST:
                    break
            plain = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, plain, bytes(kept[: LARGEST + 1]))

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            if self._context is None:
                self._context = make_context(self._settings)
            limit_s = self._settings.no_progress_s
            self._client = httpx.AsyncClient(
                transport=httpx.AsyncHTTPTransport(
                    verify=self._context,
                    trust_env=False,
                    limits=httpx.Limits(max_connections=1),
                    proxy=self._settings.proxy,
                    socket_options=_socket_options(limit_s),
                ),
                auth=self._login(),
                headers={"user-agent": "scan-station", "accept-encoding": "identity", "accept": "*/*"},
                timeout=httpx.Timeout(2 * limit_s, connect=min(_CONNECT_S, limit_s)),
                trust_env=False,
            )
        return self._client

    async def _note_socket(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith("connect_tcp.complete"):
            self._socket = info["return_value"].get_extra_info("socket")


class _Watch:
    """When a request last moved: bytes taken by the line, acknowledged by the other end, or answered."""

    def __init__(self, line: WebLine, body: Slice | None) -> None:
        self._line = line
        self._body = body
        self._state: tuple[int, int] = (0, 0)
        self._since = time.monotonic()
        self.has_moved = False
        self.receives = False

    def idle_s(self) -> float:
        """Seconds since it last moved; also tells the body how far it is. A pace that waits is no idle line."""
        state = (self._body.given if self._body else 0, self._line.unacknowledged())
        if state != self._state:
            self._state = state
            self.moved(carried=state[0] > 0)
            self._report()
        elif self._body is not None and self._body.paced:
            self._since = time.monotonic()
        return time.monotonic() - self._since

    def moved(self, *, carried: bool = True) -> None:
        self._since = time.monotonic()
        if carried:
            self.has_moved = True
            self._line.carries()

    def is_flowing(self) -> bool:
        """Whether bytes wait for the line or were just coming, and not we for a connection or a server's thoughts."""
        if not self._line.is_connected:
            return False
        unsent = self._body is not None and self._body.given < self._body.size
        return self.receives or unsent or self._line.unacknowledged() > 0

    def _report(self) -> None:
        if self._body is not None:
            confirmed = max(0, self._body.given - self._line.unacknowledged())
            self._body.progress(self._body.start + confirmed)


class _Taken:
    """Hands pieces of a good answer on, and tells the watch of every piece."""

    def __init__(self, watch: _Watch, take: Callable[[bytes], object] | None) -> None:
        self._watch = watch
        self._take = take

    def __call__(self, piece: bytes, status: int) -> bool:
        self._watch.moved()
        self._watch.receives = True
        if self._take is None or status not in _HAS_FILE:
            return False
        self._take(piece)
        return True


def _socket_options(limit_s: float) -> list[tuple[int, int, int]]:
    return [
        (socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _UNSENT),
        (socket.IPPROTO_TCP, _TCP_USER_TIMEOUT, int(1000 * limit_s)),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    ]
