"""xlsx workbooks, and what must not be read of them: bombs, entities, passwords, the format before 2007"""

import datetime
import gzip
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import openpyxl
import pytest

from curate.ingest.example import file_bytes
from curate.read import ReadFault, Where, read_rows
from curate.read import sheet as sheets
from schemas.verdict import Fault


def book(**named: list[list[Any]]) -> bytes:
    return file_bytes({"xlsx": dict(named)})


def read(data: bytes, options: Mapping[str, Any] | None = None, *, path: str = "a.xlsx", needs: tuple[str, ...] = ()) -> list[Any]:
    where = Where(path=path, open=lambda _: io.BytesIO(data), needs=frozenset(needs))
    return list(read_rows("xlsx", where, options or {}))


def fault(data: bytes, options: Mapping[str, Any] | None = None, **more: Any) -> tuple[str, str, str]:
    with pytest.raises(ReadFault) as caught:
        read(data, options, **more)
    return caught.value.reason, caught.value.found, caught.value.wanted


def outcome(data: bytes) -> str:
    """Why it cannot be read; '' if it can."""
    try:
        read(data)
    except ReadFault as caught:
        return caught.reason
    return ""


def replaced(data: bytes, part: str, content: bytes) -> bytes:
    """The workbook with one of its parts another."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, content if info.filename == part else old.read(info))
    return out.getvalue()


def worksheet(rows: str, before: str = "") -> bytes:
    text = f'{before}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
    return replaced(book(S=[["a"]]), "xl/worksheets/sheet1.xml", text.encode())


def test_cells_are_plain_values_and_a_header_is_named_as_a_table_is() -> None:
    day, moment = datetime.datetime(2020, 1, 31), datetime.datetime(2020, 1, 31, 10, 20)
    data = book(
        S=[
            [" FILE NAME ", "n", "n", None, "day"],
            ["COVID-1", 3.0, 0.5, True, day],
            [None, None, None, None, None],
            ["x", "#N/A", " ", None, moment],
            ["short"],
            ["too", 1, 2, 3, 4, "wide"],
        ]
    )
    assert read(data) == [
        {"FILE NAME": "COVID-1", "n": 3, "n.2": 0.5, "column_4": True, "day": "2020-01-31"},
        {"FILE NAME": "x", "n": None, "n.2": None, "column_4": None, "day": "2020-01-31T10:20:00"},
        {"FILE NAME": "short", "n": None, "n.2": None, "column_4": None, "day": None},
        Fault(reason="row_broken", evidence="6 cells, 5 wanted"),
    ]


def test_a_sheet_is_chosen_by_name_or_number_and_rows_before_the_header_are_skipped() -> None:
    data = book(first=[["a"], [1]], dataset_info=[["Table S1"], [None], ["patient_id", "age"], ["DUKE_001", 41]])
    assert read(data) == [{"a": 1}]
    for sheet in ("dataset_info", "Dataset_Info ", 2):
        assert read(data, {"sheet": sheet, "skip": 2}) == [{"patient_id": "DUKE_001", "age": 41}]
    assert read(data, {"columns": ["value"]}) == [{"value": "a"}, {"value": 1}]
    assert fault(data, {"sheet": "info"}) == ("sheet_missing", "2 sheets, none of that name", "sheet 'info'")
    assert fault(data, {"sheet": 3}) == ("sheet_missing", "2 sheets", "sheet 3")


def test_a_column_that_is_needed_and_not_there_names_the_nearest() -> None:
    found = fault(book(S=[["FILE NAMES"], [1]]), needs=("FILE NAME",))
    assert found == ("column_missing", "a header of 1 columns", "column 'FILE NAME' (nearest: 'FILE NAMES')")


def test_a_formula_is_the_value_it_had_and_a_gz_is_read_as_well() -> None:
    data = worksheet('<row r="1"><c r="A1" t="str"><v>sum</v></c></row><row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>')
    assert read(data) == [{"sum": 2}]
    assert read(gzip.compress(data), path="a.xlsx.gz") == [{"sum": 2}]


def test_the_old_format_and_a_password_are_refused_in_words_one_can_act_on() -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    found = "a workbook of the format before 2007 (.xls), or one under a password"
    assert fault(old, path="a.xls") == ("xlsx_refused", found, "an .xlsx file without a password")


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_before_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = replaced(book(S=[["a"]]), "xl/styles.xml", bytes(33 << 20))
    assert len(bomb) < 100_000
    assert fault(bomb) == ("xlsx_refused", f"a part of {33 << 20} bytes unpacked", f"at most {32 << 20}")
    monkeypatch.setattr(sheets, "MAX_BYTES", 1000)
    reason, found, wanted = fault(book(S=[["a"]]))
    assert (reason, found.endswith("bytes unpacked"), wanted) == ("xlsx_refused", True, "at most 1000")


def test_a_part_that_is_longer_than_the_directory_says_is_no_way_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes in a zip's directory are the file's own claim: zipfile unpacks no more than they say."""
    honest = replaced(book(S=[["a"]]), "xl/styles.xml", b"<x>" + b" " * (33 << 20))
    size = (33 << 20) + 3
    liar = honest.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert liar != honest
    assert fault(liar)[0] == "xlsx_broken"


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_entities_are_refused_in_every_part(part: str) -> None:
    laughs = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(f'<!ENTITY {c} "{f"&{b};" * 10}">' for b, c in zip("abcdefghi", "bcdefghij")) + "]>"
    bomb = replaced(book(S=[["a"], ["b"]]), part, f"{laughs}<l>&j;</l>".encode())
    assert fault(bomb) == ("xlsx_refused", "EntitiesForbidden", "parts without entities and references")


def test_a_row_said_to_be_the_billionth_is_no_billion_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 1000)
    far = worksheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="999999999"><c r="A999999999"><v>1</v></c></row>')
    assert fault(far) == ("too_large", "more than 1000 rows", "a sheet as Excel can hold it")


def test_claimed_dimensions_pad_nothing() -> None:
    claim = '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="str"><v>a</v></c></row></sheetData>'
    text = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{claim}</worksheet>'
    assert read(replaced(book(S=[["a"]]), "xl/worksheets/sheet1.xml", text.encode())) == []


@pytest.mark.parametrize(("value", "reason"), [("9" * 5000, "xlsx_broken"), ("no number", "xlsx_broken"), ("1e999", ""), ("-1e308", "")])
def test_numbers_that_are_none_break_no_more_than_their_file(value: str, reason: str) -> None:
    data = worksheet(f'<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2"><v>{value}</v></c></row>')
    assert outcome(data) == reason


def test_every_cut_of_a_workbook_is_a_fault_and_no_crash() -> None:
    data = book(S=[["a", "b"], [1, "x"], [2, "y"]])
    for end in range(1, len(data), 97):
        with pytest.raises(ReadFault):
            read(data[:end])


def test_every_changed_byte_of_a_workbook_is_a_fault_or_rows() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(S=[["a", "b"], [1, "x"]]))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
    data = out.getvalue()
    for place in range(0, len(data), 13):
        mutant = data[:place] + bytes([data[place] ^ 0x15]) + data[place + 1 :]
        assert outcome(mutant) in ("", "xlsx_broken", "xlsx_refused", "sheet_missing", "header_missing", "unreadable"), place


def test_openpyxl_reads_xml_through_defusedxml() -> None:
    assert openpyxl.DEFUSEDXML or openpyxl.LXML
