"""One delivery to a destination over HTTPS, and the servers for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from outbox.bagfile import BagFile
from outbox.destinations import DestinationSettings, make_destination
from outbox.destinations.base import Later, MemoryNotes, NeedsPerson, Outcome, UploadNotes
from outbox.errors import Code
from tests.outbox.servers.apache import Apache
from tests.outbox.servers.certificates import Pair
from tests.outbox.servers.s3 import S3StandIn
from tests.outbox.servers.tus import BARE, RECIPE, TusServer

WEB = ("tus", "tus-bare", "webdav", "s3")
WebServer = TusServer | Apache | S3StandIn


@contextmanager
def web_server(
    kind: str, folder: Path, *, tls: Pair | None = None, users: dict[str, str] | None = None
) -> Iterator[Any]:
    """A real server of a kind (S3: a stand-in), as long as the context is; `users` are names with their passwords."""
    server: WebServer
    if kind == "webdav":
        server = Apache(tls=tls, users=users)
    elif kind == "s3":
        server = S3StandIn(folder / "s3")
    else:
        given = {}
        if users:
            (folder / "users").write_text("".join(f"{user}:{password}\n" for user, password in users.items()))
            given["USERS"] = str(folder / "users")
        server = TusServer(folder / "tus", BARE if kind == "tus-bare" else RECIPE, given, tls=tls)
    with server:
        yield server


def arrived(server: WebServer) -> dict[str, bytes]:
    """What lies there whole, by name."""
    if isinstance(server, S3StandIn):
        return server.objects()
    if isinstance(server, TusServer):
        return {path.name: path.read_bytes() for path in server.arrivals.glob("*")} or server.finished()
    return {path.name: path.read_bytes() for path in server.root.iterdir()}


async def deliver(
    settings: DestinationSettings, bag: BagFile, notes: UploadNotes | None = None, seen: list[int] | None = None
) -> Outcome:
    """One attempt with a connection of its own."""
    destination = make_destination(settings, notes or MemoryNotes())
    try:
        return await destination.deliver(bag, bag.name, (seen if seen is not None else []).append)
    finally:
        await destination.close()


def told(outcome: Outcome) -> tuple[type, Code, bool]:
    """What the sender makes of an attempt that failed: its kind, why, and whether it holds for all items."""
    assert isinstance(outcome, Later | NeedsPerson)
    whole = outcome.offline if isinstance(outcome, Later) else outcome.everywhere
    return type(outcome), outcome.reason.code, whole


def whole(bag: BagFile) -> bytes:
    return b"".join(bag.chunks())
