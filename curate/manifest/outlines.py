"""the boxes, masks, slices and slides of a table -> what a schema cannot see in them"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

MEANS = ("label", "values", "colours", "channels")
MADE = ("@boxes", "@boxes_relative", "@size", "@structures", "@counts")  # of the row's boxes, after its columns
ALONE = re.compile(r"\{[^{}]+\}")  # a template that is one column
CUT = ("slice", "@slice", "@tile", "@x", "@y", "@view")  # of the slice or tile that a row has become, after its columns
IS_AXIS = re.compile(r"^(axial|coronal|sagittal)(/voxels)?$|@[012]$")  # of a volume, of an array
GIVEN = ("@file", "@stem", "@row", "@part", *CUT)
RESOLUTIONS = ("mpp", "level", "downsample")


def outline_templates(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(place, text) of every template in boxes, masks, slices and slides."""
    for place, boxes in _boxes(table):
        for name in ("label", "corners", "xywh", "centre", "points", "size"):
            if name in boxes:
                yield from ((f"{place}.{name}", text) for text in _listed(boxes[name]))
    for index, mask in enumerate(table.get("masks") or ()):
        for name in ("path", "label", "frame"):
            if name in mask:
                yield from ((f"masks[{index}].{name}", text) for text in _listed(mask[name]))
    slices = table.get("slices") or {}
    for name in ("of", "from", "to"):
        if name in slices:
            yield from ((f"slices.{name}", text) for text in _listed(slices[name]))
    yield from (("slides.of", text) for text in _listed((table.get("slides") or {"of": []})["of"]))


def _boxes(table: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Each spec of boxes with its place."""
    boxes = table.get("boxes") or ()
    return [("boxes", boxes)] if isinstance(boxes, Mapping) else [(f"boxes[{index}]", spec) for index, spec in enumerate(boxes)]


def outline_faults(place: str, table: Mapping[str, Any]) -> list[str]:
    faults = [fault for index, mask in enumerate(table.get("masks", ())) for fault in _mask(f"{place}.masks[{index}]", mask)]
    for where, boxes in _boxes(table):
        if boxes.get("relative", False) and boxes.get("origin", 0):
            faults.append(f"{place}.{where}.origin: shares of the image's size are counted from no pixel; wanted: relative or origin")
        faults += [
            f"{place}.{where}.points: '{text}' found, one column alone wanted: \"{{outline}}\""
            for text in _listed(boxes.get("points", ()))
            if not ALONE.fullmatch(text)
        ]
    if "slices" in table:
        images = table.get("image", [])
        rules = images if isinstance(images, list) else [images]
        if not any(isinstance(rule, dict) and "frame" in rule for rule in rules):
            faults.append(f'{place}.image: every slice would show the same; wanted: frame: "{{slice}}"')
        faults += [f"{place}.{fault}" for fault in _axis_faults(str(table["slices"].get("axis", "")), rules)]
        if "group" in table:
            faults.append(f"{place}.group: rows are sliced before they are grouped; wanted: slices or group")
    return faults + list(_slides(place, table))


def _slides(place: str, table: Mapping[str, Any]) -> Iterator[str]:
    slides = table.get("slides")
    if slides is None:
        return
    kinds = [name for name in ("thumbnail", "tiles") if name in slides]
    if len(kinds) != 1:
        yield f"{place}.slides: {' and '.join(kinds) or 'none'} found, exactly one of thumbnail, tiles wanted"
    told = [name for name in RESOLUTIONS if name in slides.get("tiles", {})]
    if "tiles" in slides and len(told) != 1:
        yield f"{place}.slides.tiles: {' and '.join(told) or 'none'} found, exactly one of {', '.join(RESOLUTIONS)} wanted"
    images = table.get("image", [])
    rules = images if isinstance(images, list) else [images]
    if not any(isinstance(rule, dict) and "column" in rule and ("tiles" not in slides or "frame" in rule) for rule in rules):
        yield f'{place}.image: nothing says what of the slide is shown; wanted: column: "{{@view}}", frame: "{{@tile}}"'
    beside = [name for name in ("slices", "boxes", "masks", "group") if name in table]
    yield from (f"{place}.{name}: not beside slides, of which parts are taken" for name in beside)


def _axis_faults(axis: str, rules: list[Any]) -> list[str]:
    """Of images that are slices along another axis than the one along which they are counted."""
    columns = [rule.get("column", "") for rule in rules if isinstance(rule, dict) and rule.get("frame") in ("{slice}", "{@slice}")]
    wanted = f"@{axis}" if axis.isdigit() else axis or "axial"
    return [
        f"image.column: '{column}' found, slices are counted along another axis; wanted: {wanted}"
        for column in columns
        if "{" not in column and (axis or IS_AXIS.search(column)) and not (column or "axial").removesuffix("/voxels").endswith(wanted)
    ]


def name_faults(place: str, where: str, names: list[str]) -> list[str]:
    """Names that begin with @ are ours: each is there only in some places."""
    said = where.startswith(("turns", "labels"))
    faults = [f"{place}.{where}: '{name}' is no column of ours" for name in names if name.startswith("@") and name not in (*MADE, *GIVEN)]
    if not said:
        faults += [f"{place}.{where}: '{name}' is there in turns and labels alone" for name in names if name in MADE]
    if where.startswith("columns."):
        faults += [f"{place}.{where}: '{name}' is there after the columns are made" for name in names if name in CUT]
    return faults


def _mask(place: str, mask: Mapping[str, Any]) -> Iterator[str]:
    means = [name for name in MEANS if name in mask]
    if len(means) != 1:
        yield f"{place}: {' and '.join(means) or 'none'} found, exactly one of {', '.join(MEANS)} wanted"
    for value in mask.get("values", {}):
        if not _is_number(str(value)):
            yield f"{place}.values: '{value}' found, a whole number wanted"
    for colour in mask.get("colours", {}):
        parts = colour.split(",")
        if len(parts) != 3 or not all(_is_number(part.strip()) and 0 <= int(part) <= 255 for part in parts):
            yield f"{place}.colours: '{colour}' found, red, green and blue from 0 to 255 wanted, as in '100,0,100'"
    for path in _listed(mask["path"]):
        yield from _stars(place, path, many=mask.get("many", False))


def _stars(place: str, path: str, *, many: bool) -> Iterator[str]:
    parts = path.split("/")
    first = next((index for index, part in enumerate(parts) if "{" in part), len(parts) - 1)
    if any("*" in part for part in parts[first:-1]) or ("*" in parts[-1] and not many):
        yield f"{place}.path: '*' after the first column; wanted in the folders before it, or with many: true in the last part"


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 9


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
