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


def check_columns(names: Iterable[str], needs: Collection[str]) -> None:
    """Raises ReadFault naming each column that is not there, and the nearest that is where all of `names` look like names."""
    names = list(names)
    lacking = sorted({need.split(".")[0] for need in needs if need not in names and need.split(".")[0] not in names})
    if lacking:
        raise ReadFault("column_missing", found=f"a header of {len(names)} columns", wanted=wanted_columns(lacking, names, needs))


def wanted_columns(lacking: Iterable[str], names: Collection[str], claimed: Collection[str]) -> str:
    """`column 'a' (nearest: 'A'), 'b'`. What is found under a name that is wanted as it stands (`claimed`) is near to no other."""
    free = [name for name in names if name not in claimed] if may_quote(names) else []
    each = [f"'{name}'{f' (nearest: {near!r})' if (near := nearest_name(name, free)) else ''}" for name in lacking]
    return f"column {', '.join(each)}"


def nearest_name(wanted: str, found: Iterable[str], *, least: float = NEAR) -> str:
    """The name most like `wanted`, '' if none is. Case, blanks, '_' and a plural's s aside. Paths are as near as their last parts are."""
    last = wanted.rpartition(".")[2]
    scored = ((_likeness(last, name.rpartition(".")[2]), _likeness(wanted, name), name) for name in found)
    near = [score for score in scored if score[0] >= least]
    return max(near, key=lambda score: score[:2])[2] if near else ""


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    one, other = (PLAIN.sub("", name.casefold()) or name for name in (one, other))
    if one.removesuffix("s") == other.removesuffix("s"):
        return 0.98
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def may_quote(names: Iterable[str]) -> bool:
    """Where a file has no header its first row stands here, and must not be quoted: what a cell holds is nobody's to tell."""
    return all(len(name) <= MAX_NAME and name.isprintable() and any(map(str.isalpha, name)) for name in names)


def listed(names: Collection[str]) -> str:
    """`: a, b and 3 more`, or nothing where they may not be quoted."""
    if not names or not may_quote(names):
        return ""
    shown = list(names)[:MOST]
    return f": {', '.join(shown)}{f' and {len(names) - MOST} more' if len(names) > MOST else ''}"
