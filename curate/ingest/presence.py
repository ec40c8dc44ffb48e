"""rows as they are read -> which of the wanted columns none of them has"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from curate.ingest.wanted import Wanted
from curate.read import Row
from curate.read.names import listed, may_quote, nearest_name, wanted_columns

KEPT = 8  # rows that are held, until all is found, to say what is there instead
MAX_PATHS = 500  # names among which a near one is looked for
DEPTH = 8  # of objects in objects
RENAMED = 0.8  # so like must a name be to one that may be absent, that it is told
EMPTY: tuple[Any, ...] = (None, "", [], ())
NOTHING: tuple[Any, ...] = (None, [])


class Presence:
    """Looks for the names that are not yet found, in one row after the other; costs next to nothing once all are."""

    def __init__(self, wanted: Wanted, *, headed: bool = False, blank: bool = False) -> None:
        """`headed`: the reader has checked the header, paths into cells are left. `blank`: every row has every column, and what is absent
        holds nothing."""
        self.wanted, self.blank = wanted, blank
        self.paths = {name: name.split(".") for name in wanted.columns if "." in name}
        self.roots = set() if headed else {steps[0] for steps in self.paths.values()}.difference(wanted.absent)
        self.plain = set() if headed else {name for name in wanted.columns if "." not in name} | self.roots
        self.made = {name: name.split(".") for name in wanted.made}
        self.groups = set(wanted.any_of)
        self.unmet = {*self.paths, *self.made}  # paths that met nothing yet into which they lead
        self.kept: list[Row] = []
        self.rows = 0

    def see(self, row: Row) -> None:
        self.rows += 1
        if len(self.kept) < KEPT:
            self.kept.append(dict(row))
        if self.plain:
            self.plain.difference_update(row if not self.blank else [name for name, value in row.items() if value not in NOTHING])
        if self.paths:
            self._follow(self.paths, row)
        if self.groups:
            self.groups = {group for group in self.groups if not any(self._holds(row, path.split(".")) for path in group)}

    def see_made(self, row: Row) -> None:
        """A row to which the columns that the manifest makes are added; those that come after group are not there before."""
        if self.made:
            there = {name: steps for name, steps in self.made.items() if steps[0] in row}
            waiting = {name: steps for name, steps in self.made.items() if name not in there}
            self._follow(there, row)
            self.made = waiting | there

    def _follow(self, paths: dict[str, list[str]], row: Row) -> None:
        for name, steps in list(paths.items()):
            found = self._holds(row, [name] if name in row else steps)
            if found is not None:
                self.unmet.discard(name)
            if found:
                del paths[name]
                self.plain.difference_update([steps[0]] if steps[0] not in self.wanted.columns else [])

    def _holds(self, value: Any, steps: list[str]) -> bool | None:
        """Whether the path leads somewhere; None where there is nothing into which it could lead. A list is entered by position, else
        each of its items is."""
        if not steps:
            return not self.blank or value not in NOTHING
        if value in EMPTY:
            return None
        if isinstance(value, dict):
            return self._holds(value[steps[0]], steps[1:]) if steps[0] in value else False
        if isinstance(value, list | tuple):
            if steps[0].isascii() and steps[0].isdigit():
                return self._holds(value[int(steps[0])], steps[1:]) if int(steps[0]) < len(value) else None
            found = {self._holds(item, steps) for item in value}
            return True if True in found else False if False in found else None
        return None  # of another type: that is told of each row that is read

    def lacking(self) -> list[str]:
        """Wanted names that no row has; of the objects that a path leads into some were there."""
        if not self.rows:
            return []
        unseen = {name for name in self.plain if name in self.wanted.columns} | {name for group in self.groups for name in group[:1]}
        unseen |= {name for name, steps in self.paths.items() if name not in self.unmet or steps[0] in self.plain}
        return sorted(unseen | {name for name in self.made if name not in self.unmet})

    def found(self) -> str:
        """What is there: names of keys where they look like names, else types."""
        names = list(dict.fromkeys(name for row in self.kept for name in row))
        if names == ["value"]:
            return " or ".join(dict.fromkeys(_kind(row["value"]) for row in self.kept))
        return f"objects of {len(names)} keys{listed(names)}"

    def wants(self, lacking: Iterable[str]) -> str:
        """The lacking columns, each with what is nearest to it."""
        return wanted_columns(lacking, self._names(), self._claimed())

    def renamed(self) -> list[tuple[str, str]]:
        """(column that may be absent and is, name found that is so like it that it may be the same)."""
        if not self.kept:
            return []
        names = self._names()
        free = [name for name in names if name not in self._claimed()] if may_quote(names) else []
        pairs = ((name, nearest_name(name, free, least=RENAMED)) for name in sorted(self.wanted.absent) if name not in names)
        return [(name, near) for name, near in pairs if near]

    def _claimed(self) -> set[str]:
        return {*self.wanted.columns, *self.wanted.absent, *self.wanted.made, *(name for group in self.wanted.any_of for name in group)}

    def _names(self) -> list[str]:
        """Of keys, and paths below them; of rows that are no objects none."""
        found: dict[str, None] = {}
        for row in self.kept:
            bare = list(row) == ["value"] and not any(name.split(".")[0] == "value" for name in self._claimed())
            for name in () if bare else _paths_of(row, depth=DEPTH):
                if len(found) >= MAX_PATHS:
                    break
                found[name] = None
        return list(found)


def _paths_of(value: Any, *, depth: int) -> Iterator[str]:
    """Names of keys, those of objects within and of a list's first objects after their own."""
    if isinstance(value, list | tuple):
        for item in value[:3]:
            yield from _paths_of(item, depth=depth)
    elif isinstance(value, dict) and depth:
        for key, inner in value.items():
            yield str(key)
            yield from (f"{key}.{name}" for name in _paths_of(inner, depth=depth - 1))


def _kind(value: Any) -> str:
    """Rows that are no objects, in words."""
    if isinstance(value, list | tuple):
        inner = value[0] if value else None
        return f"lists of {'lists' if isinstance(inner, list | tuple) else 'objects' if isinstance(inner, dict) else 'values'}"
    return "texts" if isinstance(value, str) else "nothing" if value is None else "numbers"
