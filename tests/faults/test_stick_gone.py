"""A stick is pulled out while bags go onto it: said as such, and gone on with when it is back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from outbox.errors import Code
from outbox.stick.exporting import export
from outbox.stick.faults import StickError
from tests.outbox.stick import sticks
from tests.outbox.stick.exports import Numbers, home_of, make_bags, order
from tests.station.handover.rigs import index_on, make_receiver, make_waiting
from tests.support import command, environment, run_here, succeed

BAGS = 6


def put_back(stick: sticks.Stick) -> None:
    sticks.run("umount", "--lazy", str(stick.point), check=False)
    sticks.mount_exfat(stick)


@pytest.mark.parametrize("kind", ["exfat", "vfat", "ext4", "tmpfs"])
@pytest.mark.parametrize("moment", ["writing", "written"])
def test_it_is_told_from_every_other_trouble(tmp_path: Path, kind: str, moment: str) -> None:
    bags, numbers = make_bags(tmp_path / "bags", 3, size=300_000), Numbers()
    with getattr(sticks, kind)(tmp_path / "medium") as stick:
        said: list[str] = []

        def pull(what: str, bag_id: str) -> None:
            said.append(bag_id)
            if what == moment and bag_id == bags[1].bag_id:
                sticks.pull_out(stick)

        with pytest.raises(StickError) as gone:
            export(stick.point, order(bags, numbers=numbers), pull)
        assert gone.value.code is Code.STICK_GONE
        assert bags[2].bag_id not in said or moment == "written"


def test_the_command_says_so_and_the_next_one_goes_on(tmp_path: Path) -> None:
    root = tmp_path / "root"
    bags = make_waiting(root, make_receiver(tmp_path / "receiver"), BAGS, size=1_000_000)
    with sticks.exfat(tmp_path / "medium") as stick:
        words = command(root, "--json", "export", str(stick.point))
        with subprocess.Popen(words, stdout=-1, stderr=-1, text=True, env=environment()) as exporting:
            assert exporting.stderr
            assert exporting.stdout
            for line in exporting.stderr:
                if "was read back" in line:
                    break
            sticks.pull_out(stick)
            err, out = exporting.stderr.read(), exporting.stdout.read()
            assert exporting.wait(60) == 6, err
        assert "pulled out" in err
        assert "safe" not in err + out
        put_back(stick)
        done = succeed(root, "export", str(stick.point))
        assert done["safe_to_remove"] is True
        assert "kept" in {bag["state"] for bag in done["bags"]}
        assert sorted(bag["id"] for bag in done["bags"]) == sorted(bags)
        assert len(index_on(stick.point).entries) == BAGS


def test_nothing_is_written_where_the_stick_was(tmp_path: Path) -> None:
    bags = make_bags(tmp_path / "bags", 3)
    with sticks.ext4(tmp_path / "medium") as stick:
        with pytest.raises(StickError):
            export(stick.point, order(bags), lambda what, _: sticks.pull_out(stick) if what == "written" else None)
        assert not home_of(stick.point).exists()
        assert list(stick.point.iterdir()) == []


def test_a_receiver_keeps_what_it_has_and_refuses_nothing(tmp_path: Path) -> None:
    root, receiver = tmp_path / "root", tmp_path / "receiver"
    bags = make_waiting(root, make_receiver(receiver), BAGS, size=3_000_000)
    with sticks.exfat(tmp_path / "medium") as stick:
        succeed(root, "export", str(stick.point))
        words = command(receiver, "--json", "receive", str(stick.point))
        with subprocess.Popen(words, stdout=-1, stderr=-1, text=True, env=environment()) as receiving:
            assert receiving.stderr
            for line in receiving.stderr:
                if "Accepted" in line:
                    break
            sticks.pull_out(stick)
            err = receiving.stderr.read()
            assert receiving.wait(60) == 6, err
        assert "pulled out" in err
        taken = len(list((receiver / "received").glob("*.tar")))
        assert 1 <= taken < BAGS
        verdicts = [path.read_text() for path in (receiver / "received").glob("*.receipt.json")]
        assert all('"verdict":"accepted"' in text for text in verdicts)
        put_back(stick)
        (done,) = succeed(receiver, "receive", str(stick.point))
        assert sorted(one["id"] for one in done["bags"]) == sorted(bags)
        assert sum(one["already_here"] for one in done["bags"]) == taken
        assert run_here(root, "receipts", "import", str(stick.point)).code == 0
