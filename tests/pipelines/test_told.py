"""What is told of files: in a line each, and of a row that was rejected what its file is told by"""

from pipelines.tables import Receipt
from pipelines.told import fault_line, lines_of, told
from schemas.verdict import Verdict

OF_M = {
    "source": "a", "file": "t.json", "table": "t", "reason": "value_unmapped",
    "found": "column 'm', 1 characters, in 2 of 9 rows, first in row 4",
    "wanted": "one of the words that the manifest knows, in column 'm'", "row": 4, "rows": 2, "notice": True,
}  # fmt: skip
OF_N = {**OF_M, "found": "column 'n', 3 characters, in 1 of 9 rows, first in row 7", "wanted": "a word, in column 'n'", "row": 7}
WHOLE = {"source": "a", "file": "", "reason": "no_layout", "found": "0 files", "wanted": "t.json"}


def receipt(**counts):
    return Receipt(unit="a", fingerprint="f", files=(), counts=counts)


def refused(reason, evidence, source="a"):
    return Verdict(id="a/1", source=source, stage="ingest", decision="rejected", reason=reason, evidence=evidence, winner="")


def test_a_fault_is_a_line_that_names_source_file_table_reason_found_and_wanted():
    assert fault_line(WHOLE) == "a: its folder: no_layout: found 0 files, wanted t.json"
    assert fault_line(OF_M) == (
        "a: t.json, table 't': value_unmapped: found column 'm', 1 characters, in 2 of 9 rows, first in row 4, "
        "wanted one of the words that the manifest knows, in column 'm'"
    )


def test_faults_and_notices_are_told_apart():
    receipts = [receipt(faults=[WHOLE], notices=[OF_M]), receipt()]
    assert (told(receipts, "faults"), told(receipts, "notices")) == ([WHOLE], [OF_M])


def test_of_a_rejected_row_what_cost_it_is_told_and_not_what_cost_others():
    receipts = [receipt(faults=[WHOLE], notices=[OF_M, OF_N])]
    assert lines_of(receipts, refused("value_unmapped", "column 'n', 3 characters")) == [fault_line(OF_N)]
    assert lines_of(receipts, refused("value_unmapped", "the template, 3 characters")) == [fault_line(OF_M), fault_line(OF_N)]
    assert lines_of(receipts, refused("image_missing", "none of 2 paths is there")) == []
    assert lines_of(receipts, refused("value_unmapped", "column 'n', 3 characters", source="b")) == []
