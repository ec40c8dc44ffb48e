"""what a page looks like -> what is wrong with it; scripts that run in the page, and the figures that its tables must hold"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

# Charts in which nothing has a size, where the chart itself is shown; of a count of nothing there is but the line at zero
UNDRAWN = """
[...document.querySelectorAll('main svg:not(.axis)')].filter(chart => chart.checkVisibility() && !chart.closest('.key')).filter(chart => {
  const boxes = marks => [...chart.querySelectorAll(marks)].map(mark => mark.getBoundingClientRect());
  const areas = boxes('rect, path, circle'), whole = chart.getBoundingClientRect();
  const drawn = areas.length ? areas.some(box => box.width > 0.2 && box.height > 0.2) : boxes('line').some(box => box.height > 4);
  return whole.width < 5 || whole.height < 4 || !drawn;
}).map(chart => chart.getAttribute('aria-label') ?? chart.outerHTML.slice(0, 160))
"""

# Of each bar of the waterfall, how long what goes on is drawn, as a part of the first bar's
FALLING = """
(() => {
  const long = [...document.querySelectorAll('.flow tbody tr')].map(row => row.querySelector('svg path').getBoundingClientRect().width);
  return long.map(each => each / long[0]);
})()
"""

# What is wider than the page, and tables that must be scrolled sideways
OVERFLOWING = """
[...(document.documentElement.scrollWidth > innerWidth ? ['the page'] : []),
 ...[...document.querySelectorAll('.scroll')].filter(place => place.scrollWidth > place.clientWidth + 1)
   .map(place => place.querySelector('caption').textContent)]
"""

# Labels of an axis that touch another
OVERPRINTED = """
[...document.querySelectorAll('main svg.axis, main svg.columns')].flatMap(axis => {
  if ((axis.closest('thead') ?? axis).getBoundingClientRect().width < 2) return [];
  const labels = [...axis.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
  return labels.flatMap(([word, box], at) => labels.slice(at + 1)
    .filter(([, other]) => box.left < other.right + 2 && other.left < box.right + 2 && box.top < other.bottom && other.top < box.bottom)
    .map(([other]) => `${word} ${other}`));
})
"""

UNREADABLE = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")

# The element that has the keyboard: whether it, or the ring around it, can be seen, and its place in the document
INVISIBLE = """
(() => {
  const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  return {what: at.outerHTML.slice(0, 100), visible: ring && box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight,
          place: [...document.querySelectorAll('*')].indexOf(at)};
})()
"""

# caption -> rows of the body, each its cells' words
TABLES = """
(() => {
  const texts = node => node.nodeType === 3 ? [node.textContent.trim()] : [...node.childNodes].flatMap(texts);
  const whole = cell => {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll('wbr').forEach(one => one.remove());
    copy.normalize();
    return copy;
  };
  const words = cell => texts(whole(cell)).filter(text => text).join(' ').replace(/\\s+/g, ' ');
  return Object.fromEntries([...document.querySelectorAll('table')].map(table => [table.caption.textContent.trim(),
    [...table.tBodies].flatMap(body => [...body.rows]).map(row => [...row.cells].map(words))]));
})()
"""


def unlike(tables: dict[str, list[list[str]]], figures: dict[str, Any]) -> list[str]:
    """Rows of figures.json that a table of the page does not hold as they are, and tables with more rows or fewer."""
    faults = []
    for caption, wanted in _wanted(figures):
        rows = tables.get(caption)
        if rows is None:
            faults += [f"{caption}: no such table"] * bool(wanted)
            continue
        if len(rows) != len(wanted):
            faults.append(f"{caption}: {len(rows)} rows, {len(wanted)} wanted")
        for row, cells in zip(rows, wanted):
            if missing := _missing(row, cells):
                faults.append(f"{caption}: {missing} not in {row}")
    return faults


def _missing(row: list[str], wanted: Iterable[str]) -> list[str]:
    """Words of `wanted` that no further cell begins with, each looked for after the one before it."""
    cells = iter(row)
    return [word for word in wanted if not any(_begins(cell, word) for cell in cells)]


def _begins(cell: str, word: str) -> bool:
    return cell == word or cell.startswith(f"{word} ")


def _wanted(figures: dict[str, Any]) -> Iterator[tuple[str, list[list[str]]]]:
    n = "{:,}".format
    yield "Samples entering each stage, rejected there, and kept", [
        [step["stage"].capitalize(), n(step["entering"]), f"−{n(step['rejected'])}" if step["rejected"] else "0", n(step["kept"])]
        for step in figures["waterfall"]
    ]
    yield "Every source: what its publisher says there is, what was found, kept and rejected, under which terms", [
        [row["title"], "not said" if row["published"] is None else n(row["published"]), n(row["found"]), n(row["kept"]), n(row["rejected"])]
        for row in figures["sources"]
    ]
    yield "Reasons for rejection, by stage", [[row["stage"].capitalize(), row["reason"], n(row["count"])] for row in figures["reasons"]]
    yield "Images that cannot be used, by reason", [[row["reason"], n(row["count"])] for row in figures["images"]]
    yield "Images of more than 8 bits, by who says how they are shown", [[row["by"], n(row["count"])] for row in figures["windows"]]
    yield "Images in whose pixels text was looked for, by source", [
        [row["source"], row["by"], n(row["looked"]), n(row["found"]), n(row["blanked"])] for row in figures["texts"]
    ]
    yield "Samples removed for each benchmark, source and rule", [
        [row["benchmark"], row["source"], n(row["count"]), row["rule"]] for row in figures["shields"]
    ]
    for name, rows in (("licence", figures["licenses"]), ("access", figures["accesses"])):
        yield f"Samples found and kept for each {name}", [[row["name"], n(row["found"]), n(row["kept"])] for row in rows]
    for name, bins in (
        ("Samples by number of tokens", figures["tokens"]),
        ("Images by their shorter side", figures["image_sides"]),
        ("Images by the bytes that ship", figures["image_bytes"]),
    ):
        yield name, [[bin["label"], n(bin["kept"]), n(bin["rejected"])] for bin in bins]
    for corpus in figures["corpora"]:
        yield f"Modalities of {corpus['name']}: samples before, entering balance and in the corpus, and shares among the twelve", [
            [n(row["declared"]), n(row["entering"]), n(row["after"])] for row in corpus["rows"]
        ]
    yield "Time and throughput of each stage", [
        [time["stage"].capitalize(), f"{time['rows']:,} {time['unit']}"] for time in figures["times"]
    ]
    yield "Files that could not be read: what was found, what was wanted", [[fault["source"]] for fault in figures["faults"][:200]]
