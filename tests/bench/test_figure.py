"""Figures and how they are told"""

import json

import pytest

from tests.bench.__main__ import write
from tests.bench.figure import Figure, table


@pytest.mark.parametrize(
    ("figure", "target", "holds"),
    [(1.2, ">= 1.2", True), (1.19, ">= 1.2", False), (1.15, "<= 1.15", True), (2, "<= 1.15", False), (2, "", None), (None, ">= 1", None)],
)
def test_a_figure_is_held_against_its_target(figure, target, holds):
    assert Figure(name="a", figure=figure, unit="x", target=target).holds is holds


def test_the_table_says_what_was_missed_and_what_was_left_out():
    figures = [
        Figure(name="speed", figure=0.96, unit="x", target=">= 1.2"),
        Figure(name="rate", figure=12345.6, unit="rows/s"),
        Figure(name="peer", figure=None, unit="x", note="not installed"),
    ]
    assert table(figures).splitlines() == [
        "what   figure  unit    target",
        "speed    0.96  x       >= 1.2  MISSED",
        "rate   12,346  rows/s",
        "peer        -  x               (not installed)",
    ]


def test_a_figure_measured_again_takes_the_place_of_the_one_before(tmp_path):
    path = tmp_path / "bench.json"
    write([Figure(name="a", figure=1, unit="s"), Figure(name="b", figure=2, unit="s")], path)
    write([Figure(name="a", figure=3, unit="s", target="<= 2")], path)
    assert [(row["name"], row["figure"], row["target"], row["holds"]) for row in json.loads(path.read_text())] == [
        ("b", 2, "", None),
        ("a", 3, "<= 2", False),
    ]
