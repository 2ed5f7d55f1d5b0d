"""Servers that are none: one that takes connections and says nothing, one that answers all with the same page."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_server
from typing import Any, Self

from outbox.destinations import DestinationSettings, TusSettings

PAGE = b"<!DOCTYPE html><title>Wi-Fi</title><form>Log in to the network</form>"


class Silence:
    """Takes connections and never says a word."""

    def __enter__(self) -> Self:
        self._socket = create_server(("127.0.0.1", 0))
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def settings(self, **more: Any) -> DestinationSettings:
        return TusSettings(name="there", url=f"http://127.0.0.1:{self._socket.getsockname()[1]}/files", **more)


class Portal:
    """Answers every request with its own page, as the gateway of a network does before one has logged in."""

    def __init__(self, status: int, headers: dict[str, str], content: bytes = PAGE) -> None:
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.send_response(status)
                for name, value in ({"content-length": str(len(content))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_OPTIONS = do_PROPFIND = do_DELETE = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
