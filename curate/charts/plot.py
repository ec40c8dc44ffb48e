"""shares of modalities -> the plot of a dataset card, as an SVG file that stands by itself

SVG, not PNG: a PNG's letters are those of a font, and which one is found differs between machines. Here text stays text, nothing of the
layout is measured by it, and the bytes are the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from curate.charts.vega import NOTHING, along, draw, grid, halo, labels, marks, plain, titled, upright, written

WIDTH, ROW, HEAD = 420, 30, 58  # units: of the bars, of a modality, above the first
BEFORE, BEHIND = 128, 176  # left and right of the bars
LEAST = 0.006
KINDS = (("before", "entering balance"), ("after", "in the corpus"), ("target", "target"))
FONT = {"font-family": "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif", "font-size": "13"}
LIGHT = {
    "paper": {"fill": "#ffffff"},
    "name": {"fill": "#16191d"},
    "soft": {"fill": "#59616b"},
    "grid": {"stroke": "#e2e4df"},
    "zero": {"stroke": "#8b929a"},
    "before": {"fill": "#a9cfe6", "stroke": "#4d87ab"},
    "after": {"fill": "#00507f"},
    "halo": {"stroke": "#ffffff", "stroke-width": "5"},
    "target": {"stroke": "#16191d", "stroke-width": "2"},
}
DARK = {
    "paper": {"fill": "#121518"},
    "name": {"fill": "#e9ecee"},
    "soft": {"fill": "#a0a9b2"},
    "grid": {"stroke": "#2a2f35"},
    "zero": {"stroke": "#6b737c"},
    "before": {"fill": "#24506f", "stroke": "#6aa6cd"},
    "after": {"fill": "#7cc4f2"},
    "halo": {"stroke": "#121518"},
    "target": {"stroke": "#ffffff"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One modality: shares among the twelve, or of the whole corpus where it stands outside them."""

    name: str  # as people read it
    before: float  # entering balance
    after: float  # in the corpus
    target: float | None = None
    weighted: float | None = None  # what a trainer sees who samples by weight
    outside: bool = False


def balance_plot(shares: Sequence[Share], *, title: str = "Shares of the modalities") -> bytes:
    """An SVG file, UTF-8: what entered balance, what the corpus holds, what was wanted. Its table stands in the card beside it."""
    height = ROW * len(shares)
    end = _end(max((max(share.before, share.after, share.target or 0) for share in shares), default=0.1))
    drawn = draw(_specification(shares, end, height))
    svg = _sheet(height, title, _told(shares))
    group = SubElement(svg, "g", {"transform": f"translate({BEFORE},{HEAD})"})
    group.extend(upright(line, height) for line in grid(drawn))
    for label in labels(drawn):
        group.append(_placed(label.text or "", "soft", along(label)[0], -8, "middle"))
    for number, mark in marks(drawn):
        if number % 3 == 2:
            group.append(halo(mark))
        group.append(titled(mark, _title(shares[number // 3], number % 3)))
    for place, share in enumerate(shares):
        group.append(_placed(share.name, "name", -10, ROW * place + 19, "end"))
        group.append(_placed(_said(share), "soft", WIDTH + 10, ROW * place + 19, "start"))
    for element in svg.iter():
        element.attrib.update(LIGHT.get(element.get("class", ""), {}))  # for readers that obey no style sheet
    return written(svg).encode("utf-8") + b"\n"


def _style() -> str:
    """The dark colours: they win over the attributes that hold the light ones."""
    rules = (f".{ink} {{ {'; '.join(f'{name}: {value}' for name, value in colours.items())} }}" for ink, colours in DARK.items())
    return f"@media (prefers-color-scheme: dark) {{ {' '.join(rules)} }}"


def _specification(shares: Sequence[Share], end: float, height: int) -> dict[str, Any]:
    values = [value for place, share in enumerate(shares) for value in _values(place, share, end)]
    y = {"field": "row", "type": "ordinal", "axis": None, "scale": {"domain": list(range(len(shares))), "padding": 0, "paddingInner": 0.2}}
    lane = {"field": "lane", "type": "ordinal", "scale": {"domain": [0, 1], "paddingInner": 0.1}}
    x = {"field": "size", "type": "quantitative", "scale": {"domain": [0, end], "nice": False}, "stack": None,
         "axis": {"title": None, "tickCount": 5, "tickRound": False,
                  "labelExpr": "format(100 * datum.value, '~r') + ' %'"}}  # fmt: skip
    number = {"field": "n", "type": "nominal"}
    ink = {"field": "ink", "type": "nominal", "scale": None}
    bars = {"transform": [{"filter": "isValid(datum.size)"}], "mark": {"type": "bar"},
            "encoding": {"y": y, "yOffset": lane, "x": x, "fill": ink, "description": number}}  # fmt: skip
    ticks = {"transform": [{"filter": "isValid(datum.at)"}], "mark": {"type": "tick", "thickness": 0, "filled": False, "size": ROW - 4},
             "encoding": {"y": y, "x": {"field": "at", "type": "quantitative"}, "stroke": ink, "description": number}}  # fmt: skip
    return {"data": {"values": values}, "width": WIDTH, "height": height, "layer": [bars, ticks]}


def _values(place: int, share: Share, end: float) -> list[dict[str, Any]]:
    """Two bars and a tick; what is there is never drawn as nothing."""
    sizes = [max(size, LEAST * end) if size > 0 else 0.0 for size in (share.before, share.after)]
    bars = [{"row": place, "lane": lane, "size": size, "n": 3 * place + lane, "ink": KINDS[lane][0] if size else NOTHING}
            for lane, size in enumerate(sizes)]  # fmt: skip
    return [*bars, *([{"row": place, "at": share.target, "n": 3 * place + 2, "ink": "target"}] if share.target is not None else [])]


def _sheet(height: int, title: str, told: str) -> Element:
    """The paper, what a screen reader says of it, and the key."""
    wide, tall = BEFORE + WIDTH + BEHIND, HEAD + height + 14
    size = {"viewBox": f"0 0 {wide} {tall}", "width": str(wide), "height": str(tall)}
    svg = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, **FONT, "role": "img", "aria-labelledby": "title told"})
    SubElement(svg, "title", {"id": "title"}).text = title
    SubElement(svg, "desc", {"id": "told"}).text = told
    SubElement(svg, "style").text = _style()
    SubElement(svg, "rect", {"class": "paper", "width": str(wide), "height": str(tall)})
    for (ink, name), x in zip(KINDS, (BEFORE, BEFORE + 150, BEFORE + 274)):
        mark = {"x1": "6", "x2": "6", "y1": "11", "y2": "25"} if ink == "target" else {"y": "13", "width": "18", "height": "10"}
        key = SubElement(svg, "g", {"transform": f"translate({x},0)"})
        SubElement(key, "line" if ink == "target" else "rect", {"class": ink, **mark})
        key.append(_placed(name, "soft", 14 if ink == "target" else 24, 23, "start"))
    return svg


def _placed(text: str, ink: str, x: float, y: float, anchor: str) -> Element:
    made = plain(Element("text", {"x": f"{x:.2f}", "y": f"{y:g}", "text-anchor": anchor}), ink)
    made.text = text
    return made


def _title(share: Share, kind: int) -> str:
    size = (share.before, share.after, share.target)[kind]
    weighted = f", {_percent(share.weighted)} as weighted" if kind == 1 and share.weighted is not None else ""
    return f"{share.name}: {_percent(size or 0)} {KINDS[kind][1]}{weighted}"


def _said(share: Share) -> str:
    if share.outside:
        return f"{_percent(share.after)} of all"
    return _percent(share.after) + (f" of {_percent(share.target)} wanted" if share.target is not None else "")


def _told(shares: Sequence[Share]) -> str:
    return "; ".join(f"{share.name} {_percent(share.before)} entering, {_said(share)}" for share in shares)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _end(most: float) -> float:
    return next((end for end in (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8) if most <= end), 1.0)
