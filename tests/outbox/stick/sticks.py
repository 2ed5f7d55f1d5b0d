"""Real file systems for these tests, on loop devices or in memory; skipped, with the reason, where there are none."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

SECONDS = 30


@dataclass(frozen=True)
class Stick:
    """A mounted image."""

    point: Path
    image: Path
    device: str | None = None


def need_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")


@contextmanager
def ext4(folder: Path, megabytes: int = 32, image: Path | None = None, *, direct: bool = False) -> Iterator[Stick]:
    """ext4 on a loop device, which stands for a stick with a disk's file system."""
    need_root()
    image = _image(image or folder / "stick.img", megabytes)
    run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", str(image))
    with _loop(image, direct=direct) as device:
        point = _point(folder)
        if run("mount", "-t", "ext4", device, str(point), check=False):
            pytest.skip("this kernel has no ext4")
        with _mounted(point):
            yield Stick(point, image, device)


@contextmanager
def exfat(folder: Path, megabytes: int = 64) -> Iterator[Stick]:
    """exFAT by the kernel, or by exfat-fuse where it has none."""
    need_root()
    _need("mkfs.exfat", "exfatprogs")
    image = _image(folder / "stick.img", megabytes)
    run("mkfs.exfat", str(image))
    with _loop(image) as device:
        stick = Stick(_point(folder), image, device)
        mount_exfat(stick)
        with _mounted(stick.point):
            yield stick


def mount_exfat(stick: Stick) -> None:
    assert stick.device
    if run("mount", "-i", "-t", "exfat", stick.device, str(stick.point), check=False):
        _need("mount.exfat-fuse", "exfat-fuse, and the kernel has no exFAT")
        run("mount.exfat-fuse", stick.device, str(stick.point))


@contextmanager
def vfat(folder: Path, megabytes: int = 64) -> Iterator[Stick]:
    """FAT32 by the kernel, or by fusefat where it has none."""
    need_root()
    _need("mkfs.vfat", "dosfstools")
    image = _image(folder / "stick.img", megabytes)
    run("mkfs.vfat", "-F", "32", str(image))
    with _loop(image) as device:
        point = _point(folder)
        if run("mount", "-i", "-t", "vfat", device, str(point), check=False):
            _need("fusefat", "fusefat, and the kernel has no FAT")
            run("fusefat", "-o", "rw+", str(image), str(point))
        with _mounted(point):
            yield Stick(point, image, device)


@contextmanager
def tmpfs(folder: Path, size: str = "8m") -> Iterator[Stick]:
    need_root()
    point = _point(folder)
    if run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(point), check=False):
        pytest.skip("mounting a tmpfs needs root")
    with _mounted(point):
        yield Stick(point, point)


@contextmanager
def false_capacity(folder: Path, real: str = "12m", megabytes: int = 64) -> Iterator[Stick]:
    """A stick that says it is larger than it is: what is written beyond fails when it is synced."""
    with tmpfs(folder / "real", real) as memory, ext4(folder, megabytes, image=memory.point / "stick.img") as stick:
        yield stick


@contextmanager
def slow(folder: Path, megabytes: int, megabytes_a_second: float) -> Iterator[Stick]:
    """A medium as slow as a stick under a file system of the kernel: whoever serves its blocks is held to a rate."""
    with exfat(folder / "below", megabytes + 64) as below:
        server = _server_of(below.point)
        if server is None:
            pytest.skip("this kernel has exFAT of its own: nothing here can be slowed down")
        with ext4(folder, megabytes, image=below.point / "stick.img", direct=True) as stick:
            assert stick.device
            counter = f"/sys/block/{Path(stick.device).name}/stat"
            words = [sys.executable, "-c", _PACING, str(server), counter, str(megabytes_a_second * 1e6)]
            with subprocess.Popen(words) as pacing:
                try:
                    yield stick
                finally:
                    pacing.terminate()
                    pacing.wait(SECONDS)
                    os.kill(server, signal.SIGCONT)


# Sectors read and written are the third and seventh number of a block device's stat.
_PACING = """
import os, signal, sys, time
server, counter, rate = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
def done():
    with open(counter) as file:
        numbers = file.read().split()
    return 512 * (int(numbers[2]) + int(numbers[6]))
room, was, then = 0.0, done(), time.monotonic()
while True:
    time.sleep(0.002)
    bytes_done, now = done(), time.monotonic()
    room = min(1e6, room + rate * (now - then)) - (bytes_done - was)
    was, then = bytes_done, now
    os.kill(server, signal.SIGCONT if room >= 0 else signal.SIGSTOP)
"""


def pull_out(stick: Stick) -> None:
    """What a pulled stick looks like from above: the file system's program is gone, or the mount is."""
    server = _server_of(stick.point)
    if server is None:
        run("umount", "--lazy", str(stick.point))
    else:
        os.kill(server, signal.SIGKILL)


def _server_of(point: Path) -> int | None:
    """The program that serves a file system in user space."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if os.fsencode(point) in words and b"fuse" in (process / "comm").read_bytes() + words[0]:
                return int(process.name)
    return None


def run(*command: str, check: bool = True) -> int:
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert not check or done.returncode == 0, f"{command}: {done.stderr}"
    return done.returncode


def _need(program: str, package: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed ({package})")


def _image(image: Path, megabytes: int) -> Path:
    image.parent.mkdir(parents=True, exist_ok=True)
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    return image


def _point(folder: Path) -> Path:
    point = folder / "stick"
    point.mkdir(parents=True)
    return point


@contextmanager
def _loop(image: Path, *, direct: bool = False) -> Iterator[str]:
    words = ["losetup", "--find", "--show", f"--direct-io={'on' if direct else 'off'}", str(image)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        pytest.skip(f"no loop device: {done.stderr.strip()}")
    device = done.stdout.strip()
    try:
        yield device
    finally:
        run("losetup", "--detach", device, check=False)


@contextmanager
def _mounted(point: Path) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(AssertionError):
            for _ in range(20):
                if run("umount", str(point), check=False) == 0 or not os.path.ismount(point):
                    break
                time.sleep(0.1)
            else:
                run("umount", "--lazy", str(point))
