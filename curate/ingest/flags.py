"""columns that say yes or no -> the names of those that say yes"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from curate.ingest.render import TextOf, Unfit, text_getter, text_of
from curate.read import Row

# what a flag may say, whether or not it is what is asked for. Anything else is a word nobody has thought of: it is not taken for a no
KNOWN = ("", "true", "false", "yes", "no", 1, 0, -1)


def compile_flags(
    named: Mapping[str, str] | Iterable[str], when: Iterable[Any], unless: Iterable[Any], read: TextOf
) -> Callable[[Row], list[str]]:
    """The names of the columns that hold one of `when`, in the order of `named`. Raises Unfit: value_unmapped for a cell that holds neither
    that, nor one of `unless`, nor a word of KNOWN."""
    names = dict(named) if isinstance(named, Mapping) else {column: column for column in named}
    flags = [(column, name, text_getter(column, read)) for column, name in names.items()]
    wanted = frozenset(comparable(text_of(word)) for word in when)
    known = frozenset(comparable(text_of(word)) for word in (*KNOWN, *unless)) | wanted

    def present(row: Row) -> list[str]:
        found = []
        for column, name, get in flags:
            word = get(row)
            value = comparable(word)
            if value not in known:
                raise Unfit("value_unmapped", f"column '{column}', {len(word)} characters", column=column, private=partial(list, [word]))
            if value in wanted:
                found.append(name)
        return found

    return present


def comparable(text: str) -> str | float:
    """Numbers compare as numbers: 1, 1.0 and '1' are one; words without regard to case."""
    try:
        return float(text)
    except ValueError:
        return text.casefold()
