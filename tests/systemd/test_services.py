"""The two service commands as systemd runs them: they say when they are ready and end well at SIGTERM."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from station.root import Root
from station.wiring import create_station

SECONDS = 30


@pytest.mark.parametrize("verb", ["watch", "send"])
def test_says_ready_and_ends_at_sigterm(verb: str, tmp_path: Path) -> None:
    root, share = Root(tmp_path / "station"), tmp_path / "share"
    create_station(root, "19441", None)
    share.mkdir()
    with root.settings.open("a", encoding="utf-8") as settings:
        settings.write(f'\n[[destinations]]\nkind = "folder"\nname = "share"\npath = "{share}"\n')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(SECONDS)
        service = subprocess.Popen(
            [sys.executable, "-m", "station", "--root", str(root.path), verb],
            env=_clean_environment() | {"NOTIFY_SOCKET": str(tmp_path / "notify")},
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            ready = manager.recv(100)
            service.send_signal(signal.SIGTERM)
            _, narration = service.communicate(timeout=SECONDS)
        finally:
            service.kill()
            service.wait()
    assert ready == b"READY=1"
    assert service.returncode == 0, narration


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("STATION_")}
