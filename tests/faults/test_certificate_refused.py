"""A certificate that is out of date, of an unknown authority or for another host: nothing is sent without a person."""

from pathlib import Path

import pytest

from outbox.bagfile import BagFile
from outbox.destinations import make_destination
from outbox.destinations.base import NeedsPerson, Outcome, Sent
from outbox.errors import Code
from tests.outbox.bags import make_bag, run
from tests.outbox.deliveries import arrived, deliver, told, web_server
from tests.outbox.servers.certificates import Authority


@pytest.mark.parametrize("kind", ["tus", "webdav"])
@pytest.mark.parametrize("fault", ["expired", "other host", "unknown authority"])
def test_nothing_is_sent(kind: str, fault: str, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags"))
    authority = Authority(tmp_path / "authority")
    believed = Authority(tmp_path / "other") if fault == "unknown authority" else authority
    host = "127.0.0.2" if fault == "other host" else "127.0.0.1"
    pair = authority.issue("server", host=host, valid_days=-1 if fault == "expired" else 30)
    with web_server(kind, tmp_path, tls=pair) as server:
        outcome = run(deliver(server.settings(ca_file=believed.file), bag))
        assert told(outcome) == (NeedsPerson, Code.CERTIFICATE_REFUSED, True)
        assert arrived(server) == {}


@pytest.mark.parametrize("kind", ["tus", "webdav"])
def test_a_private_authority_is_not_believed_unless_named(kind: str, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags"))
    authority = Authority(tmp_path / "authority")
    with web_server(kind, tmp_path, tls=authority.issue("server")) as server:
        assert told(run(deliver(server.settings(), bag))) == (NeedsPerson, Code.CERTIFICATE_REFUSED, True)
        assert isinstance(run(deliver(server.settings(ca_file=authority.file), bag)), Sent)


@pytest.mark.parametrize("kind", ["tus", "webdav"])
def test_a_sender_that_goes_on_running_believes_the_file_as_it_is_mended(kind: str, tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags"))
    authority, other = Authority(tmp_path / "authority"), Authority(tmp_path / "other")
    believed = tmp_path / "ca.pem"
    believed.write_bytes(other.file.read_bytes())
    with web_server(kind, tmp_path, tls=authority.issue("server")) as server:
        destination = make_destination(server.settings(ca_file=believed))

        async def both() -> list[Outcome]:
            outcomes = [await destination.deliver(bag, bag.name, lambda _: None)]
            await destination.close()
            believed.write_bytes(authority.file.read_bytes())
            assert await destination.check() is None
            outcomes.append(await destination.deliver(bag, bag.name, lambda _: None))
            await destination.close()
            return outcomes

        refused, sent = run(both())
    assert told(refused) == (NeedsPerson, Code.CERTIFICATE_REFUSED, True)
    assert isinstance(sent, Sent)


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    bag = BagFile(make_bag(tmp_path / "bags"))
    (tmp_path / "ca.pem").write_text("no certificate")
    with web_server("tus", tmp_path) as server:
        for file in ("ca.pem", "missing.pem"):
            outcome = run(deliver(server.settings(ca_file=tmp_path / file), bag))
            assert told(outcome) == (NeedsPerson, Code.CERTIFICATE_UNUSABLE, True)
            assert file in repr(outcome)
