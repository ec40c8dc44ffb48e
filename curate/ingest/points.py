"""the points of an outline -> the smallest rectangle around them"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from curate.ingest.render import Unfit, getter
from curate.read import Row

Four = tuple[float, float, float, float]  # left, top, width, height


def compile_points(spec: str | Sequence[str]) -> Callable[[Row], Four | None]:
    """`spec`: "{outline}", a column that holds a list of [x, y], or ["{xs}", "{ys}"]. None where there are no points. Raises Unfit:
    box_broken, lists_differ."""
    getters = [getter(text.strip("{ }")) for text in ([spec] if isinstance(spec, str) else spec)]

    def around(row: Row) -> Four | None:
        columns = [_list(get(row)) for get in getters]
        if len({len(column) for column in columns}) > 1:
            raise Unfit("lists_differ", f"{' and '.join(str(len(column)) for column in columns)} points")
        pairs = columns[0] if len(columns) == 1 else list(zip(*columns))
        if not pairs:
            return None
        points = [_point(pair) for pair in pairs]
        left, top = min(x for x, _ in points), min(y for _, y in points)
        return left, top, max(x for x, _ in points) - left, max(y for _, y in points) - top

    return around


def _list(value: Any) -> Sequence[Any]:
    if value is None or value == "":
        return ()
    if not isinstance(value, list | tuple):
        raise Unfit("box_broken", "points wanted, no list found")
    return value


def _point(pair: Any) -> tuple[float, float]:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise Unfit("box_broken", "a point is no pair of numbers")
    try:
        x, y = (float(side) for side in pair)
    except (TypeError, ValueError):
        raise Unfit("box_broken", "a point is no pair of numbers") from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise Unfit("box_broken", "a point is without end, or no number")
    return x, y
