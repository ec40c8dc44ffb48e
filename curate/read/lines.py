"""files of lines -> rows: a JSON object a line, or named groups of a regex"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from curate.manifest.pattern import compile_pattern, search
from curate.read.objects import loads
from curate.read.opened import Row, Where, decoder, has_bad_text, opened
from schemas.verdict import Fault

MAX_LINE = 64 << 20  # bytes; a longer line is no row


def read_json_lines(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """A broken line is a fault in its place, the next is read all the same."""
    for line in _text_lines(where, options):
        if isinstance(line, Fault):
            yield line
        elif line.strip():
            yield _object(line)


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


def read_lines(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """Rows are the named groups of `pattern`; a line it does not fit is a fault."""
    pattern: re.Pattern[str] = compile_pattern(options["pattern"])
    for line in _text_lines(where, options):
        if isinstance(line, Fault):
            yield line
        elif line.strip() or not options.get("skip_blank", True):
            match = search(pattern, line)
            yield match.groupdict() if match else Fault(reason="row_broken", evidence=f"pattern does not fit, {len(line)} characters")


def _text_lines(where: Where, options: Mapping[str, Any]) -> Iterator[str | Fault]:
    encoding = options.get("encoding", "utf-8")
    with opened(where) as file:
        text = decoder(encoding)  # cuts the BOM off the first line
        for line in _lines(file):
            if line is None:
                yield Fault(reason="row_broken", evidence=f"a line of more than {MAX_LINE} bytes")
                continue
            decoded = text.decode(line).rstrip("\r\n")
            yield Fault(reason="bad_encoding", evidence=f"no {encoding}, {len(line)} bytes") if has_bad_text(decoded) else decoded


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Lines by \\n alone; None for one that is too long, whose rest is skipped."""
    while line := file.readline(MAX_LINE):
        if len(line) < MAX_LINE or line.endswith(b"\n"):
            yield line
            continue
        while (rest := file.readline(MAX_LINE)) and not rest.endswith(b"\n"):
            pass
        yield None
