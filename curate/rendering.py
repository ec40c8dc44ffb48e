"""what a manifest or a recipe says of windows -> Rendering: how values of more than 8 bits are shown"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from schemas.image import ImageRef, Rendering

Ends = tuple[float, float]  # value shown black, value shown white
Windows = Mapping[str, Ends]  # by name, as windows.yaml has them
ANY = "*"  # of a recipe: every source
FORMS = (("low", "high"), ("center", "width"))
NOTES = ("shows", "source")  # of a named window: what it is for, and who says so
MAX_NUMBER = 24  # characters
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
PAIR = re.compile(r"\[?([^,;\[\]]+)[,;]([^,;\[\]]+)\]?")


class WindowError(ValueError):
    """What was found, and what was wanted: never what a cell holds."""


def windows_of(raw: Any) -> tuple[dict[str, Ends], list[str]]:
    """The windows of a parsed windows.yaml, and what is wrong with it, with its place."""
    if not isinstance(raw, Mapping):
        return {}, ["$: name -> {center, width} or {low, high} wanted"]
    found: dict[str, Ends] = {}
    faults: list[str] = []
    for name, spec in raw.items():
        try:
            found[name] = _named(spec)
        except WindowError as error:
            faults.append(f"$.{name}: {error}")
        if key_of(name) in map(key_of, list(found)[:-1]):
            faults.append(f"$.{name}: called like another but for case, '-', '_' and blanks")
    return found, faults


def _named(spec: Any) -> Ends:
    if not isinstance(spec, Mapping) or set(spec) - set(NOTES) not in map(set, FORMS):
        raise WindowError("center and width, or low and high wanted, with 'shows' and 'source'")
    if any(not isinstance(spec.get(note, ""), str) for note in NOTES):
        raise WindowError("text wanted in 'shows' and 'source'")
    return ends_of(spec)


def ends_of(spec: Mapping[str, Any]) -> Ends:
    """Of {center, width} or {low, high}, as numbers. The ends are center -+ width / 2: DICOM's LINEAR_EXACT (PS3.3 C.11.2.1.3.2), and
    what is meant where a window is told outside of DICOM. Raises WindowError."""
    form = next(form for form in FORMS if set(form) <= set(spec))
    first, second = (_number(spec[name], name) for name in form)
    if form == ("center", "width") and not second > 0:
        raise WindowError("a width above 0 wanted")
    low, high = (first, second) if form == ("low", "high") else (first - second / 2, first + second / 2)
    if not low < high or not math.isfinite(high - low):
        raise WindowError("a low end below the high end wanted")
    return low, high


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise WindowError(f"a number wanted in '{name}'")
    return float(value)


def read_number(text: str) -> float:
    """A number as a cell writes it. Raises WindowError."""
    text = text.strip()
    number = float(text) if len(text) <= MAX_NUMBER and NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise WindowError(f"a number wanted, {len(text)} characters found")
    return number


def written_window(text: str, windows: Windows) -> tuple[Ends, str]:
    """(ends, the window's name) of a window's name, or of 'low, high' (no name). Raises WindowError."""
    name = next((name for name in windows if key_of(name) == key_of(text)), None)
    if name is not None:
        return windows[name], name
    pair = PAIR.fullmatch(text.strip())
    if pair is None:
        raise WindowError(f"the name of a window or 'low, high' wanted, {len(text)} characters found")
    low, high = (read_number(end) for end in pair.groups())
    if not low < high:
        raise WindowError("a low end below the high end wanted")
    return (low, high), ""


def key_of(name: str) -> str:
    """Case, '-', '_' and blanks of a window's name count alike."""
    return " ".join(re.split(r"[\s_-]+", name.strip().casefold()))


def said_window(spec: str | Mapping[str, Any], windows: Windows) -> Rendering:
    """What does not depend on a row: a name, 'low, high', {low, high}, {center, width}, or {shares: [low, high]}. Raises WindowError."""
    if isinstance(spec, str):
        (low, high), name = written_window(spec, windows)
        return Rendering(low=low, high=high, by=name or "window")
    if "shares" in spec:
        low, high = spec["shares"]
        if not 0 <= low < high <= 100:
            raise WindowError("two percentiles from 0 to 100 wanted, the first below the second")
        return Rendering(low_share=float(low), high_share=float(high), by=f"percentiles {low:g}-{high:g}")
    low, high = ends_of(spec)
    return Rendering(low=low, high=high, by="window")


def said_by_recipe(said: Mapping[str, Mapping[str, Any]], windows: Windows) -> tuple[dict[str, Rendering], list[str]]:
    """A recipe's `rendering`, and what is wrong with it, with its place."""
    found: dict[str, Rendering] = {}
    faults: list[str] = []
    for source, spec in said.items():
        try:
            shown = said_window(spec["window"], windows) if "window" in spec else Rendering()
            found[source] = replace(shown, choice=spec.get("choice", 0), by=f"recipe {shown.by}".rstrip())
        except WindowError as error:
            faults.append(f"$.rendering.{source}.window: {error}{_known(windows)}")
    if ANY in found and found[ANY].low is not None:
        faults.append(
            f"$.rendering.{ANY}.window: numbers mean one thing in each source; wanted here: shares, or the sources by their names"
        )
    return found, faults


def _known(windows: Windows) -> str:
    return f"; windows: {', '.join(windows)}" if windows else ""


def rendering_of(ref: ImageRef, overrides: Mapping[str, Rendering]) -> Rendering | None:
    """How an image is shown: as its manifest says (`ref.rendering`), unless a recipe's `rendering` speaks of its source, or of all: then
    the window and choice are the recipe's. What a stored value means stays the manifest's to say. A benchmark is shown as the source of
    its name, so that both give the same picture."""
    named = (ref.source, ref.source.partition("@")[0], ANY)
    said = next((overrides[name] for name in named if name in overrides), None)
    if said is None or ref.rendering is None:
        return said or ref.rendering
    return replace(said, slope=ref.rendering.slope, intercept=ref.rendering.intercept)


def shown_as(rendering: Rendering | None) -> str:
    """What is shown, in one word that is the same for the same picture, whoever says so: '-1350..150', '1%..99%', 'window 2',
    '-160..240*1-1024' with a rescale of its own; '' where the file is left to itself."""
    if rendering is None:
        return ""
    return "".join(_pieces(rendering))


def _pieces(rendering: Rendering) -> Iterator[str]:
    low, high = _end(rendering.low, rendering.low_share), _end(rendering.high, rendering.high_share)
    if low or high:
        yield f"{low}..{high}"
    elif rendering.choice > 1:
        yield f"window {rendering.choice}"
    if (rendering.slope, rendering.intercept) != (1.0, 0.0):
        yield f"*{_short(rendering.slope)}{'+' if rendering.intercept >= 0 else ''}{_short(rendering.intercept)}"


def _end(value: float | None, share: float | None) -> str:
    return _short(value) if value is not None else f"{_short(share)}%" if share is not None else ""


def _short(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(float(number))
