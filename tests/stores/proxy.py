"""A server that passes requests on to a store, counts them, and fails a share of them in the ways that networks and stores do"""

from __future__ import annotations

import contextlib
import http.client
import random
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REFUSED = "refused"  # 503, before the store has seen the request
LOST = "lost"  # the store did it, and its answer is lost
CUT = "cut"  # half of the answer, then the connection ends
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
BODY = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>secret-in-a-body</Message></Error>"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Faults:
    """A share of the requests (of those methods, to those paths) fails, by turns in one of those ways."""

    share: float = 0.0
    kinds: tuple[str, ...] = (REFUSED, LOST, CUT)
    methods: tuple[str, ...] = ()  # all
    path: str = ""  # a part of it
    seed: int = 1
    delay: float = 0.0  # seconds before an answer
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random, self._lock = random.Random(self.seed), threading.Lock()

    def next(self, method: str, path: str) -> str | None:
        if (self.methods and method not in self.methods) or self.path not in path:
            return None
        with self._lock:
            if self._random.random() >= self.share:
                return None
            kind = self._random.choice(self.kinds)
            self.counts[kind] = self.counts.get(kind, 0) + 1
            return kind


class Proxy:
    """Stands before a store on a port of its own. `away()` is a store that was killed: nobody listens, every connection is broken."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.faults = Faults()
        self.requests: list[tuple[str, str]] = []  # (method, path with its question)
        self.asked = threading.Condition()
        self.open: set[socket.socket] = set()
        self._start(0)
        self.port: int = self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What the store says."""
        connection = http.client.HTTPConnection(*self.target, timeout=60)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def counted(self, method: str = "", part: str = "") -> int:
        return sum(method in (asked, "") and part in path for asked, path in self.requests)

    def wait_for(self, requests: int, seconds: float = 300.0) -> bool:
        """Until so many were made in all; False where that takes too long."""
        with self.asked:
            return self.asked.wait_for(lambda: len(self.requests) >= requests, seconds)

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        self.kill()
        try:
            yield
        finally:
            self.revive()

    def kill(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def revive(self) -> None:
        self._start(self.port)

    stop = kill

    def _start(self, port: int) -> None:
        proxy = self

        class Handler(_Handler):
            behind = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behind: Proxy

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.behind.open.add(self.connection)

    def finish(self) -> None:
        self.behind.open.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # whoever asked has gone
            super().handle()

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.behind.asked:
            self.behind.requests.append((self.command, self.path))
            self.behind.asked.notify_all()
        kind = self.behind.faults.next(self.command, self.path)
        if self.behind.faults.delay:
            threading.Event().wait(self.behind.faults.delay)
        if kind == REFUSED:
            self.send(Answer(503, {"Content-Type": "application/xml"}, BODY))
            return
        answer = self.behind.answer(self.command, self.path, self.headers, body)
        if kind == LOST:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send(answer, cut=kind == CUT)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on

    def send(self, answer: Answer, *, cut: bool = False) -> None:
        length = answer.headers.get("Content-Length") if self.command == "HEAD" else len(answer.body)
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in HOP:
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(length or 0))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
        if cut:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def log_message(self, format: str, *values: Any) -> None:
        pass
