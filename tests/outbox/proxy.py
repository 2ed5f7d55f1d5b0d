"""A TCP proxy between a destination and its server that slows, cuts and stalls the line on demand."""

import asyncio
import time
from contextlib import suppress
from typing import Self

_CHUNK = 8 * 1024


class Proxy:
    """Counts what goes up; every `cut_after` bytes up it drops the connection, at `stall_after` it goes silent once.

    The byte `flip_at` of what goes up is changed.
    """

    def __init__(
        self, port: int, *, cut_after: int = 0, stall_after: int = 0, bytes_per_s: float = 0, flip_at: int = -1
    ) -> None:
        self.port = 0
        self.up = 0
        self.connections = 0
        self.cuts = 0
        self._target = port
        self._cut_after = cut_after
        self._stall_after = stall_after
        self._bytes_per_s = bytes_per_s
        self._flip_at = flip_at
        self._free_at = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(asyncio.CancelledError):  # the end of the test; asyncio's own callback would complain aloud
            await self._join(reader, writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        down = asyncio.create_task(self._copy(far_reader, writer, upwards=False))
        try:
            await self._copy(reader, far_writer, upwards=True)
        finally:
            down.cancel()
            for side in (writer, far_writer):
                side.transport.abort()
            await asyncio.gather(down, return_exceptions=True)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, upwards: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                if upwards and await self._interfere(len(data)):
                    return
                writer.write(self._damaged(data) if upwards else data)
                await writer.drain()

    async def _interfere(self, n: int) -> bool:
        self.up += n
        if self._bytes_per_s:
            self._free_at = max(self._free_at, time.monotonic() - 0.1) + n / self._bytes_per_s
            await asyncio.sleep(max(0.0, self._free_at - time.monotonic()))
        if self._stall_after and self.up > self._stall_after:
            self._stall_after = 0
            await asyncio.sleep(3600)
        if self._cut_after and self.up > self._cut_after * (self.cuts + 1):
            self.cuts += 1
            return True
        return False

    def _damaged(self, data: bytes) -> bytes:
        """What just came in, with its byte changed if that is the one."""
        at = self._flip_at - (self.up - len(data))
        if not 0 <= at < len(data):
            return data
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
