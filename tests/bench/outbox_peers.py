"""Programs that people send folders with, over the same line to the same sshd: started again until all is there."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from outbox.destinations.settings import SftpSettings

FILES = 60
_PAUSE_S = 0.2


def make_folder(path: Path, size: int) -> Path:
    """A bag's bytes in many files, as they would be sent without an archive."""
    path.mkdir(parents=True)
    for number in range(FILES):
        (path / f"{number:03}.pdf").write_bytes(Random(number).randbytes(size // FILES))
    return path


def ssh(there: SftpSettings) -> str:
    options = (
        f"-o UserKnownHostsFile={there.known_hosts} -o BatchMode=yes -o IdentitiesOnly=yes -o ServerAliveInterval=5"
    )
    return f"ssh -a -x -F none -p {there.port} -i {there.key_file} {options}"


def rsync(folder: Path, there: SftpSettings, to: str) -> list[str]:
    return [
        "rsync",
        "-r",
        "--partial",
        "--timeout=20",
        "-e",
        ssh(there),
        f"{folder}/",
        f"{there.user}@{there.host}:{to}/",
    ]


def lftp(folder: Path, there: SftpSettings, to: str) -> list[str]:
    settings = f'set sftp:connect-program "{ssh(there)}"; set net:max-retries 1; set net:timeout 20'
    return ["lftp", "-c", f"{settings}; open -u {there.user}, sftp://{there.host}; mirror -R -c {folder} {to}"]


def rclone(folder: Path, there: SftpSettings, to: str) -> list[str]:
    login = [f"--sftp-user={there.user}", f"--sftp-key-file={there.key_file}", f"--sftp-port={there.port}"]
    known = [f"--sftp-host={there.host}", f"--sftp-known-hosts-file={there.known_hosts}", "--config=/dev/null"]
    return ["rclone", "copy", "--retries=1", *login, *known, str(folder), f":sftp:{to}"]


PEERS: dict[str, Callable[[Path, SftpSettings, str], list[str]]] = {"rsync": rsync, "lftp": lftp, "rclone": rclone}


def installed() -> list[str]:
    return [name for name in PEERS if shutil.which(name)]


async def bring(name: str, folder: Path, there: SftpSettings, limit_s: float) -> float | None:
    """Seconds until everything is there; None when that takes longer than the limit."""
    to = f"{there.folder}/{name}-{there.port}"
    Path(to).mkdir()
    began = time.monotonic()
    while (left := began + limit_s - time.monotonic()) > 0:
        process = await asyncio.create_subprocess_exec(
            *PEERS[name](folder, there, to), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            code = await asyncio.wait_for(process.wait(), left)
        except TimeoutError:
            process.kill()
            await process.wait()
            return None
        if code == 0 and {path.name for path in Path(to).iterdir()} >= {path.name for path in folder.iterdir()}:
            return time.monotonic() - began
        await asyncio.sleep(_PAUSE_S)
    return None
