"""The SFTP server answers with another host key than the pinned one: nothing is sent, a person is asked."""

from pathlib import Path

from outbox.bagfile import BagFile
from outbox.destinations.base import NeedsPerson, Sent
from outbox.errors import Code
from tests.outbox.bags import make_bag, run
from tests.outbox.deliveries import deliver, told
from tests.outbox.sshd import LoopbackSshd


def test_a_server_that_was_set_up_anew_is_not_believed(tmp_path: Path) -> None:
    bags = [BagFile(make_bag(tmp_path / "bags", seed=seed)) for seed in (1, 2)]
    (tmp_path / "sshd").mkdir()
    server = LoopbackSshd(tmp_path / "sshd")
    with server:
        assert isinstance(run(deliver(server.settings(), bags[0])), Sent)
        pinned = server.known_hosts.read_text()
    (server.folder / "host_key").unlink()
    with server:
        server.known_hosts.write_text(pinned)
        assert told(run(deliver(server.settings(), bags[1]))) == (NeedsPerson, Code.HOST_KEY_REFUSED, True)
        assert [path.name for path in server.root.iterdir()] == [bags[0].name]
