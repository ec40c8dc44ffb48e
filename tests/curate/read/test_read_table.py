"""csv and tsv -> rows"""

import gzip
import io
import itertools
from typing import Any

import pytest

from curate.read import ReadFault, Where, read_rows
from schemas.verdict import Fault


def rows(data: bytes, path: str = "a.csv", needs: tuple[str, ...] = (), **options: Any) -> list[Any]:
    return list(read_rows("table", Where(path=path, open=lambda _: io.BytesIO(data), needs=frozenset(needs)), options))


def test_quotes_lines_within_cells_and_blank_lines_are_understood() -> None:
    data = b'\xef\xbb\xbfid,text\r\n1,"a, ""b""\nc"\r\n\r\n2,d\r\n'
    assert rows(data) == [{"id": "1", "text": 'a, "b"\nc'}, {"id": "2", "text": "d"}]


def test_tabs_pipes_given_columns_and_gzip() -> None:
    assert rows(b"a\tb\n1\t2\n", path="x.tsv") == [{"a": "1", "b": "2"}]
    assert rows(b'synpic1|what "plane"?|axial\n', delimiter="|", quoting="none", columns=["image", "question", "answer"]) == [
        {"image": "synpic1", "question": 'what "plane"?', "answer": "axial"}
    ]
    assert rows(gzip.compress(b"a\n1\n"), path="x.csv.gz") == [{"a": "1"}]


def test_commas_within_the_brackets_of_a_header_split_as_they_split_in_rows() -> None:
    header = b"Image Index,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],\n"
    assert rows(header + b"1.png,2682,2749,0.143,0.144,\n2.png,1,2,3,4\n") == [
        {"Image Index": "1.png", "OriginalImage[Width": "2682", "Height]": "2749", "OriginalImagePixelSpacing[x": "0.143", "y]": "0.144",
         "column_6": ""},
        {"Image Index": "2.png", "OriginalImage[Width": "1", "Height]": "2", "OriginalImagePixelSpacing[x": "3", "y]": "4"},
    ]  # fmt: skip


def test_a_header_loses_blanks_and_repeated_names_are_told_apart() -> None:
    assert rows(b" url,,a,a\n1,2,3,4\n") == [{"url": "1", "column_2": "2", "a": "3", "a.2": "4"}]


def test_a_row_with_another_number_of_cells_is_a_fault_in_its_place() -> None:
    assert rows(b"a,b\n1\n1,2,3\n1,2,\n3,4\n") == [
        Fault(reason="row_broken", evidence="1 cells, 2 wanted"),
        Fault(reason="row_broken", evidence="3 cells, 2 wanted"),
        {"a": "1", "b": "2"},
        {"a": "3", "b": "4"},
    ]


def test_bytes_that_are_no_text_are_a_fault_of_their_row_alone() -> None:
    assert rows(b"a,b\n1,\xff\n2,x\n") == [
        Fault(reason="bad_encoding", evidence="bytes that are not utf-8, perhaps cp1252, 2 cells"),
        {"a": "2", "b": "x"},
    ]
    assert rows(b"a\n\xe9\n", encoding="latin-1") == [{"a": "é"}]


def test_a_wrong_column_is_one_error_that_names_the_nearest() -> None:
    with pytest.raises(ReadFault) as caught:
        rows(b"id,Question,answer\n1,2,3\n", needs=("id", "question", "split"))
    assert str(caught.value) == (
        "column_missing: a header of 3 columns found, column 'question' (nearest: 'Question'), 'split' wanted"
    )


def test_a_quote_that_never_closes_is_a_fault_of_the_file_that_names_its_line() -> None:
    with pytest.raises(ReadFault) as caught:
        rows(b'a,b\n1,2\n2,"x\n3,4\n')
    assert str(caught.value) == "quote_open: a quote opened in line 3 and never closed found, a closing quote wanted"


def test_a_line_that_is_not_csv_costs_its_row_alone_and_is_named_by_its_line() -> None:
    assert rows(b'a,b\n1,"x\ny"\n\n2,"x"y\n3,z\n') == [
        {"a": "1", "b": "x\ny"},
        Fault(reason="row_broken", evidence="line 5: no cells by the rules of csv"),
        {"a": "3", "b": "z"},
    ]


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_rows_are_the_same_however_the_file_is_cut_into_pieces(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    data = 'a,b\r\n1,"x\r\ny"\r\n2,é\r\n\r\n3,"z\rw"\r\n'.encode()
    monkeypatch.setattr("curate.read.table.CHUNK", size)
    assert rows(data) == [{"a": "1", "b": "x\r\ny"}, {"a": "2", "b": "é"}, {"a": "3", "b": "z\rw"}]
    assert rows(b"a\r1\r2\r") == [{"a": "1"}, {"a": "2"}]  # of the old Macintosh


def test_rows_before_a_break_are_given() -> None:
    cut = gzip.compress(b"a\n" + b"".join(b"%d\n" % number for number in range(600_000)))[:-9]
    reading = read_rows("table", Where(path="a.csv.gz", open=lambda _: io.BytesIO(cut)), {})
    assert list(itertools.islice(reading, 300_000))[-1] == {"a": "299999"}
    with pytest.raises(ReadFault, match="unreadable: EOFError"):
        list(reading)


def test_a_line_without_end_is_a_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.read.table.MAX_LINE", 20)
    assert rows(b"a\n" + b"x" * 19 + b"\n") == [{"a": "x" * 19}]
    with pytest.raises(ReadFault) as caught:
        rows(b"a\n" + b"x" * 20 + b"\n")
    assert str(caught.value) == "too_large: a line of more than 20 characters found, lines wanted"


@pytest.mark.parametrize(
    "first",
    [
        b"17,questions about Jane Roe,a.png\n",
        b"2026-01-31,question,a.png\n",
        b"question," + b"a long report " * 5 + b",a.png\n",
        b'"question\nof Jane Roe",a,b\n',
    ],
)
def test_the_first_row_of_a_file_without_a_header_is_not_quoted(first: bytes) -> None:
    with pytest.raises(ReadFault) as caught:
        rows(first, needs=("Question",))
    assert str(caught.value) == "column_missing: a header of 3 columns found, column 'Question' wanted"
