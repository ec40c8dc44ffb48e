"""path of a whole-slide file and the longest side of an overview -> on stdout a line of JSON, what the file is or {fault: [reason,
evidence]}, and the overview's pixels (RGB); a program of its own, within limits of memory and time, and the calls it makes"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from typing import Any

from PIL import Image

MAX_MEMORY = 4 << 30  # bytes
MAX_SECONDS = 120  # of one core
MAX_REGION = 1 << 27  # pixels read at once, 4 bytes each
MPP = (0.01, 100.0)  # micrometres a pixel that can be meant
MISSING = 'whole-slide image: the extra "slides" is not installed'
WHITE = (255, 255, 255)
# OpenSlideError is an Exception of its own package; the rest is what Pillow and ctypes raise on what the library hands over
ERRORS = (OSError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError)


class Refused(Exception):
    """A reason and its evidence."""


def open_slide(path: str) -> Any:
    """The slide at `path`, as openslide-python opens it. Raises Refused: unsupported, corrupt."""
    try:
        import openslide
    except ImportError:  # no such package, or no library under it
        raise Refused("unsupported", MISSING) from None
    try:
        return openslide.OpenSlide(path)
    except openslide.OpenSlideUnsupportedFormatError:
        raise Refused("unsupported", "a whole-slide image of no format that OpenSlide knows") from None
    except (openslide.OpenSlideError, *ERRORS):
        raise Refused("corrupt", "a whole-slide image that OpenSlide refuses") from None


def facts(slide: Any) -> dict[str, Any]:
    """left, top, width, height: in pixels of the finest level, what was scanned; levels: [[width, height, downsample]], finest first;
    mpp: micrometres a pixel there, None where the file does not tell. Of its other properties nothing is handed on: they carry names."""
    width, height = slide.dimensions
    left, top, across, down = (_whole(slide.properties.get(f"openslide.bounds-{name}")) for name in ("x", "y", "width", "height"))
    inside = None not in (left, top, across, down) and left + across <= width and top + down <= height and across > 0 < down
    levels = [[*size, float(down)] for size, down in zip(slide.level_dimensions, slide.level_downsamples)]
    place = (left, top, across, down) if inside else (0, 0, width, height)
    return {**dict(zip(("left", "top", "width", "height"), place)), "levels": levels, "mpp": _mpp(slide.properties.get("openslide.mpp-x"))}


def _whole(text: str | None) -> Any:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else None


def _mpp(text: str | None) -> float | None:
    try:
        value = float(text or "nan")
    except ValueError:
        return None
    return value if MPP[0] <= value <= MPP[1] else None


def read(slide: Any, level: int, place: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """A region of `size` pixels of a level, from `place` in pixels of the finest, on white (mode RGB). Raises Refused: too_large,
    corrupt."""
    if min(size) < 1 or math.prod(size) > MAX_REGION:
        raise Refused("too_large", f"{size[0]} x {size[1]} > {MAX_REGION} pixels of a slide at once")
    import openslide

    try:
        region = slide.read_region(place, level, size)
    except (openslide.OpenSlideError, *ERRORS):
        raise Refused("corrupt", "a part of a whole-slide image that OpenSlide cannot decode") from None
    shown = Image.new("RGB", size, WHITE)
    shown.paste(region, mask=region.getchannel("A"))
    return shown


def overview(slide: Any, told: dict[str, Any], side: int) -> Image.Image:
    """All that was scanned with its longer side at most `side`: from the coarsest level that is no coarser, or the next that is small
    enough to be read."""
    wanted = max(told["width"], told["height"]) / side
    enough = [number for number, (_, _, down) in enumerate(told["levels"]) if down <= max(wanted, 1.0)]
    fine = enough[-1] if enough else 0
    sizes = [(math.ceil(told["width"] / down), math.ceil(told["height"] / down)) for _, _, down in told["levels"]]
    level = next((number for number in range(fine, len(sizes)) if math.prod(sizes[number]) <= MAX_REGION), fine)
    found = read(slide, level, (told["left"], told["top"]), sizes[level])
    scale = min(1.0, side / max(found.size))
    size = (max(round(found.width * scale), 1), max(round(found.height * scale), 1))
    return found if size == found.size else found.resize(size, Image.Resampling.BOX)


def main(path: str, side: str) -> int:
    with contextlib.suppress(ImportError):
        import resource

        with contextlib.suppress(ValueError, OSError):  # where the system knows no such limit
            resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    try:
        slide = open_slide(path)
        told = facts(slide)
        shown = overview(slide, told, int(side))
        answer, pixels = {**told, "overview": shown.size}, shown.tobytes()
    except Refused as refused:
        answer, pixels = {"fault": refused.args}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + pixels)
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))  # without the library's own farewell
