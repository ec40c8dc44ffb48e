"""Live progress: workers send what they have done to the driver by loopback datagrams, and what they signed can be looked for; the driver
shows a bar, or plain lines in a log"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable
from types import TracebackType

from tqdm import tqdm

Address = tuple[str, int, str]  # host, port, and a word by which the driver knows its own: the port is open to all who are on the machine
LOOK = 10.0  # seconds between two looks at what is signed


class Reporter:
    """A worker's side: `reporter.step(unit, n)`. Cumulative counts, at most ten datagrams a second: a lost one costs nothing."""

    def __init__(self, address: Address | None) -> None:
        self.address = address
        self.name = uuid.uuid4().hex[:8]
        self.done = 0
        self.sent = 0.0
        self.lock = threading.Lock()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if address else None

    def step(self, count: int = 1) -> None:
        if self.socket is None or self.address is None:
            return
        with self.lock:
            self.done += count
            now = time.monotonic()
            if now - self.sent < 0.1:
                return
            self.sent = now
            self._send()

    def flush(self) -> None:
        if self.socket is not None:
            with self.lock:
                self._send()

    def _send(self) -> None:
        try:
            host, port, word = self.address  # type: ignore[misc]
            self.socket.sendto(json.dumps([word, self.name, self.done]).encode(), (host, port))  # type: ignore[union-attr]
        except OSError:  # a full buffer or a driver that is gone: progress is a courtesy, never a reason to stop
            return


class Meter:
    """The driver's side: a bar on a terminal, a line every ten seconds elsewhere. signed: what is done by the receipts there are, asked
    for now and then; workers on other machines do not reach this one."""

    def __init__(self, stage: str, total: int, unit: str, signed: Callable[[], int] | None = None, *, look: float = LOOK) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.address: Address = (*self.socket.getsockname(), secrets.token_hex(8))
        self.counts: dict[str, int] = {}
        self.stop = threading.Event()
        self.stage, self.total, self.unit = stage, total, unit
        self.signed, self.look, self.found = signed, look, 0
        self.thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Meter:
        self.bar = tqdm(
            total=self.total,
            desc=f"{self.stage:<8}",
            unit=f" {self.unit}",
            disable=not sys.stderr.isatty(),
            ncols=shutil.get_terminal_size((100, 24)).columns,  # some terminals say 0: tqdm would draw nothing
            smoothing=0.1,
        )
        self.began = time.monotonic()
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.stop.set()
        with contextlib.suppress(OSError):
            self.socket.sendto(b"", self.address[:2])  # who listens wakes at once, not when its time is up: a run has a dozen meters
        self.thread.join()
        self.socket.close()
        if kind is None:
            self.bar.update(self.total - self.bar.n)
        self.bar.close()

    def _say(self, text: str) -> None:
        print(f"{self.stage:<8} {text}", file=sys.stderr, flush=True)

    def _listen(self) -> None:
        said = looked = self.began
        while not self.stop.is_set():
            heard, now = self._hear(), time.monotonic()
            if self.signed and now - looked >= self.look:
                self.found, heard = max(self.found, self._signed()), True
                looked = time.monotonic()
            if not heard:
                continue
            seen = min(max(sum(self.counts.values()), self.found), self.total)
            self.bar.update(max(0, seen - self.bar.n))
            if self.bar.disable and now - said > 10:
                said = now
                rate = seen / (now - self.began)
                left = (self.total - seen) / rate if rate else 0
                self._say(f"{seen:,} of {self.total:,} {self.unit}, {rate:,.0f}/s, {left:,.0f} s left")

    def _hear(self) -> bool:
        try:
            word, name, done = json.loads(self.socket.recv(200))
            if word != self.address[2]:
                return False
            self.counts[name] = max(int(done), self.counts.get(name, 0))
        except (TimeoutError, ValueError, TypeError):  # nothing came, or a stranger's datagram
            return False
        return True

    def _signed(self) -> int:
        try:
            return self.signed() if self.signed else 0
        except OSError:  # a store that stumbles: the next look will do
            return 0
