"""URL of a server of language models -> its answers, one question at a time; whether it is on this machine"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import os
import socket
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass

from curate.models.chat import TOO_LONG_ASKED, Answer, Garbled, Question, is_too_long, read_answer, read_models

KEY = "REWRITE_API_KEY"  # of the environment, for servers that ask for one; never written anywhere
LARGEST = 8 << 20  # bytes of a response; an answer is a few thousand
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})  # states of a server that pass
_UNIX = "unix"
_PORTS = {"http": 80, "https": 443, _UNIX: 0}


class ServerError(RuntimeError):
    """The server cannot be used; the message names it and what it did, nothing of what was asked or answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    connect: float = 10  # seconds
    answer: float = 600  # seconds of one request, until the last byte of its response: a long queue is before a large model
    attempts: int = 6  # of one request
    pause: float = 1  # seconds after the first failure, doubled after each
    longest_pause: float = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    scheme: str
    host: str  # of a unix socket: its path
    port: int
    path: str  # below which the API lies

    @property
    def is_here(self) -> bool:
        """Whether its name means this machine and no other: a unix socket, a loopback address, a name that has none but those.
        0.0.0.0 and the machine's own name in its network are not: who else answers there is not for this program to know."""
        if self.scheme == _UNIX:
            return True
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError:
            return False
        return bool(found) and all(_is_loopback(str(address[0])) for *_, address in found)

    def __str__(self) -> str:
        if self.scheme == _UNIX:
            return f"unix://{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def read_address(url: str) -> Address:
    """http://HOST:PORT[/v1], https://..., unix:///PATH. Raises ValueError that says what is wrong."""
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{url}: no URL") from error
    if parts.scheme not in _PORTS:
        raise ValueError(f"{url}: http://HOST:PORT, https://HOST or unix:///PATH wanted")
    if "@" in parts.netloc:
        raise ValueError(f"the URL of a server holds no name and no password; a key is taken from {KEY}")
    named = not parts.netloc and parts.path if parts.scheme == _UNIX else parts.hostname
    if parts.query or parts.fragment or not named:
        raise ValueError(f"{url.partition('?')[0]}: no server's address; http://HOST:PORT wanted, or unix:///PATH")
    if parts.scheme == _UNIX:
        return Address(scheme=_UNIX, host=parts.path, port=0, path="/v1")
    return Address(
        scheme=parts.scheme, host=parts.hostname or "", port=port or _PORTS[parts.scheme], path=parts.path.rstrip("/") or "/v1"
    )


class Server:
    """Asks, from many threads at once; each has a connection of its own, kept open. Follows no redirect and asks no proxy: text goes to
    the address that was named and nowhere else."""

    def __init__(self, address: Address, patience: Patience = Patience()) -> None:
        self.address, self.patience = address, patience
        self.headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key := os.environ.get(KEY):
            self.headers["Authorization"] = f"Bearer {key}"
        self.stopped = threading.Event()
        self.own = threading.local()  # each thread's connection
        self.open: set[http.client.HTTPConnection] = set()
        self.lock = threading.Lock()

    def models(self) -> tuple[str, ...]:
        """The models it says it has; none where it does not say. Raises ServerError where it is not reached at all."""
        try:
            status, body, _ = self._exchange("GET", "/models", b"", private=False)
            return read_models(body) if status == 200 else ()
        except Garbled:
            return ()
        except (OSError, http.client.HTTPException) as error:
            raise ServerError(f"{self.address}: cannot be reached ({_named(error)})") from error

    def ask(self, question: Question, *, private: bool) -> Answer:
        """The model's answer. `private`: only a peer on this machine may read the question. Raises ServerError once patience is at its
        end, or at once where it would not help."""
        pause, slow, trouble = self.patience.pause, 0, ""
        for attempt in range(self.patience.attempts):
            if attempt:
                self.stopped.wait(pause)
                pause = min(2 * pause, self.patience.longest_pause)
            if self.stopped.is_set():
                raise ServerError(f"{self.address}: stopped")
            try:
                status, body, wait = self._exchange("POST", "/chat/completions", question.body, private=private)
                if status == 200:
                    return read_answer(body)
                if is_too_long(status, body):
                    return Answer(content="", finish=TOO_LONG_ASKED)
                if status not in PASSING:
                    raise ServerError(f"{self.address}: {_refusal(status)}")
                trouble, pause = f"HTTP {status}", max(pause, min(wait, self.patience.longest_pause))
            except (OSError, http.client.HTTPException, Garbled) as error:
                trouble = _named(error)
                slow += isinstance(error, TimeoutError)
            if slow == 2:  # a request that hangs twice hangs for ever
                break
        raise ServerError(f"{self.address}: {attempt + 1} attempts at one request failed, the last: {trouble}")

    def stop(self) -> None:
        """End every request that is under way, and let none begin."""
        self.stopped.set()
        with self.lock:
            for connection in self.open:
                _shut(connection)

    def _exchange(self, method: str, path: str, body: bytes, *, private: bool) -> tuple[int, bytes, float]:
        """Status, body, and the seconds the server asks to wait. A clock ends it wherever it hangs: sockets time out between bytes."""
        late = threading.Event()

        def end() -> None:
            late.set()
            _shut(connection)

        with self._connection(private=private) as connection:
            clock = threading.Timer(self.patience.answer, end)
            clock.daemon = True
            clock.start()
            try:
                connection.request(method, f"{self.address.path}{path}", body or None, self.headers)
                response = connection.getresponse()
                content = response.read(LARGEST + 1)
                if len(content) > LARGEST:
                    raise Garbled(f"a response of more than {LARGEST:,} bytes")
            except (OSError, http.client.HTTPException) as error:
                if late.is_set() or isinstance(error, TimeoutError):  # the socket's own clock may be a moment before
                    raise _Late(f"no answer within {self.patience.answer:g} s") from error
                raise
            finally:
                clock.cancel()
            if late.is_set():  # what came until then may look whole
                raise _Late(f"no answer within {self.patience.answer:g} s")
        return response.status, content, _seconds(response.headers.get("Retry-After", ""))

    @contextlib.contextmanager
    def _connection(self, *, private: bool) -> Iterator[http.client.HTTPConnection]:
        """This thread's connection. Where anything goes wrong it is closed: the next request has a new one."""
        connection = getattr(self.own, "connection", None)
        if connection is None or connection.sock is None:  # the first, or the server has closed it
            with self.lock:
                self.open.discard(connection)
            connection = self._connected()
        try:
            if private and not _peer_is_here(connection):
                raise ServerError(f"{self.address}: its name led to another machine, where credentialed text must not go")
            yield connection
        except BaseException:  # Ctrl-C too: a connection cut off within an answer would give its rest to the next question
            with self.lock:
                self.open.discard(connection)
            connection.close()
            raise

    def _connected(self) -> http.client.HTTPConnection:
        connection = _new(self.address, self.patience.connect)
        connection.connect()
        connection.sock.settimeout(self.patience.answer)
        self.own.connection = connection
        with self.lock:
            self.open.add(connection)
        if self.stopped.is_set():  # it came too late to be shut with the others
            _shut(connection)
        return connection


class _Late(TimeoutError):
    """The clock of a request ran out."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self.socket_path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.socket_path)


def _new(address: Address, timeout: float) -> http.client.HTTPConnection:
    match address.scheme:
        case "unix":
            return _UnixConnection(address.host, timeout)
        case "https":
            return http.client.HTTPSConnection(address.host, address.port, timeout=timeout)
    return http.client.HTTPConnection(address.host, address.port, timeout=timeout)


def _peer_is_here(connection: http.client.HTTPConnection) -> bool:
    """Of the connection as it stands: whatever its name meant when it was looked up."""
    if connection.sock.family == socket.AF_UNIX:
        return True
    return _is_loopback(str(connection.sock.getpeername()[0]))


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _shut(connection: http.client.HTTPConnection) -> None:
    sock = connection.sock
    if sock is not None:
        with contextlib.suppress(OSError):  # it has ended by itself
            sock.shutdown(socket.SHUT_RDWR)


def _seconds(told: str) -> float:
    return float(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0.0


def _named(error: Exception) -> str:
    return str(error) if isinstance(error, (_Late, Garbled)) else type(error).__name__


def _refusal(status: int) -> str:
    match status:
        case 401 | 403:
            return f"HTTP {status}: it asks for a key, which is taken from {KEY}"
        case 404:
            return "HTTP 404: it knows no such model, or its API is not there"
        case _ if 300 <= status < 400:
            return f"HTTP {status}: it sends elsewhere, which is not followed; name the address itself"
    return f"HTTP {status}: it refuses the request"
