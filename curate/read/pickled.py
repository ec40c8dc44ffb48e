"""pickles of plain containers -> rows; anything that would run code is refused before it does"""

from __future__ import annotations

import collections
import pickle
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, NoReturn

from curate.read.opened import ReadFault, Row, Where, opened
from schemas.verdict import Fault

SAFE = {("collections", "OrderedDict"): collections.OrderedDict, ("builtins", "set"): set, ("__builtin__", "set"): set}
PLAIN = "lists and dicts of text and numbers"
MAX_DEPTH = 16  # of tuples in tuples
MAX_VALUES, FEW = 1 << 20, 64  # values of one row, as often as they stand in it
REFUSED = (pickle.BUILD, pickle.INST, pickle.OBJ, pickle.NEWOBJ, pickle.NEWOBJ_EX, pickle.EXT1, pickle.EXT2, pickle.EXT4)
BROKEN = (
    pickle.UnpicklingError, EOFError, ValueError, LookupError, TypeError, AttributeError, AssertionError, MemoryError, OverflowError,
    struct.error,
)  # fmt: skip
_Unpickler: Any = pickle._Unpickler  # type: ignore[attr-defined]


class PlainUnpickler(_Unpickler):  # type: ignore[misc]
    """Builds numbers, text, lists, tuples, sets and dicts, nothing else. It is the one written in Python: the one in C trusts the file
    with the size of its memo (gigabytes by a few bytes), and falls with the whole process over a key of tuples nested deeply."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="latin-1")  # pickles of Python 2, whose text are bytes
        self.nested: dict[int, tuple[tuple[Any, ...], int]] = {}  # tuples that hold tuples, by id: kept, so that no id comes twice

    def tuple_made(self) -> None:
        made = self.stack[-1]
        inner = max((self.nested[id(item)][1] if id(item) in self.nested else 1 for item in made if type(item) is tuple), default=0)
        if inner >= MAX_DEPTH:
            raise ReadFault("pickle_refused", found=f"tuples nested more than {MAX_DEPTH} deep", wanted=PLAIN)
        if inner:
            self.nested[id(made)] = (made, inner + 1)

    def refuse(self) -> NoReturn:
        raise ReadFault("pickle_refused", found="an object that is no plain container", wanted=PLAIN)

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in SAFE:
            raise ReadFault("pickle_refused", found="a global that is no plain container", wanted=PLAIN)
        return SAFE[module, name]

    def persistent_load(self, pid: Any) -> NoReturn:
        raise ReadFault("pickle_refused", found="a reference outside the file", wanted=PLAIN)


def _then_checked(load: Callable[[PlainUnpickler], None]) -> Callable[[PlainUnpickler], None]:
    def load_tuple(unpickler: PlainUnpickler) -> None:
        load(unpickler)
        unpickler.tuple_made()

    return load_tuple


PlainUnpickler.dispatch = {
    **_Unpickler.dispatch,
    **{code[0]: PlainUnpickler.refuse for code in REFUSED},
    **{code[0]: _then_checked(_Unpickler.dispatch[code[0]]) for code in (pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3)},
}


def read_pickle(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """The file is held in memory. Raises ReadFault: pickle_refused, pickle_broken."""
    with opened(where) as file:
        try:
            value = PlainUnpickler(file).load()
        except BROKEN:
            raise ReadFault("pickle_broken", found="no pickle, or one that is cut", wanted="a whole pickle") from None
    key_name, counted = options.get("key", "key"), dict[int, int]()
    for key, item in _shaped(value, options.get("shape", "list")):
        if _is_bomb(item, counted):
            raise ReadFault("pickle_refused", found="a row that holds itself, or one value millions of times", wanted=PLAIN)
        row = dict(item) if isinstance(item, dict) else {"value": item}
        if key is not None:
            row[key_name] = key
        yield row


def _is_bomb(row: Any, counted: dict[int, int]) -> bool:
    """What a pickle says once may stand in a row twice, and that twice in another: whoever walks through it never ends."""
    try:
        return _values(row, counted) > MAX_VALUES
    except RecursionError:
        return True


def _values(value: Any, counted: dict[int, int]) -> int:
    if not isinstance(value, dict | list | tuple | set):
        return 1
    if id(value) in counted:
        return counted[id(value)]
    counted[id(value)] = MAX_VALUES + 1  # should it hold itself
    inner = (part for pair in value.items() for part in pair) if isinstance(value, dict) else value
    found = 1
    for each in inner:
        found += _values(each, counted)
        if found > MAX_VALUES:
            break
    counted[id(value)] = found
    if found <= FEW:
        del counted[id(value)]  # counted again sooner than kept
    return found


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
