"""files of lines -> rows: a JSON object a line, or named groups of a regex"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from curate.manifest.pattern import TooLong, compile_pattern, search
from curate.read.decoded import Decoded, not_in
from curate.read.objects import BATCH, loads, scan_once
from curate.read.opened import Row, Where, has_bad_text, opened
from schemas.verdict import Fault

MAX_LINE = 64 << 20  # characters; a longer line is no row


def read_json_lines(where: Where, options: Mapping[str, Any]) -> Iterator[list[Row | Fault]]:
    """Rows in batches. A broken line is a fault in its place, the next is read all the same."""
    for lines in _text_lines(where, options):
        for begin in range(0, len(lines), BATCH):
            yield _objects(lines[begin : begin + BATCH])


def _objects(lines: list[str | Fault]) -> list[Row | Fault]:
    rows: list[Row | Fault] = []
    for line in lines:
        if isinstance(line, Fault):
            rows.append(line)
            continue
        try:
            value, end = scan_once(line, 0)
        except (StopIteration, ValueError, RecursionError):
            end = -1  # blank, or broken
        if end == len(line) or (end >= 0 and line[end:] == "\r"):
            rows.append(value if type(value) is dict else {"value": value})
        elif line.strip():
            rows.append(_object(line.rstrip("\r")))
    return rows


def _object(line: str) -> Row | Fault:
    try:
        value = loads(line)
    except RecursionError:
        return Fault(reason="row_broken", evidence="nested too deeply")
    except json.JSONDecodeError as error:
        return Fault(reason="row_broken", evidence=f"no JSON at character {error.pos} of {len(line)}")
    except ValueError:
        return Fault(reason="row_broken", evidence=f"a number too long, {len(line)} characters")
    return value if isinstance(value, dict) else {"value": value}


def read_lines(where: Where, options: Mapping[str, Any]) -> Iterator[list[Row | Fault]]:
    """Rows in batches, the named groups of `pattern`; a line it does not fit is a fault. A file without lines has no rows: where each
    image has a file of its boxes, that of one without boxes is empty."""
    pattern: re.Pattern[str] = compile_pattern(options["pattern"])
    keep_blank = not options.get("skip_blank", True)
    for lines in _text_lines(where, options, may_be_empty=True):
        yield [_groups(pattern, line) for line in lines if isinstance(line, Fault) or keep_blank or line.strip()]


def _groups(pattern: re.Pattern[str], line: str | Fault) -> Row | Fault:
    if isinstance(line, Fault):
        return line
    line = line.rstrip("\r")
    try:
        match = search(pattern, line)
    except TooLong as error:
        return Fault(reason="too_long_for_pattern", evidence=str(error))
    return match.groupdict() if match else Fault(reason="row_broken", evidence=f"pattern does not fit, {len(line)} characters")


def _text_lines(where: Where, options: Mapping[str, Any], *, may_be_empty: bool = False) -> Iterator[list[str | Fault]]:
    """Lines by \\n alone, those of a piece of the file at a time."""
    encoding = options.get("encoding", "utf-8")
    with opened(where, may_be_empty=may_be_empty) as file:
        text = Decoded(file, encoding)
        for lines in _lines(text):
            yield lines if not text.bad else [_sound(line, encoding) for line in lines]


def _sound(line: str | Fault, encoding: str) -> str | Fault:
    if isinstance(line, Fault) or not has_bad_text(line):
        return line
    return Fault(reason="bad_encoding", evidence=f"{not_in(encoding, line)}, {len(line)} characters")


def _lines(text: Decoded) -> Iterator[list[str | Fault]]:
    """A line that is too long is a fault in its place; of it no more is held than of others."""
    begun: list[str] = []  # pieces of the line that is not yet ended
    size = 0  # of that line
    while piece := text.more():
        first, *others = piece.split("\n")
        begun.append(first)
        size += len(first)
        if size > MAX_LINE:
            begun.clear()
        if others:
            last = others.pop()
            yield [_whole(begun, size), *others]
            begun, size = [last], len(last)
    if size:
        yield [_whole(begun, size)]


def _whole(pieces: list[str], size: int) -> str | Fault:
    return "".join(pieces) if size <= MAX_LINE else Fault(reason="row_broken", evidence=f"a line of more than {MAX_LINE} characters")
