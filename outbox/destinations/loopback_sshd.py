"""A real sshd of our own on a loopback port, with its own keys, for the demo and the tests.

Nothing of the machine's sshd is touched: own configuration, own host key, own list of users' keys, one folder.
"""

import os
import pwd
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import asyncssh

from outbox.destinations.settings import SftpSettings
from outbox.errors import Code, OutboxError

SSHD = Path("/usr/sbin/sshd")
_PRIVILEGE_FOLDER = Path("/run/sshd")  # root's sshd wants it; Debian makes it with the service, which may not be there
_START_S = 10.0
_STOP_S = 5.0


class SshdError(OutboxError):
    """No sshd could be started here."""


class LoopbackSshd:
    """Serves `root` over SFTP on 127.0.0.1 as long as the context is; with `execute`, commands too."""

    def __init__(self, folder: Path, *, execute: bool = False, port: int = 0) -> None:
        self.folder = folder
        self.root = folder / "arrivals"
        self.key_file = folder / "user_key"
        self.known_hosts = folder / "known_hosts"
        self.host = "127.0.0.1"
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self.port = port or free_port()
        self._execute = execute
        self._process: subprocess.Popen[bytes] | None = None

    def settings(self, name: str = "sftp") -> SftpSettings:
        """The destination that leads here."""
        return SftpSettings(
            name=name,
            host=self.host,
            port=self.port,
            user=self.user,
            key_file=self.key_file,
            known_hosts=self.known_hosts,
            folder=str(self.root),
        )

    def start(self) -> None:
        """Start it (again), with the keys that are there or new ones, and wait until it answers."""
        if not SSHD.exists():
            raise SshdError(Code.SSHD_MISSING, str(SSHD))
        if os.geteuid() == 0:
            _PRIVILEGE_FOLDER.mkdir(mode=0o755, exist_ok=True)
        self.root.mkdir(parents=True, exist_ok=True)
        self._write_keys()
        log = (self.folder / "sshd.log").open("ab")
        with log:
            command = [str(SSHD), "-D", "-e", "-f", str(self._write_configuration())]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End it and the connections it holds, as a power cut there would."""
        process, self._process = self._process, None
        if process is None:
            return
        sessions = _descendants(process.pid)
        process.terminate()
        for pid in sessions:
            _end(pid)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_S)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _write_keys(self) -> None:
        host_key = self.folder / "host_key"
        for path in (host_key, self.key_file):
            if not path.exists():
                _write_private(path, asyncssh.generate_private_key("ssh-ed25519").export_private_key())
        public = asyncssh.read_private_key(str(host_key)).export_public_key().decode().strip()
        self.known_hosts.write_text(f"[{self.host}]:{self.port} {public}\n")
        authorized = asyncssh.read_private_key(str(self.key_file)).export_public_key()
        (self.folder / "authorized_keys").write_bytes(authorized)

    def _write_configuration(self) -> Path:
        lines = [
            f"Port {self.port}",
            f"ListenAddress {self.host}",
            f'HostKey "{self.folder / "host_key"}"',
            f'AuthorizedKeysFile "{self.folder / "authorized_keys"}"',
            "PidFile none",
            "PermitRootLogin prohibit-password",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "UsePAM no",
            "StrictModes no",  # the folder above may be anybody's: /tmp
            "DisableForwarding yes",
            "MaxStartups 100",
            "LogLevel ERROR",
            "Subsystem sftp internal-sftp",
        ]
        if not self._execute:
            lines.append("ForceCommand internal-sftp")
        path = self.folder / "sshd_config"
        path.write_text("\n".join(lines) + "\n")
        return path

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + _START_S
        while time.monotonic() < end:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                with socket.create_connection((self.host, self.port), timeout=1.0) as line:
                    if line.recv(4) == b"SSH-":
                        return
            except OSError:
                time.sleep(0.02)
        self.stop()
        log = (self.folder / "sshd.log").read_text(errors="replace")[-500:]
        raise SshdError(Code.UNREACHABLE, f"{self.host}:{self.port}: {log}")


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_private(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def _descendants(pid: int) -> list[int]:
    """The processes that sshd made for its connections: they leave its group, so their parents are asked for."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        direct = [int(child) for child in children.read_text().split()]
    except OSError:
        return []
    return [found for child in direct for found in (child, *_descendants(child))]


def _end(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return
