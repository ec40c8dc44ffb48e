"""the pixels of a mask -> the smallest rectangle around each thing in it"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from curate.pixels.fault import PixelFault
from curate.pixels.window import Values

Colour = tuple[int, int, int]
Labels = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MAX_PARTS = 20_000  # boxes of one mask
SURE = 32  # how far a colour may be from the one that is stated; farther ones are the blur of an edge
TOUCHING = np.ones((3, 3), np.int8)  # pixels that touch by a corner are of one part
BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRule:
    """What the values of a mask mean. At most one of `values`, `colours`, `channels`; with none of them every value but 0 is one thing."""

    values: tuple[int, ...] = ()
    colours: tuple[Colour, ...] = ()
    channels: int = 0  # of the last axis; values in each are instances
    parts: Literal["values", "components", "instances"] = "values"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """The smallest rectangle around a thing, in pixels of the mask. `meaning` is its position among the values, colours or channels."""

    meaning: int
    left: int
    top: int
    right: int  # the edge: one beyond the last pixel
    bottom: int


def regions(pixels: Values, rule: MaskRule) -> list[Region]:
    """The boxes of a mask in the order in which they begin, from the top, from the left. Raises PixelFault: corrupt (values that are no
    whole numbers), unsupported (colours where values are wanted, another number of channels), too_large."""
    found: list[tuple[int, int, Region]] = []
    for meaning, parts in _parts(pixels, rule):
        for number, (rows, columns) in _rectangles(parts):
            known = number if meaning is None else meaning
            begin = columns.start + int(np.argmax(parts[rows.start, columns] == number + 1))
            box = Region(meaning=known, left=columns.start, top=rows.start, right=columns.stop, bottom=rows.stop)
            found.append((rows.start, begin, box))
            if len(found) > MAX_PARTS:
                raise PixelFault("too_large", f"more than {MAX_PARTS} parts")
    return [box for _, _, box in sorted(found, key=lambda each: each[:2])]


def is_empty(pixels: Values, rule: MaskRule) -> bool:
    """Whether nothing that the rule names is in it. Raises PixelFault as `regions`."""
    if rule.channels:
        return not any(channel.any() for channel in _channels(pixels, rule))
    return not _meanings(pixels, rule).any()


def _rectangles(parts: Labels) -> list[tuple[int, tuple[slice, slice]]]:
    return [(number, place) for number, place in enumerate(ndimage.find_objects(parts)) if place is not None]


def _parts(pixels: Values, rule: MaskRule) -> list[tuple[int | None, Labels]]:
    """(meaning, numbered parts of it); with None the numbers are the meanings."""
    if rule.channels:
        return [(meaning, _numbered(channel, rule.parts)) for meaning, channel in enumerate(_channels(pixels, rule))]
    if not rule.values and not rule.colours:
        return [(0, _numbered(_kinds(pixels) if rule.parts == "instances" else _filled(pixels), rule.parts))]
    meanings = _meanings(pixels, rule)
    if rule.parts != "components":  # a value that is listed is an instance of its own
        return [(None, meanings)]
    there = np.flatnonzero(np.bincount(meanings.ravel(), minlength=1)[1:])
    return [(int(meaning), _numbered(meanings == meaning + 1, "components")) for meaning in there]


def _numbered(values: Values, parts: str) -> Labels:
    """What is not 0 as parts with a number each, from 1."""
    if parts == "components":
        numbered: tuple[Labels, int] = ndimage.label(values != 0, structure=TOUCHING)
        if numbered[1] > MAX_PARTS:
            raise PixelFault("too_large", f"more than {MAX_PARTS} parts")
        return numbered[0]
    if parts == "values":
        return (values != 0).astype(np.int64)
    kinds, numbers = np.unique(_whole(values), return_inverse=True)
    if len(kinds) > MAX_PARTS:
        raise PixelFault("too_large", f"more than {MAX_PARTS} values")
    numbers = np.arange(1, len(kinds) + 1)[numbers.reshape(values.shape)]
    return np.where(values == 0, 0, numbers)


def _meanings(pixels: Values, rule: MaskRule) -> Labels:
    """0 where nothing is; 1 for the first of the rule's values or colours, and so on."""
    if rule.colours:
        return _nearest(pixels, rule)
    if not rule.values:
        return _filled(pixels).astype(np.int64)
    values = _whole(_grey(pixels))
    wanted = np.array(rule.values, dtype=np.int64)
    order = np.argsort(wanted)
    place = np.clip(np.searchsorted(wanted, values, sorter=order), 0, len(wanted) - 1)
    return np.where(wanted[order][place] == values, order[place] + 1, 0)


def _whole(values: Values) -> Labels:
    if values.dtype.kind == "f":
        rounded = np.rint(values)
        if not (np.isfinite(values).all() and (rounded == values).all() and (np.abs(values) < 1 << 53).all()):
            raise PixelFault("corrupt", "values that are no whole numbers")
    return values.astype(np.int64)


def _filled(pixels: Values) -> Flags:
    """Where any value but 0 is. Raises PixelFault where there are none."""
    if pixels.ndim == 2 and pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        raise PixelFault("corrupt", "values that are no numbers")
    return (pixels if pixels.ndim == 2 else _kinds(pixels)) != 0


def _kinds(pixels: Values) -> Labels:
    """Every value, or colour, as a number; transparent pixels are 0. Where only transparency tells pixels apart it is the mask."""
    if pixels.ndim == 2:
        return _whole(pixels)
    colours, alpha = _colours(pixels)
    packed = _packed(colours)
    if not packed.any() and alpha.min() != alpha.max():
        return (alpha > 0).astype(np.int64)
    return np.where(alpha > 0, packed, 0)


def _packed(colours: Labels) -> Labels:
    return colours[..., 0] << 16 | colours[..., 1] << 8 | colours[..., 2]


def _colours(pixels: Values) -> tuple[Labels, Labels]:
    """Red, green, blue; opacity."""
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if pixels.dtype != np.uint8 or pixels.shape[2] not in (3, 4):
        raise PixelFault("unsupported", f"{pixels.shape[2]} channels of {pixels.dtype.itemsize * 8} bits as colours")
    alpha = pixels[..., 3] if pixels.shape[2] == 4 else np.full(pixels.shape[:2], 255, np.uint8)
    return pixels[..., :3].astype(np.int64), alpha.astype(np.int64)


def _grey(pixels: Values) -> Values:
    """The values of a mask that may be stored as shades of grey in three channels."""
    if pixels.ndim == 2:
        return pixels
    colours, alpha = _colours(pixels)
    if (colours[..., 0] != colours[..., 1]).any() or (colours[..., 0] != colours[..., 2]).any():
        raise PixelFault("unsupported", "colours, where values are wanted")
    return np.where(alpha > 0, colours[..., 0], 0)


def _channels(pixels: Values, rule: MaskRule) -> list[Values]:
    if pixels.ndim != 3 or pixels.shape[2] != rule.channels:
        raise PixelFault("unsupported", f"{pixels.shape[2] if pixels.ndim == 3 else 1} channels, {rule.channels} wanted")
    return [pixels[..., channel] for channel in range(rule.channels)]


def _nearest(pixels: Values, rule: MaskRule) -> Labels:
    """The nearest of the stated colours and black. Edges are blurred, and a blend of two colours may lie next to a third: a part in which
    no pixel is `SURE` is such an edge, and counts as background."""
    colours, alpha = _colours(pixels)
    packed = np.where(alpha > 0, _packed(colours), 0)
    kinds, numbers = np.unique(packed, return_inverse=True)
    palette = np.array([BLACK, *rule.colours], dtype=np.int64)
    nearest, sure = np.empty(len(kinds), np.int64), np.empty(len(kinds), np.bool_)
    for begin in range(0, len(kinds), 1 << 16):
        some = kinds[begin : begin + (1 << 16)]
        shades = np.stack([some >> 16, some >> 8 & 255, some & 255], axis=1)
        distances = ((shades[:, None, :] - palette[None, :, :]) ** 2).sum(axis=2)
        nearest[begin : begin + len(some)] = distances.argmin(axis=1)
        sure[begin : begin + len(some)] = distances.min(axis=1) <= SURE**2
    meanings, is_sure = nearest[numbers].reshape(packed.shape), sure[numbers].reshape(packed.shape)
    return meanings if is_sure.all() else _without_edges(meanings, is_sure)


def _without_edges(meanings: Labels, is_sure: Flags) -> Labels:
    kept = np.zeros_like(meanings)
    for meaning in np.unique(meanings):
        if meaning:
            parts, _ = ndimage.label(meanings == meaning, structure=TOUCHING)
            anchored = np.unique(parts[is_sure & (parts > 0)])
            kept[np.isin(parts, anchored[anchored > 0])] = meaning
    return kept
