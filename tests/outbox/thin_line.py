"""A thin line between a destination and its server: a rate, a round trip, and what such lines do to connections."""

import asyncio
import socket
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Self

_PIECE: Final = 2048
_QUEUE: Final = 8
_RECEIVE_BUFFER: Final = 8192  # more would be a line that takes seconds of a bag at once
_BURST_S: Final = 0.1
_RESENT_S: Final = 0.03


@dataclass(frozen=True)
class Weather:
    """What befalls the line.

    Every `cut_every_s` it is gone for `outage_s` and every connection with it; every `stall_every_s` it is silent for
    `stall_s`, and the connections of before stay silent without a reset. `loss` is the part of the pieces that come
    late, because they are sent again.
    """

    cut_every_s: float = 0.0
    outage_s: float = 1.0
    stall_every_s: float = 0.0
    stall_s: float = 2.0
    loss: float = 0.0


class ThinLine:
    """Listens on `port` and joins every connection with `target`; `up` counts the bytes sent towards it."""

    def __init__(
        self, target: int, bytes_per_s: float, one_way_s: float = 0.06, weather: Weather | None = None
    ) -> None:
        self.port = 0
        self.up = 0
        self.connections = 0
        self.lost = 0
        self._rng = Random(1)
        self._target = target
        self._bytes_per_s = bytes_per_s
        self._one_way_s = one_way_s
        self._weather = weather or Weather()
        self._free_at = 0.0
        self._joined: set[_Joined] = set()
        self._gone = False
        self._silent = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._server = await asyncio.start_server(self._accept, sock=listener, limit=2 * _PIECE)
        if self._weather.cut_every_s:
            self._spawn(self._cut())
        if self._weather.stall_every_s:
            self._spawn(self._stall())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _cut(self) -> None:
        while True:
            await asyncio.sleep(self._weather.cut_every_s)
            self._gone = True
            for joined in list(self._joined):
                joined.abort()
            await asyncio.sleep(self._weather.outage_s)
            self._gone = False

    async def _stall(self) -> None:
        while True:
            await asyncio.sleep(self._weather.stall_every_s)
            self._silent = True
            for joined in self._joined:
                joined.silent = True
            await asyncio.sleep(self._weather.stall_s)
            self._silent = False

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(asyncio.CancelledError, OSError):  # the end of the test; asyncio would complain aloud
            await self._join(reader, writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._gone:
            writer.transport.abort()
            return
        while self._silent:
            await asyncio.sleep(0.02)
        self.connections += 1
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        joined = _Joined(writer, far_writer)
        self._joined.add(joined)
        pumps = [
            self._spawn(self._pump(reader, far_writer, joined, upwards=True)),
            self._spawn(self._pump(far_reader, writer, joined, upwards=False)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            self._joined.discard(joined)
            joined.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, joined: "_Joined", *, upwards: bool
    ) -> None:
        """One direction; ends when its sender has ended and all has come out at the other end."""
        flying: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_QUEUE)
        out = self._spawn(self._come_out(flying, writer, joined))
        try:
            with suppress(OSError):
                while (data := await reader.read(_PIECE)) and not joined.gone:
                    await joined.unless_silent()
                    await self._lose()
                    if upwards:
                        await self._take_turn(len(data))
                    await flying.put((time.monotonic() + self._one_way_s, data))
            await flying.put((time.monotonic() + self._one_way_s, b""))
            await out
        finally:
            out.cancel()

    async def _come_out(
        self, flying: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, joined: "_Joined"
    ) -> None:
        with suppress(OSError):
            while True:
                at, data = await flying.get()
                await asyncio.sleep(max(0.0, at - time.monotonic()))
                await joined.unless_silent()
                if not data:
                    return
                writer.write(data)
                await writer.drain()

    async def _lose(self) -> None:
        """Wait for as long as a lost piece is sent again, longer each time."""
        wait_s = _RESENT_S
        while self._rng.random() < self._weather.loss:
            self.lost += 1
            await asyncio.sleep(wait_s)
            wait_s *= 2

    async def _take_turn(self, n: int) -> None:
        """All connections share the rate."""
        self.up += n
        self._free_at = max(self._free_at, time.monotonic() - _BURST_S) + n / self._bytes_per_s
        await asyncio.sleep(max(0.0, self._free_at - time.monotonic()))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _Joined:
    """A connection through the line."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._sides = (near, far)
        self.silent = False
        self.gone = False

    def abort(self) -> None:
        self.gone = True
        for side in self._sides:
            side.transport.abort()

    async def unless_silent(self) -> None:
        """Never comes back for a connection that a stall has met."""
        if self.silent:
            await asyncio.Event().wait()
