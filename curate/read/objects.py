"""JSON documents -> rows, streamed: a list of objects, an object keyed by id, an object of lists, one record"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from curate.read.opened import ReadFault, Row, Where, decoder, opened
from schemas.verdict import Fault

CHUNK = 1 << 20  # bytes read at a time
MAX_VALUE = 256 << 20  # characters of one row; more is no row
LONGEST_TOKEN = 16  # characters before the end of a chunk within which the decoder trips over a token that is merely cut
BLANK = re.compile(r"[ \t\r\n]*")


def _constant(name: str) -> None:
    """NaN and Infinity, which Python's own writer puts into JSON: nothing is there."""
    return None


DECODER = json.JSONDecoder(parse_constant=_constant)


def loads(text: str) -> Any:
    return DECODER.decode(text)


def read_json(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """Rows of a JSON file. Memory holds one row (and, below `path`, one sibling) at a time. Raises ReadFault json_broken, path_missing;
    the rows before the break are given."""
    with opened(where) as file:
        document = Document(file, options.get("encoding", "utf-8"))
        for step in options["path"].split(".") if "path" in options else ():
            document.descend(step)
        for key, value in _shaped(document, options.get("shape", "list")):
            row = value if isinstance(value, dict) else {"value": value}
            if key is not None:
                row[options.get("key", "key")] = key
            yield row
        if "path" not in options and document.peek():
            raise document.fault("the end of the file")


def _shaped(document: Document, shape: str) -> Iterator[tuple[str | None, Any]]:
    match shape:
        case "list":
            for _ in document.items():
                yield None, document.value()
        case "keyed":
            for key in document.entries():
                yield key, document.value()
        case "lists":
            for key in document.entries():
                for _ in document.items():
                    yield key, document.value()
        case "record":
            yield None, document.value()


class Document:
    """A JSON text read from front to back, one value at a time."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self.file = file
        self.decoder = decoder(encoding)
        self.text = ""
        self.at = 0
        self.done = 0  # characters dropped from the front
        self.ended = False

    def items(self) -> Iterator[None]:
        """Stands before each item of the list it stands at, in turn; the caller takes the value."""
        self.expect("[")
        if self.peek() == "]":
            self.at += 1
            return
        while True:
            yield
            if self.expect(",]") == "]":
                return

    def entries(self) -> Iterator[str]:
        """The keys of the object it stands at, standing before the value of each."""
        self.expect("{")
        if self.peek() == "}":
            self.at += 1
            return
        while True:
            if self.peek() != '"':
                raise self.fault("a key")
            key = self.value()
            self.expect(":")
            yield key
            if self.expect(",}") == "}":
                return

    def descend(self, wanted: str) -> None:
        """Stands before the value of the key `wanted`; what comes before it is skipped."""
        for key in self.entries():
            if key == wanted:
                return
            self.skip()
        raise ReadFault("path_missing", found="an object without that key", wanted=f"key '{wanted}'")

    def skip(self) -> None:
        if self.peek() == "[":
            for _ in self.items():
                self.value()
        else:
            self.value()

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos >= len(self.text) - LONGEST_TOKEN
                if self.ended or not cut or len(self.text) - self.at > MAX_VALUE:
                    raise self.fault("a whole value") from None
            except RecursionError:
                raise self.fault("a value not nested that deeply") from None
            except ValueError:  # int() of more digits than it takes
                raise self.fault("a number of sane length") from None
            else:
                if self.ended or end < len(self.text):  # a number may go on in the next chunk
                    self.at = end
                    return value
            self.more(len(self.text) - self.at)

    def peek(self) -> str:
        """The next character that is not blank; '' at the end."""
        while True:
            match = BLANK.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if self.ended:
                return ""
            self.more(0)

    def expect(self, wanted: str) -> str:
        found = self.peek()
        if not found or found not in wanted:
            raise self.fault(" or ".join(f"'{character}'" for character in wanted))
        self.at += 1
        return found

    def more(self, held: int) -> None:
        """Reads on; as much again as is held, so that a long value is not scanned once per chunk."""
        data = self.file.read(max(CHUNK, held))
        self.ended = not data
        self.done += self.at
        self.text = self.text[self.at :] + self.decoder.decode(data, final=self.ended)
        self.at = 0

    def fault(self, wanted: str) -> Exception:
        found = "the end of the file" if self.ended and self.at >= len(self.text) else "something else"
        return ReadFault("json_broken", found=f"{found} at character {self.done + self.at}", wanted=wanted)
