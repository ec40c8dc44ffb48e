"""Charts of the page: every length is a figure's, every mark has a class, every class a colour that is seen"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

import curate.report
from curate.charts.strips import LEAST, WIDTH
from curate.report.drawings import Chart, drawings, ink, rates
from curate.report.facts import StageTime
from curate.report.figures import Step
from curate.report.page import page
from curate.report.wording import ceiling
from schemas.verdict import STAGES
from tests.curate.report.generated import generated_figures
from tests.curate.report.test_report_figures import figures

HERE = Path(curate.report.__file__).parent
CSS = (HERE / "charts.css").read_text() + (HERE / "report.css").read_text()
PAPER = {"light": "#fcfcfa", "dark": "#121518", "print": "#ffffff"}


def bars(strip: str) -> list[tuple[str, str, float]]:
    """Class, title and length of every bar."""
    paths = [(path, re.search(r"h([\d.]+)v", path.get("d", ""))) for path in fromstring(strip).iter("path")]
    return [(path.get("class", ""), path.findtext("title") or "", float(bar[1])) for path, bar in paths if bar]


def labels(chart: Chart) -> list[str | None]:
    return [fromstring(row).get("aria-label") for row in chart.rows]


def test_the_waterfall_is_every_stage_s_own_counts() -> None:
    drawn = drawings(figures()).flow
    assert labels(drawn) == [*(f"{step.stage}: {step.rejected} of {step.entering} rejected" for step in figures().waterfall), "2 of 9 kept"]
    for step, row in zip(figures().waterfall, drawn.rows):
        wanted = [("kept", f"{step.kept} go on", step.kept)] if step.kept else []
        wanted += [(ink(step.stage), f"{reason}: {count}", count) for reason, count in step.reasons]
        assert [(name, title) for name, title, _ in bars(row)] == [(name, title) for name, title, _ in wanted]
        assert [length for *_, length in bars(row)] == pytest.approx([WIDTH * count / 9 for *_, count in wanted], abs=0.02)


def test_of_each_source_kept_and_rejected_fill_the_bar() -> None:
    whole = generated_figures(pairs=0)
    drawn = drawings(whole)
    rows = sorted((row for row in whole.sources if row.found), key=lambda row: (-row.found, row.id))
    assert [(loss.id, loss.found, loss.kept, loss.rejected) for loss in drawn.losses] == [(r.id, r.found, r.kept, r.rejected) for r in rows]
    assert [sum(count for _, count in loss.stages) for loss in drawn.losses] == [row.rejected for row in rows]
    assert [sum(length for *_, length in bars(loss.strip)) for loss in drawn.losses] == pytest.approx([WIDTH] * len(rows), abs=4)
    reasons = Counter({(row.stage, row.reason): row.count for row in whole.reasons})
    told: Counter[tuple[str, str]] = Counter()
    for loss in drawn.losses:
        for name, title, _ in bars(loss.strip):
            if name != "kept":
                (place, count) = title.split(": ")
                told[place.split(", ")[0], place.split(", ")[1]] += int(count.replace(",", ""))
    assert told == reasons


def test_a_reason_s_bar_is_as_long_as_its_count_and_in_the_ink_of_its_stage() -> None:
    whole = generated_figures(pairs=0)
    drawn = [bar for row in drawings(whole).reasons.rows for bar in bars(row)]
    most = max(row.count for row in whole.reasons)
    assert [name for name, *_ in drawn] == [ink(row.stage) for row in whole.reasons]
    assert [length for *_, length in drawn] == pytest.approx([WIDTH * max(row.count / most, LEAST) for row in whole.reasons], abs=0.02)
    assert len({row.count for row in whole.reasons}) > 5


def test_a_modality_has_three_bars_and_its_target() -> None:
    corpus = figures().corpora[0]
    row, strip = corpus.rows[0], drawings(figures()).balance[0].rows[0]
    assert [(name, length) for name, _, length in bars(strip)] == [
        (name, pytest.approx(WIDTH * share / ceiling(row.declared_share), abs=0.02))
        for name, share in (("before", row.declared_share), ("entering", row.entering_share), ("end", row.after_share))
        if share
    ]
    target = next(line for line in fromstring(strip) if line.get("class") == "target")
    assert target.get("transform") == f"translate({WIDTH * 0.5 / ceiling(row.declared_share):g},0)"
    assert target.findtext("title") == "50.0 % wanted"
    assert "X-ray" in (labels(drawings(figures()).balance[0])[0] or "")


def test_a_rate_is_drawn_of_stages_that_ran() -> None:
    rows = [
        StageTime(stage="ingest", seconds=10, rows=1000),
        StageTime(stage="tag", seconds=100, rows=50),
        StageTime(stage="emit", seconds=0, rows=9),
        StageTime(stage="match", seconds=5, rows=9, reused=True),
    ]
    marks = [[mark.findtext("title") for mark in fromstring(row) if mark.get("class") == "speed"] for row in rates(rows).rows]
    assert marks == [["100 a second"], ["0.5 a second"], [], []]
    assert re.findall(r">([^<]+)</text>", rates(rows).axis)[0] == "0.1"
    assert rates(rows[2:]).rows == ("", "")


def test_a_hostile_stage_or_reason_is_text_and_of_no_class_of_its_own() -> None:
    hostile = 'x" onload="alert(1)\u202e<script>'
    bad = Step(stage=hostile, entering=9, rejected=1, kept=8, reasons=((hostile, 1),))
    html = page(dataclasses.replace(figures(), waterfall=(bad,)))
    strip = drawings(dataclasses.replace(figures(), waterfall=(bad,))).flow.rows[0]
    assert [(name, title) for name, title, _ in bars(strip)] == [("kept", "8 go on"), ("by-other", 'x" onload="alert(1)\\u202e<script>: 1')]
    assert html.count("<script") == 1
    assert "\u202e" not in html


def test_every_class_of_a_mark_has_a_rule() -> None:
    drawn = drawings(generated_figures(pairs=0))
    charts = (drawn.flow, *drawn.balance, drawn.licenses, drawn.accesses, drawn.times, drawn.rates, drawn.decided)
    strips = [*(row for chart in charts for row in chart.rows), *(loss.strip for loss in drawn.losses)]
    markup = "".join([*strips, drawn.tokens, drawn.sides, drawn.weights])
    classes = {name for names in re.findall(r'class="([^"]+)"', markup) for name in names.split()} | {ink(stage) for stage in STAGES}
    assert [name for name in sorted(classes - {"label"}) if not re.search(rf"\.{name}\b[^{{}}]*{{", CSS)] == []
    assert re.findall(r'(?:fill|stroke|style|font[a-z-]*)="', markup) == []


def schemes() -> dict[str, dict[str, str]]:
    """The colours of stages in the light, in the dark and on paper."""
    blocks = re.findall(r":root {(.*?)}", (HERE / "charts.css").read_text(), re.DOTALL)
    return {name: dict(re.findall(r"--([a-z-]+): (#\w{6})", block)) for name, block in zip(PAPER, blocks, strict=True)}


@pytest.mark.parametrize("scheme", PAPER)
def test_what_a_stage_rejected_is_seen_against_the_paper(scheme: str) -> None:
    """WCAG 2.2, 1.4.11: graphics at least 3 to 1 against what is next to them; a pattern's lines also against its ground."""
    colours = schemes()[scheme]
    names = sorted({ink(stage) for stage in STAGES if stage not in ("match", "emit", "report")} | {"by-other"})
    assert sorted(name for name in colours if not name.endswith("-ground")) == names
    assert [name for name in names if contrast(colours[name], PAPER[scheme]) < 3] == []
    assert [name for name in names if contrast(colours[name], colours[f"{name}-ground"]) < 3] == []


def test_no_two_stages_have_one_pattern() -> None:
    patterns = re.findall(r'pattern\("[a-z]+", (.*?)\) }}', (HERE / "patterns.html").read_text())
    assert len(set(patterns)) == len(patterns) == 9


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: relative luminance of the lighter over that of the darker, each with a flare of 0.05."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
