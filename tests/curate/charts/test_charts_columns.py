"""Histograms: two forms of the same numbers, of which one fits"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from curate.charts import vega
from curate.charts.columns import LEAST, TALL, Stack, draw_columns


def stacks(*counts: tuple[int, int]) -> list[Stack]:
    parts = [((kept, "end", "kept"), (gone, "rejected", "gone")) for kept, gone in counts]
    return [
        Stack(label=f"{1 << n}-{(2 << n) - 1}", short=str(1 << n), value=str(sum(counts[n])), parts=parts[n]) for n in range(len(counts))
    ]


def forms(drawn: str) -> list[Element]:
    return list(fromstring(f"<both>{drawn}</both>"))


def said(form: Element, ink: str) -> list[str | None]:
    return [text.text for text in form.iter("text") if text.get("class") == ink]


def test_both_forms_say_the_same() -> None:
    lying, standing = forms(draw_columns(stacks((30, 10), (0, 0), (5, 0)), label="Tokens"))
    assert [(form.get("class"), form.get("role"), form.get("aria-label")) for form in (lying, standing)] == [
        ("columns lying", "img", "Tokens"), ("columns standing", "img", "Tokens"),
    ]  # fmt: skip
    wanted = [("end", "1-1: 30 kept"), ("rejected", "1-1: 10 gone"), ("end", "4-7: 5 kept")]
    assert [[(bar.get("class"), bar.findtext("title")) for bar in form.iter("path")] for form in (lying, standing)] == [wanted, wanted]
    assert said(lying, "value") == said(standing, "value") == ["40", None, "5"]
    assert (said(lying, "label"), said(standing, "label")) == (["1", "2", "4"], ["1-1", "2-3", "4-7"])


def test_columns_are_as_tall_as_their_counts_and_what_is_rejected_stands_on_what_is_kept() -> None:
    lying, _ = forms(draw_columns(stacks((33, 11), (22, 0)), label="x"))
    found = [re.fullmatch(r"M[\d.]+,([\d.]+)h[\d.]+v([\d.]+)h-[\d.]+Z", bar.get("d", "")) for bar in lying.iter("path")]
    drawn = [float(number) / TALL for bar in found if bar for number in bar.groups()]
    assert drawn == pytest.approx([0.25, 0.75, 0, 0.25, 0.5, 0.5], abs=0.001)


def test_one_in_a_million_is_seen() -> None:
    lying, _ = forms(draw_columns(stacks((1_000_000, 0), (1, 0)), label="x"))
    heights = [float(bar.get("d", "").split("v")[1].split("h")[0]) for bar in lying.iter("path")]
    assert heights == [TALL, pytest.approx(LEAST * TALL, abs=0.01)]


def test_nothing_counted_is_no_figure() -> None:
    assert draw_columns([], label="x") == draw_columns(stacks((0, 0), (0, 0)), label="x") == ""


def test_labels_are_text_whatever_they_hold() -> None:
    hostile = "</text><script>alert(1)</script>&{{ 1 }}"
    drawn = draw_columns([Stack(label=hostile, short=hostile, value=hostile, parts=((1, "end", hostile),))], label=hostile)
    assert {element.tag for form in forms(drawn) for element in form.iter()} == {"svg", "line", "path", "title", "text"}
    assert [text.text for text in forms(drawn)[0].iter("text")] == [hostile, hostile]


def test_no_font_moves_a_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = stacks((30, 10), (20, 0), (999, 1))
    drawn = draw_columns(numbers, label="x")
    monkeypatch.setattr(vega, "QUIET", {**vega.QUIET, "text": {"font": "monospace", "fontSize": 60}, "axis": {"labelFontSize": 60}})
    assert draw_columns(numbers, label="x") == drawn
