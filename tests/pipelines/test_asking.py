"""One question that cannot be answered ends the others that are under way"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from curate.models.chat import Question
from curate.models.server import Patience, Server, ServerError, read_address
from pipelines.answers import Answers
from pipelines.asking import _ask
from pipelines.progress import Reporter
from tests.curate.models.faulty_server import answers, hangs, serving, status


def question(number: int) -> Question:
    return Question(model="m", messages=({"role": "user", "content": f"{number}?"},), temperature=0.0, max_tokens=9, seed=0)


def ask(url: str, folder: Path, count: int) -> None:
    server = Server(read_address(url), Patience(answer=60))
    _ask(server, ((question(number), False) for number in range(count)), Answers(folder), Reporter(None), threads=2)


def test_a_failure_does_not_wait_for_a_server_that_hangs(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with serving(hangs, status(401)) as (url, seen):
        with pytest.raises(ServerError, match="HTTP 401"):
            ask(url, tmp_path, 50)
        began = time.monotonic()
        for thread in {each for each in threading.enumerate() if each.name.startswith("ThreadPoolExecutor")} - before:
            thread.join(20)
        assert time.monotonic() - began < 10
    assert len(seen.requests) <= 4


def test_all_are_asked_and_kept(tmp_path: Path) -> None:
    with serving(answers("Revised response: Rest.")) as (url, seen):
        ask(url, tmp_path, 20)
    assert len(seen.requests) == 20
    assert {question["messages"][0]["content"] for question in seen.questions} == {f"{number}?" for number in range(20)}
    assert [Answers(tmp_path).get(question(number).key) is not None for number in range(20)] == [True] * 20
