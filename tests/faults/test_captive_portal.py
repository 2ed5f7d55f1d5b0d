"""A network that answers with a page of its own: nothing is taken for sent, received or empty; a person logs in."""

from pathlib import Path

import pytest

from outbox.bagfile import BagFile
from outbox.destinations import DestinationSettings, S3Settings, TusSettings, WebdavSettings, make_destination
from outbox.destinations.base import NeedsPerson, UnreachableError
from outbox.errors import Code, Reason
from tests.outbox.bags import make_bag, run
from tests.outbox.deliveries import deliver, told
from tests.outbox.servers.silence import Portal

HTML = {"content-type": "text/html; charset=utf-8"}
PORTALS = {
    "page": (200, HTML),
    "redirect": (302, {"location": "https://wifi.example/login"}),
    "said so": (511, HTML),
}


@pytest.fixture(params=PORTALS)
def portal(request: pytest.FixtureRequest) -> Portal:
    return Portal(*PORTALS[request.param])


def settings(kind: str, port: int, folder: Path) -> DestinationSettings:
    url = f"http://127.0.0.1:{port}/files"
    secret = folder / "secret"
    secret.touch(mode=0o600)
    secret.write_text("secret")
    if kind == "s3":
        return S3Settings(name="there", url=url, bucket="bags", access_key="station", secret_key_file=secret)
    return TusSettings(name="there", url=url) if kind == "tus" else WebdavSettings(name="there", url=url)


@pytest.mark.parametrize("kind", ["tus", "webdav", "s3"])
def test_it_is_seen_for_what_it_is(kind: str, portal: Portal, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags"))
    with portal:
        there = settings(kind, portal.port, tmp_path)
        assert told(run(deliver(there, bag))) == (NeedsPerson, Code.PORTAL, True)
        assert run(check_and_ask(there)) is Code.PORTAL


async def check_and_ask(there: DestinationSettings) -> Code:
    """What `station doctor` says, after asking for a receipt in vain."""
    destination = make_destination(there)
    try:
        with pytest.raises(UnreachableError) as unreachable:
            await destination.fetch_receipt("bag")
        reason = await destination.check()
    finally:
        await destination.close()
    assert isinstance(reason, Reason)
    assert unreachable.value.code is reason.code
    return reason.code
