"""Debian's Apache with mod_dav, as a process of the test: its own configuration, port and folder."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from outbox.destinations import WebdavSettings
from outbox.destinations.loopback_sshd import free_port
from tests.outbox.servers.certificates import Pair
from tests.outbox.servers.process import ServerProcess, answers

APACHE = "/usr/sbin/apache2"
MODULES = Path("/usr/lib/apache2/modules")
_LOADED = ("mpm_event", "authz_core", "authn_core", "authn_file", "authz_user", "auth_basic", "dav", "dav_fs", "ssl")


class Apache(ServerProcess):
    """Serves `root` as /dav on 127.0.0.1; `users` are names with their passwords.

    Without `ranges` it refuses to write at an offset, as nginx and Nextcloud do.
    """

    def __init__(self, *, tls: Pair | None = None, users: dict[str, str] | None = None, ranges: bool = True) -> None:
        self._ranges = ranges
        if not Path(APACHE).exists():
            pytest.skip("no Apache here: apt-get install apache2-bin")
        # Started by root it serves as somebody else, who must get there: not below the tests' own closed folders.
        self._temporary = TemporaryDirectory(prefix="apache-")
        self.folder = folder = Path(self._temporary.name)
        self.root = folder / "dav"
        self.root.mkdir()
        self.port = free_port()
        self.secure = tls is not None
        if os.geteuid() == 0:
            for path in (folder, self.root):
                path.chmod(0o777)
        configuration = folder / "apache.conf"
        configuration.write_text(self._configuration(tls, users or {}))
        command = [APACHE, "-X", "-f", str(configuration)]
        super().__init__(command, {"PATH": os.environ["PATH"]}, folder / "log", lambda: answers(self.port))

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self._temporary.cleanup()

    def settings(self, name: str = "there", port: int = 0, **more: Any) -> WebdavSettings:
        url = f"{'https' if self.secure else 'http'}://127.0.0.1:{port or self.port}/dav"
        return WebdavSettings(name=name, url=url, **more)

    def _configuration(self, tls: Pair | None, users: dict[str, str]) -> str:
        lines = [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in _LOADED]
        lines += [
            f"Listen 127.0.0.1:{self.port}",
            "ServerName 127.0.0.1",
            f"PidFile {self.folder}/pid",
            f"ErrorLog {self.folder}/errors",
            f"DefaultRuntimeDir {self.folder}",
            f"DavLockDB {self.folder}/locks",
            f"DocumentRoot {self.folder}",
            "<Location /dav>",
            "Dav On",
            *self._login(users),
            "</Location>",
        ]
        if not self._ranges:
            lines += ["<If \"req('Content-Range') != ''\">", "Require all denied", "</If>"]
        if os.geteuid() == 0:
            lines += ["User nobody", "Group nogroup"]
        if tls:
            lines += ["SSLEngine on", f"SSLCertificateFile {tls.certificate}", f"SSLCertificateKeyFile {tls.key}"]
        return "\n".join(lines) + "\n"

    def _login(self, users: dict[str, str]) -> list[str]:
        if not users:
            return ["Require all granted"]
        file = self.folder / "users"
        file.write_text("".join(f"{user}:{_hashed(password)}\n" for user, password in users.items()))
        return ["AuthType Basic", "AuthName bags", f"AuthUserFile {file}", "Require valid-user"]


def _hashed(password: str) -> str:
    openssl = shutil.which("openssl") or "openssl"
    done = subprocess.run(
        [openssl, "passwd", "-apr1", "-stdin"], input=password, capture_output=True, text=True, timeout=10, check=True
    )
    return done.stdout.strip()
