"""template text -> its parts: literals, columns, optional pieces"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(r"\{\{|\}\}|\[\[|\]\]|\{([^{}]*)\}|[{}]")


class TemplateError(ValueError):
    """The template cannot be read."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str


@dataclass(frozen=True, slots=True)
class Piece:
    """`[[ ... ]]`: left out if a column in it is empty or absent."""

    parts: tuple[str | Column, ...]


Part = str | Column | Piece


def parse_template(text: str) -> tuple[Part, ...]:
    """`Findings: {findings}[[ Impression: {impression}]]` -> parts. Raises TemplateError."""
    outer: list[Part] = []
    inner: list[str | Column] | None = None
    end = 0
    for token in TOKEN.finditer(text):
        here: list = outer if inner is None else inner
        here.append(text[end : token.start()])
        end = token.end()
        match token.group():
            case "{{" | "}}":
                here.append(token.group()[0])
            case "[[" if inner is None:
                inner = []
            case "]]" if inner is not None:
                outer.append(Piece(_joined(inner)))
                inner = None
            case "[[" | "]]" | "{" | "}":
                raise TemplateError(f"'{token.group()}' at {token.start()} has no partner")
            case _:
                if not token.group(1).strip():
                    raise TemplateError(f"no column between the braces at {token.start()}")
                here.append(Column(token.group(1).strip()))
    if inner is not None:
        raise TemplateError("'[[' is not closed")
    return _joined([*outer, text[end:]])


def _joined(parts: list) -> tuple:
    joined: list = []
    for part in parts:
        if part == "":
            continue
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def template_columns(text: str, *, optional: bool = True) -> Iterator[str]:
    """Names of the columns in `text`; with optional=False those alone that must be there."""
    for part in parse_template(text):
        if isinstance(part, Column):
            yield part.name
        elif isinstance(part, Piece) and optional:
            yield from (inner.name for inner in part.parts if isinstance(inner, Column))
