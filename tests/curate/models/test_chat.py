"""What a server says is taken for text and a reason to end, or for nothing; whatever it says"""

from __future__ import annotations

import json
from typing import Any

import pytest

from curate.models.chat import LONGEST, Answer, Garbled, is_too_long, read_answer, read_models


def body(message: Any, finish: Any = "stop") -> bytes:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice]}).encode()


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        (body({"role": "assistant", "content": "Rest."}), Answer(content="Rest.", finish="stop")),
        (body({"content": "Rest", "extra": [1]}, "length"), Answer(content="Rest", finish="length")),
        (body({"content": None}, None), Answer(content="", finish="")),
        (body({"content": None, "refusal": "No."}), Answer(content="", finish="refusal")),
        (body({"content": "Rest.", "refusal": None}), Answer(content="Rest.", finish="stop")),
        (body({"content": "half \ud83d pair"}), Answer(content="half ? pair", finish="stop")),
        (body({"content": "x" * (LONGEST + 9)}, "y" * 99), Answer(content="x" * (LONGEST + 1), finish="y" * 40)),
    ],
)
def test_an_answer_is_read_as_it_was_written(found: bytes, answer: Answer) -> None:
    assert read_answer(found) == answer


@pytest.mark.parametrize(
    "found",
    [
        b"", b"null", b"[]", b'"text"', b"{}", b"{", b"\xff\xfe", b"<html>502</html>", b"[" * 100_000, b'{"choices": {}}',
        b'{"choices": []}',
        b'{"choices": [7]}', b'{"choices": [{}]}', b'{"choices": [{"message": "Rest."}]}', b'{"error": {"message": "Rest."}}',
        body({"content": ["Rest."]}), body({"content": {"text": "Rest."}}), body({"content": 7}), body({"content": "Rest."}, ["stop"]),
        b'{"choices": [{"message": {"content": 1e999}}]}',
    ],
    ids=range(20),
)  # fmt: skip
def test_garbage_is_no_answer_and_is_not_quoted(found: bytes) -> None:
    with pytest.raises(Garbled) as raised:
        read_answer(found)
    assert "Rest" not in str(raised.value)


def test_models_are_read_by_name() -> None:
    assert read_models(b'{"object": "list", "data": [{"id": "a/b", "object": "model"}, {"id": 7}, 8, {"id": "c"}]}') == ("a/b", "c")
    with pytest.raises(Garbled):
        read_models(b'{"models": []}')


@pytest.mark.parametrize(
    ("status", "told", "too_long"),
    [
        (413, b"", True),
        (400, b'{"object":"error","message":"This model\'s maximum context length is 4096 tokens. However, ...","code":400}', True),  # vLLM
        (400, b'{"error":{"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}', True),
        (400, b'{"error":{"message":"...","type":"invalid_request_error","code":"context_length_exceeded"}}', True),
        (400, b'{"error":{"message":"temperature must be below 2"}}', False),
        (500, b"context length", False),
        (404, b"", False),
    ],
)
def test_only_what_the_model_cannot_read_is_a_fault_of_the_question(status: int, told: bytes, too_long: bool) -> None:
    assert is_too_long(status, told) is too_long
