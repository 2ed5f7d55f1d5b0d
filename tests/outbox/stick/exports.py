"""Exports as a call, and as a process to be killed: `python -m tests.outbox.stick.exports ROOT STICK`."""

from __future__ import annotations

import sys
from pathlib import Path

import pyrage

from outbox import bagfile, durable, keys
from outbox.bagfile import Sealed
from outbox.keys import SigningKey
from outbox.stick.exporting import FOLDER, Exported, Order, export
from tests.outbox.bags import KEY, make_bag, real_clock

IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())


class Numbers:
    """A counter in memory."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> int:
        self.last += 1
        return self.last


def make_bags(folder: Path, count: int, size: int = 60_000) -> list[Sealed]:
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"19441_KS.{2000 + number}.01" for number in range(count)]
    return [bagfile.sealed(make_bag(folder, name, size=size, seed=seed)) for seed, name in enumerate(names)]


def order(
    bags: list[Sealed],
    *,
    recipients: tuple[str, ...] = (RECIPIENT,),
    key: SigningKey = KEY,
    numbers: Numbers | None = None,
    settled: tuple[str, ...] = (),
) -> Order:
    return Order(bags, recipients, key, numbers or Numbers(), real_clock, settled)


def home_of(stick: Path, key: SigningKey = KEY) -> Path:
    return stick / FOLDER / key.key_id


def export_from(root: Path, stick: Path) -> Exported:
    """Export all bags below a root with the key and the recipient that lie there."""
    key = keys.load_signing_key(root / "key")
    recipient = (root / "recipient").read_text(encoding="ascii")
    bags = [bagfile.sealed(folder) for folder in sorted((root / "bags").iterdir())]

    def number() -> int:
        last = int((root / "number").read_text()) if (root / "number").exists() else 0
        durable.replace(root / "number", f"{last + 1}".encode())
        return last + 1

    return export(stick, Order(bags, (recipient,), key, number, real_clock))


if __name__ == "__main__":
    export_from(Path(sys.argv[1]), Path(sys.argv[2]))
