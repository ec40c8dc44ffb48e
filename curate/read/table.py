"""csv, tsv and pipe-separated files -> rows"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from curate.read.names import check_columns
from curate.read.opened import ReadFault, Row, Where, has_bad_text, opened
from schemas.verdict import Fault

csv.field_size_limit(16 << 20)  # characters of one cell; reports are longer than the module's own 128 Ki
MAX_LINE = 64 << 20  # characters, held in memory


def read_table(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """Rows by the header's names, or by `columns`. A row with another number of cells is a fault in its place. Raises ReadFault:
    column_missing where the header lacks a needed column, quote_open where a quoted cell swallows the rest of the file."""
    with opened(where) as file:
        encoding = options.get("encoding", "utf-8")
        text = io.TextIOWrapper(file, "utf-8-sig" if encoding == "utf-8" else encoding, errors="surrogateescape", newline="")
        try:
            yield from _rows(_cells(text, where.path, options), where.needs, options)
        finally:
            text.detach()  # the file is its opener's to close


def _cells(text: io.TextIOWrapper, path: str, options: Mapping[str, Any]) -> Iterator[list[str] | Fault]:
    name = path.casefold().removesuffix(".gz")
    delimiter = options.get("delimiter", "\t" if name.endswith((".tsv", ".tab")) else ",")
    quoting: Any = csv.QUOTE_NONE if options.get("quoting") == "none" else csv.QUOTE_MINIMAL
    reader = csv.reader(_lines(text), delimiter=delimiter, quoting=quoting, strict=True)
    while True:
        begun = reader.line_num
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                found = f"a quote opened in line {begun + 1} and never closed"
                raise ReadFault("quote_open", found=found, wanted="a closing quote") from None
            yield Fault(reason="row_broken", evidence=f"line {begun + 1}: no cells by the rules of csv")


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """A gz of some megabytes may unpack to one line of gigabytes."""
    while line := text.readline(MAX_LINE):
        if len(line) == MAX_LINE and not line.endswith(("\n", "\r")):
            raise ReadFault("too_large", found=f"a line of more than {MAX_LINE} characters", wanted="lines")
        yield line


def _rows(cells: Iterator[list[str] | Fault], needs: frozenset[str], options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    names = options.get("columns") or header_names(next(cells, []))
    check_columns(names, needs)
    named = len(names) - sum(1 for _ in _trailing(names))
    for row in cells:
        if isinstance(row, Fault):
            yield row
        elif not row:
            continue  # a blank line
        elif len(row) != len(names) and not _fits(row, named, len(names)):
            yield Fault(reason="row_broken", evidence=f"{len(row)} cells, {len(names)} wanted")
        elif has_bad_text("".join(row)):
            yield Fault(reason="bad_encoding", evidence=f"bytes that are not {options.get('encoding', 'utf-8')}, {len(row)} cells")
        else:
            yield dict(zip(names, row))


def header_names(row: list[str] | Fault) -> list[str]:
    """Names without outer blanks; a repeated one gets '.2', an unnamed one its position."""
    if isinstance(row, Fault) or not row:
        raise ReadFault("header_missing", found="no first line of cells", wanted="a header")
    names: list[str] = []
    for position, cell in enumerate(row, 1):
        name = cell.strip() or f"column_{position}"
        repeats = sum(1 for known in names if known == name or known.rpartition(".")[0] == name)
        names.append(f"{name}.{repeats + 1}" if repeats else name)
    return names


def _trailing(names: list[str]) -> Iterator[str]:
    """Unnamed columns at the end, as a header ends that has commas to spare."""
    for position in range(len(names), 0, -1):
        if names[position - 1] != f"column_{position}":
            return
        yield names[position - 1]


def _fits(row: list[str], named: int, total: int) -> bool:
    """Unnamed columns at the end may be absent; empty cells beyond the header do not count."""
    return named <= len(row) <= total or (len(row) > total and not any(row[total:]))
