"""@tus/server: as the recipe of docs/recipes/tus sets it up, and as it is without one."""

import hashlib
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from outbox.destinations import TusSettings
from outbox.destinations.loopback_sshd import free_port
from tests.outbox.servers.certificates import Pair
from tests.outbox.servers.process import ServerProcess, answers

TREE = Path(__file__).parents[3]
PACKAGES = TREE / ".tools" / "npm" / "node_modules"
RECIPE = TREE / "docs" / "recipes" / "tus" / "server.mjs"
BARE = Path(__file__).with_name("bare_tus.mjs")


class TusServer(ServerProcess):
    """Serves uploads below `folder` on 127.0.0.1; `script` is the recipe or the bare server."""

    def __init__(
        self,
        folder: Path,
        script: Path = RECIPE,
        environment: dict[str, str] | None = None,
        *,
        tls: Pair | None = None,
    ) -> None:
        require_tus()
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.secure = tls is not None
        here = folder / script.name
        shutil.copy(script, here)  # node looks for packages beside the script
        (folder / "node_modules").symlink_to(PACKAGES)
        pair = {"TLS_CERT": str(tls.certificate), "TLS_KEY": str(tls.key)} if tls else {}
        given = {"PATH": os.environ["PATH"], "FOLDER": str(self.store), "PORT": str(self.port)}
        command = [shutil.which("node") or "node", str(here)]
        super().__init__(command, given | pair | (environment or {}), folder / "log", lambda: answers(self.port))

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def arrivals(self) -> Path:
        """Where the recipe puts whole bags."""
        return self.store / "arrivals"

    def settings(self, name: str = "there", port: int = 0, **more: Any) -> TusSettings:
        url = f"{'https' if self.secure else 'http'}://127.0.0.1:{port or self.port}/files"
        return TusSettings(name=name, url=url, **more)

    def finished(self) -> dict[str, bytes]:
        """Whole uploads of a bare server, by the name in their metadata; refuses two of one name."""
        found: dict[str, bytes] = {}
        for facts in self.store.glob("*.json"):
            upload = json.loads(facts.read_text())
            data = facts.with_suffix("").read_bytes()
            if len(data) == upload["size"]:
                name = upload["metadata"]["filename"]
                assert name not in found
                found[name] = data
        return found


def begin_upload(uploads: Path, name: str, data: bytes) -> None:
    """A whole upload of these bytes in the folder of the recipe's server."""
    (uploads / name).write_bytes(data)
    metadata = {"filename": name, "sha256": hashlib.sha256(data).hexdigest()}
    facts = {"id": name, "size": len(data), "offset": 0, "metadata": metadata}
    (uploads / f"{name}.json").write_text(json.dumps(facts | {"creation_date": datetime.now(UTC).isoformat()}))


def require_tus() -> None:
    if shutil.which("node") is None or not (PACKAGES / "@tus" / "server").is_dir():
        pytest.skip("no @tus/server here: node and `make setup`")
