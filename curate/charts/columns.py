"""bins of a histogram -> one figure in two forms: columns where there is room, rows on a narrow screen"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from curate.charts.vega import NOTHING, draw, grid, marks, titled, written

ROOM = 900  # units of the form that lies: columns
NARROW = 340  # of the form that stands: rows, readable at the width of a telephone
TALL = 190  # of the tallest column
ROW = 24
BEFORE, BEHIND = 92, 64  # left and right of the rows: room for labels and values
LEAST = 0.006  # of the tallest that a count above zero is drawn with


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One bin: what is in it, from the axis outwards."""

    label: str  # whole, for titles and rows
    short: str  # below a column
    value: str  # its sum, in words
    parts: tuple[tuple[int, str, str], ...]  # count, ink, what it is called

    @property
    def total(self) -> int:
        return sum(count for count, _, _ in self.parts)


def draw_columns(stacks: Sequence[Stack], *, label: str) -> str:
    """Both forms, of which the style sheet shows the one that fits; `label` says what they show. '' where all bins are empty."""
    if not any(stack.total for stack in stacks):
        return ""
    return _columns(stacks, label) + _rows(stacks, label)


def _columns(stacks: Sequence[Stack], label: str) -> str:
    x = {"field": "bin", "type": "ordinal", "sort": None, "axis": None, "scale": {"paddingInner": 0.14, "paddingOuter": 0.07}}
    y = {"field": "size", "type": "quantitative", "stack": "zero", "scale": {"domain": [0, _top(stacks)], "nice": False},
         "axis": {"title": None, "tickCount": 4, "tickRound": False, "labels": False}}  # fmt: skip
    tops = {"y": {"field": "total", "type": "quantitative"}, "x": x, "text": {"field": "value"}}
    feet = {"y": {"value": TALL + 18}, "x": x, "text": {"field": "short"}}
    layers = [_bars({"x": x, "y": y}), _words(tops, "value", align="center", dy=-6), _words(feet, "label", align="center")]
    return _figure(stacks, {"width": ROOM, "height": TALL, "layer": layers}, (-1, -22, ROOM + 2, TALL + 46), "columns lying", label)


def _rows(stacks: Sequence[Stack], label: str) -> str:
    height, room = ROW * len(stacks), NARROW - BEFORE - BEHIND
    y = {"field": "bin", "type": "ordinal", "sort": None, "axis": None, "scale": {"paddingInner": 0.2, "paddingOuter": 0.1}}
    x = {"field": "size", "type": "quantitative", "stack": "zero", "scale": {"domain": [0, _top(stacks)], "nice": False}, "axis": None}
    ends = {"x": {"field": "total", "type": "quantitative"}, "y": y, "text": {"field": "value"}}
    heads = {"x": {"value": -8}, "y": y, "text": {"field": "label"}}
    layers = [_bars({"x": x, "y": y}), _words(ends, "value", align="left", dx=6, dy=4), _words(heads, "label", align="right", dy=4)]
    return _figure(stacks, {"width": room, "height": height, "layer": layers}, (-BEFORE, 0, NARROW, height), "columns standing", label)


def _top(stacks: Sequence[Stack]) -> int:
    return max(stack.total for stack in stacks)


def _bars(encoding: dict[str, Any]) -> dict[str, Any]:
    ink = {"field": "ink", "type": "nominal", "scale": None}
    return {
        "transform": [{"filter": "isValid(datum.size)"}],
        "mark": {"type": "bar"},
        "encoding": {**encoding, "fill": ink, "order": {"field": "n"}, "description": {"field": "n", "type": "nominal"}},
    }


def _words(encoding: dict[str, Any], ink: str, **mark: Any) -> dict[str, Any]:
    return {
        "transform": [{"filter": "isValid(datum.total)"}],
        "mark": {"type": "text", "baseline": "alphabetic", "fill": ink, "aria": False, **mark},
        "encoding": encoding,
    }


def _figure(stacks: Sequence[Stack], chart: dict[str, Any], box: tuple[int, int, int, int], kind: str, label: str) -> str:
    titles: dict[int, str] = {}
    values: list[dict[str, Any]] = []
    for number, stack in enumerate(stacks):
        words = {"label": stack.label, "short": stack.short, "value": stack.value if stack.total else ""}
        values.append({"bin": number, "total": stack.total, **words})
        for count, ink, name in stack.parts:
            titles[len(titles) + 1] = f"{stack.label}: {count:,} {name}"
            size = max(count, LEAST * _top(stacks)) if count else 0
            values.append({"bin": number, "size": size, "n": len(titles), "ink": ink if count else NOTHING})
    drawn = draw({"data": {"values": values}, **chart})
    svg = Element("svg", {"class": kind, "viewBox": " ".join(map(str, box)), "role": "img", "aria-label": label})
    svg.extend(grid(drawn))
    for number, mark in marks(drawn):
        svg.append(titled(mark, titles.get(number, "")))
    return written(svg)
