"""columns that no row has, and rows that are not as the manifest says: one error each, naming what was wanted, found and nearest"""

import json
from typing import Any

import pytest

from curate.ingest.ingest import FileFault
from schemas.sample import Sample
from tests.curate.ingest.reading import give, manifest, rejected, samples

OPTIONAL = [{"user": "{q}[[ {hint}]]"}, {"assistant": "{a}"}]


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def faults(found: list[Any]) -> list[tuple[str, str, str, str]]:
    return [(item.file, item.reason, item.found, item.wanted) for item in found if isinstance(item, FileFault) and not item.notice]


def notices(found: list[Any]) -> list[tuple[str, str, str]]:
    return [(item.reason, item.found, item.wanted) for item in found if isinstance(item, FileFault) and item.notice]


def test_a_column_of_an_optional_piece_that_no_row_has_is_one_fault_and_the_rows_are_kept() -> None:
    rows = lines({"id": 1, "q": "Q", "a": "A", "Hint": "H"}, {"id": 2, "q": "Q", "a": "A"})
    found = give(manifest({"turns": OPTIONAL}), {"t.jsonl": rows})
    assert [sample.id for sample in samples(found)] == ["s/1", "s/2"]
    assert [item for item in found if isinstance(item, FileFault)] == [
        FileFault(
            source="s", file="t.jsonl", reason="column_missing", found="2 rows, objects of 4 keys: id, q, a, Hint",
            wanted="column 'hint' (nearest: 'Hint')", table="t",
        )
    ]  # fmt: skip


def test_one_row_that_has_it_is_enough_and_a_header_must_have_it() -> None:
    rows = lines({"id": 1, "q": "Q", "a": "A"}, {"id": 2, "q": "Q", "a": "A", "hint": None})
    assert faults(give(manifest({"turns": OPTIONAL}), {"t.jsonl": rows})) == []
    headed = {"turns": OPTIONAL, "files": ["t.csv"], "format": "table"}
    found = give(manifest(headed), {"t.csv": "id,q,a,Hint\n1,Q,A,H\n"})
    assert samples(found) == []
    assert faults(found) == [("t.csv", "column_missing", "a header of 4 columns", "column 'hint' (nearest: 'Hint')")]


def test_a_column_that_may_be_absent_is_not_missed_but_a_name_so_like_it_is_told() -> None:
    source = manifest({"turns": OPTIONAL, "absent": ["hint"]})
    assert [item for item in give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A"})}) if isinstance(item, FileFault)] == []
    found = give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A", "Hints": "H"})})
    assert len(samples(found)) == 1
    assert notices(found) == [("column_renamed", "1 rows, none has it", "column 'hint', which may be absent; perhaps it is 'Hints'")]


@pytest.mark.parametrize("given", [{"row": "{file}"}, {"row": "{file}[[-{stem}]]", "absent": ["stem"]}, {"image": "{file}", "row": "{id}"}])
@pytest.mark.parametrize(("name", "format"), [("t.csv", "table"), ("t.jsonl", "jsonl")])
def test_where_the_name_of_the_file_could_not_be_meant_its_column_is_missed(given: Any, name: str, format: str) -> None:
    source = manifest({"files": [name], "format": format, "task": "caption", "image": "{id}", **given})
    rows = [{"id": "1", "q": "Q", "a": "A", "files": "1.png"}, {"id": "2", "q": "Q", "a": "A", "files": "2.png"}]
    text = "id,q,a,files\n1,Q,A,1.png\n2,Q,A,2.png\n" if format == "table" else lines(*rows)
    found = give(source, {name: text})
    assert samples(found) == []
    (fault,) = faults(found)
    assert (fault[1], fault[3]) == ("column_missing", "column 'file' (nearest: 'files')")
    assert "duplicate_id" not in [reason for _, reason, _ in rejected(found)]


@pytest.mark.parametrize("row", ["{file}/{row}", "{file}/{id}", "{@file}-{row}"])
def test_where_the_name_of_the_file_can_be_meant_no_column_is_missed(row: str) -> None:
    found = give(manifest({"row": row, "files": ["t.csv"], "format": "table"}), {"t.csv": "id,q,a\n1,Q,A\n2,Q,A\n"})
    assert (len(samples(found)), faults(found)) == (2, [])


def test_a_limited_run_and_a_file_without_rows_are_not_judged_by_what_they_lack() -> None:
    source = manifest({"turns": OPTIONAL})
    assert faults(give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A"}, {"id": 2, "q": "Q", "a": "A"})}, limit=1)) == []
    assert faults(give(source, {"t.jsonl": "\n"})) == []


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({"meta": {"Author": "x"}}, "column 'meta.author' (nearest: 'meta.Author')"),
        ({"metas": {"author": "x"}}, "column 'meta.author' (nearest: 'metas.author')"),
        ({"meta": [{"who": "x"}]}, "column 'meta.author'"),
    ],
)
def test_a_path_into_an_object_is_looked_for_to_its_end(row: dict[str, Any], wanted: str) -> None:
    source = manifest({"labels": ["{meta.author}"]})
    found = give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A", **row})})
    assert [(reason, told) for _, reason, _, told in faults(found) if reason == "column_missing"] == [("column_missing", wanted)]


@pytest.mark.parametrize("row", [{"meta": None}, {"meta": []}, {"meta": {"author": None}}])
def test_a_path_that_leads_into_nothing_is_not_missed(row: dict[str, Any]) -> None:
    source = manifest({"labels": ["{meta.author}"]})
    assert faults(give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A", **row})})) == []


@pytest.mark.parametrize(("meta", "found"), [("x", "a text of 1 characters"), ([{"author": 1}], "a list of 1"), (7, "a number")])
def test_a_path_that_leads_into_another_type_is_told_of_the_rows_that_have_it(meta: Any, found: str) -> None:
    given = give(manifest({"labels": ["{meta.author}"]}), {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A", "meta": meta})})
    assert rejected(given) == [("s/1", "column_type", f"column 'meta.author': an object wanted, {found} found")]
    assert [reason for _, reason, _, _ in faults(given)] == ["column_type"]


def test_items_of_lists_and_turns_of_conversations_are_paths_too() -> None:
    source = manifest(
        {
            "task": "instruction", "image": {"each": "pictures", "path": "{item.file}", "optional": True},
            "turns": {"conversation": "talk"},
        }
    )  # fmt: skip
    talk = [{"from": "human", "values": "Hi"}, {"from": "gpt", "values": "Hello."}]
    found = give(source, {"t.jsonl": lines({"id": 1, "pictures": [{"files": "a.png"}], "talk": talk})})
    assert samples(found) == []
    assert [wanted for _, reason, _, wanted in faults(found) if reason == "column_missing"] == [
        "column 'pictures.file' (nearest: 'pictures.files'), 'talk.value' (nearest: 'talk.values')"
    ]


def test_of_the_columns_in_which_a_conversation_may_be_one_is_enough() -> None:
    source = manifest({"task": "instruction", "turns": {"conversation": ["conversations", "conversatons"]}})
    talk = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]
    assert faults(give(source, {"t.jsonl": lines({"id": 1, "conversatons": talk})})) == []
    found = give(source, {"t.jsonl": lines({"id": 1, "Conversation": talk})})
    assert [wanted for _, _, _, wanted in faults(found)] == [
        "column 'conversations.from' (nearest: 'Conversation.from'), 'conversations.value' (nearest: 'Conversation.value')"
    ]


def test_a_key_within_a_parsed_cell_is_looked_for_when_it_is_parsed() -> None:
    source = manifest({"columns": {"options": {"parse": "o"}}, "labels": ["{options.B}"]})
    found = give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A", "o": '{"A": "x", "b": "y"}'})})
    assert [wanted for _, _, _, wanted in faults(found)] == ["column 'options.B'"]


def test_a_column_that_another_of_its_name_is_made_of_is_wanted_all_the_same() -> None:
    source = manifest({"columns": {"hint": {"replace": "hint", "values": {"_": " "}}}, "turns": OPTIONAL})
    assert [wanted for _, _, _, wanted in faults(give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A"})}))] == ["column 'hint'"]


def test_where_each_file_is_a_row_one_file_is_enough() -> None:
    options = {"columns": {"uid": "uId/@id", "q": "q", "a": "a", "hint": "hint"}}
    source = manifest({"files": ["*.xml"], "format": "xml", "options": options, "row": "{uid}", "turns": OPTIONAL})
    plain = '<r><uId id="{}"/><q>Q</q><a>A</a></r>'
    assert faults(give(source, {"1.xml": plain.format(1), "2.xml": plain.format(2).replace("<q>", "<hint/><q>")})) == []
    found = give(source, {"1.xml": plain.format(1), "2.xml": plain.format(2)})
    assert [sample.id for sample in samples(found)] == ["s/1", "s/2"]
    told = "2 rows of 2 files, objects of 4 keys: uid, q, a, hint"
    assert faults(found) == [("1.xml", "column_missing", told, "column 'hint' (no 'hint' is there)")]


def test_both_sides_of_a_join_are_wanted() -> None:
    join = {"files": ["p.jsonl"], "format": "jsonl", "on": {"id": "uid"}, "take": {"term": "license"}}
    source = manifest({"join": [join], "license": "{term}"})
    found = give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A"}), "p.jsonl": lines({"uid": 1, "licence": "CC0-1.0"})})
    assert [sample.license for sample in samples(found)] == ["unknown"]
    assert faults(found) == [
        ("p.jsonl", "column_missing", "1 rows, objects of 2 keys: uid, licence", "column 'license' (nearest: 'licence')")
    ]


def test_rows_of_a_joined_file_that_cannot_be_read_are_told() -> None:
    join = {"files": ["p.jsonl"], "format": "jsonl", "on": {"id": "uid"}, "take": {"term": "license"}}
    source = manifest({"join": [join], "license": "{term}"})
    partners = lines({"uid": {"n": 1}, "license": "x"}, {"uid": 2, "license": "y"}) + "{\n"
    found = give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A"}), "p.jsonl": partners})
    assert notices(found) == [
        (
            "column_type",
            "column 'uid': text or number wanted, dict of 1 found, in 1 of 3 rows, first in row 0",
            "a value of the type that the manifest reads, in column 'uid'",
        ),
        ("row_broken", "no JSON at character 1 of 1, in 1 of 3 rows, first in row 2", "a row of the format that the manifest names"),
    ]


def test_rows_are_summed_by_reason_and_column_and_all_of_them_are_a_fault() -> None:
    source = manifest({"modality": {"map": "m", "values": {"CT": "ct"}}, "split": "{part}"})
    row = {"id": 0, "q": "Q", "a": "A", "m": "CT", "part": "train"}
    changes: list[dict[str, Any]] = [{}, {"m": "?"}, {"part": "x"}, {"m": "??"}, {"a": {"x": 1}}, {"a": ""}]
    found = give(source, {"t.jsonl": lines(*({**row, "id": number, **change} for number, change in enumerate(changes)))})
    assert [(item.file, item.row, item.rows, item.reason, item.found, item.wanted) for item in found if isinstance(item, FileFault)] == [
        ("t.jsonl", 1, 2, "value_unmapped", "column 'm', 1 characters, in 2 of 6 rows, first in row 1",
         "one of the words that the manifest knows, in column 'm'"),
        ("t.jsonl", 2, 1, "split_unknown", "1 characters, in 1 of 6 rows, first in row 2", "train, validation or test"),
        ("t.jsonl", 4, 1, "column_type", "column 'a': text or number wanted, dict of 1 found, in 1 of 6 rows, first in row 4",
         "a value of the type that the manifest reads, in column 'a'"),
    ]  # fmt: skip
    assert faults(found) == []
    assert len(rejected(found)) == 5
    all_of_them = give(source, {"t.jsonl": lines({**row, "m": "?"}, {**row, "id": 1, "m": "?"})})
    assert [(file, reason) for file, reason, _, _ in faults(all_of_them)] == [("t.jsonl", "value_unmapped")]


def test_the_same_of_many_files_is_told_of_twenty_and_summed_for_the_others() -> None:
    source = manifest({"files": ["*.jsonl"], "turns": OPTIONAL})
    found = give(source, {f"{number:02}.jsonl": lines({"id": number, "q": "Q", "a": "A"}) for number in range(23)})
    told = [item for item in found if isinstance(item, FileFault)]
    assert [item.file for item in told] == [*(f"{number:02}.jsonl" for number in range(20)), ""]
    assert (told[-1].reason, told[-1].found, told[-1].wanted) == ("column_missing", "the same in 3 more files, 0 rows", "column 'hint'")


def test_rows_within_something_else_are_told_by_what_they_are() -> None:
    row = {"id": 1, "q": "Q", "a": "A"}
    listed = manifest({"files": ["t.json"], "format": "json"})
    assert faults(give(listed, {"t.json": json.dumps([[row]])})) == [
        ("t.json", "column_missing", "1 rows, lists of objects", "column 'a', 'id', 'q'")
    ]
    assert faults(give(listed, {"t.json": json.dumps([{"row": row}])})) == [
        (
            "t.json", "column_missing", "1 rows, objects of 1 keys: row",
            "column 'a' (nearest: 'row.a'), 'id' (nearest: 'row.id'), 'q' (nearest: 'row.q')",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("unverified", "is_doubted"),
    [
        ("the column hint", True), ("how `hint` is written", True), ("the shape of t.jsonl", True), ("columns of the JSONL copy", True),
        ("hint", False), ("published.hint is a sum", False), ("file names of the Parquet copy", False), ("license", False),
    ],
)  # fmt: skip
def test_a_fault_of_what_nobody_has_seen_borne_out_says_so(unverified: str, is_doubted: bool) -> None:
    source = manifest({"turns": OPTIONAL}, unverified=[unverified])
    (fault,) = faults(give(source, {"t.jsonl": lines({"id": 1, "q": "Q", "a": "A"})}))
    assert fault[3] == "column 'hint'" + ("; this part of the manifest is not yet borne out by a real file" if is_doubted else "")


def test_keys_that_are_no_names_are_not_quoted() -> None:
    found = give(manifest({}), {"t.jsonl": lines({"id": 1, "q": "Q", "x" * 61: "A"})})
    assert faults(found) == [("t.jsonl", "column_missing", "1 rows, objects of 3 keys", "column 'a'")]


def test_a_sample_that_is_kept_is_the_same_with_and_without_a_fault() -> None:
    rows = lines({"id": 1, "q": "Q", "a": "A"})
    plain, optional = (give(manifest(table), {"t.jsonl": rows}) for table in ({}, {"turns": OPTIONAL}))
    assert [item for item in plain if isinstance(item, Sample)] == [item for item in optional if isinstance(item, Sample)]
