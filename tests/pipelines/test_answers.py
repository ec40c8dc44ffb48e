"""Answers at rest: written once, whole or not at all, the first of many is the answer"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from curate.models.chat import Answer
from pipelines.answers import Answers

KEY = hashlib.sha256(b"asked").hexdigest()
REST = Answer(content="Revised response: Rest, ça va 好 \x00 \u2028.", finish="stop")


def test_an_answer_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    answers = Answers(tmp_path / "cache")
    assert (answers.get(KEY), answers.is_empty()) == (None, True)
    assert answers.put(KEY, REST) == REST
    assert (answers.get(KEY), answers.is_empty()) == (REST, False)
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()] == [f"cache/{KEY[:2]}/{KEY}.json"]


def test_the_first_answer_stays(tmp_path: Path) -> None:
    answers = Answers(tmp_path)
    answers.put(KEY, REST)
    assert answers.put(KEY, Answer(content="other", finish="stop")) == REST
    assert answers.get(KEY) == REST


def whole(**changes: object) -> bytes:
    return json.dumps({"key": KEY, "content": "x", "finish": "stop", **changes}).encode()


@pytest.mark.parametrize(
    "damaged",
    [b"", b"{", whole()[:-3], b"[]", b"7", b"\xff", whole(key="other"), whole(content=7), whole(finish=None), b"[" * 90_000, b"\x00" * 99],
    ids=range(11),
)
def test_what_is_damaged_is_none_and_is_asked_for_again(tmp_path: Path, damaged: bytes) -> None:
    answers = Answers(tmp_path)
    answers.path(KEY).parent.mkdir()
    answers.path(KEY).write_bytes(damaged)
    assert answers.get(KEY) is None
    assert answers.put(KEY, REST) == REST
    assert answers.get(KEY) == REST


def test_a_kill_leaves_no_half_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(tmp_path)

    class Killed(BaseException):
        pass

    def killed(handle: int) -> None:
        raise Killed

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(Killed):
        answers.put(KEY, REST)
    assert answers.get(KEY) is None


def test_where_there_are_no_links_it_is_kept_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*paths: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refused)
    answers = Answers(tmp_path)
    assert answers.put(KEY, REST) == REST
    assert answers.put(KEY, Answer(content="other", finish="stop")) == REST
    assert answers.get(KEY) == REST


def put_many(folder: str, worker: int) -> list[str]:
    answers = Answers(Path(folder))
    keys = [hashlib.sha256(bytes([n])).hexdigest() for n in range(40)]
    with ThreadPoolExecutor(4) as pool:
        kept = pool.map(lambda key: answers.put(key, Answer(content=f"{key} by {worker} {'x' * 5000}", finish="stop")), keys)
    return [answer.content for answer in kept]


def test_many_processes_and_threads_agree_on_one_answer(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        told = pool.starmap(put_many, [(str(tmp_path), worker) for worker in range(3)])
    assert told[0] == told[1] == told[2]
    assert len(told[0]) == 40
    assert [path for path in tmp_path.rglob("*") if path.name.endswith(".tmp")] == []
