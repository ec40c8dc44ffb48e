"""pickles of plain containers -> rows; anything that would run code is refused before it does"""

from __future__ import annotations

import collections
import pickle
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from curate.read.opened import ReadFault, Row, Where, opened
from schemas.verdict import Fault

SAFE = {("collections", "OrderedDict"): collections.OrderedDict, ("builtins", "set"): set, ("__builtin__", "set"): set}


class PlainUnpickler(pickle.Unpickler):
    """Builds numbers, text, lists, tuples, sets and dicts, nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in SAFE:
            raise ReadFault("pickle_refused", found="a global that is no plain container", wanted="lists and dicts of text and numbers")
        return SAFE[module, name]

    def persistent_load(self, pid: Any) -> NoReturn:
        raise ReadFault("pickle_refused", found="a reference outside the file", wanted="lists and dicts of text and numbers")


def read_pickle(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """The file is held in memory. Raises ReadFault: pickle_refused, pickle_broken."""
    with opened(where) as file:
        try:
            value = PlainUnpickler(file, encoding="latin-1").load()  # latin-1: pickles of Python 2, whose text are bytes
        except (pickle.UnpicklingError, EOFError, ValueError, IndexError, KeyError, TypeError, AttributeError, MemoryError, OverflowError):
            raise ReadFault("pickle_broken", found="no pickle, or one that is cut", wanted="a whole pickle") from None
    key_name = options.get("key", "key")
    for key, item in _shaped(value, options.get("shape", "list")):
        row = dict(item) if isinstance(item, dict) else {"value": item}
        if key is not None:
            row[key_name] = key
        yield row


def _shaped(value: Any, shape: str) -> Iterator[tuple[Any, Any]]:
    match shape, value:
        case "list", list() | tuple():
            yield from ((None, item) for item in value)
        case "keyed", dict():
            yield from value.items()
        case "lists", dict() if all(isinstance(items, list | tuple) for items in value.values()):
            yield from ((key, item) for key, items in value.items() for item in items)
        case "record", _:
            yield None, value
        case _:
            raise ReadFault("shape_differs", found=f"a {type(value).__name__}", wanted=f"the shape '{shape}'")
