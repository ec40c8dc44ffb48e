"""the masks of a table -> the boxes of a row's masks, in pixels of its image"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from curate.ingest.find import Listing
from curate.ingest.images import compile_path, frame_of, nothing_at, paths_of
from curate.ingest.render import Absent, Render, TextOf, Unfit, compile_template
from curate.ingest.sizes import Size, read_file
from curate.ingest.starred import compile_starred
from curate.manifest import Table
from curate.pixels.fault import PixelFault
from curate.pixels.lately import Lately
from curate.pixels.mask import read_mask
from curate.pixels.regions import Colour, MaskRule, is_empty, regions
from curate.pixels.volume import MAX_BYTES, Volume, is_volume, read_volume
from curate.pixels.window import Values
from curate.read import Opener, Row
from schemas.sample import Box

SKEW = 0.02  # how far the ratio of a mask's sides may be from its image's


@dataclass(frozen=True, slots=True)
class At:
    """The slice that is looked at."""

    axis: str  # as a column of an image names it
    frame: int


@dataclass(frozen=True, slots=True)
class _Mask:
    find: Callable[[Row], list[str]]
    missing: Callable[[Row], Unfit]
    optional: bool
    rule: MaskRule
    label: Render | None  # of all values; None where each has its own
    meanings: tuple[str, ...]
    array: str
    frame: Render | None


class Masks:
    """What the masks beside an image hold. One volume at least is held unpacked: its slices follow each other."""

    def __init__(self, table: Table, listing: Listing, open: Opener, read: TextOf, *, lenient: bool) -> None:
        """`lenient`: a mask that is not there is none (a benchmark row shields without it)."""
        self.open = open
        self.each = [_compiled(spec, listing, read, lenient=lenient) for spec in table.masks]
        self.volumes: Lately[Volume] = Lately(MAX_BYTES)

    def boxes(
        self, row: Row, shown: Callable[[], Size | None], stored: Callable[[], Size | None], at: At | None
    ) -> tuple[list[Box], Size | None]:
        """All boxes of a row and the size of what they lie on as it is `shown`, each file's by the place of its first pixel. `stored`: its
        size in voxels, on which masks are drawn. Raises Unfit: mask_missing, mask_broken, mask_size, path_escapes, column_missing."""
        found: list[Box] = []
        known: Size | None = None
        for mask, path in self._files(row):
            pixels = self._pixels(mask, path, row, at)
            drawn = pixels.shape[1], pixels.shape[0]
            known = shown() or drawn
            found += _scaled(_boxes(mask, pixels, row), drawn, stored() or drawn, known)
        return found, known

    def filled(self, row: Row, axis: str, shape: Sequence[int] | None, frames: Sequence[int]) -> list[int] | None:
        """Those of the slices in which a mask is not empty; None where there are no masks. `shape`: of the volume they lie on; None: they
        lie on a film, of which each frame has its own. Raises Unfit as `boxes`."""
        files = self._files(row)
        if not files:
            return None
        for mask, path in files if shape else ():
            column = _array_axis(mask, axis)
            if is_volume(path, column) and self._volume(path, column).header.shape != tuple(shape or ()):
                raise Unfit("mask_size", f"{_sides(self._volume(path, column).header.shape)} voxels beside {_sides(shape or ())}")
        return [
            frame for frame in frames
            if any(self._is_filled(mask, path, row, At(axis, frame) if shape else None, frame) for mask, path in files)
        ]  # fmt: skip

    def _is_filled(self, mask: _Mask, path: str, row: Row, at: At | None, frame: int) -> bool:
        pixels = self._pixels(mask, path, {**row, "slice": frame, "@slice": frame}, at)
        with _told():
            return not is_empty(pixels, mask.rule)

    def _files(self, row: Row) -> list[tuple[_Mask, str]]:
        return [(mask, path) for mask in self.each for path in _found(mask, row)]

    def _pixels(self, mask: _Mask, path: str, row: Row, at: At | None) -> Values:
        column = _array_axis(mask, at.axis if at else "")
        with _told():
            if is_volume(path, column):
                if at is None:
                    raise PixelFault("unsupported", "a volume beside an image that is no slice")
                return self._volume(path, column).plane(column or at.axis, at.frame)
            frame = frame_of(mask.frame, row)
            return read_file(self.open, path, lambda file: read_mask(file, mask.rule, array=mask.array, frame=frame))

    def _volume(self, path: str, column: str) -> Volume:
        with _told():
            return self.volumes.get(f"{path}!{column}", lambda: read_file(self.open, path, lambda file: read_volume(file, column)))


def _array_axis(mask: _Mask, axis: str) -> str:
    """Of a mask beside an array that is cut: the same axis of its own array."""
    return f"{mask.array}@{axis.rpartition('@')[2]}" if "@" in axis else ""


@contextmanager
def _told() -> Iterator[None]:
    """A fault of a mask rejects its row."""
    try:
        yield
    except PixelFault as fault:
        raise Unfit("mask_broken", f"{fault.reason}: {fault.evidence}" if fault.evidence else fault.reason) from None


def _compiled(spec: Mapping[str, Any], listing: Listing, read: TextOf, *, lenient: bool) -> _Mask:
    values, colours = _words(spec.get("values", {})), _words(spec.get("colours", {}))
    channels = tuple(spec.get("channels", ()))
    rule = MaskRule(
        values=tuple(int(value) for value in values),
        colours=tuple(colour_of(text) for text in colours),
        channels=len(channels),
        parts=spec.get("parts", "instances" if channels else "values"),
    )
    return _Mask(
        find=_finder(spec, listing, read),
        missing=partial(nothing_at, "mask_missing", spec, read),
        optional=spec.get("optional", False) or lenient,
        rule=rule,
        label=compile_template(spec["label"], read) if "label" in spec else None,
        meanings=(*values.values(), *colours.values(), *channels),
        array=spec.get("array", ""),
        frame=compile_template(spec["frame"], read) if "frame" in spec else None,
    )


def _words(meanings: Mapping[Any, str]) -> dict[str, str]:
    return {str(found): word for found, word in meanings.items()}


def colour_of(text: str) -> Colour:
    """`100,0,100` -> its three numbers. Raises ValueError."""
    red, green, blue = (int(part) for part in text.split(","))
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        raise ValueError(f"'{text}' is no colour: three numbers from 0 to 255 wanted")
    return red, green, blue


def _finder(spec: Mapping[str, Any], listing: Listing, read: TextOf) -> Callable[[Row], list[str]]:
    paths = paths_of(spec)
    extensions = tuple(spec.get("extensions", ()))
    if spec.get("many", False):
        all_of = [
            compile_starred(path, listing, read) if "*" in path.rpartition("/")[2] else _one(path, extensions, listing, read)
            for path in paths
        ]
        return lambda row: list(dict.fromkeys(path for find in all_of for path in find(row)))
    each = [_one(path, extensions, listing, read) for path in paths]
    return lambda row: next((found for find in each if (found := find(row))), [])


def _one(path: str, extensions: tuple[str, ...], listing: Listing, read: TextOf) -> Callable[[Row], list[str]]:
    look_up = compile_path(path, extensions, listing, read)
    return lambda row: [found] if (found := look_up(row)) is not None else []


def _found(mask: _Mask, row: Row) -> list[str]:
    try:
        paths = mask.find(row)
    except Absent as absent:
        if mask.optional:
            return []
        raise Unfit("mask_missing", absent.evidence) from None
    if not paths and not mask.optional:
        raise mask.missing(row)
    return paths


def _boxes(mask: _Mask, pixels: Values, row: Row) -> Iterator[Box]:
    with _told():
        found = regions(pixels, mask.rule)
    label = mask.label(row) if mask.label and found else ""
    for region in found:
        meaning = label or mask.meanings[region.meaning]
        if meaning:  # '' is background
            yield Box(
                label=meaning,
                image=0,
                x=float(region.left),
                y=float(region.top),
                width=float(region.right - region.left),
                height=float(region.bottom - region.top),
            )


def _scaled(boxes: Iterator[Box], mask: Size, stored: Size, shown: Size) -> Iterator[Box]:
    """Boxes of a mask that is the image in another size, on the image as it is shown; one of another shape is no mask of it."""
    if not any(abs(size[0] * mask[1] / (size[1] * mask[0]) - 1) <= SKEW for size in (stored, shown)):
        raise Unfit("mask_size", f"{_sides(mask)} beside {_sides(stored)} pixels")
    if mask == shown:
        yield from boxes
        return
    across, down = shown[0] / mask[0], shown[1] / mask[1]
    for box in boxes:
        yield replace(box, x=box.x * across, y=box.y * down, width=box.width * across, height=box.height * down)


def _sides(size: Sequence[int]) -> str:
    return " x ".join(map(str, size))
