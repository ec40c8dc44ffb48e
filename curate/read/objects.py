"""JSON documents -> rows, streamed: a list of objects, an object keyed by id, an object of lists, one record"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from curate.read.decoded import Decoded, not_in
from curate.read.names import may_quote, nearest_name
from curate.read.opened import BROKEN_FILE, ReadFault, Row, Where, has_bad_text, opened
from schemas.verdict import Fault

CHUNK = 1 << 18  # bytes read at a time
MAX_VALUE = 256 << 20  # characters of one row; more is no row
BATCH = 256  # rows given at once: the collector of garbage goes through all that is held
MAX_KEYS = 1000  # among which a near one is looked for
KINDS = {"[": "a list", "{": "an object", '"': "a text"}
LONGEST_TOKEN = 16  # characters before the end of a chunk within which the decoder trips over a token that is merely cut
BLANK = re.compile(r"[ \t\r\n]*")
NEXT = re.compile(r"[ \t\r\n]*,[ \t\r\n]*(?=[^ \t\r\n])")  # from the end of an item to the begin of the next


def _constant(name: str) -> None:
    """NaN and Infinity, which Python's own writer puts into JSON: nothing is there."""
    return None


DECODER = json.JSONDecoder(parse_constant=_constant)
scan_once: Callable[[str, int], tuple[Any, int]] = DECODER.scan_once  # type: ignore[attr-defined]  # raises StopIteration where no value begins


def loads(text: str) -> Any:
    return DECODER.decode(text)


def read_json(where: Where, options: Mapping[str, Any]) -> Iterator[list[Row | Fault]]:
    """Rows of a JSON file, in batches. Memory holds one piece of the file and one row (and, below `path`, one sibling) at a time. Raises
    ReadFault json_broken, shape_differs, path_missing; the rows before the break are given."""
    with opened(where) as file:
        document = Document(file, options.get("encoding", "utf-8"))
        for step in options["path"].split(".") if "path" in options else ():
            document.descend(step)
        name = options.get("key", "key")
        for key, values in _shaped(document, options.get("shape", "list")):
            plain = set(map(type, values)) == {dict}
            rows = values if plain else [value if isinstance(value, dict | Fault) else {"value": value} for value in values]
            if key is not None:
                for row in rows:
                    if isinstance(row, dict):
                        row[name] = key
            yield rows
        if "path" not in options and document.peek():
            raise document.fault("the end of the file")


def _shaped(document: Document, shape: str) -> Iterator[tuple[str | None, list[Any]]]:
    """(key, values) as they come."""
    match shape:
        case "list":
            for values in document.values("a list of objects"):
                yield None, values
        case "keyed":
            for key in document.entries("an object of objects"):
                yield key, [document.sound_value()]
        case "lists":
            for key in document.entries("an object of lists"):
                for values in document.values("an object of lists"):
                    yield key, values
        case "record":
            yield None, [document.sound_value()]


class Document:
    """A JSON text read from front to back, one value at a time."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self.source = Decoded(file, encoding)
        self.text = ""
        self.at = 0
        self.begin = 0  # of the value taken last
        self.done = 0  # characters dropped from the front
        self.ended = False

    def values(self, wanted: str = "a list") -> Iterator[list[Any]]:
        """The items of the list it stands at, those of a piece of the file at a time; a Fault for one that is in no encoding."""
        self.open("[", wanted)
        if self.peek() == "]":
            self.at += 1
            return
        while True:
            values = self.burst()
            if len(values) == BATCH:
                yield values
                continue
            try:
                values.append(self.sound_value())
                ended = self.expect(",]") == "]"
            except (ReadFault, *BROKEN_FILE):
                yield values  # those before the break
                raise
            yield values
            if ended:
                return
            self.peek()

    def burst(self) -> list[Any]:
        """The next items, BATCH of them at most, that lie whole, with the comma after them, in the piece of the file that is held."""
        values: list[Any] = []
        text, at, scan, separator = self.text, self.at, scan_once, NEXT.match
        if self.source.bad:
            return values
        try:
            for _ in range(BATCH):
                value, end = scan(text, at)
                after = separator(text, end)
                if after is None:
                    break
                values.append(value)
                at = after.end()
        except (StopIteration, ValueError, RecursionError):
            pass  # cut by the end of the piece, or broken: who takes the next value finds out
        self.at = at
        return values

    def entries(self, wanted: str = "an object") -> Iterator[str]:
        """The keys of the object it stands at, standing before the value of each."""
        self.open("{", wanted)
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
        passed = []
        for key in self.entries():
            if key == wanted:
                return
            passed.append(key)
            self.skip()
        near = nearest_name(wanted, passed[:MAX_KEYS])
        told = f" (nearest: '{near}')" if near else ""
        raise ReadFault("path_missing", found="an object without that key", wanted=f"key '{wanted}'{told}")

    def skip(self) -> None:
        if self.peek() == "[":
            for _ in self.values():
                pass
        else:
            self.value()

    def open(self, mark: str, wanted: str) -> None:
        """Enters a list or an object. Raises ReadFault shape_differs where something else stands."""
        found = self.peek()
        kind = KINDS.get(found, "a number or a word" if found else "")
        if found != mark and kind:
            place = self.done + self.at
            raise ReadFault("shape_differs", found=f"{kind}{self._first_key() if found == '{' else ''} at character {place}", wanted=wanted)
        self.expect(mark)

    def _first_key(self) -> str:
        """Of the object it stands at, where it looks like a name."""
        self.at += 1
        key = self.value() if self.peek() == '"' else ""
        return f" whose first key is '{key}'," if key and may_quote([key]) else ""

    def sound_value(self) -> Any:
        """The next value, a Fault in its place where bytes of it are in no encoding."""
        value = self.value()
        begin = self.begin
        if self.source.bad and has_bad_text(self.text[begin : self.at]):
            told = not_in(self.source.encoding, self.text[begin : self.at])
            return Fault(reason="bad_encoding", evidence=f"{told}, {self.at - begin} characters")
        return value

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
                    self.begin, self.at = self.at, end
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
        piece = self.source.more(max(CHUNK, held))
        self.ended = not piece
        self.done += self.at
        self.text = self.text[self.at :] + piece
        self.at = 0

    def fault(self, wanted: str) -> Exception:
        found = "the end of the file" if self.ended and self.at >= len(self.text) else "something else"
        return ReadFault("json_broken", found=f"{found} at character {self.done + self.at}", wanted=wanted)
