"""Why a source is incomplete, in a few words"""

import pytest

from curate.report.facts import FileFault
from pipelines.facts import incomplete


def fault(file: str, reason: str, *, row: int = -1) -> FileFault:
    return FileFault(source="a", file=file, reason=reason, found="x", wanted="y", row=row)


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([], ""),
        ([fault("a.csv", "column_missing")], "a.csv does not fit its manifest"),
        ([fault("a.csv", "value_unmapped", row=0), fault("b.csv", "column_missing")], "a.csv and 1 more do not fit their manifest"),
        ([fault("a.zip", "zip_broken")], "a.zip could not be read"),
        ([fault("a.csv", "column_missing"), fault("b.zip", "zip_broken")], "a.csv and 1 more could not be read"),
        ([fault("", "no_layout"), fault("b.zip", "zip_broken")], "its folder fits no layout of its manifest"),
    ],
)
def test_files_that_were_read_and_do_not_fit_are_not_said_to_be_unreadable(faults: list[FileFault], said: str) -> None:
    assert incomplete(faults) == said
