"""`station-ui` as a command, and `station` without it."""

import fcntl
import os
import pty
import select
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from station.operators import Role, add_operator
from station.root import Root
from station.wiring import Station, create_station
from ui.command import main

SECONDS = 60
F10, CTRL_C, CTRL_Q = b"\x1b[21~", b"\x03", b"\x11"


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STATION_")}
    return subprocess.run(
        [sys.executable, *arguments],
        env=clean | variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


UI = "import sys; from ui.command import main; main(sys.argv[1:])"


def test_a_missing_station_is_told_as_the_command_tells_it(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    screen = run("-c", UI, "--root", nowhere)
    command = run("-m", "station", "--root", nowhere, "books", "list")
    assert screen.stderr == command.stderr
    assert "station --root" in screen.stderr
    assert (screen.returncode, command.returncode) == (2, 2)


def test_bad_settings_are_told_before_the_screen_is_taken(tmp_path: Path) -> None:
    root = Root(tmp_path)
    create_station(root, "19441", None)
    root.settings.write_text("[station]\nregisrty = '19441'\n", encoding="utf-8")
    done = run("-c", UI, "--root", str(tmp_path))
    assert done.returncode == 2
    assert "station.regisrty" in done.stderr


def test_a_database_of_a_newer_program_ends_with_the_code_for_storage(tmp_path: Path) -> None:
    root = Root(tmp_path)
    create_station(root, "19441", None)
    database = sqlite3.connect(root.catalogue)
    database.execute("pragma user_version = 999")
    database.close()
    assert run("-c", UI, "--root", str(tmp_path)).returncode == 6


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["--version"], 0), (["--nonsense"], 2)])
def test_usage(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert (stop.value.code or 0) == code
    capsys.readouterr()


@pytest.mark.parametrize(
    "use",
    [
        "import station.cli",
        "from station.cli import run; assert run(['--help']) == 0",
        "from station.cli import run; assert run(['pages', '--help']) == 0",
        "from station.cli import run; assert run(['--root', '/nonexistent', 'doctor']) == 3",
    ],
)
def test_the_headless_command_never_loads_the_screen(use: str) -> None:
    loaded = "import sys; bad = {'textual', 'rich', 'ui'} & set(sys.modules); assert not bad, bad"
    done = run("-c", f"{use}\n{loaded}")
    assert done.returncode == 0, done.stderr


def test_two_windows_on_one_station_refuse_each_other(tmp_path: Path) -> None:
    root = Root(tmp_path)
    create_station(root, "19441", None)
    with root.holding_screen():
        done = run("-c", UI, "--root", str(tmp_path))
    assert done.returncode == 2
    assert "cửa sổ khác" in done.stderr
    assert "another window" in done.stderr


def test_a_key_for_an_action_of_no_screen_is_refused(tmp_path: Path) -> None:
    root = Root(tmp_path)
    create_station(root, "19441", None)
    with root.settings.open("a", encoding="utf-8") as file:
        file.write('\n[kiosk.keys]\nskan_page = ["f11"]\n')
    done = run("-c", UI, "--root", str(tmp_path))
    assert done.returncode == 2
    assert "kiosk.keys.skan_page" in done.stderr


def test_on_a_real_terminal_it_draws_and_a_technician_leaves(tmp_path: Path) -> None:
    create_station(Root(tmp_path), "19441", None)
    with Station.open(Root(tmp_path)) as station:
        add_operator(station.catalogue, "Lan", Role.TECHNICIAN, "1357", "tester")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STATION_")}
    screen = subprocess.Popen(
        [sys.executable, "-c", UI, "--root", str(tmp_path)],
        env=clean | {"TERM": "xterm-256color"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        read_until(ours, b"Lan")
        os.write(ours, CTRL_C + CTRL_Q + F10)
        read_until(ours, "PIN của kỹ thuật viên".encode())
        read_until(ours, b"Lan")
        os.write(ours, b"1357\r")
        read_until(ours, None)
        assert screen.wait(SECONDS) == 0
    finally:
        screen.kill()
        screen.wait()
        os.close(ours)


def read_until(terminal: int, wanted: bytes | None) -> bytes:
    """What the terminal is sent until something comes, or until the other side is gone."""
    seen, end = b"", time.monotonic() + SECONDS
    while time.monotonic() < end and (wanted is None or wanted not in seen):
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:  # Linux: nobody has the other side open any more
                break
    return seen
