"""templates and values of a manifest -> functions of a row, made once per table"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from curate.manifest.template import Column, Piece, parse_template, template_columns
from curate.read import Row

Render = Callable[[Row], str]
TextOf = Callable[[Any], str]
Private = Callable[[], list[str]]
OF_BOXES = {  # what may be said of the boxes of a row -> why it cannot be
    "@size": ("size_unknown", "boxes of an image whose size is not known"),
    "@boxes_relative": ("size_unknown", "boxes of an image whose size is not known"),
    "@structures": ("text_missing", "boxes without labels"),
    "@counts": ("text_missing", "boxes without labels"),
}
MAX_DEPTH = 16  # of lists in lists
MAX_BITS = 14_284  # of a whole number in a cell: 4,300 digits, more than which Python refuses to write out


class Unfit(Exception):
    """The row gives no sample. The evidence is names of columns, types, lengths and counts. `private` says what cells hold: it is asked
    by who previews data of their own, and goes into nothing that is kept."""

    def __init__(self, reason: str, evidence: str = "", *, column: str = "", private: Private | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.evidence = evidence
        self.column = column  # that it is about, where it is about one
        self.private = private

    def of(self, column: str) -> Unfit:
        """The same, said of a column, where it is not said yet."""
        return self if self.column else Unfit(self.reason, f"column '{column}': {self.evidence}", column=column, private=self.private)


class Absent(Unfit):
    """A column that is needed is empty or not there."""


class Unsaid(Absent):
    """What is needed to say where the boxes of a row lie is not known: to say that there are none would be wrong."""


def text_of(value: Any, depth: int = 0) -> str:
    """A cell as text, outer blanks cut; a list with ', ' between; nothing and NaN are empty. Raises Unfit column_type for an object, and
    for lists in lists beyond MAX_DEPTH. `depth` is that of a list's item."""
    if type(value) is str:
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    if isinstance(value, list | tuple):
        if depth == MAX_DEPTH:
            raise Unfit("column_type", f"text or number wanted, lists nested more than {depth} deep found")
        return ", ".join(filter(None, [text_of(item, depth + 1) for item in value]))
    if isinstance(value, dict | set | frozenset | bytes | bytearray):
        raise Unfit("column_type", f"text or number wanted, {type(value).__name__} of {len(value)} found")
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise Unfit("column_type", f"text or number wanted, a number of {value.bit_length()} bits found")
    return str(value)


def text_reader(empty: Iterable[str]) -> TextOf:
    """`text_of` to which the words in `empty` are empty."""
    words = frozenset(word.strip().casefold() for word in empty)
    if not words:
        return text_of

    def read(value: Any) -> str:
        text = text_of(value)
        return "" if text.casefold() in words else text

    return read


def named(read: TextOf, column: str) -> TextOf:
    """The same, whose Unfit says of which column it is."""

    def text(value: Any) -> str:
        try:
            return read(value)
        except Unfit as unfit:
            raise unfit.of(column) from None

    return text


def text_getter(name: str, read: TextOf) -> Render:
    get, text = getter(name), named(read, name)
    return lambda row: text(get(row))


def getter(name: str) -> Callable[[Row], Any]:
    """The value of a column; `a.b.0` goes down into objects and lists unless a column is called so, or `a.b` is (an exploded list)."""
    if "." not in name:
        return lambda row: row.get(name)
    head, *steps = name.split(".")
    heads = [(".".join([head, *steps[:end]]), steps[end:]) for end in range(len(steps) - 1, 0, -1)]

    def get(row: Row) -> Any:
        if name in row:
            return row[name]
        try:
            for above, below in heads:
                if above in row:
                    return dig(row[above], below)
            return dig(row.get(head), steps)
        except Unfit as unfit:
            raise unfit.of(name) from None

    return get


def dig(value: Any, steps: Iterable[str]) -> Any:
    """Nothing where an object lacks the key, a list the position, or nothing is there. Raises Unfit column_type where a step leads into
    what cannot hold it."""
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list | tuple) and step.isascii() and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else None
        elif value is None or value == "" or value == []:
            return None
        else:
            raise Unfit("column_type", f"an object wanted, {kind_of(value)} found")
    return value


def kind_of(value: Any) -> str:
    """What a value is, in words that tell nothing of what it says."""
    match value:
        case str():
            return f"a text of {len(value)} characters"
        case dict():
            return f"an object of {len(value)} keys"
        case list() | tuple():
            return f"a list of {len(value)}"
        case bool() | int() | float():
            return "a number"
    return "nothing" if value is None else f"a {type(value).__name__}"


def wrong_type(wanted: str, value: Any, column: str) -> Unfit:
    return Unfit("column_type", f"column '{column}': {wanted} wanted, {kind_of(value)} found", column=column)


def compile_template(text: str, read: TextOf = text_of, *, reason: str = "column_missing") -> Render:
    """Raises Absent where a column outside [[ ]] is empty (by `reason`) or not there (column_missing)."""
    parts = parse_template(text)
    if len(parts) == 1 and isinstance(parts[0], Column):
        return _column(parts[0].name, read, reason)
    renders = [_part(part, read, reason) for part in parts]
    if all(isinstance(part, str) for part in parts):
        return lambda row: text
    return lambda row: "".join([render(row) for render in renders])


def _part(part: str | Column | Piece, read: TextOf, reason: str) -> Render:
    if isinstance(part, str):
        return lambda row: part
    if isinstance(part, Column):
        return _column(part.name, read, reason)
    renders = [_part(inner, read, reason) for inner in part.parts]

    def piece(row: Row) -> str:
        try:
            return "".join([render(row) for render in renders])
        except Absent:
            return ""

    return piece


def _column(name: str, read: TextOf, reason: str) -> Render:
    get = text_getter(name, read)

    def column(row: Row) -> str:
        text = get(row)
        if not text:
            raise _absent(name, row, reason)
        return text

    return column


def _absent(name: str, row: Row, reason: str) -> Absent:
    if name in OF_BOXES and row.get("@boxes"):
        return Unsaid(*OF_BOXES[name], column=name)
    if name in row or name.split(".")[0] in row:
        return Absent(reason, f"column '{name}' is empty", column=name)
    return Absent("column_missing", f"no column '{name}' among {sum(not key.startswith('@') for key in row)}", column=name)


def compile_value(spec: Any, read: TextOf = text_of, *, known: Mapping[str, str] | None = None) -> Render:
    """A template, or {map: column, values, default}. `known`: the words a result may be -> what is meant; raises Unfit value_unmapped
    for a word that is neither mapped nor known."""
    if isinstance(spec, str):
        render = compile_template(spec, read)
        if known is None:
            return render
        if not any(template_columns(spec)):
            word = _known(render({}), known, "the template")
            return lambda row: word
        return lambda row: _known(render(row), known, "the template")
    name, default = spec["map"], spec.get("default")
    get = text_getter(name, read)
    values = {key.strip().casefold(): text_of(value) for key, value in spec["values"].items()} if "values" in spec else None

    def look_up(row: Row) -> str:
        word = get(row)
        if values is None and known is None:
            found = word or default
        else:  # a word that is one of the known ones needs no entry
            found = (values or {}).get(word.casefold(), (known or {}).get(word.casefold(), default))
        if found is None:
            raise Unfit("value_unmapped", f"column '{name}', {len(word)} characters", column=name, private=lambda: [word])
        return found if known is None else _known(found, known, f"column '{name}'")

    return look_up


def _known(word: str, known: Mapping[str, str], where: str) -> str:
    found = known.get(word.casefold())
    if found is None:
        raise Unfit("value_unmapped", f"{where}, {len(word)} characters", private=lambda: [word])
    return found
