"""How a run ends: exit status and what is said of files that could not be read"""

from pipelines.corpus import Outcome, print_outcome

FAULT = {"source": "a", "file": "b\n\x1b[2Jc.csv", "reason": "unreadable", "found": "EOFError", "wanted": "a whole file"}


def test_a_whole_run_ends_with_0_and_an_incomplete_one_names_its_files_with_3(capsys):
    assert (print_outcome(Outcome(faults=[], summary="All.")), capsys.readouterr()) == (0, ("All.\n", ""))
    assert print_outcome(Outcome(faults=[FAULT], summary="All.")) == 3
    assert capsys.readouterr().err == "incomplete: a: b \\u001b[2Jc.csv: unreadable: found EOFError, wanted a whole file\n"


def test_rows_that_are_not_as_their_manifest_says_are_told_and_leave_the_run_complete(capsys):
    notice = {**FAULT, "file": "c.json", "table": "t", "row": 3, "rows": 2, "notice": True}
    assert print_outcome(Outcome(faults=[], notices=[notice] * 22, summary="All.")) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "notice: a: c.json, table 't': unreadable: found EOFError, wanted a whole file"
    assert (len(lines), lines[-1]) == (21, "notice: 2 more; the report lists them")
