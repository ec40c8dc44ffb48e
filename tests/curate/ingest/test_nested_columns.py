"""lists in lists, columns below an exploded list, columns of a group: what they give, and what is told of them"""

import json
from typing import Any

import pytest

from curate.ingest.columns import compile_column
from curate.ingest.ingest import Found
from curate.ingest.render import Unfit, text_of, text_reader
from curate.manifest.sense import sense_faults
from curate.manifest.verbs import inputs, staged
from schemas.found import FileFault
from tests.curate.ingest.reading import PLAIN, give, manifest, rejected, samples

TOKENS = ["T", "y", " ", "o", "", " "]
CELLS = [{"tokens": ["<b>", "T", "y", " ", "o", "</b>"]}, {"tokens": []}, {"other": 1}, {"tokens": ["\u2002", "7"]}]


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def said(found: list[Found]) -> dict[str, str]:
    return {sample.id: sample.turns[-1].text for sample in samples(found)}


@pytest.mark.parametrize(
    ("spec", "row", "text"),
    [
        ({"concat": "a", "with": ""}, {"a": TOKENS}, "Ty o "),
        ({"concat": "a", "with": "|"}, {"a": TOKENS}, "T|y|o"),
        ({"concat": "a"}, {"a": [" x ", " ", "y"]}, "x, y"),
        ({"concat": "a", "with": ""}, {"a": [" x ", 1, 2.5, True, None, "\n"]}, " x 12.5true\n"),
        ({"concat": "a", "each": "<{item}>", "with": ""}, {"a": TOKENS}, "<T><y>< ><o>< >"),
        ({"concat": "a", "each": "{word}", "with": ""}, {"a": [{"word": "x "}, {"word": " "}, {}]}, "x  "),
        ({"concat": "a", "with": ""}, {"a": {"x": " 1", "y": "2 "}}, " 12 "),
        ({"concat": "a", "with": ""}, {"a": []}, ""),
        ({"concat": "a", "each": " - {item}", "with": "\n"}, {"a": ["x", " ", "y"]}, " - x\n - y"),
        ({"concat": "a", "each": {"concat": "tokens", "with": ""}, "with": "\n"}, {"a": CELLS}, "<b>Ty o</b>\n7"),
        ({"concat": "a", "each": {"concat": "item.tokens", "with": ""}, "with": ""}, {"a": CELLS}, "<b>Ty o</b>\u20027"),
        ({"concat": "a", "each": {"concat": "item", "with": ""}, "with": "; "}, {"a": [["x", " "], ["y"], []]}, "x; y"),
        (
            {"concat": "a", "each": {"concat": "ws", "each": "{number}.{w}", "with": ","}},
            {"a": [{"ws": [{"w": "x"}, {"w": "y"}]}]},
            "1.x,2.y",
        ),
        ({"concat": "a", "each": "{number}:{word}"}, {"a": [{"word": "x", "number": 9}]}, "1:x"),  # of an item's fields ours hide theirs
    ],
)
def test_concat_keeps_blanks_where_nothing_stands_between_its_items(spec: Any, row: dict[str, Any], text: str) -> None:
    assert compile_column("new", spec, text_of)(row) == text


def test_a_piece_of_a_text_is_no_word_for_nothing() -> None:
    assert compile_column("new", {"concat": "a", "with": ""}, text_reader(["-"]))({"a": ["x", "-", "y"]}) == "x-y"
    assert compile_column("new", {"concat": "a", "with": " "}, text_reader(["-"]))({"a": ["x", "-", "y"]}) == "x y"


@pytest.mark.parametrize(
    ("spec", "row", "evidence"),
    [
        ({"concat": "a", "with": ""}, {"a": [["x"]]}, "column 'a': a text or an object as its item wanted, a list of 1 found"),
        ({"concat": "a", "with": ""}, {"a": [{}]}, "in column 'a': text or number wanted, dict of 0 found"),
        ({"concat": "a", "each": {"concat": "b"}}, {"a": [{"b": 7}]}, "in column 'a': column 'b': a list or object wanted, a number found"),
        ({"concat": "a", "each": {"concat": "item"}}, {"a": ["x"]},
         "in column 'a': column 'item': a list or object wanted, a text of 1 characters found"),
        ({"capture": "a.b", "pattern": "(x)"}, {"a": {"b": {}}}, "column 'a.b': text or number wanted, dict of 0 found"),
        ({"section": "a", "named": "findings"}, {"a": {}}, "column 'a': text or number wanted, dict of 0 found"),
        ({"replace": "a", "values": {"_": " "}}, {"a": [{}]}, "column 'a': text or number wanted, dict of 0 found"),
        ({"split": "a", "at": "|"}, {"a": {}}, "column 'a': text or number wanted, dict of 0 found"),
        ({"pick": "a", "by": "b"}, {"a": ["x"], "b": {}}, "column 'b': text or number wanted, dict of 0 found"),
        ({"pick": "a", "by": "b"}, {"a": [{"key": {}}], "b": "x"}, "column 'a': text or number wanted, dict of 0 found"),
        ({"flags": ["a"], "when": [1]}, {"a": {}}, "column 'a': text or number wanted, dict of 0 found"),
        ({"map": "a", "values": {"_": " "}}, {"a": {}}, "column 'a': text or number wanted, dict of 0 found"),
        ({"first": ["a"]}, {"a": 1 << 20_000}, "column 'a': text or number wanted, a number of 20001 bits found"),
        ("{a}", {"a": {}}, "column 'a': text or number wanted, dict of 0 found"),
    ],
)  # fmt: skip
def test_what_is_of_another_type_is_told_with_its_column(spec: Any, row: dict[str, Any], evidence: str) -> None:
    with pytest.raises(Unfit) as caught:
        compile_column("new", spec, text_of)(row)
    assert (caught.value.reason, caught.value.evidence) == ("column_type", evidence)
    assert caught.value.column in ("a", "a.b", "b")


@pytest.mark.parametrize(
    ("table", "row", "evidence"),
    [
        ({"keep_if": {"k": "x"}}, {"k": {}}, "column 'k': text or number wanted, dict of 0 found"),
        ({"group": {"by": ["k"]}}, {"k": {}}, "column 'k': text or number wanted, dict of 0 found"),
        ({"turns": {"conversation": "k"}}, {"k": [{"from": {}, "value": "x"}]}, "column 'k.from': text or number wanted, dict of 0 found"),
        ({"turns": {"conversation": "k"}}, {"k": [{"from": "gpt", "value": {}}]},
         "column 'k.value': text or number wanted, dict of 0 found"),
        ({"turns": {"alternate": "k"}}, {"k": [{}, "x"]}, "column 'k': text or number wanted, dict of 0 found"),
    ],
)  # fmt: skip
def test_what_is_of_another_type_anywhere_is_told_with_its_column(table: dict[str, Any], row: dict[str, Any], evidence: str) -> None:
    found = give(manifest(table), {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A", **row})})
    assert rejected(found) == [("s/1", "column_type", evidence)]


def test_a_cell_that_is_too_long_for_its_pattern_rejects_the_row() -> None:
    source = manifest({"columns": {"part": {"capture": "q", "pattern": r"(\w+)\.png$", "default": "none"}}, "turns": PLAIN["turns"]})
    found = give(source, {"t.jsonl": lines({"id": 1, "q": "x" * 20_001, "a": "A"}, {"id": 2, "q": "x" * 20_000, "a": "A"})})
    assert rejected(found) == [("s/1", "too_long_for_pattern", "column 'q': 20001 > 20000 characters")]
    assert [sample.id for sample in samples(found)] == ["s/2"]
    assert [(fault.reason, fault.wanted, fault.rows, fault.notice) for fault in found if isinstance(fault, FileFault)] == [
        ("too_long_for_pattern", "a text short enough for the pattern, in column 'q'", 1, True)
    ]


def test_a_list_of_objects_goes_by_another_name() -> None:
    source = manifest({
        "columns": {
            "cells": {"first": ["none", "html.cells"]}, "table": {"first": ["html"]},
            "text": {"concat": "cells", "each": {"concat": "tokens", "with": ""}},
            "inner": {"concat": "table.cells", "each": {"concat": "tokens", "with": ""}},
        },
        "absent": ["none"], "turns": [{"user": "{q}"}, {"assistant": "{text} / {inner}"}],
    })  # fmt: skip
    assert said(give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "html": {"cells": CELLS}})})) == {
        "s/1": "<b>Ty o</b>, 7 / <b>Ty o</b>, 7"
    }


@pytest.mark.parametrize(
    ("value", "is_there"),
    [
        ([], False),
        ([[]], False),
        ([{}], False),
        (["", None], False),
        ({}, False),
        ([{"a": 1}], True),
        ([["x"]], True),
        (["", "x"], True),
        (0, True),
    ],
)
def test_the_first_that_is_not_empty_may_be_a_list_of_anything(value: Any, is_there: bool) -> None:
    assert compile_column("new", {"first": ["a", "b"]}, text_of)({"a": value, "b": "other"}) == (value if is_there else "other")


def test_a_column_below_a_list_that_is_exploded_is_made_of_its_items() -> None:
    source = manifest({
        "row": "{id}", "explode": {"each": ["html.cells"]},
        "columns": {
            "text": {"concat": "html.cells.tokens", "with": ""}, "bare": {"concat": "html.cells.bare", "with": ""},
            "kind": {"capture": "html.cells.kind.name", "pattern": "^(t.)"},
        },
        "turns": [{"user": "{kind}"}, {"assistant": "{text}[[ {html.cells.note}]]"}],
        "absent": ["html.cells.note", "html.cells.bare"],
    })  # fmt: skip
    cells = [{"tokens": ["a", " ", "b"], "kind": {"name": "th"}}, {"tokens": ["c"], "kind": {"name": "td"}, "note": "!"}]
    found = give(source, {"t.jsonl": lines({"id": 1, "html": {"cells": cells}})})
    assert rejected(found) == []
    assert [(sample.id, sample.turns[0].text, sample.turns[1].text) for sample in samples(found)] == [
        ("s/1#0", "th", "a b"), ("s/1#1", "td", "c !"),
    ]  # fmt: skip


GROUPED = {
    "row": "{page}", "group": {"by": ["page"], "collect": ["word", "at.x"]},
    "columns": {
        "text": {"concat": "rows", "each": "{word}", "with": " "}, "long": "{text}!", "page": "p{number}",
        "places": {"concat": "rows", "each": "{at.x}", "with": "+"},
    },
    "turns": [{"user": "{places}"}, {"assistant": "{long}"}],
}  # fmt: skip


def test_columns_that_need_the_rows_of_a_group_are_made_after_it() -> None:
    rows = lines(
        {"number": 1, "word": "a", "at": {"x": 1}}, {"number": 2, "word": "c", "at": {"x": 3}}, {"number": 1, "word": "b", "at": {"x": 2}}
    )
    found = give(manifest(GROUPED), {"t.jsonl": rows})
    assert [(sample.id, sample.turns[0].text, sample.turns[1].text) for sample in samples(found)] == [
        ("s/p1", "1+2", "a b!"),
        ("s/p2", "3", "c!"),
    ]
    assert [item for item in found if isinstance(item, FileFault)] == []


def test_a_group_whose_columns_cannot_be_made_is_one_rejected_row_and_told_of_its_file() -> None:
    grouped = {**GROUPED, "row": "{number}", "columns": {**GROUPED["columns"], "kind": {"map": "text", "values": {"a b": "x"}}}}  # type: ignore[dict-item]
    rows = lines(*({"number": number, "word": word, "at": {"x": 1}} for number, word in ((1, "a"), (1, "b"), (2, "c"))))
    found = give(manifest(grouped), {"t.jsonl": rows})
    assert rejected(found) == [("s/2", "value_unmapped", "column 'text', 1 characters")]
    assert [(fault.reason, fault.row, fault.rows, fault.notice) for fault in found if isinstance(fault, FileFault)] == [
        ("value_unmapped", 2, 1, True)
    ]


def test_a_path_below_a_column_of_a_group_that_no_row_has_is_told_and_one_that_was_never_made_is_not() -> None:
    columns = {"zero": "0", **GROUPED["columns"], "first": {"pick": "rows", "by": "zero"}}  # type: ignore[dict-item]
    grouped = {**GROUPED, "columns": columns, "labels": ["{first.wrod}"]}
    row = {"number": 1, "word": "a", "at": {"x": 1}}
    told = [fault.wanted for fault in give(manifest(grouped), {"t.jsonl": lines(row)}) if isinstance(fault, FileFault)]
    assert told == ["column 'first.wrod'"]
    left_out = give(manifest({**grouped, "keep_if": {"word": "none"}}), {"t.jsonl": lines(row)})
    assert [fault for fault in left_out if isinstance(fault, FileFault)] == []


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"keep_if": {"text": "x"}}, "keep_if: column 'text' is made after group; wanted: one that is there before"),
        ({"keep_unless": {"text": "x"}}, "keep_unless: column 'text' is made after group; wanted: one that is there before"),
        ({"group": {"by": ["long"], "collect": ["word", "at.x"]}},
         "group.by: column 'long' is made after group; wanted: one that is there before"),
        ({"explode": {"each": ["text"]}}, "explode.each: column 'text' is made after group; wanted: one that is there before"),
        ({"join": [{"files": ["j.json"], "format": "json", "on": {"text": "t"}, "take": {"x": "x"}}]},
         "join[0].on: column 'text' is made after group; wanted: one that is there before"),
        ({"group": {"by": ["page"], "collect": ["at.x"]}}, "columns.text.each: 'word' is not collected; wanted: it under group.collect"),
    ],
)  # fmt: skip
def test_what_looks_at_a_column_before_it_is_made_is_a_fault_of_the_manifest(table: dict[str, Any], fault: str) -> None:
    raw = {"id": "s", "title": "S", "license": "CC0-1.0", "commercial": "yes"}
    layout = {"name": "only", "if": ["**"], "tables": [{**PLAIN, **GROUPED, **table}]}
    assert f"$.layouts[0].tables[0].{fault}" in sense_faults({**raw, "layouts": [layout]}, stem="s", wordings={})


def test_a_column_that_needs_one_made_after_it_is_a_fault_unless_that_takes_the_place_of_what_is_read() -> None:
    raw = {"id": "s", "title": "S", "license": "CC0-1.0", "commercial": "yes"}
    columns = {"both": "{a}{b}", "kept": "{raw}", "a": {"map": "x", "values": {"1": "y"}}, "raw": {"replace": "raw", "values": {"_": " "}}}
    layout = {"name": "only", "if": ["**"], "tables": [{**PLAIN, "columns": columns}]}
    assert sense_faults({**raw, "layouts": [layout]}, stem="s", wordings={}) == [
        "$.layouts[0].tables[0].columns.both: needs 'a', which is made after it; wanted: 'a' above it"
    ]


def test_a_nested_concat_reads_what_lies_in_the_items() -> None:
    nested = {"concat": "html.cells", "each": {"concat": "tokens", "each": "{w}", "with": ""}}
    assert list(inputs(nested)) == [("html.cells", True), ("html.cells.tokens", True)]
    assert list(inputs({"concat": "a", "each": {"concat": "item"}})) == [("a", True)]
    stages = staged({"x": nested, "y": "{x}", "z": "{rows.0.a}", "w": "{z}"}, joined=[], exploded=["html.cells"], grouped=True)
    assert [list(stage) for stage in stages] == [[], [], ["x", "y"], ["z", "w"]]
    source = manifest({"columns": {"text": nested}, "turns": [{"user": "{q}"}, {"assistant": "{text}"}]})
    renamed = give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "html": {"cells": [{"token": [{"w": "x"}]}]}})})
    assert next((fault.reason, fault.wanted) for fault in renamed if isinstance(fault, FileFault)) == (
        "column_missing", "column 'html.cells.tokens' (nearest: 'html.cells.token'), 'html.cells.tokens.w' (nearest: 'html.cells.token.w')",
    )  # fmt: skip
