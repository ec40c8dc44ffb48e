"""How a run ends: exit status and what is said of files that could not be read"""

from pipelines.corpus import Outcome, print_outcome

FAULT = {"source": "a", "file": "b\n\x1b[2Jc.csv", "reason": "unreadable", "found": "EOFError", "wanted": "a whole file"}


def test_a_whole_run_ends_with_0_and_an_incomplete_one_names_its_files_with_3(capsys):
    assert (print_outcome(Outcome(faults=[], summary="All.")), capsys.readouterr()) == (0, ("All.\n", ""))
    assert print_outcome(Outcome(faults=[FAULT], summary="All.")) == 3
    assert capsys.readouterr().err == "incomplete: a: b \\u001b[2Jc.csv: unreadable: found EOFError, wanted a whole file\n"
