"""a row as read -> rows as samples want them: columns, join, explode, keep_if"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from curate.ingest.columns import Make, compile_column
from curate.ingest.find import Listing
from curate.ingest.render import Render, TextOf, Unfit, compile_template, getter, text_getter, text_of, wrong_type
from curate.manifest import Table
from curate.manifest.pattern import alternatives
from curate.manifest.verbs import staged
from curate.read import Row

TYPES: Mapping[str, tuple[type, ...]] = {"list": (list, tuple), "object": (dict,), "text": (str, int, float)}
Partners = dict[tuple[str, ...], list[Row]]


@dataclass(frozen=True, slots=True)
class Part:
    """One sample-to-be of a row. `name` is '' where the row gives one; `selected` is False where keep_if leaves it out."""

    row: Row
    name: str
    selected: bool


def table_files(globs: tuple[str, ...], listing: Listing) -> tuple[list[tuple[str, dict[str, str]]], list[str]]:
    """The files of a table with what their paths capture, in order, each once; and the globs that match nothing."""
    found: dict[str, dict[str, str]] = {}
    missing = []
    for glob in globs:
        matches = next((matches for part in alternatives(glob) if (matches := list(listing.match(part)))), [])
        if not matches:
            missing.append(glob)
        for path, captures in matches:
            found.setdefault(path, captures)
    return sorted(found.items()), missing


def file_columns(path: str, captures: Mapping[str, str]) -> Row:
    return {**captures, "@file": path, "@stem": path.rpartition("/")[2].split(".")[0]}


class Shape:
    """The verbs of one table that turn a row into parts. `partners` has, for each join, the rows of its file by their key."""

    def __init__(self, table: Table, read: TextOf, partners: list[Partners]) -> None:
        self.read, self.types = read, table.types
        self.typed = [_typed(name, getter(name), kind) for name, kind in table.types.items() if name not in table.columns]
        joined = [name for join in table.join for name in join["take"]]
        exploded = (table.explode or {}).get("each", ())
        stages = staged(table.columns, joined=joined, exploded=exploded, grouped=table.group is not None)
        self.early, self.middle, self.late, self.last = (self._compiled(columns) for columns in stages)
        self.joins = [(join, partner, [text_getter(here, read) for here in join["on"]]) for join, partner in zip(table.join, partners)]
        self.met = [[0, 0] for _ in self.joins]  # rows that looked for a partner, and that found one
        self.explode = table.explode
        self.part = compile_template(table.explode["part"], read) if table.explode and "part" in table.explode else None
        self.conditions = [
            (text_getter(name, read), _folded(words), wanted)
            for spec, wanted in ((table.keep_if, True), (table.keep_unless, False))
            for name, words in spec.items()
        ]

    def _compiled(self, columns: Mapping[str, Any]) -> list[tuple[str, Make]]:
        made = [(name, compile_column(name, spec, self.read)) for name, spec in columns.items()]
        return [(name, _typed(name, make, self.types[name]) if name in self.types else make) for name, make in made]

    def parts(self, row: Row) -> list[Part]:
        """Raises Unfit: join_missing, lists_differ, nothing_to_explode, value_unmapped. `row` is changed."""
        for check in self.typed:
            check(row)
        for name, make in self.early:
            row[name] = make(row)
        for (join, partners, keys), met in zip(self.joins, self.met):
            met[0] += 1
            met[1] += self._join(row, join, partners, keys)
        for name, make in self.middle:
            row[name] = make(row)
        return [Part(part, name, self._selected(part)) for part, name in self._exploded(row)]

    def _join(self, row: Row, join: Mapping[str, Any], partners: Partners, keys: list[Render]) -> bool:
        """Whether it found a partner."""
        found = partners.get(tuple(get(row) for get in keys), [])
        if not found and join.get("required", False):
            raise Unfit("join_missing", f"no partner by {', '.join(join['on'])}")
        for name in join["take"]:
            row[name] = [partner[name] for partner in found] if join.get("many", False) else found[0][name] if found else None
        return bool(found)

    def _exploded(self, row: Row) -> Iterator[tuple[Row, str]]:
        if self.explode is None:
            yield self._finished(row), ""
            return
        names = self.explode["each"]
        lists = [getter(name)(row) for name in names]
        for name, items in zip(names, lists):
            if items not in (None, "") and not isinstance(items, list | tuple):
                raise wrong_type("a list", items, name)
        lengths = [len(items) if isinstance(items, list | tuple) else 0 for items in lists]
        if len(set(lengths)) > 1:
            raise Unfit("lists_differ", f"{' and '.join(map(str, lengths))} items")
        if not lengths[0]:
            raise Unfit("nothing_to_explode", f"column '{names[0]}' holds no items")
        for position, items in enumerate(zip(*lists)):
            part = {**row, **dict(zip(names, items)), "@part": position}
            part.setdefault("part", position)
            part = self._finished(part)
            yield part, self.part(part) if self.part else str(position)

    def _finished(self, row: Row) -> Row:
        for name, make in self.late:
            row[name] = make(row)
        return row

    def finish_group(self, row: Row) -> None:
        """The columns that need the rows of a group. Raises Unfit as `parts` does. `row` is changed."""
        for name, make in self.last:
            row[name] = make(row)

    def _selected(self, row: Row) -> bool:
        return all((get(row).casefold() in words) is wanted for get, words, wanted in self.conditions)


def _folded(words: Any) -> frozenset[str]:
    return frozenset(text_of(word).casefold() for word in (words if isinstance(words, list) else [words]))


def _typed(name: str, get: Make, kind: str) -> Make:
    """The column, where it holds what the manifest says it does, or nothing. Raises Unfit column_type."""
    types, article = TYPES[kind], "an" if kind == "object" else "a"

    def typed(row: Row) -> Any:
        value = get(row)
        if value is not None and value != "" and not isinstance(value, types):
            raise wrong_type(f"{article} {kind}", value, name)
        return value

    return typed
