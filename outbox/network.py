"""Hears from the kernel (rtnetlink) that a link, an address or a route came: the network may be back.

A message says no more than that trying again is worth it; which line came is not asked.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_GROUPS: Final = 0x1 | 0x10 | 0x40 | 0x100 | 0x400  # link, IPv4 address and route, IPv6 address and route
_NEW_LINK, _NEW_ADDRESS, _NEW_ROUTE = 16, 20, 24
_RUNNING: Final = 0x40
_HEADER: Final = struct.Struct("=IHHII")
_LINK: Final = struct.Struct("=BxHiII")
_LARGEST: Final = 64 * 1024


@contextmanager
def listen(on_return: Callable[[], None]) -> Iterator[bool]:
    """Call `on_return` in the running loop whenever the network may be back, as long as the context is.

    Gives false where the kernel hands out no such socket (a sandbox without AF_NETLINK): then waits take their time.
    """
    try:
        news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
    except OSError:
        yield False
        return
    loop = asyncio.get_running_loop()
    with news:
        news.bind((0, _GROUPS))
        loop.add_reader(news, _hear, news, on_return)
        try:
            yield True
        finally:
            loop.remove_reader(news)


def tells_return(data: bytes) -> bool:
    """Whether one of the messages says that an address or a route came, or that a link began to run."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size:
            return False
        if kind in {_NEW_ADDRESS, _NEW_ROUTE} or (kind == _NEW_LINK and _began_to_run(data[at + _HEADER.size :])):
            return True
        at += (length + 3) & ~3
    return False


def _began_to_run(message: bytes) -> bool:
    """Links also speak when a statistic changes."""
    if len(message) < _LINK.size:
        return False
    *_, flags, change = _LINK.unpack_from(message)
    return bool(flags & change & _RUNNING)


def _hear(news: socket.socket, on_return: Callable[[], None]) -> None:
    try:
        data = news.recv(_LARGEST)
    except BlockingIOError:
        return
    except OSError:  # more was said than the buffer holds: surely something came
        on_return()
        return
    if tells_return(data):
        on_return()
