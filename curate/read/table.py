"""csv, tsv and pipe-separated files -> rows"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any

from curate.read.decoded import Decoded, not_in
from curate.read.names import check_columns
from curate.read.opened import BROKEN_FILE, ReadFault, Row, Where, has_bad_text, opened
from schemas.verdict import Fault

csv.field_size_limit(16 << 20)  # characters of one cell; reports are longer than the module's own 128 Ki
MAX_LINE = 64 << 20  # characters, held in memory
CHUNK = 1 << 17  # bytes read at a time: what the processor's cache holds
BATCH = 256  # rows; larger ones cost more than they save: the collector of garbage goes through all that is held
ODD_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"  # where str.splitlines() cuts, and csv does not
LINE_END = re.compile(r"\r\n|\r|\n")
Cells = list[str]


def read_table(where: Where, options: Mapping[str, Any]) -> Iterator[list[Row | Fault]]:
    """Rows in batches, by the header's names, or by `columns`. A row with another number of cells is a fault in its place. Raises
    ReadFault: column_missing where the header lacks a needed column, quote_open where a quoted cell swallows the rest of the file."""
    with opened(where) as file:
        text = Decoded(file, options.get("encoding", "utf-8"))
        batches = _Cells(text, where.path, options).batches()
        batch: list[Cells | Fault] = next(batches, [])
        names = options.get("columns") or header_names(batch.pop(0) if batch else [])
        check_columns(names, where.needs, where.absent)
        shape = _Shape(names, text)
        for cells in itertools.chain([batch], batches):
            yield shape.rows(cells)


class _Cells:
    """The cells of a file, those of a piece of it at a time: rows are read in C, as many as the piece has."""

    def __init__(self, text: Decoded, path: str, options: Mapping[str, Any]) -> None:
        name = path.casefold().removesuffix(".gz")
        delimiter = options.get("delimiter", "\t" if name.endswith((".tsv", ".tab")) else ",")
        quoting: Any = csv.QUOTE_NONE if options.get("quoting") == "none" else csv.QUOTE_MINIMAL
        self.text = text
        self.left: list[None] = []  # rows that this batch may still have
        self.pieces = 0  # of the file, read for this batch
        lines = itertools.chain.from_iterable(self._lines())
        self.reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)

    def batches(self) -> Iterator[list[Cells | Fault]]:
        while True:
            self.left, self.pieces = [None] * BATCH, 0
            begun = self.reader.line_num
            rows: list[Cells | Fault] = []
            try:
                # whatever ends it, extend() keeps the rows before; zip() asks `left` first, and takes no row in vain
                rows.extend(map(itemgetter(1), zip(self.left, self.reader)))
            except csv.Error as error:
                begun += sum(1 + len(LINE_END.findall("".join(row))) for row in rows if isinstance(row, list))
                if "unexpected end of data" in str(error):
                    yield from [rows] if rows else []
                    found = f"a quote opened in line {begun + 1} and never closed"
                    raise ReadFault("quote_open", found=found, wanted="a closing quote") from None
                rows.append(Fault(reason="row_broken", evidence=f"line {begun + 1}: no cells by the rules of csv"))
            except (ReadFault, *BROKEN_FILE):
                yield from [rows] if rows else []
                raise
            if not rows:
                return
            yield rows

    def _lines(self) -> Iterator[Iterable[str]]:
        """Pieces of whole lines, each as its lines. A gz of some megabytes may unpack to one line of gigabytes."""
        left = ""
        while piece := self.text.more(min(CHUNK, MAX_LINE)):
            piece = left + piece
            end = piece.rfind("\n") + 1 or piece.rfind("\r", 0, -1) + 1
            if (piece.find("\n") + 1 or (0 if end else len(piece))) > MAX_LINE:
                break
            whole, left = piece[:end], piece[end:]
            if whole:
                self._count_piece()
                yield io.StringIO(whole, newline="") if any(end in whole for end in ODD_ENDS) else whole.splitlines(keepends=True)
        if len(left) >= MAX_LINE or piece:
            raise ReadFault("too_large", found=f"a line of more than {MAX_LINE} characters", wanted="lines")
        yield io.StringIO(left, newline="")

    def _count_piece(self) -> None:
        self.pieces += 1
        if self.pieces > 1:
            self.left.clear()  # the batch ends with the row that is begun


class _Shape:
    """Cells -> rows by the names of a header."""

    def __init__(self, names: list[str], text: Decoded) -> None:
        self.names, self.text, self.width = names, text, len(names)
        self.named = self.width - sum(1 for _ in _trailing(names))

    def rows(self, batch: list[Cells | Fault]) -> list[Row | Fault]:
        sound: Any = batch if not self.text.bad and not (batch and isinstance(batch[-1], Fault)) else ()
        if sound and set(map(len, sound)) == {self.width}:
            return list(map(dict, map(zip, itertools.repeat(self.names), sound)))
        return [self.row(cells) for cells in batch if cells]  # [] is a blank line

    def row(self, cells: Cells | Fault) -> Row | Fault:
        if isinstance(cells, Fault):
            return cells
        if len(cells) != self.width and not self._fits(cells):
            return Fault(reason="row_broken", evidence=f"{len(cells)} cells, {self.width} wanted")
        if self.text.bad and has_bad_text(text := "".join(cells)):
            return Fault(reason="bad_encoding", evidence=f"{not_in(self.text.encoding, text)}, {len(cells)} cells")
        return dict(zip(self.names, cells))

    def _fits(self, cells: Cells) -> bool:
        """Unnamed columns at the end may be absent; empty cells beyond the header do not count."""
        return self.named <= len(cells) <= self.width or (len(cells) > self.width and not any(cells[self.width :]))


def header_names(row: Cells | Fault) -> list[str]:
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
