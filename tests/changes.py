"""a file as an example writes it -> every way in which it is changed: a column renamed or dropped, a value of another type, rows nested
deeper, another encoding, another delimiter"""

from __future__ import annotations

import copy
import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, tostring

from defusedxml.ElementTree import fromstring

Path = tuple[str, ...]  # of keys; '*' is each item of a list, or each value of an object whose keys are ids
Tree = Any


@dataclass(frozen=True, slots=True)
class Reader:
    """How a table or a join of the manifest reads a file."""

    format: str
    options: Mapping[str, Any]
    absent: frozenset[str]  # columns that the manifest says may be dropped
    data: frozenset[str]  # objects whose keys are data: choices by their letters
    embedded: frozenset[str]  # columns that hold images: of what is beside their bytes nothing is read

    @property
    def alone(self) -> bool:
        """A file is a row: of one that lacks a column nothing follows, another may have it. All are changed together."""
        return self.format in ("xml", "text") or self.options.get("shape") == "record"

    def speaks_of(self, column: str, *, dropped: bool) -> bool:
        """Whether the manifest says that this change changes the rows."""
        above = column.rpartition(".")[0]
        beside = above in self.embedded and column not in self.embedded
        return not (dropped and column in self.absent) and above not in self.data and not beside


Change = tuple[str, Any, str]  # what is changed, the content then, the new name where one is given


def changes(reader: Reader, content: Any) -> Iterator[Change]:
    text = content.get("latin-1") if isinstance(content, dict) else content
    match reader.format, content:
        case (("json" | "jsonl"), str()):
            yield from _of_trees(_parsed(reader, content), reader, lambda tree: _printed(reader, tree))
        case "pickle", {"pickle": tree}:
            yield from _of_trees(tree, reader, lambda tree: {"pickle": tree})
        case "parquet", {"parquet": rows}:
            yield from _of_trees(rows, reader, lambda tree: {"parquet": tree})
        case "npz", {"npz": columns}:
            yield from _of_columns(
                list(columns), reader, lambda names, kept: {"npz": {names[at]: list(columns.values())[at] for at in kept}}
            )
        case "table", _ if isinstance(text, str) and "columns" not in reader.options:
            wrap = (lambda text: {"latin-1": text}) if isinstance(content, dict) else (lambda text: text)
            yield from ((name, wrap(changed), renamed) for name, changed, renamed in _of_cells(text, reader))
        case "xlsx", {"xlsx": rows} if isinstance(rows, list) and "columns" not in reader.options:
            yield from _of_sheet(rows, reader)
        case "xml", str():
            yield from _of_document(content)
    if isinstance(text, str):
        yield from _encoded(reader, text)


def _parsed(reader: Reader, text: str) -> Tree:
    return json.loads(text) if reader.format == "json" else [json.loads(line) for line in text.splitlines() if _is_json(line)]


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _printed(reader: Reader, tree: Tree) -> str:
    if reader.format == "json":
        return json.dumps(tree, ensure_ascii=False)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in tree) if isinstance(tree, list) else json.dumps(tree)


def _encoded(reader: Reader, text: str) -> Iterator[Change]:
    """In an encoding that the manifest does not name. A text of a row or two has the byte-order mark; without it the NULs tell."""
    wanted = reader.options.get("encoding", "utf-8")
    if wanted != "utf-16":
        yield "in utf-16", text.encode("utf-16"), ""
        yield "in utf-16 without its mark", text.encode("utf-16-be"), ""
    if not text.isascii():
        for encoding in ("latin-1", "gb18030"):
            if wanted == "utf-8" and _can(text, encoding):
                yield f"in {encoding}", text.encode(encoding), ""
                break
        if wanted != "utf-8":
            yield "in utf-8", text.encode(), ""


def _can(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _other_name(name: str, taken: Any) -> str:
    """One that is near, and is not there."""
    tries = [f"{name}s", f"{name}_", f"{name}_2", f"x_{name}"]
    return next(new for new in tries if new not in taken)


def _of_trees(tree: Tree, reader: Reader, put: Callable[[Tree], Any]) -> Iterator[Change]:
    ids = reader.options.get("shape") in ("keyed", "lists") and reader.format != "parquet"
    depth = len(reader.options["path"].split(".")) if "path" in reader.options else 0
    paths = dict.fromkeys(_key_paths(tree, keyed_at=depth if ids else -1))
    for path in paths:
        *above, key = path
        siblings = {other[-1] for other in paths if other[:-1] == tuple(above)}
        new = _other_name(key, siblings)
        dotted = ".".join(step for step in path[depth:] if step != "*")
        if reader.speaks_of(dotted, dropped=False):
            renamed = _at(tree, path, lambda parent, key, new=new: _rename(parent, key, new))  # type: ignore[misc]
            yield f"{dotted} renamed to {new}", put(renamed), new
        if reader.speaks_of(dotted, dropped=True):
            yield f"{dotted} dropped", put(_at(tree, path, lambda parent, key: parent.pop(key))), ""
        for word, change in CHANGES.items():
            changed = _at(tree, path, lambda parent, key, change=change: parent.__setitem__(key, change(parent[key])))  # type: ignore[misc]
            if changed != tree:
                yield f"{dotted} {word}", put(changed), ""
    if reader.format == "parquet":
        return
    yield "all in a list", put([tree]), ""
    yield "all in an object", put({"data": tree}), ""
    if isinstance(tree, list):
        yield "each row in a list", put([[row] for row in tree]), ""
        yield "each row in an object", put([{"row": row} for row in tree]), ""
        if reader.format == "json":
            yield "keyed instead of a list", put({str(number): row for number, row in enumerate(tree)}), ""
    elif isinstance(tree, dict):
        yield "a list instead of an object", put(list(tree.values())), ""


def _key_paths(tree: Tree, *, keyed_at: int, depth: int = 0) -> Iterator[Path]:
    """Paths of all keys; those of an object at depth `keyed_at` are ids."""
    if isinstance(tree, list):
        for item in tree:
            yield from (("*", *path) for path in _key_paths(item, keyed_at=-1 if keyed_at == depth else keyed_at, depth=depth))
    elif isinstance(tree, dict) and depth == keyed_at:
        for item in tree.values():
            yield from (("*", *path) for path in _key_paths(item, keyed_at=-1))
    elif isinstance(tree, dict):
        for key, item in tree.items():
            if isinstance(key, str):
                yield (key,)
                yield from ((key, *path) for path in _key_paths(item, keyed_at=keyed_at, depth=depth + 1))


def _at(tree: Tree, path: Path, change: Callable[[dict[str, Any], str], object]) -> Tree:
    """A copy in which every object that the path leads to, and that has its last key, is changed."""
    changed = copy.deepcopy(tree)
    found = [changed]
    for step in path[:-1]:
        inner = []
        for value in found:
            if step == "*":
                inner += list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
            elif isinstance(value, dict) and step in value:
                inner.append(value[step])
        found = inner
    for value in found:
        if isinstance(value, dict) and path[-1] in value:
            change(value, path[-1])
    return changed


def _rename(parent: dict[str, Any], key: str, new: str) -> None:
    items = [(new if name == key else name, value) for name, value in parent.items()]
    parent.clear()
    parent.update(items)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) and value != ""


CHANGES: Mapping[str, Callable[[Any], Any]] = {
    "an object instead of a text": lambda value: {"x": value} if _is_scalar(value) else value,
    "a list of objects instead of a text": lambda value: [{"x": value}] if _is_scalar(value) else value,
    "a text instead of a list": lambda value: json.dumps(value, ensure_ascii=False) if isinstance(value, list) and value else value,
    "an object instead of a list": lambda value: dict(zip("abcdefgh", value)) if isinstance(value, list) else value,
    "a list instead of an object": lambda value: list(value.values()) if isinstance(value, dict) else value,
    "a text instead of an object": lambda value: json.dumps(value, default=str) if isinstance(value, dict) and value else value,
    "a list in a list": lambda value: [value] if isinstance(value, list) else value,
}


def _of_columns(names: list[str], reader: Reader, put: Callable[[list[str], list[int]], Any]) -> Iterator[Change]:
    every = list(range(len(names)))
    for place, name in enumerate(names):
        if name.strip():
            new = _other_name(name.strip(), [other.strip() for other in names])
            yield f"{name} renamed to {new}", put([*names[:place], new, *names[place + 1 :]], every), new
            if reader.speaks_of(name.strip(), dropped=True):
                yield f"{name} dropped", put(names, [other for other in every if other != place]), ""


def _of_cells(text: str, reader: Reader) -> Iterator[Change]:
    delimiter = reader.options.get("delimiter") or ("\t" if "\t" in text.split("\n", 1)[0] else ",")
    quoting: Any = csv.QUOTE_NONE if reader.options.get("quoting") == "none" else csv.QUOTE_MINIMAL
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)

    def written(names: list[str], kept: list[int], by: str = delimiter) -> str:
        buffer = io.StringIO(newline="")
        plain: dict[str, Any] = {"quotechar": None} if quoting == csv.QUOTE_NONE else {}
        writer = csv.writer(buffer, delimiter=by, quoting=quoting, lineterminator="\n", escapechar="\\" if plain else None, **plain)
        writer.writerow([names[at] for at in kept])
        writer.writerows([row[at] if at < len(row) else "" for at in kept] if len(row) == len(header) else row for row in rows)
        return buffer.getvalue()

    yield from _of_columns(header, reader, written)
    if quoting == csv.QUOTE_MINIMAL:
        yield "another delimiter", written(header, list(range(len(header))), by=";" if delimiter != ";" else ","), ""


def _of_sheet(rows: list[list[Any]], reader: Reader) -> Iterator[Change]:
    skip = reader.options.get("skip", 0)
    above, header, below = rows[:skip], rows[skip], rows[skip + 1 :]

    def written(names: list[str], kept: list[int]) -> Any:
        return {"xlsx": [*above, [names[at] for at in kept], *([row[at] if at < len(row) else None for at in kept] for row in below)]}

    yield from _of_columns([str(name or "") for name in header], reader, written)


def _of_document(text: str) -> Iterator[Change]:
    elements = list(fromstring(text).iter())
    for tag in dict.fromkeys(element.tag for element in elements):
        yield f"<{tag}> renamed", _document(text, lambda element, tag=tag: _retag(element, tag)), f"{tag}s"  # type: ignore[misc]
    for name in dict.fromkeys(name for element in elements for name in element.attrib):
        yield f"@{name} renamed", _document(text, lambda element, name=name: _rename(element.attrib, name, f"{name}s")), f"{name}s"  # type: ignore[misc]
        yield f"@{name} dropped", _document(text, lambda element, name=name: element.attrib.pop(name, None)), ""  # type: ignore[misc]
    wrap = Element("wrap")
    wrap.append(fromstring(text))
    yield "all in an element", tostring(wrap, encoding="unicode"), ""


def _retag(element: Element, tag: str) -> None:
    if element.tag == tag:
        element.tag = f"{tag}s"


def _document(text: str, change: Callable[[Element], object]) -> str:
    root = fromstring(text)
    for element in list(root.iter()):
        change(element)
    return tostring(root, encoding="unicode")
