"""``python -m drivers.simulator``: a simulated scanner as a process of its own."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from drivers.simulator.escl import EsclServer
from drivers.simulator.faults import Fault
from drivers.simulator.pages import PageImages, list_pages
from drivers.simulator.scanner import Scanner

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until stdin closes or SIGTERM comes; one JSON line on stdout says when and where it is ready."""
    arguments = _parser().parse_args(argv)
    try:
        server = _build(arguments)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"drivers.simulator: {error}\n")
        return EXIT_USAGE
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    Thread(target=_wait_for_end_of_stdin, args=(stop,), daemon=True).start()
    with server:
        Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(json.dumps({"port": server.server_port, "url": server.url}) + "\n")
        sys.stdout.flush()
        stop.wait()
        server.shutdown()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m drivers.simulator", description=__doc__)
    parser.add_argument("--pages", type=Path, required=True, help="folder of page images, fed in natural order")
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one")
    parser.add_argument("--dpi", type=int, default=300, help="resolution of the page images")
    parser.add_argument("--duplex", action="store_true", help="two images, front and back, are one sheet")
    parser.add_argument("--seconds-per-page", type=float, default=0.0, help="speed limit of the paper path")
    parser.add_argument(
        "--fault", type=Fault.parse, nargs="*", action="extend", default=[], metavar="INDEX:KIND", help="planned faults"
    )
    parser.add_argument("--name", default="Simulated scanner", help="name that SANE shows")
    return parser


def _build(arguments: argparse.Namespace) -> EsclServer:
    pages = PageImages(list_pages(arguments.pages), arguments.dpi)
    scanner = Scanner(
        len(pages),
        duplex=arguments.duplex,
        seconds_per_page=arguments.seconds_per_page,
        faults=arguments.fault,
    )
    return EsclServer(scanner, pages, name=arguments.name, port=arguments.port)


def _wait_for_end_of_stdin(stop: Event) -> None:
    """The parent holds the other end: when it dies, however it dies, this process ends too."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
