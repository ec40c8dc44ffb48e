"""a value of another type than the manifest reads: the row is rejected and the file told, nothing is made of it"""

import json
from typing import Any

import pytest

from curate.ingest.columns import compile_column
from curate.ingest.ingest import FileFault
from curate.ingest.render import Unfit, text_of
from tests.curate.ingest.reading import give, manifest, rejected, samples


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("spec", "value", "told"),
    [
        ({"concat": "a"}, "x, y", "column 'a': a list or object wanted, a text of 4 characters found"),
        ({"concat": "a"}, [["x"], ["y"]], "column 'a': a text or an object as its item wanted, a list of 1 found"),
        ({"concat": "a", "each": "{key}"}, ["x"], "column 'a': an object, or a list of objects with keys, wanted, a list of 1 found"),
        ({"concat": "a", "each": "{item}"}, [{"x": 1}], "in column 'a': column 'item': text or number wanted, dict of 1 found"),
        ({"pick": "a", "by": "b"}, "xyz", "column 'a': a list or object wanted, a text of 3 characters found"),
        ({"pick": "a", "by": "b"}, [["x", "y"]], "column 'a': a text or an object as its item wanted, a list of 2 found"),
        ({"split": "a", "at": "|"}, ["x", "y"], "column 'a': a text wanted, a list of 2 found"),
        ({"map": "a", "values": {}, "default": ""}, [["x"]], "column 'a': a text or an object as its item wanted, a list of 1 found"),
        ({"replace": "a", "values": {"x": "y"}}, [["x"]], "column 'a': a text or an object as its item wanted, a list of 1 found"),
        ({"first": ["a.b"]}, "x", "column 'a.b': an object wanted, a text of 1 characters found"),
    ],
)  # fmt: skip
def test_a_verb_makes_nothing_of_another_type(spec: Any, value: Any, told: str) -> None:
    with pytest.raises(Unfit) as caught:
        compile_column("new", spec, text_of)({"a": value, "b": 0})
    assert (caught.value.reason, caught.value.evidence) == ("column_type", told)


@pytest.mark.parametrize(("spec", "value", "made"), [
    ({"concat": "a", "each": "{key}. {value}"}, {"A": "x"}, "A. x"),
    ({"concat": "a", "each": "{key}. {value}"}, [{"key": "A", "value": "x"}], "A. x"),
    ({"concat": "a"}, "", ""),
    ({"pick": "a", "by": "b"}, None, None),
])  # fmt: skip
def test_what_a_verb_reads_is_made(spec: Any, value: Any, made: Any) -> None:
    assert compile_column("new", spec, text_of)({"a": value, "b": 0}) == made


@pytest.mark.parametrize(
    ("table", "row", "told"),
    [
        ({"explode": {"each": ["q"]}}, {"q": "Q"}, "column 'q': a list wanted, a text of 1 characters found"),
        ({"explode": {"each": ["q"]}}, {"q": {"x": "Q"}}, "column 'q': a list wanted, an object of 1 keys found"),
        ({"labels": ["{l}"]}, {"l": [["x", "y"]]}, "column 'l': a list of texts wanted, a list of 1 found"),
        ({"labels": ["{l}"], "types": {"l": "list"}}, {"l": '["x"]'}, "column 'l': a list wanted, a text of 5 characters found"),
        ({"labels": ["{l}"], "types": {"l": "text"}}, {"l": ["x"]}, "column 'l': a text wanted, a list of 1 found"),
        ({"labels": ["{l.0}"], "columns": {"l": {"parse": "q"}}, "types": {"l": "list"}}, {"q": '{"0": "x"}'},
         "column 'l': a list wanted, an object of 1 keys found"),
        ({"task": "vqa", "image": {"each": "i", "path": "{item}"}}, {"i": '["a.png"]'},
         "column 'i': a list of names wanted, a text of 9 characters found"),
        ({"task": "vqa", "image": {"each": "i", "path": "{item}"}}, {"i": [["a"]]},
         "column 'i': a list of names wanted, a list of 1 found"),
        ({"task": "detection", "image": "a.png", "boxes": {"each": "b", "label": "x", "xywh": ["{item.0}", "1", "2", "3"]}}, {"b": "[1]"},
         "column 'b': a list of boxes wanted, a text of 3 characters found"),
        ({"turns": {"conversation": "q"}}, {"q": "Hi"}, "column 'q': a list of turns wanted, a text of 2 characters found"),
        ({"turns": {"alternate": "q"}}, {"q": [["Hi", "Hello"]]}, "column 'q': a list of texts wanted, a list of 1 found"),
    ],
)  # fmt: skip
def test_a_table_reads_no_row_of_another_type(table: dict[str, Any], row: dict[str, Any], told: str) -> None:
    found = give(manifest(table), {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A", **row}), "a.png": ""})
    assert rejected(found) == [("s/1", "column_type", told)]
    assert [(item.reason, item.row, item.rows) for item in found if isinstance(item, FileFault)][-1] == ("column_type", 0, 1)


def test_a_benchmark_is_lenient_of_images_that_are_not_there_and_not_of_types() -> None:
    table = {"task": "vqa", "image": {"each": "i", "path": "{item}"}}
    source = manifest(table, kind="benchmark", rules={"others": "image", "reason": "a test"})
    row = {"id": 1, "q": "Q", "a": "A", "i": ["a.png"]}
    found = give(source, {"t.jsonl": lines(row, {**row, "id": 2, "i": {"x": "a.png"}})})
    assert [sample.images for sample in samples(found)] == [()]
    assert [(reason, told) for _, reason, told in rejected(found)] == [
        ("column_type", "column 'i': a list of names wanted, an object of 1 keys found")
    ]


def test_a_join_in_which_no_row_finds_a_partner_is_told() -> None:
    join = {"files": ["p.jsonl"], "format": "jsonl", "on": {"id": "uid"}, "take": {"term": "license"}}
    row = {"id": 1, "q": "Q", "a": "A"}
    found = give(manifest({"join": [join], "license": "{term}"}), {"t.jsonl": lines(row), "p.jsonl": lines({"uid": "1.0", "license": "x"})})
    assert [item for item in found if isinstance(item, FileFault)] == [
        FileFault(
            source="s", file="p.jsonl", reason="join_unmet", found="no partner for any of 1 rows among 1 keys",
            wanted="column 'uid' with what 'id' holds", table="t", rows=1, notice=True,
        )
    ]  # fmt: skip
    met = give(manifest({"join": [join], "license": "{term}"}), {"t.jsonl": lines(row), "p.jsonl": lines({"uid": "1", "license": "x"})})
    assert [item for item in met if isinstance(item, FileFault)] == []


def test_what_a_join_may_lack_it_says_itself() -> None:
    join = {"files": ["p.jsonl"], "format": "jsonl", "on": {"id": "uid"}, "take": {"term": "license"}}
    files = {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A"}), "p.jsonl": lines({"uid": 1})}
    for given, told in (({"absent": ["license"]}, ["column_missing"]), ({"join": [{**join, "absent": ["license"]}]}, [])):
        source = manifest({"join": [join], "license": "{term}", **given})
        assert [item.reason for item in give(source, files) if isinstance(item, FileFault)] == told


def test_documents_without_one_row_are_told_with_the_nearest_element() -> None:
    options = {"row": "pairs/pair", "columns": {"id": "@n", "q": "q", "a": "a"}}
    source = manifest({"files": ["*.xml"], "format": "xml", "options": options})
    text = '<d><pairs><Pair n="1"><q>Q</q><a>A</a></Pair></pairs></d>'
    assert [(item.reason, item.found, item.wanted) for item in give(source, {"1.xml": text}) if isinstance(item, FileFault)] == [
        ("row_missing", "1 files without one row", "elements 'pairs/pair' (nearest: 'Pair')")
    ]
    whole = give(source, {"1.xml": text, "2.xml": text.replace("Pair", "pair")})
    assert [item for item in whole if isinstance(item, FileFault)] == []
