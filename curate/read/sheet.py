"""Excel workbooks (.xlsx) -> rows of one sheet"""

from __future__ import annotations

import contextlib
import datetime
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from curate.read.names import check_columns
from curate.read.opened import ReadFault, Row, Where, has_bad_text, opened, seekable
from curate.read.table import header_names
from schemas.verdict import Fault

MAX_BYTES = 1 << 30  # of all parts of a workbook, unpacked; sheets are streamed
MAX_PART = 32 << 20  # of a part that openpyxl holds as a tree: styles, relations, the list of sheets
MAX_STRINGS = 256 << 20  # of the table of strings, which is held in memory
MAX_PARTS = 10_000
MAX_ROWS = 1 << 20  # Excel's own limit; a file of some bytes may claim that its first row is number 10^15
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2: workbooks before 2007, and newer ones under a password
WHOLE = "a whole .xlsx workbook"
ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})  # ECMA-376 18.18.11: the cell has no value
# Of zip, of XML, and what openpyxl raises where a part is not as it expects
BROKEN = (
    zipfile.BadZipFile, InvalidFileException, ParseError, zlib.error, struct.error, EOFError, ValueError, TypeError, LookupError,
    AttributeError, ArithmeticError, NotImplementedError, RuntimeError, RecursionError, MemoryError,
)  # fmt: skip
# openpyxl's warnings quote cells
warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")


def read_sheet(where: Where, options: Mapping[str, Any]) -> Iterator[Row | Fault]:
    """Rows by the header's names, or by `columns`; values of formulas as they were last computed. Blank rows are none. Raises ReadFault:
    xlsx_broken, xlsx_refused (too large unpacked, entities, a password, the format before 2007), sheet_missing, column_missing."""
    with opened(where) as file, _sound():
        workbook = _workbook(seekable(file, MAX_STRINGS))
        try:
            sheet = _sheet(workbook.worksheets, options.get("sheet", 1))
            sheet.reset_dimensions()  # what the file claims; rows of claimed cells without end would be padded
            yield from _rows(_cells(sheet, options.get("skip", 0)), where, options.get("columns"))
        finally:
            workbook.close()


@contextlib.contextmanager
def _sound() -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        cause = error.__cause__ or error  # openpyxl says of every ValueError in which part it was
        if isinstance(cause, DefusedXmlException):
            raise ReadFault("xlsx_refused", found=type(cause).__name__, wanted="parts without entities and references") from None
        raise ReadFault("xlsx_broken", found=type(cause).__name__, wanted=WHOLE) from None


def _workbook(file: BinaryIO) -> Any:
    if file.read(len(OLE)) == OLE:
        found = "a workbook of the format before 2007 (.xls), or one under a password"
        raise ReadFault("xlsx_refused", found=found, wanted="an .xlsx file without a password")
    file.seek(0)
    with zipfile.ZipFile(file) as parts:
        _check_sizes(parts.infolist())
    file.seek(0)
    return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)


def _check_sizes(parts: Sequence[zipfile.ZipInfo]) -> None:
    """By the sizes in the zip's directory: more than those zipfile does not unpack."""
    if len(parts) > MAX_PARTS:
        raise ReadFault("xlsx_refused", found=f"{len(parts)} parts", wanted=f"at most {MAX_PARTS}")
    total = sum(part.file_size for part in parts)
    if total > MAX_BYTES:
        raise ReadFault("xlsx_refused", found=f"{total} bytes unpacked", wanted=f"at most {MAX_BYTES}")
    for part in parts:
        name = part.filename.casefold()
        if name.startswith("xl/worksheets/") and not name.endswith(".rels"):
            continue
        most = MAX_STRINGS if "sharedstrings" in name else MAX_PART
        if name.endswith((".xml", ".rels")) and part.file_size > most:
            raise ReadFault("xlsx_refused", found=f"a part of {part.file_size} bytes unpacked", wanted=f"at most {most}")


def _sheet(sheets: Sequence[Any], wanted: str | int) -> Any:
    if isinstance(wanted, int):
        if 1 <= wanted <= len(sheets):
            return sheets[wanted - 1]
        raise ReadFault("sheet_missing", found=f"{len(sheets)} sheets", wanted=f"sheet {wanted}")
    for sheet in sheets:
        if sheet.title.strip().casefold() == wanted.strip().casefold():
            return sheet
    raise ReadFault("sheet_missing", found=f"{len(sheets)} sheets, none of that name", wanted=f"sheet '{wanted}'")


def _cells(sheet: Any, skip: int) -> Iterator[list[Any]]:
    """The rows that have a value, without empty cells at their end."""
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        if number >= MAX_ROWS:
            raise ReadFault("too_large", found=f"more than {MAX_ROWS} rows", wanted="a sheet as Excel can hold it")
        cells = [_plain(cell) for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        if cells and number >= skip:
            yield cells


def _rows(cells: Iterator[list[Any]], where: Where, columns: Sequence[str] | None) -> Iterator[Row | Fault]:
    names = columns or header_names(["" if cell is None else str(cell) for cell in next(cells, [])])
    check_columns(list(names), where.needs, where.absent)
    for row in cells:
        if len(row) > len(names):
            yield Fault(reason="row_broken", evidence=f"{len(row)} cells, {len(names)} wanted")
        elif has_bad_text("".join(cell for cell in row if isinstance(cell, str))):
            yield Fault(reason="bad_encoding", evidence=f"lone surrogates, {len(row)} cells")
        else:
            yield dict(zip(names, [*row, *[None] * (len(names) - len(row))]))


def _plain(cell: Any) -> Any:
    """Whole numbers without .0, as Excel shows them; dates as ISO 8601, without a time that is midnight."""
    match cell:
        case None | bool() | int():
            return cell
        case float():
            return int(cell) if cell.is_integer() and abs(cell) < 1 << 53 else cell
        case str():
            return None if not cell.strip() or cell in ERRORS else cell
        case datetime.datetime():
            return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat()
        case datetime.date() | datetime.time():
            return cell.isoformat()
    return str(cell)  # a duration
