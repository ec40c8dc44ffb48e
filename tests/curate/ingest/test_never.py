"""values that prove a file to be of another edition: nothing of it becomes a sample"""

import json
from typing import Any

import pytest

from curate.ingest.ingest import FileFault
from curate.manifest.check import schema_faults
from curate.manifest.sense import sense_faults
from schemas.found import TableCount
from schemas.verdict import Verdict
from tests.curate.ingest.reading import PLAIN, give, manifest, samples

BASED_ON_ONE = {
    "turns": [{"user": "{q}"}, {"assistant": "{right}"}],
    "columns": {"right": {"pick": "options", "by": "cop", "from": 1}},
    "never": {"cop": [0]},
}


def lines(*cells: Any) -> str:
    rows = ({"id": f"{number}", "q": "Q", "options": ["x", "y"], "cop": cell} for number, cell in enumerate(cells))
    return "".join(json.dumps(row) + "\n" for row in rows)


def faults(found: list[Any]) -> list[FileFault]:
    return [item for item in found if isinstance(item, FileFault)]


def test_a_file_that_holds_such_a_value_gives_no_row_and_one_fault_of_the_file() -> None:
    found = give(manifest(BASED_ON_ONE), {"t.jsonl": lines(1, 2, 0, 0)})
    assert faults(found) == [
        FileFault(
            source="s", file="t.jsonl", reason="value_never", found="'0' in column 'cop', first in row 2",
            wanted="another edition: this table reads files that hold no '0' there", table="t", row=2,
        )
    ]  # fmt: skip
    assert [item for item in found if not isinstance(item, FileFault)] == [
        TableCount(
            source="s", table="t", files=1, rows=0, inputs=0, kept=0, rejected=0, elsewhere=0, published=0, missing=()
        )
    ]  # fmt: skip


def test_another_file_of_the_table_is_read_all_the_same() -> None:
    source = manifest({**BASED_ON_ONE, "files": ["*.jsonl"], "row": "{@stem}/{id}"})
    found = give(source, {"a.jsonl": lines(0, 1), "b.jsonl": lines(1, 2)})
    assert [(sample.id, sample.turns[-1].text) for sample in samples(found)] == [("s/b/0", "x"), ("s/b/1", "y")]
    assert [(fault.file, fault.row) for fault in faults(found)] == [("a.jsonl", 0)]


def test_a_limited_run_is_not_deceived_by_the_first_rows() -> None:
    found = give(manifest(BASED_ON_ONE), {"t.jsonl": lines(1, 2, 0)}, limit=1)
    assert samples(found) == []
    assert [fault.reason for fault in faults(found)] == ["value_never"]


@pytest.mark.parametrize("cell", [0, 0.0, "0", " 0 ", "0.0", "-0"])
def test_numbers_are_compared_as_numbers_however_they_are_written(cell: Any) -> None:
    assert [fault.found for fault in faults(give(manifest(BASED_ON_ONE), {"t.jsonl": lines(1, cell)}))] == [
        "'0' in column 'cop', first in row 1"
    ]


@pytest.mark.parametrize("cell", [None, "", "none", "00x", 10, [0, 1], {"a": 0}, False])
def test_what_is_no_such_value_is_none(cell: Any) -> None:
    found = give(manifest(BASED_ON_ONE), {"t.jsonl": lines(1, cell)})
    assert [sample.id for sample in samples(found)] == ["s/0"]
    assert "value_never" not in {fault.reason for fault in faults(found)}


def test_words_are_compared_without_regard_to_case_and_the_manifests_own_is_told() -> None:
    source = manifest({"never": {"release.name": ["2023", "GLI"]}, "absent": ["release"]})
    row = json.dumps({"id": "1", "q": "Q", "a": "A", "release": {"name": " gli "}})
    (fault,) = faults(give(source, {"t.jsonl": row + "\n"}))
    assert fault.found == "'GLI' in column 'release.name', first in row 0"


def test_a_broken_row_and_a_broken_file_are_told_as_ever() -> None:
    found = give(manifest(BASED_ON_ONE), {"t.jsonl": lines(1) + "{broken\n" + lines(2)})
    assert [item.reason for item in found if isinstance(item, Verdict)] == ["row_broken", "duplicate_id"]
    assert [sample.id for sample in samples(found)] == ["s/0"]
    cut = give(manifest({**BASED_ON_ONE, "format": "json", "files": ["t.json"]}), {"t.json": "[" + lines(1).strip() + ", {"})
    assert "value_never" not in {fault.reason for fault in faults(cut)}
    assert faults(cut) != []


def test_the_column_must_be_in_the_file() -> None:
    source = manifest({"never": {"cop": [0]}, "files": ["t.csv"], "format": "table"})
    (fault,) = faults(give(source, {"t.csv": "id,q,a,Cop\n1,Q,A,0\n"}))
    assert (fault.reason, fault.wanted) == ("column_missing", "column 'cop' (nearest: 'Cop')")


def test_what_cannot_be_meant_is_told() -> None:
    table = {**PLAIN, "columns": {"cop": "{x}"}, "never": {"cop": [0]}}
    raw = {"id": "s", "layouts": [{"name": "only", "if": ["**"], "tables": [table]}]}
    assert sense_faults(raw, stem="s", wordings={}) == ["$.layouts[0].tables[0].never.cop: made by the table; wanted: a column of the file"]
    whole = {"title": "S", "license": "CC0-1.0", "commercial": "yes", "examples": [{"files": {"x": ""}, "gives": []}] * 2, **raw}
    place = "$.layouts[0].tables[0].never"
    for never, fault in (({"cop": []}, f"{place}.cop: 0 found, at least 1 wanted"), ({}, f"{place}: 0 found, at least 1 wanted")):
        assert schema_faults({**whole, "layouts": [{**raw["layouts"][0], "tables": [{**table, "never": never}]}]}) == [fault]
