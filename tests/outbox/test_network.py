"""What the kernel tells of links, addresses and routes, and which of it means that the network may be back."""

import asyncio
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox import network
from tests.outbox.bags import run

RUNNING, UP = 0x40, 0x1


def message(kind: int, body: bytes = b"") -> bytes:
    return network._HEADER.pack(network._HEADER.size + len(body), kind, 0, 0, 0) + body


def link(flags: int, change: int) -> bytes:
    return message(16, network._LINK.pack(0, 1, 2, flags, change))


@pytest.mark.parametrize(
    ("data", "is_return"),
    [
        (message(20), True),  # an address came
        (message(24), True),  # a route came
        (message(21), False),  # an address went
        (message(25), False),  # a route went
        (link(RUNNING | UP, RUNNING), True),
        (link(UP, RUNNING), False),  # it stopped to run
        (link(RUNNING | UP, 0), False),  # a statistic
        (link(UP, RUNNING) + message(20), True),
        (message(16, b"short"), False),
        (b"", False),
    ],
)
def test_which_messages_mean_a_return(data: bytes, is_return: bool) -> None:
    assert network.tells_return(data) is is_return


@given(st.binary(max_size=200))
def test_whatever_comes_is_survived(data: bytes) -> None:
    assert network.tells_return(data) in {True, False}


LISTENER = """
import asyncio, subprocess
from outbox import network

async def main():
    heard = asyncio.Event()
    with network.listen(heard.set) as is_listening:
        assert is_listening
        subprocess.run(["ip", "addr", "add", "192.0.2.7/32", "dev", "lo"], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        await asyncio.wait_for(heard.wait(), 10)
    print("heard")

asyncio.run(main())
"""


def test_an_address_that_comes_is_heard() -> None:
    if os.geteuid() != 0:
        pytest.skip("a network namespace needs root")
    inside = ["unshare", "--net", sys.executable, "-c", LISTENER]
    ran = subprocess.run(inside, capture_output=True, text=True, timeout=60, check=False)
    if "unshare failed" in ran.stderr or "Operation not permitted" in ran.stderr:
        pytest.skip("this machine makes no network namespaces")
    assert ran.stdout == "heard\n", ran.stderr


def test_nothing_is_heard_after_the_context() -> None:
    async def listen_once() -> None:
        with network.listen(lambda: None):
            pass
        with network.listen(lambda: None):
            await asyncio.sleep(0)

    run(listen_once(), 10)
