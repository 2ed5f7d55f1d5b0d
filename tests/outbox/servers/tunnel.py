"""A forward proxy as offices have: TLS goes through it by CONNECT."""

import asyncio
from contextlib import suppress
from typing import Self


class Tunnel:
    """Joins whoever asks to where he wants; with `status` it refuses everybody."""

    def __init__(self, status: str = "") -> None:
        self._status = status
        self.asked: list[str] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()
        await asyncio.sleep(0.05)  # for the ends of what was joined

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        method, where, _ = head.decode().split(" ", 2)
        self.asked.append(f"{method} {where}")
        if self._status:
            writer.write(f"HTTP/1.1 {self._status}\r\ncontent-length: 0\r\n\r\n".encode())
            writer.close()
            return
        host, _, port = where.rpartition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        self._writers.append(far_writer)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
