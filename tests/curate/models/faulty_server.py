"""a list of behaviours -> a real HTTP server on this machine that shows them one after the other, the last for ever"""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

Behaviour = Callable[["Handler", bytes], None]


@dataclass
class Seen:
    """What came in: method, path, headers and body of each request."""

    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def questions(self) -> list[dict[str, Any]]:
        return [json.loads(body) for method, _, _, body in self.requests if method == "POST"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behaviours: Sequence[Behaviour] = ()
    seen: Seen

    def handle_one(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.seen.lock:
            number = len(self.seen.requests)
            self.seen.requests.append((self.command, self.path, dict(self.headers), body))
        with contextlib.suppress(OSError):  # the client has had enough
            self.behaviours[min(number, len(self.behaviours) - 1)](self, body)

    do_GET = do_POST = handle_one

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing on stderr."""

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


def answers(text: str, finish: str = "stop") -> Behaviour:
    told = {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}]}
    return lambda handler, body: handler.reply(200, json.dumps(told).encode())


def status(code: int, body: bytes = b"", **headers: str) -> Behaviour:
    return lambda handler, _: handler.reply(code, body, **headers)


def hangs_up(handler: Handler, body: bytes) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def hangs(handler: Handler, body: bytes) -> None:
    """Says nothing until the client goes."""
    handler.connection.settimeout(20)
    handler.connection.recv(1)
    handler.close_connection = True


def drips(handler: Handler, body: bytes) -> None:
    """A header, and then a byte of it every now and then: no single read ever times out."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(400):
        handler.wfile.write(b"a")
        handler.wfile.flush()
        time.sleep(0.05)


def breaks_off(handler: Handler, body: bytes) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"choices": [')
    handler.close_connection = True


def floods(handler: Handler, body: bytes) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n")
    while True:
        handler.wfile.write(b" " * (1 << 20))


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self) -> tuple[Any, Any]:
        connection, _ = super().get_request()
        return connection, ("local", 0)


@contextlib.contextmanager
def serving(*behaviours: Behaviour, host: str = "127.0.0.1", at: Path | None = None) -> Iterator[tuple[str, Seen]]:
    """URL, and what it sees. `at`: a unix socket in place of a port."""
    seen = Seen()
    handler = cast("type[BaseHTTPRequestHandler]", type("Told", (Handler,), {"behaviours": behaviours, "seen": seen}))
    server = _UnixServer(str(at), handler) if at else ThreadingHTTPServer((host, 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield (f"unix://{at}" if at else f"http://{host}:{server.server_address[1]}"), seen
    finally:
        server.shutdown()
        server.server_close()
