"""columns, join, explode, keep_if, group: a row as read -> samples"""

import json
from typing import Any

import pytest

from curate.ingest.columns import compile_column
from curate.ingest.ingest import FileFault, TableCount
from curate.ingest.render import Unfit, text_of
from schemas.sample import Box, Turn
from tests.curate.ingest.reading import give, manifest, rejected, samples


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("spec", "row", "value"),
    [
        ("{a} {b}", {"a": 1, "b": "x"}, "1 x"),
        ("{a} {b}", {"a": 1}, ""),
        ({"capture": "a", "pattern": r"^(?P<new>p\d+)_"}, {"a": "p12_3"}, "p12"),
        ({"capture": "a", "pattern": r"_(\d)"}, {"a": "p12_3"}, "3"),
        ({"capture": "a", "pattern": "x(y)", "default": "no"}, {"a": "p"}, "no"),
        ({"capture": "a", "pattern": "(y)$"}, {"a": "y" * 1_000_000}, "y"),
        ({"map": "a", "values": {"L": "left"}, "default": "?"}, {"a": " l "}, "left"),
        ({"map": "a", "values": {"L": "left"}, "default": "?"}, {}, "?"),
        ({"split": "a", "at": "|"}, {"a": "Mass | Edema|"}, ["Mass", "Edema"]),
        ({"parse": "a"}, {"a": "['x', 'y']"}, ["x", "y"]),
        ({"parse": "a"}, {"a": '{"A": null}'}, {"A": None}),
        ({"parse": "a"}, {"a": "__import__('os')"}, None),
        ({"parse": "a"}, {"a": "(" * 5000}, None),
        ({"concat": "a", "with": "\n"}, {"a": ["x", None, "y"]}, "x\ny"),
        ({"concat": "a", "each": "{letter}. {item}", "with": "; "}, {"a": ["x", "y"]}, "A. x; B. y"),
        ({"concat": "a", "each": "{key}: {value}"}, {"a": {"A": "x", "B": ""}}, "A: x"),
        ({"concat": "a", "each": "{key}: {value}"}, {"a": [{"key": "A", "value": "x"}]}, "A: x"),
        ({"concat": "a", "each": "{number}) {item.t}"}, {"a": [{"t": "x"}]}, "1) x"),
        ({"pick": "a", "by": "b"}, {"a": {"B": "x"}, "b": "B"}, "x"),
        ({"pick": "a", "by": "b"}, {"a": ["x", "y"], "b": "B"}, "y"),
        ({"pick": "a", "by": "b", "from": 1}, {"a": ["x", "y"], "b": 2}, "y"),
        ({"pick": "a", "by": "b"}, {"a": [{"key": "C", "value": "z"}], "b": "C"}, "z"),
        ({"pick": "a", "by": "b"}, {"a": ["x"], "b": 7}, None),
        ({"first": ["a", "b.c"]}, {"a": " ", "b": {"c": "x"}}, "x"),
        ({"first": ["a"]}, {}, None),
    ],
)
def test_a_verb_makes_its_column(spec: Any, row: dict[str, Any], value: Any) -> None:
    assert compile_column("new", spec, text_of)(row) == value


def test_a_word_that_is_not_mapped_and_has_no_default_rejects_the_row() -> None:
    with pytest.raises(Unfit) as caught:
        compile_column("new", {"map": "a", "values": {"L": "left"}}, text_of)({"a": "secret"})
    assert (caught.value.reason, caught.value.evidence) == ("value_unmapped", "column 'a', 6 characters")


def test_join_takes_the_first_or_all_partners_and_captures_count_as_columns() -> None:
    source = manifest(
        {
            "files": ["{part}/t.csv"], "format": "table", "labels": ["{views}"], "license": "{term}",
            "join": [
                {"files": ["views.csv"], "format": "table", "on": {"id": "uid"}, "take": {"views": "view"}, "many": True},
                {"files": ["{part}/terms.jsonl"], "format": "jsonl", "on": {"id": "id", "part": "part"}, "take": {"term": "t"}},
                {"files": ["none.csv"], "format": "table", "on": {"id": "id"}, "take": {"other": "x"}},
            ],
        }
    )  # fmt: skip
    found = give(
        source,
        {
            "a/t.csv": "id,q,a\n1,Q,A\n2,Q,A\n", "b/t.csv": "id,q,a\n3,Q,A\n", "views.csv": "uid,view\n1,Frontal\n2,\n1,Lateral\n",
            "a/terms.jsonl": lines({"id": 1, "t": "CC-BY-4.0"}, {"id": 1, "t": "second"}, {"id": 3, "t": "of another part"}),
        },
    )  # fmt: skip
    assert [(sample.id, sample.labels, sample.license) for sample in samples(found)] == [
        ("s/1", ("Frontal", "Lateral"), "CC-BY-4.0"), ("s/2", (), "unknown"), ("s/3", (), "unknown"),
    ]  # fmt: skip
    (count,) = [item for item in found if isinstance(item, TableCount)]
    assert (count.rows, count.missing) == (3, ("none.csv",))


def test_a_row_without_its_required_partner_is_rejected_and_a_broken_join_is_a_fault() -> None:
    join = {"files": ["p.csv"], "format": "table", "on": {"id": "uid"}, "take": {"b": "b"}, "required": True}
    source = manifest({"join": [join]})
    found = give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A"}), "p.csv": "id,b\n1,2\n"})
    assert rejected(found) == [("s/1", "join_missing", "no partner by id")]
    assert [item for item in found if isinstance(item, FileFault)] == [
        FileFault(
            source="s", file="p.csv", reason="column_missing", found="a header of 2 columns", wanted="column 'uid' (nearest: 'id')",
            table="t",
        )
    ]


def test_a_fault_of_a_joined_file_names_the_file_and_not_its_glob() -> None:
    join = {"files": ["**/p.csv"], "format": "table", "on": {"id": "uid"}, "take": {"b": "b"}}
    found = give(manifest({"join": [join]}), {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A"}), "deep/p.csv": "uid,c\n1,x\n"})
    assert [(item.file, item.reason) for item in found if isinstance(item, FileFault)] == [("deep/p.csv", "column_missing")]


def test_explode_makes_a_sample_of_each_item_and_counts_each() -> None:
    source = manifest(
        {
            "explode": {"each": ["qs", "as"], "part": "{qs.n}"}, "turns": [{"user": "{qs.t}{mark}"}, {"assistant": "{as}"}],
            "columns": {"mark": {"map": "qs.n", "values": {"1": "!"}, "default": "?"}},
        }
    )  # fmt: skip
    found = give(
        source,
        {
            "t.jsonl": lines(
                {"id": 1, "qs": [{"n": 1, "t": "What"}, {"n": 2, "t": "Why"}, {"n": 3, "t": "How"}], "as": ["x", "", "z"]},
                {"id": 2, "qs": [{"n": 1, "t": "What"}], "as": []},
                {"id": 3, "qs": [], "as": []},
            )
        },
    )
    assert [(sample.id, sample.turns[0].text, sample.order) for sample in samples(found)] == [("s/1#1", "What!", 0), ("s/1#3", "How?", 0)]
    assert rejected(found) == [
        ("s/1#2", "text_missing", "column 'as' is empty"),
        ("s/2", "lists_differ", "1 and 0 items"),
        ("s/3", "nothing_to_explode", "column 'qs' holds no items"),
    ]
    (count,) = [item for item in found if isinstance(item, TableCount)]
    assert (count.rows, count.inputs, count.kept, count.rejected) == (3, 5, 2, 3)


def test_rows_left_out_by_keep_if_are_rejected_or_belong_elsewhere() -> None:
    rows = lines({"id": 1, "q": "Q", "a": "A", "kind": "Test "}, {"id": 2, "q": "Q", "a": "A", "kind": None}, {"id": 3, "q": "Q", "a": "A"})
    kept = give(manifest({"keep_if": {"kind": ["test", "exam"]}}), {"t.jsonl": rows})
    assert [sample.id for sample in samples(kept)] == ["s/1"]
    assert rejected(kept) == [(f"s/{number}", "not_selected_by_manifest", "keep_if") for number in (2, 3)]
    left = give(manifest({"keep_unless": {"kind": ""}, "otherwise": "elsewhere"}), {"t.jsonl": rows})
    assert [sample.id for sample in samples(left)] == ["s/1"]
    assert rejected(left) == []
    (count,) = [item for item in left if isinstance(item, TableCount)]
    assert (count.rows, count.inputs, count.elsewhere) == (3, 1, 2)


def test_grouped_rows_are_one_sample_with_the_collected_columns() -> None:
    source = manifest(
        {
            "files": ["test.csv"], "format": "table", "task": "detection", "row": "{filename}", "image": "{filename}",
            "group": {"by": ["filename"], "collect": ["cell", "x1", "y1", "x2", "y2"]},
            "boxes": {"each": "rows", "label": "{item.cell}", "corners": ["{item.x1}", "{item.y1}", "{item.x2}", "{item.y2}"], "origin": 1},
            "turns": [{"user": "What?"}, {"assistant": "Cells."}],
        }
    )  # fmt: skip
    rows = "filename,cell,x1,y1,x2,y2\na.jpg,RBC,1,2,11,22\nb.jpg,WBC,1,1,2,2\na.jpg,WBC,5,5,6.5,6\n"
    found = give(source, {"test.csv": rows, "a.jpg": ""})
    assert [(sample.id, sample.boxes) for sample in samples(found)] == [
        (
            "s/a.jpg",
            (
                Box(label="RBC", image=0, x=0, y=1, width=11, height=21),
                Box(label="WBC", image=0, x=4, y=4, width=2.5, height=2),
            ),
        )
    ]
    assert rejected(found) == [("s/b.jpg", "image_missing", "nothing at {filename}")]
    (count,) = [item for item in found if isinstance(item, TableCount)]
    assert (count.rows, count.inputs) == (3, 2)


def test_a_side_that_is_no_number_rejects_the_row() -> None:
    source = manifest(
        {"image": "a.jpg", "task": "detection", "boxes": {"label": "{q}", "xywh": ["{id}", "1", "2", "{a}"]}}
    )
    found = give(source, {"t.jsonl": lines({"id": 1, "q": "RBC", "a": "wide"}, {"id": 2, "q": "RBC", "a": 4}), "a.jpg": ""})
    assert rejected(found) == [("s/1", "box_broken", "a side is no number")]
    assert samples(found)[0].boxes == (Box(label="RBC", image=0, x=2, y=1, width=2, height=4),)


def test_conversations_keep_their_marks_where_their_number_is_right() -> None:
    source = manifest(
        {
            "task": "instruction", "image": {"path": "i/{item}", "each": "image", "optional": True, "extensions": [".jpg"]},
            "turns": {"conversation": ["conversations", "conversatons"]},
        }
    )  # fmt: skip

    def talk(*texts: str, first: str = "human") -> list[dict[str, str]]:
        return [{"from": (first if not place else "human") if place % 2 == 0 else "gpt", "value": text} for place, text in enumerate(texts)]

    rows = [
        {"id": 1, "image": "a", "conversatons": talk("Where?\n<image>", "Here.")},
        {"id": 2, "image": ["a", "b.png"], "conversations": talk("<image>\nCompare.", "Left <image>.", "And?", "No.")},
        {"id": 3, "conversations": talk("Hi <image>", "Hello.")},
        {"id": 4, "conversations": talk("Hi", "Hello.", "Bye")},
        {"id": 5, "conversations": talk("Hi", "Hello.", first="robot")},
        {"id": 6, "image": [], "conversations": talk("Hi", " ")},
        {"id": 7, "image": "a"},
        {"id": 8, "image": "c", "conversations": talk("Hi", "Hello.")},
    ]
    found = give(source, {"t.jsonl": lines(*rows), "i/a.jpg": "", "i/b.jpg": ""})
    assert [(sample.id, sample.images, [turn.text for turn in sample.turns]) for sample in samples(found)] == [
        ("s/1", ("s/i/a.jpg",), ["Where?\n<image>", "Here."]),
        ("s/2", ("s/i/a.jpg", "s/i/b.jpg"), ["<image>\n<image>\nCompare.", "Left .", "And?", "No."]),
        ("s/3", (), ["Hi", "Hello."]),
    ]
    assert rejected(found) == [
        ("s/4", "turns_order", "3 turns, the last without an answer"),
        ("s/5", "role_unknown", "turn 1 of 2"),
        ("s/6", "text_missing", "turn 2 of 2 is empty"),
        ("s/7", "column_missing", "no turns in column 'conversations'"),
        ("s/8", "image_missing", "nothing at i/{item} with .jpg"),
    ]


def test_a_flat_list_alternates_and_an_odd_one_has_no_last_answer() -> None:
    source = manifest({"turns": {"alternate": "value"}, "row": "{row}"})
    found = give(source, {"t.jsonl": lines(["Q1", "A1", "Q2", "A2"], ["Q1"])})
    assert samples(found)[0].turns == (
        Turn(role="user", text="Q1"), Turn(role="assistant", text="A1"), Turn(role="user", text="Q2"), Turn(role="assistant", text="A2"),
    )  # fmt: skip
    assert rejected(found) == [("s/1", "turns_order", "1 turns, the last without an answer")]


def test_optional_turns_and_pieces_are_left_out_when_empty() -> None:
    turns = [{"system": "{sys}", "optional": True}, {"user": "{q}[[\n\n{input}]]"}, {"assistant": "[[F: {f}]][[ I: {i}]]"}]
    source = manifest({"turns": turns, "empty": ["<noinput>"]})
    first, second = {"id": 1, "q": "Q", "input": "<NoInput> ", "f": "x", "i": "y"}, {"id": 2, "q": "Q", "input": "in", "sys": "S", "i": "y"}
    found = give(source, {"t.jsonl": lines(first, second, {"id": 3, "q": "Q"})})
    assert [[(turn.role, turn.text) for turn in sample.turns] for sample in samples(found)] == [
        [("user", "Q"), ("assistant", "F: x I: y")],
        [("system", "S"), ("user", "Q\n\nin"), ("assistant", "I: y")],
    ]
    assert rejected(found) == [("s/3", "text_missing", "the assistant's turn is empty")]
