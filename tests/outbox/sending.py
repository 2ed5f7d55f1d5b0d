"""A sender as its own process, to be killed: `python -m tests.outbox.sending ROOT SETTINGS.json`."""

import asyncio
import sys
from pathlib import Path

import msgspec

from outbox.destinations import DestinationSettings, make_destination
from outbox.destinations.settings import read_path
from outbox.sender import Report
from outbox.store import OutboxStore
from tests.outbox.bags import make_sender, real_clock


def say(report: Report) -> None:
    sys.stdout.write(f"{report.said}\n")
    sys.stdout.flush()


def main(root: Path, settings_file: Path) -> int:
    settings = msgspec.json.decode(settings_file.read_bytes(), type=DestinationSettings, dec_hook=read_path)
    with OutboxStore(root / "outbox.db", real_clock) as store:
        destination = make_destination(settings, store)
        sender = make_sender(store, root / "bags", destination, report=say)
        summary = asyncio.run(asyncio.wait_for(sender.run_once(), 60))
    return 7 if summary.blocked else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
