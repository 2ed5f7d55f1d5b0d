"""Whether the holder of a lease lives is asked of the kernel."""

import subprocess
import sys
from pathlib import Path

from outbox.owners import Owner, dead


def test_a_live_owner_is_alive_and_one_that_left_is_dead(tmp_path: Path) -> None:
    with Owner(tmp_path) as owner:
        assert dead(tmp_path, {owner.name, "never-there"}) == {"never-there"}
    assert dead(tmp_path, {owner.name}) == {owner.name}
    assert list(tmp_path.iterdir()) == []


def test_a_killed_owner_is_dead_and_its_file_goes(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, time; from outbox.owners import Owner; owner = Owner(pathlib.Path(sys.argv[1]));"
        "owner.__enter__(); print(owner.name, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        name = process.stdout.readline().decode().strip()
        assert dead(tmp_path, {name}) == set()
        process.kill()
    assert dead(tmp_path, {name}) == {name}
    assert list(tmp_path.iterdir()) == []
