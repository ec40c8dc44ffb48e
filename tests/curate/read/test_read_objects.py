"""JSON documents and lines -> rows"""

import gzip
import io
import json
from typing import Any

import pytest

from curate.read import ReadFault, Where, objects, read_rows
from schemas.verdict import Fault


def rows(format: str, data: bytes, name: str = "a.json", **options: Any) -> list[Any]:
    return list(read_rows(format, Where(path=name, open=lambda _: io.BytesIO(data)), options))


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ('[{"a": 1}, {"a": "x\\"y"}]', {}, [{"a": 1}, {"a": 'x"y'}]),
        ("[]", {}, []),
        ("[1, 23]", {}, [{"value": 1}, {"value": 23}]),
        ('[{"a": NaN, "b": 1.5}]', {}, [{"a": None, "b": 1.5}]),
        ('{"7": {"q": "?"}, "8": {"q": "!"}}', {"shape": "keyed", "key": "pmid"}, [{"q": "?", "pmid": "7"}, {"q": "!", "pmid": "8"}]),
        ('{"7": "yes"}', {"shape": "keyed"}, [{"value": "yes", "key": "7"}]),
        ('{"ct": [{"a": 1}], "mri": [], "us": [{"a": 2}]}', {"shape": "lists"}, [{"a": 1, "key": "ct"}, {"a": 2, "key": "us"}]),
        ('{"a": {"b": 1}}', {"shape": "record"}, [{"a": {"b": 1}}]),
        ('{"x": [1, {"y": 2}], "info": {"z": 1}, "rows": {"deep": [{"a": 1}]}}', {"path": "rows.deep"}, [{"a": 1}]),
    ],
)
def test_a_document_gives_its_rows_however_it_is_cut_into_chunks(
    monkeypatch: pytest.MonkeyPatch, chunk: int, text: str, options: dict[str, Any], expected: list[Any]
) -> None:
    monkeypatch.setattr(objects, "CHUNK", chunk)
    assert rows("json", text.encode(), **options) == expected


def test_byte_order_mark_and_gzip_are_undone() -> None:
    assert rows("json", b"\xef\xbb\xbf" + b'[{"a": "\xc3\xa9"}]') == [{"a": "é"}]
    assert rows("json", gzip.compress(b'[{"a": 1}]'), name="a.JSON.GZ") == [{"a": 1}]


@pytest.mark.parametrize(
    ("text", "options", "fault"),
    [
        ('[{"a": 1}, {"a": ', {}, "json_broken: something else at character 11 found, a whole value wanted"),
        ('[{"a": 1}', {}, "json_broken: the end of the file at character 9 found, ',' or ']' wanted"),
        ('{"a": 1}', {}, "shape_differs: an object whose first key is 'a', at character 0 found, a list of objects wanted"),
        ("[1]", {"shape": "keyed"}, "shape_differs: a list at character 0 found, an object of objects wanted"),
        ('{"a": [1], "b": 2}', {"shape": "lists"}, "shape_differs: a number or a word at character 16 found, an object of lists wanted"),
        ('{"Rows": [], "x": 1}', {"path": "rows"}, "path_missing: an object without that key found, key 'rows' (nearest: 'Rows') wanted"),
        ('[{"a": 1}] [', {}, "json_broken: something else at character 11 found, the end of the file wanted"),
        ('{"a": 1}', {"path": "b"}, "path_missing: an object without that key found, key 'b' wanted"),
        ("[" + "9" * 5000 + "]", {}, "json_broken: something else at character 1 found, a number of sane length wanted"),
    ],
)
def test_a_broken_document_names_the_place_and_what_was_wanted(text: str, options: dict[str, Any], fault: str) -> None:
    with pytest.raises(ReadFault) as caught:
        rows("json", text.encode(), **options)
    assert str(caught.value) == fault


def test_rows_before_a_break_are_given() -> None:
    reading = read_rows("json", Where(path="a.json", open=lambda _: io.BytesIO(b'[{"a": 1}, {"a": oops}]')), {})
    assert next(reading) == {"a": 1}
    with pytest.raises(ReadFault):
        next(reading)


def test_a_deeply_nested_value_is_a_fault_not_a_crash() -> None:
    with pytest.raises(ReadFault, match="json_broken"):
        rows("json", b"[" * 200_000)


def test_a_git_lfs_pointer_is_refused_by_name() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n"
    with pytest.raises(ReadFault) as caught:
        rows("json", pointer)
    assert str(caught.value) == "lfs_pointer: a git-lfs pointer, not the data found, the data: run git lfs pull wanted"


def test_empty_unreadable_and_cut_files_are_faults() -> None:
    with pytest.raises(ReadFault, match="empty_file"):
        rows("json", b"")
    with pytest.raises(ReadFault, match="unreadable: BadGzipFile"):
        rows("json", b"[]", name="a.json.gz")
    with pytest.raises(ReadFault, match="unreadable: EOFError"):
        rows("jsonl", gzip.compress(b'{"a": 1}\n' * 1000)[:-9], name="a.jsonl.gz")

    def refuse(path: str) -> io.BytesIO:
        raise PermissionError(path)

    with pytest.raises(ReadFault, match="unreadable: PermissionError"):
        list(read_rows("json", Where(path="a.json", open=refuse), {}))


def test_a_broken_line_is_a_fault_in_its_place_and_the_next_is_read() -> None:
    data = b'\xef\xbb\xbf{"a": 1}\n{"a": \n\n{"a": "\xff"}\r\n[2]\n{"a": 3}'
    assert rows("jsonl", data) == [
        {"a": 1},
        Fault(reason="row_broken", evidence="no JSON at character 6 of 6"),
        Fault(reason="bad_encoding", evidence="bytes that are not utf-8, perhaps cp1252, 11 characters"),
        {"value": [2]},
        {"a": 3},
    ]


def test_lines_give_the_named_groups_of_their_pattern() -> None:
    data = b"ROCO_1\t  A caption.\nno tab\nROCO_2\t\n"
    assert rows("lines", data, pattern=r"^(?P<id>[^\t]+)\t(?P<caption>.*)") == [
        {"id": "ROCO_1", "caption": "  A caption."},
        Fault(reason="row_broken", evidence="pattern does not fit, 6 characters"),
        {"id": "ROCO_2", "caption": ""},
    ]


def test_a_declared_encoding_is_used() -> None:
    assert rows("lines", "Größe".encode("latin-1"), pattern="(?P<word>.+)", encoding="latin-1") == [{"word": "Größe"}]


def test_memory_does_not_grow_with_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "CHUNK", 1000)
    data = json.dumps([{"text": "x" * 100}] * 1000).encode()
    document = objects.Document(io.BytesIO(data), "utf-8")
    longest = 0
    for _ in document.values():
        longest = max(longest, len(document.text))
    assert longest < 2500


def test_a_line_that_is_too_long_for_its_pattern_is_not_taken_for_one_that_does_not_fit() -> None:
    assert rows("lines", ("a" * 20_001 + "\nab\n").encode(), pattern="(?P<x>a+)b$") == [
        Fault(reason="too_long_for_pattern", evidence="20001 > 20000 characters"),
        {"x": "a"},
    ]
