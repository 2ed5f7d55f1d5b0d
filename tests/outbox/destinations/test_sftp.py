"""SFTP against a real sshd: whom it trusts, and what it makes of a bad line."""

import asyncio
from pathlib import Path

import asyncssh
import msgspec
import pytest
from msgspec.structs import replace

from outbox.bagfile import BagFile
from outbox.destinations import DestinationSettings
from outbox.destinations.base import Later, NeedsPerson, Outcome, Sent
from outbox.destinations.loopback_sshd import free_port
from outbox.destinations.settings import SftpSettings, read_path
from outbox.destinations.sftp import SftpDestination
from outbox.errors import Code
from tests.outbox.bags import make_bag, run
from tests.outbox.proxy import Proxy
from tests.outbox.sshd import LoopbackSshd


@pytest.fixture
def bag(tmp_path: Path) -> BagFile:
    return BagFile(make_bag(tmp_path / "bags", size=2_000_000))


async def deliver(settings: SftpSettings, bag: BagFile) -> Outcome:
    destination = SftpDestination(settings)
    try:
        return await destination.deliver(bag, bag.name, lambda _: None)
    finally:
        await destination.close()


def outcome_of(sshd: LoopbackSshd, bag: BagFile, **changes: object) -> tuple[type, Code, bool]:
    outcome = run(deliver(replace(sshd.settings(), **changes), bag))
    assert isinstance(outcome, Later | NeedsPerson)
    whole = outcome.offline if isinstance(outcome, Later) else outcome.everywhere
    return type(outcome), outcome.reason.code, whole


def through(sshd: LoopbackSshd, proxy: Proxy, **changes: object) -> SftpSettings:
    """The way over the proxy, whose port the known_hosts file must name too."""
    known = sshd.known_hosts.read_text()
    path = sshd.folder / "known_hosts_proxy"
    path.write_text(known.replace(f":{sshd.port}", f":{proxy.port}"))
    return replace(sshd.settings(), port=proxy.port, known_hosts=path, **changes)


def test_an_unknown_host_is_refused(sshd: LoopbackSshd, bag: BagFile) -> None:
    sshd.known_hosts.write_text("")
    assert outcome_of(sshd, bag) == (NeedsPerson, Code.HOST_KEY_UNKNOWN, True)
    assert sshd.known_hosts.read_text() == ""


@pytest.mark.parametrize("pinned", ["nothing", "broken", "other", "other-kind"])
def test_who_has_to_compare_keys_is_told_the_file_the_line_and_what_is_offered(
    sshd: LoopbackSshd, bag: BagFile, pinned: str
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    offered = asyncssh.import_public_key(sshd.known_hosts.read_text().split(None, 1)[1])
    host = f"[{sshd.host}]:{sshd.port}"
    kind = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode().strip()
    text = {
        "other-kind": f"{host} {kind}",
        "nothing": f"sftp.example {other}",
        "broken": f"# a\n{host} ssh-ed25519 AAAA",
        "other": f"{host} {other}",
    }
    sshd.known_hosts.write_text(f"{text[pinned]}\n")
    outcome = run(deliver(sshd.settings(), bag))
    assert isinstance(outcome, NeedsPerson)
    detail = outcome.reason.detail
    assert f"known_hosts = {sshd.known_hosts}" in detail
    assert detail.endswith(f"offers ssh-ed25519 {offered.get_fingerprint()}")
    assert ("line 2 is no key" in detail) == (pinned == "broken")
    assert outcome.reason.code is (Code.HOST_KEY_REFUSED if "other" in pinned else Code.HOST_KEY_UNKNOWN)


class TwoHostKeys(LoopbackSshd):
    """A server that has an ECDSA key besides, and a station that has pinned that one alone."""

    def _write_configuration(self) -> Path:
        key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
        file = self.folder / "ecdsa_key"
        file.write_bytes(key.export_private_key())
        file.chmod(0o600)
        self.known_hosts.write_text(f"[{self.host}]:{self.port} {key.export_public_key().decode().strip()}\n")
        path = super()._write_configuration()
        path.write_text(f'{path.read_text()}HostKey "{file}"\n')
        return path


def test_the_pinned_kind_of_key_is_asked_for_first(tmp_path: Path, bag: BagFile) -> None:
    (tmp_path / "two").mkdir()
    with TwoHostKeys(tmp_path / "two") as sshd:
        assert isinstance(run(deliver(sshd.settings(), bag)), Sent)


def test_a_changed_host_key_is_refused(sshd: LoopbackSshd, bag: BagFile) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    sshd.known_hosts.write_text(f"[{sshd.host}]:{sshd.port} {other}")
    assert outcome_of(sshd, bag) == (NeedsPerson, Code.HOST_KEY_REFUSED, True)
    assert list(sshd.root.iterdir()) == []


def test_a_missing_known_hosts_file_is_refused(sshd: LoopbackSshd, bag: BagFile) -> None:
    sshd.known_hosts.unlink()
    assert outcome_of(sshd, bag) == (NeedsPerson, Code.KNOWN_HOSTS_UNUSABLE, True)


def test_a_wrong_key_is_refused(sshd: LoopbackSshd, bag: BagFile) -> None:
    sshd.key_file.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    assert outcome_of(sshd, bag) == (NeedsPerson, Code.LOGIN_REFUSED, True)


def test_a_key_file_open_to_others_or_broken_is_refused(sshd: LoopbackSshd, bag: BagFile) -> None:
    sshd.key_file.chmod(0o644)
    assert outcome_of(sshd, bag) == (NeedsPerson, Code.KEY_NOT_PRIVATE, True)
    sshd.key_file.chmod(0o600)
    sshd.key_file.write_bytes(b"no key")
    assert outcome_of(sshd, bag) == (NeedsPerson, Code.KEY_UNUSABLE, True)
    sshd.key_file.unlink()
    assert outcome_of(sshd, bag) == (NeedsPerson, Code.KEY_UNUSABLE, True)


def test_nobody_there_is_offline(sshd: LoopbackSshd, bag: BagFile) -> None:
    assert outcome_of(sshd, bag, port=free_port()) == (Later, Code.UNREACHABLE, True)
    assert outcome_of(sshd, bag, host="no-such-host.invalid") == (Later, Code.UNREACHABLE, True)


def test_a_line_cut_again_and_again_is_gone_on_with_in_one_attempt(sshd: LoopbackSshd, bag: BagFile) -> None:
    async def over_a_bad_line() -> tuple[Outcome, Proxy]:
        async with Proxy(sshd.port, cut_after=600_000) as proxy:
            return await deliver(through(sshd, proxy), bag), proxy

    outcome, proxy = run(over_a_bad_line())
    assert isinstance(outcome, Sent)
    assert proxy.cuts >= 3
    assert proxy.connections == proxy.cuts + 1
    assert [path.name for path in sshd.root.iterdir()] == [bag.name]


def test_a_silent_line_is_given_up_and_dialled_again(sshd: LoopbackSshd, bag: BagFile) -> None:
    async def over_a_silent_line() -> tuple[Outcome, Proxy]:
        async with Proxy(sshd.port, stall_after=700_000) as proxy:
            return await deliver(through(sshd, proxy, no_progress_s=1.0), bag), proxy

    outcome, proxy = run(over_a_silent_line(), 20)
    assert isinstance(outcome, Sent)
    assert proxy.connections == 2


def test_a_line_that_brings_nothing_on_is_later(sshd: LoopbackSshd, bag: BagFile) -> None:
    async def over_a_dead_line() -> Outcome:
        async with Proxy(sshd.port, cut_after=8_000) as proxy:
            return await deliver(msgspec.structs.replace(through(sshd, proxy), no_progress_s=2.0), bag)

    outcome = run(over_a_dead_line())
    assert isinstance(outcome, Later)


def test_a_server_that_restarts_between_two_bags_costs_no_attempt(sshd: LoopbackSshd, tmp_path: Path) -> None:
    bags = [BagFile(make_bag(tmp_path / "bags", seed=seed)) for seed in (1, 2)]

    async def both() -> list[Outcome]:
        destination = SftpDestination(sshd.settings())
        try:
            first = await destination.deliver(bags[0], bags[0].name, lambda _: None)
            await asyncio.to_thread(sshd.stop)
            await asyncio.to_thread(sshd.start)
            return [first, await destination.deliver(bags[1], bags[1].name, lambda _: None)]
        finally:
            await destination.close()

    assert [type(outcome) for outcome in run(both())] == [Sent, Sent]


@pytest.mark.parametrize("changes", [{"key": "x"}, {"port": 0}, {"kind": "ftp"}, {"host": None}])
def test_wrong_settings_are_refused(changes: dict[str, object]) -> None:
    good: dict[str, object] = {
        "kind": "sftp",
        "name": "province",
        "host": "h",
        "user": "u",
        "key_file": "k",
        "known_hosts": "n",
    }
    assert isinstance(read(good), SftpSettings)
    with pytest.raises(msgspec.ValidationError):
        read(good | changes)


def read(table: dict[str, object]) -> DestinationSettings:
    return msgspec.convert(table, DestinationSettings, dec_hook=read_path)  # type: ignore[no-any-return]
