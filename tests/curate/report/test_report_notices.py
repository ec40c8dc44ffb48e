"""Rows that are not as their manifest says have a table of their own on the page; files that cannot be read are counted without them"""

from curate.report.counts import Counts
from curate.report.facts import FileFault, RunFacts
from curate.report.figures import draw_figures
from curate.report.page import page
from curate.report.summary import summary

NOTICE = FileFault(
    source="a", file="t.json", table="rows", reason="value_unmapped", found="column 'm', in 2 of 9 rows, first in row 4", wanted="a word",
    row=4, rows=2, notice=True,
)  # fmt: skip


def run(**given: tuple[FileFault, ...]) -> RunFacts:
    return RunFacts(recipe="default", title="T", out="/corpus", **given)


def test_notices_are_shown_and_make_no_run_incomplete() -> None:
    drawn = draw_figures(Counts(), run(notices=(NOTICE,)))
    html = page(drawn)
    assert (drawn.headline.fault_count, drawn.notices, drawn.faults) == (0, (NOTICE,), ())
    assert "Rows that are not as their manifest says" in html
    assert "column &#39;m&#39;, in 2 of 9 rows, first in row 4" in html
    assert "<code>rows<wbr></code>" in html
    assert "None. Every file that a manifest names could be read." in html
    assert "file fault" not in summary(drawn)


def test_a_page_without_notices_does_not_speak_of_them() -> None:
    assert "Rows that are not as their manifest says" not in page(draw_figures(Counts(), run()))
