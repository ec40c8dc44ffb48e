"""(format, options, file) -> its rows; a broken row is a Fault in its place, a broken file raises ReadFault"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from curate.read.array import read_array
from curate.read.document import read_document
from curate.read.folders import read_folders
from curate.read.lines import read_json_lines, read_lines
from curate.read.npz import read_npz
from curate.read.objects import read_json
from curate.read.opened import Row, Where, broken_file
from curate.read.parquet import read_parquet
from curate.read.pickled import read_pickle
from curate.read.sheet import read_sheet
from curate.read.table import read_table
from curate.read.text import read_text
from schemas.verdict import Fault

Item = TypeVar("Item")
Reader = Callable[[Where, Mapping[str, Any]], Iterator[Row | Fault]]
BatchReader = Callable[[Where, Mapping[str, Any]], Iterator[list[Row | Fault]]]

FORMATS: Mapping[str, Reader] = {
    "xml": read_document,
    "npy": read_array,
    "pickle": read_pickle,
    "parquet": read_parquet,
    "xlsx": read_sheet,
    "text": read_text,
    "npz": read_npz,
    "folders": read_folders,
}
# files of millions of small rows: a piece of the file at a time, which is held
IN_BATCHES: Mapping[str, BatchReader] = {"json": read_json, "jsonl": read_json_lines, "table": read_table, "lines": read_lines}


def read_rows(format: str, where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """The rows of one file in their order. Raises ReadFault, also after some rows."""
    if format in IN_BATCHES:
        return itertools.chain.from_iterable(_sound(IN_BATCHES[format](where, options)))
    return _sound(FORMATS[format](where, options))


def _sound(items: Iterator[Item]) -> Iterator[Item]:
    with broken_file():
        yield from items
