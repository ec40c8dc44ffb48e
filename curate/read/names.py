"""names of columns that are wanted, names that are found -> which are lacking, and the nearest found to each"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable

from curate.read.opened import ReadFault

MAX_NAME = 60  # characters of a column's name that a fault may quote
MOST = 8  # names quoted
NEAR = 0.6  # of difflib's ratio
PLAIN = re.compile(r"[\W_]+")


def check_columns(names: Iterable[str], needs: Collection[str], absent: Collection[str] = (), *, paths: Collection[str] = ()) -> None:
    """Raises ReadFault naming each column that is not there, and the nearest that is where all of `names` look like names. `paths` into
    columns, where the header knows them: then those among `needs` must be there too."""
    names = list(names)
    roots = {need.split(".")[0] for need in needs if need not in names} - {*names, *absent}
    within = {".".join(part for part in need.split(".") if not part.isdigit()) for need in needs if need.split(".")[0] in names}
    inner = {need for need in within if paths and not any(path == need or path.startswith(f"{need}.") for path in paths)}
    found = f"a header of {len(names)} columns"
    lacking, names = sorted(roots | inner), list(dict.fromkeys([*names, *(step for path in paths for step in _prefixes(path))]))
    if lacking:
        raise ReadFault("column_missing", found=found, wanted=wanted_columns(lacking, names, needs))


def wanted_columns(lacking: Iterable[str], names: Collection[str], claimed: Collection[str]) -> str:
    """`column 'a' (nearest: 'A'), 'b'`. What is found under a name that is wanted as it stands (`claimed`) is near to no other."""
    taken = {*claimed, *(name.split(".")[0] for name in claimed)}
    free = [name for name in names if name not in taken] if may_quote(names) else []
    told = []
    for name in lacking:
        near = nearest_name(name, free) or nearest_name(name.split(".")[0], free)
        told.append(f"'{name}' (nearest: '{near}')" if near else f"'{name}'")
    return f"column {', '.join(told)}"


def nearest_name(wanted: str, found: Iterable[str], *, least: float = NEAR) -> str:
    """The name most like `wanted`, '' if none is. Case, blanks, '_' and a plural's s aside. Of a path its last part counts, then where
    it is."""
    within, _, last = wanted.rpartition(".")
    best, most = "", 0.0
    for name in found:
        other, _, its_last = name.rpartition(".")
        likeness = _likeness(last, its_last)
        score = likeness if other == within else 0.97 * likeness * (0.9 + 0.1 * _likeness(within, other))
        if likeness >= least and score > most:
            best, most = name, score
    return best


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    one, other = (PLAIN.sub("", name.casefold()) or name for name in (one, other))
    if one.removesuffix("s") == other.removesuffix("s"):
        return 0.98
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def _prefixes(path: str) -> list[str]:
    """a.b.c -> a, a.b, a.b.c"""
    parts = path.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def may_quote(names: Iterable[str]) -> bool:
    """Where a file has no header its first row stands here, and must not be quoted: what a cell holds is nobody's to tell."""
    return all(len(name) <= MAX_NAME and name.isprintable() and any(map(str.isalpha, name)) for name in names)


def listed(names: Collection[str]) -> str:
    """`: a, b and 3 more`, or nothing where they may not be quoted."""
    if not names or not may_quote(names):
        return ""
    shown = list(names)[:MOST]
    return f": {', '.join(shown)}{f' and {len(names) - MOST} more' if len(names) > MOST else ''}"
