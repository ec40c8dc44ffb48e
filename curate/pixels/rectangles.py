"""rectangles of a picture -> what they cover, and what they leave"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from schemas.image import Region


def covered(regions: Iterable[Region]) -> int:
    """Pixels that lie in any of `regions`."""
    total = 0
    for top, bottom, spans in _bands(tuple(regions)):
        total += (bottom - top) * sum(right - left for left, right in _merged(spans))
    return total


def outside(regions: Iterable[Region], size: tuple[int, int]) -> tuple[Region, ...]:
    """Rectangles that cover what of a picture of `size` (width, height) lies in none of `regions`, and nothing else: from top to bottom,
    no two of them overlap. `regions` lie inside the picture."""
    whole = Region(left=0, top=0, right=size[0], bottom=size[1])
    inner = tuple(regions)
    return tuple(
        Region(left=left, top=top, right=right, bottom=bottom)
        for top, bottom, _ in _bands((whole, *inner))
        for left, right in _gaps(size[0], _merged(_spans(inner, top, bottom)))
    )


def _bands(regions: tuple[Region, ...]) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """The picture cut at every upper and lower edge: top, bottom, and what the regions span from left to right in between."""
    edges = sorted({edge for region in regions for edge in (region.top, region.bottom)})
    for top, bottom in pairwise(edges):
        yield top, bottom, _spans(regions, top, bottom)


def _spans(regions: tuple[Region, ...], top: int, bottom: int) -> list[tuple[int, int]]:
    return [(region.left, region.right) for region in regions if region.top <= top and bottom <= region.bottom]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same without overlap, from left to right."""
    merged: list[tuple[int, int]] = []
    for left, right in sorted(spans):
        if merged and left <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], right)
        else:
            merged.append((left, right))
    return merged


def _gaps(width: int, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begins, ends = [0, *(right for _, right in spans)], [*(left for left, _ in spans), width]
    return ((begin, end) for begin, end in zip(begins, ends) if begin < end)
