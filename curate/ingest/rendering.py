"""`render` of a manifest and a row -> how the row's images of more than 8 bits are shown"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from curate.ingest.render import Absent, Render, TextOf, Unfit, compile_template, compile_value
from curate.manifest.template import template_columns
from curate.read import Row
from curate.rendering import FORMS, WindowError, Windows, ends_of, read_number, said_window, written_window
from schemas.image import Rendering

Renders = Callable[[Row], Rendering | None]
BROKEN = "window_broken"
BY_COLUMN = "column"


def compile_rendering(spec: Mapping[str, Any] | None, windows: Windows, read: TextOf) -> Renders:
    """None where the manifest says nothing. Raises Unfit, of a row: window_broken, column_missing, column_type, value_unmapped."""
    if not spec:
        return lambda row: None
    rescale = spec.get("rescale", {})
    told = Rendering(slope=float(rescale.get("slope", 1)), intercept=float(rescale.get("intercept", 0)), choice=spec.get("choice", 0))
    window = spec.get("window")
    if window is None:
        return lambda row: told
    if not _of_row(window):
        always = _with(told, said_window(window, windows))
        return lambda row: always
    by_value = isinstance(window, str) or "map" in window
    of, column = _by_value(window, windows, read) if by_value else _by_numbers(window, read), _column(window)

    def rendering(row: Row) -> Rendering:
        try:
            found = of(row)
        except WindowError as error:
            broken = Unfit(BROKEN, str(error))
            raise (broken.of(column) if column else broken) from None
        return _with(told, found) if found else told

    return rendering


def _with(told: Rendering, window: Rendering) -> Rendering:
    return replace(window, slope=told.slope, intercept=told.intercept, choice=told.choice)


def _of_row(window: Any) -> bool:
    """Whether it is another from row to row."""
    if isinstance(window, str):
        return any(template_columns(window))
    return "map" in window or any(isinstance(value, str) for value in window.values())


def _column(window: Any) -> str:
    """The one that it is read from; '' where there are several."""
    texts = [window] if isinstance(window, str) else [value for value in window.values() if isinstance(value, str)]
    columns = {window["map"]} if "map" in window else {name for text in texts for name in template_columns(text)}
    return columns.pop() if len(columns) == 1 else ""


def _by_value(window: Any, windows: Windows, read: TextOf) -> Renders:
    """A template or {map: column} that gives a window's name, or 'low, high'; nothing where an optional piece gives nothing."""
    text_of = _told(compile_template(window, read, reason=BROKEN) if isinstance(window, str) else compile_value(window, read))

    def rendering(row: Row) -> Rendering | None:
        text = text_of(row)
        if not text.strip():
            return None
        (low, high), name = written_window(text, windows)
        return Rendering(low=low, high=high, by=name or BY_COLUMN)

    return rendering


def _by_numbers(window: Mapping[str, Any], read: TextOf) -> Renders:
    """{low, high} or {center, width} of which one at least is a template."""
    form = next(form for form in FORMS if form[0] in window)
    numbers = {name: _number(window[name], read) for name in form}

    def rendering(row: Row) -> Rendering:
        low, high = ends_of({name: number(row) for name, number in numbers.items()})
        return Rendering(low=low, high=high, by=BY_COLUMN)

    return rendering


def _number(value: Any, read: TextOf) -> Callable[[Row], float]:
    if not isinstance(value, str):
        return lambda row: float(value)
    text_of = _told(compile_template(value, read, reason=BROKEN))
    return lambda row: read_number(text_of(row))


def _told(render: Render) -> Render:
    """An empty column is a window that is not told, not an image that is not there."""

    def text(row: Row) -> str:
        try:
            return render(row)
        except Absent as absent:
            raise Unfit(absent.reason, absent.evidence, column=absent.column) from None

    return text
