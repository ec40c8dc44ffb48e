"""a question to a language model, and its answer: what a server with an OpenAI-style API reads and writes (POST /v1/chat/completions)"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LONGEST = 1 << 20  # characters of an answer that are looked at; a model of 32,768 tokens writes fewer
TOO_LONG_ASKED = "context"  # how an answer ended that never began: more was asked than the model can read
_WORD = 40  # characters of a word that a server gives as the reason


class Garbled(ValueError):
    """The server's words are none that the API has; the message says what was wrong, not what they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request. Its key tells it from every other by all that decides the answer: model, wording, text, parameters."""

    model: str
    messages: Sequence[Mapping[str, str]]  # role, content
    temperature: float
    max_tokens: int
    seed: int

    @property
    def body(self) -> bytes:
        fields = {
            "model": self.model, "messages": list(self.messages), "temperature": self.temperature, "max_tokens": self.max_tokens,
            "seed": self.seed, "stream": False,
        }  # fmt: skip
        return json.dumps(fields, sort_keys=True, ensure_ascii=True).encode("ascii")

    @property
    def key(self) -> str:
        """A digest of the whole: it tells nothing of the text."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the model wrote, as it was written, and how it ended: 'stop', 'length', 'content_filter', 'refusal', TOO_LONG_ASKED ..."""

    content: str
    finish: str

    def __post_init__(self) -> None:
        if not isinstance(self.content, str) or not isinstance(self.finish, str):
            raise Garbled(f"an answer of type {type(self.content).__name__} that ended in a {type(self.finish).__name__}")


def read_answer(body: bytes) -> Answer:
    """The answer in the body of a response. Raises Garbled; what a hostile or broken server says is never taken for more than text."""
    choice = _first(_field(_parsed(body), "choices", list))
    message = _field(choice, "message", dict)
    content, refusal = message.get("content"), message.get("refusal")
    finish = choice.get("finish_reason")
    if not isinstance(content, (str, type(None))) or not isinstance(finish, (str, type(None))):
        raise Garbled(f"content of type {type(content).__name__}, finish_reason of type {type(finish).__name__}")
    if isinstance(refusal, str) and refusal:
        return Answer(content="", finish="refusal")
    return Answer(content=_plain(content or "")[: LONGEST + 1], finish=_plain(finish or "")[:_WORD])


def read_models(body: bytes) -> tuple[str, ...]:
    """The names in the body of GET /v1/models. Raises Garbled."""
    listed = _field(_parsed(body), "data", list)
    return tuple(str(model["id"]) for model in listed if isinstance(model, dict) and isinstance(model.get("id"), str))


def is_too_long(status: int, body: bytes) -> bool:
    """Whether the server refuses a request because it is more than the model can read (vLLM, llama.cpp, OpenAI each say it in their way);
    any other refusal is about the server, not about this request."""
    if status == 413:
        return True
    told = body[:4096].decode("utf-8", "replace").lower()
    return status in (400, 422) and "context" in told and any(word in told for word in ("length", "size", "window"))


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Garbled(f"no JSON in {len(body):,} bytes") from error
    if not isinstance(parsed, dict):
        raise Garbled(f"a JSON {type(parsed).__name__} in place of an object")
    return parsed


def _field(found: Mapping[str, Any], name: str, kind: type) -> Any:
    value = found.get(name)
    if not isinstance(value, kind):
        raise Garbled(f"'{name}' is a {type(value).__name__} in place of a {kind.__name__}")
    return value


def _first(choices: list[Any]) -> dict[str, Any]:
    if not choices or not isinstance(choices[0], dict):
        raise Garbled(f"{len(choices)} choices, the first no object")
    return choices[0]


def _plain(text: str) -> str:
    """Half a surrogate pair, which JSON can carry, is no character that a table can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
