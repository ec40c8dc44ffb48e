"""Rows that go by one name: few lie in the data, most in the manifest"""

import json

from curate.ingest.ingest import FileFault
from tests.curate.ingest.reading import give, manifest, rejected, samples


def lines(ids: str) -> str:
    return "".join(json.dumps({"id": id, "q": "?", "a": "!"}) + "\n" for id in ids)


def test_most_rows_that_repeat_are_told_in_a_notice_with_the_template_and_their_number() -> None:
    found = give(manifest({}), {"t.jsonl": lines("aabbab")})
    assert [sample.id for sample in samples(found)] == ["s/a", "s/b"]
    assert [item for item in found if isinstance(item, FileFault)] == [
        FileFault(
            source="s", file="t.jsonl", table="t", reason="duplicate_id", row=1, rows=4, notice=True,
            found="row is not unique: '{id}' repeats, in 4 of 6 rows, first in row 1",
            wanted="a 'row' that is another in each row of the source",
        )
    ]  # fmt: skip


def test_a_few_that_repeat_are_rejected_row_by_row_alone() -> None:
    found = give(manifest({}), {"t.jsonl": lines("aab")})
    assert rejected(found) == [("s/a~2", "duplicate_id", "table 't'")]
    assert [item for item in found if isinstance(item, FileFault)] == []
    assert [item for item in give(manifest({}), {"t.jsonl": lines("aabb")}) if isinstance(item, FileFault)] == []


def test_rows_that_all_repeat_those_of_another_table_leave_the_source_complete() -> None:
    tables = ({}, {"name": "u", "files": ["u.jsonl"]})
    found = give(manifest(*tables), {"t.jsonl": lines("ab"), "u.jsonl": lines("ab")})
    (told,) = [item for item in found if isinstance(item, FileFault)]
    assert (told.file, told.rows, told.notice) == ("u.jsonl", 2, True)
