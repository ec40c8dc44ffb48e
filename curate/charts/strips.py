"""rows of numbers -> one strip of bars for each row, on one scale, and the axis above them: a chart whose labels are a table's cells

Strips hold no text: they stretch with the column they stand in, on a narrow screen and on paper, while the words beside them keep
their size and stay words to a screen reader."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from xml.etree.ElementTree import Element, SubElement

from curate.charts.vega import NOTHING, SPACE, along, draw, grid, halo, labels, marks, titled, upright, written

WIDTH = 400  # units; near the pixels of a track, so that stretching hardly slants a hatch
LEAST = 0.006  # of the track that a count above zero takes, so that it can be seen
Axis = Literal["count", "share", "rate"]
WORDS: dict[Axis, str] = {
    "count": "format(datum.value, '~s')",
    "share": "format(100 * datum.value, '~r') + ' %'",
    "rate": "datum.value < 1 ? format(datum.value, '~r') : format(datum.value, '~s')",  # 0.1, not 100m
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    size: float  # on the scale of the chart, >= 0
    ink: str  # a class of the style sheet
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    at: float
    ink: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A row: lanes one below the other, each of segments one after the other; ticks over all lanes."""

    lanes: tuple[tuple[Segment, ...], ...]
    ticks: tuple[Tick, ...] = ()
    label: str = ""  # what a screen reader says of it; '': the cells beside it say all


@dataclass(frozen=True, slots=True, kw_only=True)
class Strips:
    rows: tuple[str, ...] = ()  # <svg> of each row, in their order
    axis: str = ""  # <svg> of the scale, for the head of the column


def draw_strips(
    rows: Sequence[Strip], *, end: float, start: float = 0, height: int = 20, axis: Axis = "count", ruled: bool = True
) -> Strips:
    """All rows on one scale from `start` to `end`; a `rate` has a logarithmic one, so that only ticks can stand on it. Rows too low to
    be `ruled` have no lines of the scale."""
    if not rows or not end > start:
        return Strips(rows=tuple("" for _ in rows))
    titles: dict[int, str] = {}
    values = [value for number, row in enumerate(rows) for value in _values(number, row, start, end, titles)]
    drawn = draw(_specification(values, [start, end], max(1, *(len(row.lanes) for row in rows)), height, axis))
    cells = [cell for group in drawn.iter(f"{SPACE}g") if group.get("class", "").endswith(" cell") for cell in group]
    return Strips(
        rows=tuple(_strip(cell, row, grid(cell) if ruled else [], height, titles) for cell, row in zip(cells, rows, strict=True)),
        axis=written(_axis(drawn)),
    )


def visible(sizes: Sequence[float], end: float) -> list[float]:
    """Sizes to draw: none above zero under LEAST of the track, their sum as it was as far as the largest can give."""
    drawn = [max(size, LEAST * end) if size > 0 else 0.0 for size in sizes]
    if drawn:
        largest = max(range(len(drawn)), key=lambda place: drawn[place])
        drawn[largest] = max(min(drawn[largest], LEAST * end), drawn[largest] - (sum(drawn) - sum(sizes)))
    return drawn


def _values(number: int, row: Strip, start: float, end: float, titles: dict[int, str]) -> list[dict[str, Any]]:
    """The marks of a row as data. Vega is told numbers and inks alone: what a title says is put in afterwards."""
    place = {"row": number, "n": 0, "ink": NOTHING}  # else an empty row has no cell
    values: list[dict[str, Any]] = [{**place, "lane": 0, "size": 0}, {**place, "at": start}]
    for lane, segments in enumerate(row.lanes):
        for segment, size in zip(segments, visible([segment.size for segment in segments], end)):
            titles[len(titles) + 1] = segment.title
            ink = segment.ink if size else NOTHING
            values.append({"row": number, "lane": lane, "size": size, "n": len(titles), "ink": ink})
    for tick in row.ticks:
        titles[len(titles) + 1] = tick.title
        values.append({"row": number, "at": tick.at, "n": len(titles), "ink": tick.ink})
    return values


def _specification(values: list[dict[str, Any]], domain: list[float], lanes: int, height: int, axis: Axis) -> dict[str, Any]:
    scale = {"domain": domain, "nice": False, "type": "log" if axis == "rate" else "linear"}
    marked = {"values": _powers(*domain)} if axis == "rate" else {"tickCount": 4}
    ruler = {"title": None, "labelExpr": WORDS[axis], "tickRound": False, **marked}
    bands = {"domain": list(range(lanes)), "paddingInner": 0.14, "paddingOuter": 0}
    lane = {"field": "lane", "type": "ordinal", "axis": None, "scale": bands}
    ink = {"field": "ink", "type": "nominal", "scale": None}
    number = {"field": "n", "type": "nominal"}
    bars = {
        "transform": [{"filter": "isValid(datum.size)"}],
        "mark": {"type": "bar"},
        "encoding": {"y": lane, "x": {"field": "size", "type": "quantitative", "stack": "zero"}, "order": {"field": "n"}, "fill": ink,
                     "description": number},
    }  # fmt: skip
    ticks = {
        "transform": [{"filter": "isValid(datum.at)"}],
        "mark": {"type": "rule"},
        "encoding": {"x": {"field": "at", "type": "quantitative", "scale": scale, "axis": ruler}, "stroke": ink, "description": number},
    }
    return {
        "data": {"values": values},
        "facet": {"row": {"field": "row", "type": "ordinal", "header": None}},
        "spec": {"width": WIDTH, "height": height, "layer": [ticks] if axis == "rate" else [bars, ticks]},
    }


def _powers(start: float, end: float) -> list[float]:
    """Five powers of ten at most, evenly apart: all numbers of a decade have no room side by side."""
    low, high = math.ceil(math.log10(start) - 1e-9), math.floor(math.log10(end) + 1e-9)
    return [10.0**power for power in range(low, high + 1, max(1, math.ceil((high - low) / 4)))]


def _strip(cell: Element, row: Strip, lines: list[Element], height: int, titles: dict[int, str]) -> str:
    spoken = {"role": "img", "aria-label": row.label} if row.label else {"aria-hidden": "true"}
    box = {"viewBox": f"0 0 {WIDTH} {height}", "preserveAspectRatio": "none", "width": "100%", "height": str(height)}
    svg = Element("svg", {"class": "bar strip", **box, **spoken})
    svg.extend(upright(line, height) for line in lines)
    for number, mark in marks(cell):
        if row.lanes and mark.tag == "line":
            svg.append(halo(mark))
        svg.append(titled(mark, titles.get(number, "")))
    return written(svg)


def _axis(drawn: Element) -> Element:
    """The scale's labels at their part of the width."""
    svg = Element("svg", {"class": "axis", "width": "100%", "height": "14", "aria-hidden": "true"})
    for label in labels(drawn):
        part = round(100 * along(label)[0] / WIDTH, 2)
        anchor = "start" if part < 4 else "end" if part > 96 else "middle"
        SubElement(svg, "text", {"x": f"{part:g}%", "y": "11", "text-anchor": anchor}).text = label.text
    return svg
