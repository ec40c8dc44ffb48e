"""boxes as a table tells them -> the boxes of a row, in pixels of its image; all boxes of a row -> what its turns can say of them"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from curate.ingest.points import Four, compile_points
from curate.ingest.render import Render, TextOf, Unfit, compile_template, getter, wrong_type
from curate.ingest.sizes import Size
from curate.manifest import Manifest, Table
from curate.read import Row
from schemas.sample import Box

SizeOf = Callable[[], Size | None]
Found = tuple[list[Box], int]  # and how many are left out: without an area, or smaller than the manifest allows


class Told:
    """The boxes of one spec."""

    def __init__(self, spec: Mapping[str, Any], read: TextOf) -> None:
        self.image: int = spec.get("image", 0)
        self.is_relative: bool = spec.get("relative", False)
        self.size = compile_size(spec, read)
        self.least: float = spec.get("least", 0)
        self.label = compile_template(spec["label"], read)
        self.four = compile_points(spec["points"]) if "points" in spec else _four(spec, read)
        self.rows = _rows(spec.get("each"))

    def boxes(self, row: Row, size_of: SizeOf) -> Found:
        """Raises Unfit: box_broken, size_unknown, lists_differ, column_missing. `size_of`: asked where that is needed."""
        items = self.rows(row)
        wide, high = _known(size_of()) if self.is_relative and items else (1, 1)
        found, flat = [], 0
        for item in items:
            if (sides := self.four(item)) is None:
                continue
            x, y, width, height = sides[0] * wide, sides[1] * high, sides[2] * wide, sides[3] * high
            if min(width, height) < 0:
                raise Unfit("box_broken", f"{width:.6g} x {height:.6g} pixels: its end lies before its beginning")
            if min(width, height) == 0 or min(width, height) < self.least:
                flat += 1
            else:
                found.append(Box(label=self.label(item), image=self.image, x=x, y=y, width=width, height=height))
        return found, flat


def _four(spec: Mapping[str, Any], read: TextOf) -> Callable[[Row], Four]:
    form = next(name for name in _FORMS if name in spec)
    sides, origin = [compile_template(text, read) for text in spec[form]], spec.get("origin", 0)
    return lambda row: _FORMS[form](_numbers(sides, row), origin)


def _corners(sides: Four, origin: int) -> Four:
    """Pixels counted from 1 are named by their number, the last one included (Pascal VOC): 1..40 is 40 wide."""
    left, top, right, bottom = sides
    return left - origin, top - origin, right - left + origin, bottom - top + origin


def _xywh(sides: Four, origin: int) -> Four:
    x, y, width, height = sides
    return x - origin, y - origin, width, height


def _centre(sides: Four, origin: int) -> Four:
    x, y, width, height = sides
    return x - width / 2 - origin, y - height / 2 - origin, width, height


_FORMS: Mapping[str, Callable[[Four, int], Four]] = {"corners": _corners, "xywh": _xywh, "centre": _centre}


def _rows(each: str | Sequence[str] | None) -> Callable[[Row], list[Row]]:
    """The row that each box is read from: with the `item` of a list, or of several lists in parallel an object of theirs."""
    if each is None:
        return lambda row: [row]
    if isinstance(each, str):
        get = getter(each)
        return lambda row: [{**row, "item": item} for item in _list(get(row), each)]
    getters = [(name, getter(name)) for name in each]

    def parallel(row: Row) -> list[Row]:
        lists = {name: _list(get(row), name) for name, get in getters}
        lengths = [len(items) for items in lists.values()]
        if len(set(lengths)) > 1:
            raise Unfit("lists_differ", f"{' and '.join(map(str, lengths))} items")
        return [{**row, "item": dict(zip(lists, items))} for items in zip(*lists.values())]

    return parallel


def _list(value: Any, column: str) -> Sequence[Any]:
    if value is None or value == "":
        return ()
    if not isinstance(value, list | tuple):
        raise wrong_type("a list of boxes", value, column)
    return value


def _numbers(sides: list[Render], row: Row) -> Four:
    try:
        a, b, c, d = (float(render(row)) for render in sides)
    except ValueError:
        raise Unfit("box_broken", "a side is no number") from None
    if not all(map(math.isfinite, (a, b, c, d))):
        raise Unfit("box_broken", "a side is without end, or no number")
    return a, b, c, d


def _known(size: Size | None) -> Size:
    if size is None:
        raise Unfit("size_unknown", "boxes in shares of an image whose header cannot be read")
    return size


def compile_size(spec: Mapping[str, Any], read: TextOf) -> Callable[[Row], Size] | None:
    """The size of the image that a row tells, where it tells one. Raises Unfit: box_broken, column_missing."""
    if "size" not in spec:
        return None
    sides = [compile_template(text, read) for text in spec["size"]]

    def size(row: Row) -> Size:
        try:
            width, height = (float(render(row)) for render in sides)
        except ValueError:
            raise Unfit("box_broken", "a side of the image is no number") from None
        if not (width.is_integer() and height.is_integer() and width > 0 and height > 0):
            raise Unfit("box_broken", "a side of the image is no number of pixels")
        return int(width), int(height)

    return size


def asks_for_size(manifest: Manifest, table: Table) -> bool:
    """Whether what the table says names the size of the image: its header is then read."""
    said = json.dumps([table.turns, table.labels, {name: dict(texts) for name, texts in manifest.prompts.items()}])
    return "@size" in said or "@boxes_relative" in said


def box_columns(boxes: Sequence[Box], size: Size | None) -> Row:
    """`size`: where it is not known, what needs it is empty."""
    structures = list(dict.fromkeys(box.label for box in boxes if box.label))
    counts = Counter(box.label for box in boxes)
    return {
        "@boxes": "; ".join(_said(box.label, [f"{side:.0f}" for side in _edges(box)]) for box in boxes),
        "@boxes_relative": "; ".join(_said(box.label, _shares(box, size)) for box in boxes) if size else "",
        "@size": f"{size[0]} x {size[1]}" if size else "",
        "@structures": structures,
        "@counts": ", ".join(f"{counts[label]} {label}" for label in structures),
    }


def _edges(box: Box) -> Four:
    return box.x, box.y, box.x + box.width, box.y + box.height


def _shares(box: Box, size: Size) -> list[str]:
    return [f"{side / length:.3f}" for side, length in zip(_edges(box), (*size, *size))]


def _said(label: str, sides: Sequence[str]) -> str:
    return f"{label} [{', '.join(sides)}]".strip()
