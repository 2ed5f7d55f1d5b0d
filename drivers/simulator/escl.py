"""The HTTP side of the simulated scanner: eSCL for SANE, and a control endpoint for whoever plays the operator."""

from __future__ import annotations

import json
import logging
import re
import select
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from drivers.simulator import messages
from drivers.simulator.faults import WARM_UP_S, Fault, FaultKind
from drivers.simulator.scanner import Delivery, NoDocumentError, RefusedError, Scanner

if TYPE_CHECKING:
    from drivers.simulator.pages import PageImages

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
RESOLUTIONS = (100, 200, 300)
SOCKET_TIMEOUT_S = 60.0
STALL_POLL_S = 0.2
LARGEST_BODY = 1 << 20

_NEXT_DOCUMENT = re.compile(r"/eSCL/ScanJobs/(\d+)/NextDocument/?")
_JOB = re.compile(r"/eSCL/ScanJobs/(\d+)/?")


class EsclServer(ThreadingHTTPServer):
    """Serves one simulated scanner on loopback; port 0 takes any free one."""

    daemon_threads = True

    def __init__(self, scanner: Scanner, pages: PageImages, *, name: str, port: int = 0) -> None:
        self.scanner = scanner
        self.pages = pages
        resolutions = sorted({*RESOLUTIONS, pages.dpi})
        self.capabilities = messages.capabilities(name, pages.largest(), resolutions, duplex=scanner.duplex)
        super().__init__((LOOPBACK, port), EsclHandler)

    @property
    def url(self) -> str:
        """Address for airscan.conf."""
        return f"http://{LOOPBACK}:{self.server_port}/eSCL"

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class asks for it
        """A client that was killed in mid-page is daily business here and no error of the server."""
        if not isinstance(sys.exc_info()[1], OSError):
            log.exception("request from %s failed", client_address)


class EsclHandler(BaseHTTPRequestHandler):
    """One connection. The method names do_GET and so on are http.server's."""

    protocol_version = "HTTP/1.1"
    timeout = SOCKET_TIMEOUT_S
    disable_nagle_algorithm = True  # headers and body are two writes: with Nagle the second waits 40 ms
    server: EsclServer

    def do_GET(self) -> None:
        """Documents of the scanner, the next image, or the state of the simulation."""
        if self.path == "/eSCL/ScannerCapabilities":
            self._send(HTTPStatus.OK, self.server.capabilities.encode(), "text/xml")
        elif self.path == "/eSCL/ScannerStatus":
            self._send(HTTPStatus.OK, messages.status(*self.server.scanner.states()).encode(), "text/xml")
        elif match := _NEXT_DOCUMENT.fullmatch(self.path):
            self._next_document(int(match[1]))
        elif self.path == "/control":
            self._send_json(HTTPStatus.OK, self.server.scanner.snapshot())
        else:
            self._send(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """A new scan job, or a hand on the simulation."""
        try:
            body = self._read_body()
            if self.path == "/eSCL/ScanJobs":
                self._start_job(body)
            elif self.path == "/control":
                apply_control(self.server.scanner, json.loads(body))
                self._send_json(HTTPStatus.OK, self.server.scanner.snapshot())
            else:
                self._send(HTTPStatus.NOT_FOUND)
        except ValueError as error:
            self._send_json(HTTPStatus.BAD_REQUEST, {"error": str(error)})

    def do_DELETE(self) -> None:
        """End of a job."""
        match = _JOB.fullmatch(self.path)
        if match:
            self.server.scanner.end_job(int(match[1]))
        self._send(HTTPStatus.OK if match else HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Requests go to the debug log and never to stderr."""
        log.debug(format, *args)

    def _start_job(self, body: bytes) -> None:
        try:
            number = self.server.scanner.start_job(messages.parse_scan_settings(body))
        except RefusedError as refused:
            self._refuse(refused)
        else:
            self._send(HTTPStatus.CREATED, headers={"Location": f"/eSCL/ScanJobs/{number}"})

    def _next_document(self, number: int) -> None:
        try:
            delivery = self.server.scanner.take_image(number)
        except NoDocumentError:
            self._send(HTTPStatus.NOT_FOUND)
        except RefusedError as refused:
            self._refuse(refused)
        else:
            self._deliver(delivery)

    def _refuse(self, refused: RefusedError) -> None:
        """Refuse with 409: on 503 sane-airscan repeats its question for 10 to 30 s before it reports the state."""
        broken = refused.kind is FaultKind.ERROR
        self._send(HTTPStatus.INTERNAL_SERVER_ERROR if broken else HTTPStatus.CONFLICT)

    def _deliver(self, delivery: Delivery) -> None:
        jpeg = self.server.pages.jpeg(delivery.image, delivery.settings)
        self.server.scanner.wait_until_ready(delivery)
        if delivery.fault is FaultKind.WARM_UP:
            self.server.scanner.wait_until_cleared(delivery, WARM_UP_S)
        half = jpeg[: len(jpeg) // 2]
        match delivery.fault:
            case FaultKind.HALF_JPEG:
                self._send(HTTPStatus.OK, half, "image/jpeg")
            case FaultKind.DISCONNECT | FaultKind.STALL:
                self._head(HTTPStatus.OK, len(jpeg), "image/jpeg")
                self.wfile.write(half)
                if delivery.fault is FaultKind.STALL:
                    self._stall(delivery)
                self.close_connection = True
            case _:
                self._send(HTTPStatus.OK, jpeg, "image/jpeg")

    def _stall(self, delivery: Delivery) -> None:
        """Send nothing more until the client gives up or somebody clears the scanner."""
        while not self.server.scanner.wait_until_cleared(delivery, STALL_POLL_S):
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable:
                return

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._read_chunks()
        return self.rfile.read(_checked_length(int(self.headers.get("Content-Length", "0"))))

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(_checked_length(len(body) + size) - len(body))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return bytes(body)

    def _send_json(self, status: HTTPStatus, content: dict[str, Any]) -> None:
        self._send(status, json.dumps(content).encode(), "application/json")

    def _send(
        self, status: HTTPStatus, body: bytes = b"", kind: str = "text/plain", headers: dict[str, str] | None = None
    ) -> None:
        self._head(status, len(body), kind, headers)
        if body:
            self.wfile.write(body)

    def _head(self, status: HTTPStatus, length: int, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()


def apply_control(scanner: Scanner, order: Any) -> None:
    """Do what a control document says: ``{"refill": 3}``, ``{"faults": ["5:jam"]}``, ``{"platen": 2}`` or several.

    ValueError for anything else; an unknown key leaves the whole document undone.
    """
    if not isinstance(order, dict) or not order.keys() <= {"refill", "faults", "platen"}:
        raise ValueError('write an object with any of "refill", "faults", "platen"')
    if "faults" in order:
        scanner.set_faults([Fault.parse(str(text)) for text in order["faults"]])
    if "refill" in order:
        scanner.refill(int(order["refill"]))
    if "platen" in order:
        scanner.place_on_platen(int(order["platen"]))


def _checked_length(length: int) -> int:
    if not 0 <= length <= LARGEST_BODY:
        raise ValueError(f"a body of {length} bytes is none of ours")
    return length
