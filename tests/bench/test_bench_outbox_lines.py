"""One bag over bad lines, against the line's own limit: no cuts, a cut every 10 s, a stall every 10 s.

Some lines run at the same time, each with its own rate: they only wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from outbox.bagfile import BagFile
from outbox.destinations import make_destination
from outbox.destinations.base import Sent
from tests.bench import outbox_peers
from tests.outbox.bags import make_bag, run
from tests.outbox.destinations.conftest import Place, open_place
from tests.outbox.thin_line import ThinLine, Weather

pytestmark = [pytest.mark.bench, pytest.mark.timeout(400)]

BAG_BYTES = 6_000_000
LINE_BYTES_PER_S = 125_000  # 1 Mbit/s
ONE_WAY_S = 0.06
LONGEST_S = 240.0

CALM = "no cuts"
CUTS = "cut every 10 s for 1 s"
STALLS = "stall 2 s every 10 s"
WEATHERS = {CALM: Weather(), CUTS: Weather(cut_every_s=10), STALLS: Weather(stall_every_s=10)}
HELD = ("tus-tls", "sftp-with-commands")
SHOWN = ("tus-checked", "webdav", "s3")
# An SSH connection is ten round trips before its first byte and five after its last.
MOST_TIMES = {
    ("tus-tls", CALM): 1.05, ("tus-tls", CUTS): 1.20, ("tus-tls", STALLS): 1.60,
    ("sftp-with-commands", CALM): 1.08, ("sftp-with-commands", CUTS): 1.40, ("sftp-with-commands", STALLS): 1.60,
}  # fmt: skip
MOST_EXTRA = {"tus-tls": 0.025, "sftp-with-commands": 0.03}  # of bytes, under cuts
PEER_LIMIT_S = 130.0


@dataclass(frozen=True)
class Run:
    """One bag over one line: seconds, and bytes sent, both over what the bag alone needs."""

    kind: str
    weather: str
    times: float
    extra: float
    connections: int

    def __str__(self) -> str:
        return f"{self.kind:20} {self.weather:24} {self.times:5.2f}x {100 * self.extra:5.1f} % {self.connections:3}"

    def is_over(self) -> bool:
        """Whether it took or sent more than it may."""
        too_much = self.weather == CUTS and self.extra > MOST_EXTRA[self.kind]
        return too_much or self.times > MOST_TIMES[self.kind, self.weather]


@contextmanager
def open_places(kinds: Iterable[str], folder: Path) -> Iterator[dict[str, Place]]:
    with ExitStack() as stack:
        opened: dict[str, Place] = {}
        for kind in kinds:
            (folder / kind).mkdir()
            opened[kind] = stack.enter_context(open_place(kind, folder / kind))
        yield opened


def test_a_bag_over_bad_lines(tmp_path: Path) -> None:
    with open_places(HELD, tmp_path) as places:
        runs = run(all_runs(places, tmp_path), LONGEST_S)
    print("\n" + "\n".join(map(str, runs)))
    assert [str(one) for one in runs if one.is_over()] == []


def test_beside_others(tmp_path: Path) -> None:
    """The other destinations, and what else people send with; only told."""
    with open_places((*SHOWN, "sftp-with-commands"), tmp_path) as places:
        sshd = places.pop("sftp-with-commands")

        async def all_of_it() -> tuple[list[Run], list[str]]:
            return await asyncio.gather(all_runs(places, tmp_path), all_peers(sshd, tmp_path))

        runs, peers = run(all_of_it(), LONGEST_S)
    print("\n" + "\n".join([*map(str, runs), *peers]))
    assert len(runs) == len(SHOWN) * len(WEATHERS)


async def all_runs(places: dict[str, Place], folder: Path) -> list[Run]:
    jobs = []
    for number, (kind, weather) in enumerate((kind, weather) for kind in places for weather in WEATHERS):
        bag = BagFile(make_bag(folder / "bags", size=BAG_BYTES, seed=number))
        jobs.append(bring(places[kind], weather, bag))
    return list(await asyncio.gather(*jobs))


async def all_peers(sshd: Place, folder: Path) -> list[str]:
    names = outbox_peers.installed()
    files = outbox_peers.make_folder(folder / "files", BAG_BYTES)
    missing = [f"{name:20} is not installed" for name in outbox_peers.PEERS if name not in names]
    return missing + list(await asyncio.gather(*(bring_by_peer(name, sshd, files) for name in names)))


async def bring_by_peer(name: str, sshd: Place, files: Path) -> str:
    async with ThinLine(port_of(sshd.settings), LINE_BYTES_PER_S, ONE_WAY_S, WEATHERS[CUTS]) as line:
        spent = await outbox_peers.bring(name, files, through(sshd.settings, line.port), PEER_LIMIT_S)
        limit_s = BAG_BYTES / LINE_BYTES_PER_S
        times = f"{spent / limit_s:5.2f}x" if spent else f"not in {PEER_LIMIT_S / limit_s:.1f}x"
        return f"{name:20} {CUTS:24} {times} {100 * (line.up / BAG_BYTES - 1):5.1f} % {line.connections:3}"


async def bring(place: Place, weather: str, bag: BagFile) -> Run:
    settings: Any = place.settings
    async with ThinLine(port_of(settings), LINE_BYTES_PER_S, ONE_WAY_S, WEATHERS[weather]) as line:
        destination = make_destination(through(settings, line.port))
        began = time.monotonic()
        outcome = await destination.deliver(bag, bag.name, lambda _: None)
        spent = time.monotonic() - began
        await destination.close()
    assert isinstance(outcome, Sent), f"{place.kind}, {weather}: {outcome}"
    limit_s = bag.size / LINE_BYTES_PER_S
    return Run(place.kind, weather, spent / limit_s, line.up / bag.size - 1, line.connections)


def port_of(settings: Any) -> int:
    return int(settings.port if hasattr(settings, "port") else settings.url.split(":")[2].split("/")[0])


def through(settings: Any, port: int) -> Any:
    """The same place, reached over another port."""
    if hasattr(settings, "port"):
        known = settings.known_hosts.read_text().replace(f":{settings.port}", f":{port}")
        file = settings.known_hosts.with_name(f"known_hosts_{port}")
        file.write_text(known)
        return msgspec.structs.replace(settings, port=port, known_hosts=file)
    scheme, host, rest = settings.url.split(":", 2)
    path = rest.partition("/")[2]
    return msgspec.structs.replace(settings, url=f"{scheme}:{host}:{port}/{path}")
