"""The server has thrown a half upload away (expired, tidied up): it is begun anew, without a person."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from outbox.bagfile import BagFile
from outbox.destinations import make_destination
from outbox.destinations.base import MemoryNotes, Sent
from tests.outbox.bags import make_bag, run
from tests.outbox.deliveries import arrived, deliver, web_server, whole
from tests.outbox.servers.s3 import BUCKET, S3StandIn


@pytest.mark.parametrize("kind", ["tus", "tus-bare", "s3"])
def test_it_is_begun_anew(kind: str, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags", size=2_000_000))
    with web_server(kind, tmp_path) as server:
        parts = {"part_mb": 0.125} if kind == "s3" else {}
        notes = MemoryNotes()
        run(begin(make_destination(server.settings(**parts), notes, slowly), bag))
        assert notes.recall(bag.bag_id, "there")
        assert forget_uploads(server) == 1
        assert isinstance(run(deliver(server.settings(**parts), bag, notes)), Sent)
        assert arrived(server) == {bag.name: whole(bag)}


async def begin(destination: Any, bag: BagFile) -> None:
    """Send a third and break off."""
    seen: list[int] = [0]
    delivery = asyncio.create_task(destination.deliver(bag, bag.name, seen.append))
    while seen[-1] < bag.size // 3:
        await asyncio.sleep(0.02)
    delivery.cancel()
    with suppress(asyncio.CancelledError):
        await delivery
    await destination.close()


async def slowly(n: int) -> None:
    """A pace of 2 MB/s."""
    await asyncio.sleep(n / 2e6)


def forget_uploads(server: Any) -> int:
    """Have the far side lose what it has of uploads; how many they were."""
    if isinstance(server, S3StandIn):
        uploads = server.client.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
        for upload in uploads:
            server.client.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
        return len(uploads)
    facts = list(server.store.rglob("*.json"))
    for file in facts:
        file.with_suffix("").unlink()
        file.unlink()
    return len(facts)
