"""the column verbs of a manifest -> functions of a row: capture, map, split, parse, concat, pick, flags, section, replace, first"""

from __future__ import annotations

import ast
import json
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from curate.ingest.flags import compile_flags
from curate.ingest.render import Render, TextOf, Unfit, compile_template, compile_value, getter, named, text_of, wrong_type
from curate.manifest.pattern import TooLong, compile_pattern, search
from curate.manifest.template import template_columns
from curate.read import Row
from curate.read.objects import loads
from curate.read.sections import report_section

Make = Callable[[Row], Any]
MAX_DIGITS = 9  # of a position in a list
MAX_LITERAL = 100_000  # characters of a cell that `parse` looks at


def compile_column(name: str, spec: Any, read: TextOf) -> Make:
    """The value of a new column. What cannot be made is empty; only `map` without default and `flags` may raise Unfit (value_unmapped),
    `capture` too_long_for_pattern, and all of them column_type for an object where text is wanted. Each says of which column."""
    match spec:
        case str():
            return compile_template(f"[[{spec}]]" if "[[" not in spec else spec, read)
        case {"capture": column, "pattern": pattern}:
            return _capture(name, column, compile_pattern(pattern), spec.get("default", ""), named(read, column))
        case {"map": column}:
            return _map(column, compile_value(spec, read))
        case {"split": column, "at": at}:
            return _split(column, at, named(read, column))
        case {"parse": column}:
            get = getter(column)
            return lambda row: _parse(get(row))
        case {"concat": column}:
            return _concat(spec, read)
        case {"pick": column, "by": by}:
            get, index, word, first = getter(column), getter(by), named(read, by), spec.get("from", 0)
            return lambda row: _pick(_held(get(row), column), word(index(row)), first, named(text_of, column))
        case {"flags": flagged, "when": when}:
            return compile_flags(flagged, when, spec.get("unless", ()), read)
        case {"section": column, "named": section}:
            return _section(getter(column), section, named(read, column))
        case {"replace": column, "values": values}:
            return _replace(column, values, named(read, column))
        case {"first": columns}:
            getters = [(getter(column), named(read, column)) for column in columns]
            return lambda row: next((value for get, text in getters if _is_there(value := get(row), text)), None)
    raise ValueError(f"column '{name}': no such verb")  # the schema lets none through


def _capture(name: str, column: str, pattern: Any, default: str, read: TextOf) -> Make:
    """What the group finds in the text; of a list what it finds item by item, less the items that it does not fit."""
    get, group = getter(column), name if name in pattern.groupindex else 1

    def found(value: Any) -> str:
        try:
            match = search(pattern, read(value))
        except TooLong as error:
            raise Unfit("too_long_for_pattern", f"column '{column}': {error}", column=column) from None
        return (match.group(group) if match else None) or default

    def capture(row: Row) -> Any:
        value = get(row)
        return [text for item in value if (text := found(item))] if isinstance(value, list | tuple) else found(value)

    return capture


def _map(column: str, look_up: Render) -> Make:
    """The word that the column's word stands for; of a list that of each item, less those that stand for nothing."""
    get = getter(column)

    def mapped(row: Row) -> Any:
        value = get(row)
        if not isinstance(value, list | tuple):
            return look_up(row)
        _check_flat(value, column)
        return [word for item in value if (word := look_up({column: item}))]

    return mapped


def _section(get: Callable[[Row], Any], section: str, read: TextOf) -> Make:
    def of_report(row: Row) -> str:
        value = get(row)
        text = read(value)
        return report_section(value if text and isinstance(value, str) else text, section)  # its outer blanks tell how it is laid out

    return of_report


def _check_flat(items: Any, column: str) -> None:
    """Raises Unfit column_type for lists in a list: joined they would be other items."""
    nested = next((item for item in items if isinstance(item, list | tuple)), None)
    if nested is not None:
        raise wrong_type("a text or an object as its item", nested, column)


def _replace(column: str, values: Mapping[str, str], read: TextOf) -> Make:
    """The text with each of `values` put for its key, in their order; of a list item by item."""
    get = getter(column)

    def replaced(value: Any) -> str:
        text = read(value)
        for old, new in values.items():
            text = text.replace(old, new)
        return text.strip()

    def replace(row: Row) -> Any:
        value = get(row)
        if not isinstance(value, list | tuple):
            return replaced(value)
        _check_flat(value, column)
        return [text for item in value if (text := replaced(item))]

    return replace


def _parse(value: Any) -> Any:
    """JSON or a Python literal in a cell; nothing if it is neither."""
    if not isinstance(value, str):
        return value
    if len(value) > MAX_LITERAL:
        return None
    for parse in (loads, _literal):
        try:
            return parse(value)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):  # MemoryError: how Python's parser says too deep
            continue
    return None


def _literal(text: str) -> Any:
    value = ast.literal_eval(text.strip())
    return json.loads(json.dumps(value, default=_listed))  # sets and tuples become lists


def _listed(items: Any) -> list[Any]:
    """A set in the order of its items: that in which Python holds it differs from process to process."""
    return sorted(items, key=repr)


def _split(column: str, at: str, read: TextOf) -> Make:
    get = getter(column)

    def split(row: Row) -> list[str]:
        value = get(row)
        if isinstance(value, list | tuple):
            raise wrong_type("a text", value, column)
        return [part.strip() for part in read(value).split(at) if part.strip()]

    return split


def _held(value: Any, column: str, *, flat: bool = True) -> Any:
    """A list or an object, or nothing. Raises Unfit column_type."""
    if value is None or value == "":
        return None
    if not isinstance(value, list | tuple | dict):
        raise wrong_type("a list or object", value, column)
    if flat and not isinstance(value, dict):
        _check_flat(value, column)
    return value


def _concat(spec: Mapping[str, Any], read: TextOf) -> Make:
    """With '' between them items stand as they are: the blanks in them are what parts their words."""
    column, each, between = spec["concat"], spec.get("each"), spec.get("with", ", ")
    get, is_nested = getter(column), isinstance(each, Mapping)
    render = _each(each, read if between else _as_it_is, read)
    needs_keys = isinstance(each, str) and "key" in template_columns(each)

    def concat(row: Row) -> str:
        value = _held(get(row), column, flat=not is_nested)
        items = list(_items(value))
        if needs_keys and not all("key" in item for item in items):
            raise wrong_type("an object, or a list of objects with keys,", value, column)
        try:
            texts = [render(item) for item in items]
        except Unfit as unfit:
            raise Unfit(unfit.reason, f"in column '{column}': {unfit.evidence}", column=column) from None
        return between.join([text for text in texts if text.strip()] if between else texts)

    return concat


def _each(each: Any, text: TextOf, read: TextOf) -> Render:
    """What becomes of one item."""
    if each is None:
        return lambda item: text(item["value"])
    if isinstance(each, Mapping):
        inner = _concat(each, read)
        return inner if text is _as_it_is else lambda item: inner(item).strip()
    return compile_template(f"[[{each}]]" if "[[" not in each else each, text)


def _as_it_is(value: Any) -> str:
    return value if isinstance(value, str) else text_of(value)


def _items(value: Any) -> Iterator[Row]:
    """Each item of a list or object, as the row that `each` is put to: its fields, and over them what `each` gives of its own. Items of a
    list have the key that they name themselves."""
    pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value or ())
    for position, (key, item) in enumerate(pairs):
        inner = item if isinstance(item, dict) else {}
        names = {"item": item, "key": inner.get("key", key), "value": inner.get("value", item)}
        if names["key"] is None:
            del names["key"]
        yield {**inner, **names, "letter": string.ascii_uppercase[position % 26], "number": position + 1}


def _pick(value: Any, by: str, first: int, text: TextOf) -> Any:
    if isinstance(value, dict):
        return value.get(by)
    if not isinstance(value, list | tuple) or not by:
        return None
    keyed = {text(item.get("key")): item.get("value") for item in value if isinstance(item, dict) and "key" in item}
    if by in keyed:
        return keyed[by]
    number = by.isascii() and by.isdigit() and len(by) <= MAX_DIGITS
    position = int(by) - first if number else string.ascii_uppercase.find(by.upper()) if len(by) == 1 else -1
    return value[position] if 0 <= position < len(value) else None


def _is_there(value: Any, read: TextOf) -> bool:
    """Whether there is something in it: a list of objects, or of lists, is taken as it is."""
    if isinstance(value, list | tuple):
        return any(len(item) > 0 if isinstance(item, dict | list | tuple) else bool(read(item)) for item in value)
    return len(value) > 0 if isinstance(value, dict) else bool(read(value))
