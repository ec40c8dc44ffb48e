"""A server that fails, hangs, lies or sends elsewhere: what is asked again, what ends the run, what never leaves this machine"""

from __future__ import annotations

import dataclasses
import http.client
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from curate.models.chat import Answer, Question
from curate.models.server import KEY, Patience, Server, ServerError, read_address
from tests.curate.models.faulty_server import answers, breaks_off, drips, floods, hangs, hangs_up, serving, status

SECRET = "Dr. Alice Miller saw her on 3 May."
QUESTION = Question(model="tiny", messages=({"role": "user", "content": SECRET},), temperature=0.0, max_tokens=9, seed=0)
QUICK = Patience(connect=2, answer=0.6, attempts=4, pause=0.01, longest_pause=0.02)
GOOD = Answer(content="Revised response: Rest.", finish="stop")
good = answers(GOOD.content)


def server_of(url: str, patience: Patience = QUICK) -> Server:
    return Server(read_address(url), patience)


def test_a_question_is_posted_where_the_api_says() -> None:
    with serving(good) as (url, seen):
        assert server_of(url).ask(QUESTION, private=False) == GOOD
        assert server_of(f"{url}/deep/v1/").ask(QUESTION, private=False) == GOOD
    (_, path, headers, body), (_, deep, _, _) = seen.requests
    assert (path, deep) == ("/v1/chat/completions", "/deep/v1/chat/completions")
    assert json.loads(body) == {
        "model": "tiny", "messages": [{"role": "user", "content": SECRET}], "temperature": 0.0, "max_tokens": 9, "seed": 0, "stream": False,
    }  # fmt: skip
    assert headers["Content-Type"] == "application/json"
    assert "Authorization" not in headers


def test_a_key_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "k1")
    with serving(good) as (url, seen):
        server_of(url).ask(QUESTION, private=False)
    assert seen.requests[0][2]["Authorization"] == "Bearer k1"


@pytest.mark.parametrize(
    "trouble",
    [status(500), status(503, b"busy"), status(429, Retry_After="0"), status(429, Retry_After="Wed, 21 Oct 2026"), hangs_up, breaks_off,
     status(200, b"<html>"), status(200, b'{"choices": []}'), status(200, b'{"choices": [{"message": {"content": 7}}]}'), hangs, drips],
    ids=["500", "503", "429", "429 date", "hangs up", "breaks off", "html", "no choice", "number", "hangs", "drips"],
)  # fmt: skip
def test_what_passes_is_asked_again(trouble: Any) -> None:
    with serving(trouble, good) as (url, seen):
        assert server_of(url).ask(QUESTION, private=False) == GOOD
    assert len(seen.requests) == 2


@pytest.mark.parametrize(
    ("trouble", "told", "attempts"),
    [
        (status(500, SECRET.encode()), "4 attempts at one request failed, the last: HTTP 500", 4),
        (hangs_up, "4 attempts at one request failed, the last: RemoteDisconnected", 4),
        (status(200, SECRET.encode()), "4 attempts at one request failed, the last: no JSON in 34 bytes", 4),
        (floods, "4 attempts at one request failed, the last: a response of more than 8,388,608 bytes", 4),
        (hangs, "2 attempts at one request failed, the last: no answer within 0.6 s", 2),
        (drips, "2 attempts at one request failed, the last: no answer within 0.6 s", 2),
        (status(400, SECRET.encode()), "HTTP 400: it refuses the request", 1),
        (status(401), f"HTTP 401: it asks for a key, which is taken from {KEY}", 1),
        (status(404), "HTTP 404: it knows no such model, or its API is not there", 1),
    ],
    ids=["500", "hangs up", "garbage", "floods", "hangs", "drips", "400", "401", "404"],
)
def test_what_does_not_pass_ends_with_a_word_that_quotes_nothing(trouble: Any, told: str, attempts: int) -> None:
    with serving(trouble) as (url, seen), pytest.raises(ServerError) as raised:
        server_of(url, dataclasses.replace(QUICK, answer=3) if trouble is floods else QUICK).ask(QUESTION, private=False)
    assert str(raised.value) == f"{url}/v1: {told}"
    assert len(seen.requests) == attempts


def test_no_redirect_is_followed() -> None:
    with serving(good) as (elsewhere, there), serving(status(307, Location=f"{elsewhere}/v1/chat/completions")) as (url, seen):
        with pytest.raises(ServerError, match="HTTP 307: it sends elsewhere, which is not followed"):
            server_of(url).ask(QUESTION, private=False)
        assert (len(seen.requests), there.requests) == (1, [])


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(good) as (proxy, asked), serving(good) as (url, seen):
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert server_of(url).ask(QUESTION, private=True) == GOOD
        assert (len(seen.requests), asked.requests) == (1, [])


def test_what_the_model_cannot_read_is_an_answer_of_its_own() -> None:
    with serving(status(400, b'{"message": "maximum context length is 10"}')) as (url, _):
        assert server_of(url).ask(QUESTION, private=False) == Answer(content="", finish="context")


def test_a_connection_serves_many_questions_and_is_made_anew_once_it_is_closed() -> None:
    with serving(good, hangs_up, good) as (url, seen):
        server = server_of(url)
        assert [server.ask(QUESTION, private=False) for _ in range(4)] == [GOOD] * 4
        server.stop()
    assert len(seen.requests) == 5


def test_a_unix_socket_is_here(tmp_path: Path) -> None:
    with serving(good, at=tmp_path / "s") as (url, seen):
        assert read_address(url).is_here
        assert server_of(url).ask(QUESTION, private=True) == GOOD
    assert len(seen.requests) == 1


HERE = ["http://127.0.0.1:8000", "http://127.8.9.10", "http://[::1]:8000/v1", "http://localhost:8000", "unix:///run/model.sock"]
ELSEWHERE = [
    "http://0.0.0.0:8000", "http://[::]:8000", "http://10.0.0.7", "http://192.168.1.2:8000", "https://8.8.8.8/v1", "http://169.254.1.1",
    "http://[fe80::1]:80", "http://no-such-host.invalid", "http://[::ffff:10.0.0.1]",
]  # fmt: skip


@pytest.mark.parametrize(("url", "here"), [*((url, True) for url in HERE), *((url, False) for url in ELSEWHERE)])
def test_only_loopback_is_here(url: str, here: bool) -> None:
    assert read_address(url).is_here is here


@pytest.mark.parametrize(
    ("addresses", "here"),
    [(["127.0.0.1"], True), (["127.0.0.1", "::1"], True), (["127.0.0.1", "10.0.0.7"], False), (["10.0.0.7"], False), ([], False)],
)
def test_a_name_is_here_if_it_has_no_other_address(monkeypatch: pytest.MonkeyPatch, addresses: list[str], here: bool) -> None:
    found = [(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **more: found)
    assert read_address("http://model.example:80").is_here is here


def test_a_private_question_stays_where_the_name_of_the_server_leads_elsewhere_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name can mean another machine by the time it is connected to: what counts is who is at the other end."""
    with serving(good) as (url, seen):
        server = server_of(url)
        connect = http.client.HTTPConnection.connect

        class Socket(socket.socket):
            def getpeername(self) -> Any:
                return ("10.0.0.7", 80)

        def elsewhere(connection: http.client.HTTPConnection) -> None:
            connect(connection)
            connection.sock = Socket(fileno=connection.sock.detach())

        monkeypatch.setattr(http.client.HTTPConnection, "connect", elsewhere)
        with pytest.raises(ServerError, match="its name led to another machine, where credentialed text must not go"):
            server.ask(QUESTION, private=True)
        assert seen.requests == []
        assert server.ask(QUESTION, private=False) == GOOD


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("localhost:8000", "wanted"), ("ftp://localhost", "wanted"), ("", "wanted"), ("http://", "no server's address"),
        ("http://me:secret@localhost", "holds no name and no password"), ("http://localhost:99999", "no URL"),
        ("http://localhost:x", "no URL"), ("http://localhost/v1?key=secret", "no server's address"), ("unix://", "no server's address"),
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_told(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as raised:
        read_address(url)
    assert "secret" not in str(raised.value)


def test_models_are_asked_for_and_may_be_untold() -> None:
    with serving(status(200, b'{"data": [{"id": "tiny"}]}'), status(404), status(200, b"?")) as (url, seen):
        assert [server_of(url).models() for _ in range(3)] == [("tiny",), (), ()]
    assert {(method, path) for method, path, _, _ in seen.requests} == {("GET", "/v1/models")}


def test_a_server_that_is_not_there_is_told() -> None:
    with serving(good) as (url, _):
        pass
    with pytest.raises(ServerError, match=r"cannot be reached \(ConnectionRefusedError\)"):
        server_of(url).models()
    with pytest.raises(ServerError, match="4 attempts at one request failed, the last: ConnectionRefusedError"):
        server_of(url).ask(QUESTION, private=False)


def test_a_stop_ends_what_is_under_way() -> None:
    with serving(hangs) as (url, seen):
        server = server_of(url, Patience(answer=60))
        told: list[str] = []

        def ask() -> None:
            with pytest.raises(ServerError) as raised:
                server.ask(QUESTION, private=False)
            told.append(str(raised.value))

        thread = threading.Thread(target=ask)
        thread.start()
        began = time.monotonic()
        while not seen.requests and time.monotonic() - began < 10:
            time.sleep(0.01)
        server.stop()
        thread.join(10)
    assert told == [f"{url}/v1: stopped"]
