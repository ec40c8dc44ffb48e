"""Vega-Lite specification -> the elements of its SVG, with classes in the place of colours and fonts"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import vl_convert
from defusedxml.ElementTree import fromstring

VERSION = "5.21"  # of Vega-Lite; vl-convert holds several, so that a newer one of its own changes no chart
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
SPACE = "{http://www.w3.org/2000/svg}"
NOTHING = "nothing"  # the ink of a mark that only holds a place: it is not drawn
GEOMETRY = ("d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "text-anchor")
QUIET = {"view": {"stroke": None}, "background": None, "aria": True}


def draw(specification: Mapping[str, Any]) -> Element:
    """The SVG of a chart whose data are inline. `fill` and `stroke` of its marks are names of inks (`"scale": null`), no colours."""
    whole = {"$schema": SCHEMA, **specification, "config": {**QUIET, **specification.get("config", {})}}
    return fromstring(_svg(json.dumps(whole, sort_keys=True)))


def marks(drawn: Element) -> Iterator[tuple[int, Element]]:
    """Bars, rules and texts of the data in the order they are painted: the number each was given as its `description`, and itself
    without a colour or a font: its ink is its class."""
    for mark in _within(drawn, "role-mark"):
        for each in mark:
            ink = each.get("fill") or each.get("stroke") or ""
            if ink != NOTHING:
                yield int(each.get("aria-label") or 0), plain(each, ink)


def grid(drawn: Element) -> list[Element]:
    """The lines of an axis, the first of them its zero."""
    lines = [line for rule in _within(drawn, "role-axis-grid") for line in rule]
    return [plain(line, "grid" if place else "zero") for place, line in enumerate(lines)]


def labels(drawn: Element) -> list[Element]:
    """The texts of all axes, where they stand on them."""
    return [text for group in _within(drawn, "role-axis-label") for text in group]


def plain(element: Element, ink: str) -> Element:
    """Geometry, text and class; whatever else the renderer wrote is left to the style sheet."""
    kept = {name: rounded(value) for name, value in element.attrib.items() if name in GEOMETRY}
    made = Element(element.tag.removeprefix(SPACE), {"class": ink, **kept})
    made.text = element.text
    return made


def along(element: Element) -> tuple[float, float]:
    """Where an element is moved to: x and y of its `translate`."""
    place = re.search(r"translate\((-?[\d.e-]+),(-?[\d.e-]+)\)", element.get("transform", ""))
    return (float(place[1]), float(place[2])) if place else (0.0, 0.0)


def upright(line: Element, height: float) -> Element:
    """A line of a horizontal axis from the top of the chart to its foot: it is drawn upwards from where the axis stands."""
    x, _ = along(line)
    return Element("line", {"class": line.get("class", ""), "x1": f"{x:g}", "x2": f"{x:g}", "y1": "0", "y2": f"{height:g}"})


def halo(mark: Element) -> Element:
    """What lies under a tick, wider than it and of the colour of the paper, so that it is seen across a dark bar too."""
    return Element(mark.tag, {**mark.attrib, "class": "halo"})


def titled(element: Element, title: str) -> Element:
    """The element with the words that a pointer resting on it shows."""
    if title:
        SubElement(element, "title").text = title
    return element


def written(element: Element) -> str:
    """SVG as it stands within HTML."""
    return tostring(element, encoding="unicode", short_empty_elements=True)


def rounded(numbers: str) -> str:
    """Coordinates to a hundredth: what is finer is not seen, and differs in its last digits where it was computed in another order."""
    return re.sub(r"-?\d+\.\d+(?:e-?\d+)?", lambda number: f"{round(float(number[0]), 2) + 0.0:g}", numbers)


def _within(drawn: Element, role: str) -> Iterator[Element]:
    return (group for group in drawn.iter(f"{SPACE}g") if role in group.get("class", "").split())


@functools.lru_cache(maxsize=64)  # pages of the same figures are drawn again, each call costs some 50 ms
def _svg(specification: str) -> str:
    return vl_convert.vegalite_to_svg(specification, vl_version=VERSION, allowed_base_urls=[])
