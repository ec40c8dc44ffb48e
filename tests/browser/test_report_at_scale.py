"""The report of five million rows at rest: its page is as small and as quick as that of a few, and its figures are those of its tables"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.report import plan_report
from pipelines.stage import execute
from tests.browser.chromium import CHROMIUM, browser, opened
from tests.browser.many_rows import many_rows
from tests.browser.told import OVERFLOWING, TABLES, UNDRAWN, unlike
from tests.pipelines.figures_by_sql import differences, figures_of

ROWS = int(os.environ.get("REPORT_ROWS", "5000000"))


def report_of(out: Path, rows: int, *, buckets: int) -> Path:
    run = many_rows(out, rows, buckets=buckets)
    execute(plan_report(run), run)
    figures = figures_of(out)
    assert (figures["headline"]["inputs"], figures["headline"]["kept"]) == (rows, rows * 3 // 10)
    assert sum(bin["kept"] for bin in figures["image_sides"]) > rows // 5
    assert differences(out, figures) == []
    return out / "report" / "index.html"


def test_figures_of_counted_rows_are_what_sql_counts(tmp_path: Path) -> None:
    assert report_of(tmp_path, 8_000, buckets=2).stat().st_size < 5_000_000


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (nor CHROME_PATH): the page is opened by none")
def test_the_report_of_five_million_rows_is_small_quick_and_true(tmp_path: Path) -> None:
    path = report_of(tmp_path, ROWS, buckets=64)
    assert path.stat().st_size < 5_000_000
    with browser() as chromium, opened(chromium, path) as shown:
        assert (shown.complaints, shown.loaded) == ([], [path.as_uri()])
        assert shown.seconds < 3
        assert unlike(shown.evaluate(TABLES), figures_of(tmp_path)) == []
        assert [shown.evaluate(UNDRAWN), shown.evaluate(OVERFLOWING)] == [[], []]
