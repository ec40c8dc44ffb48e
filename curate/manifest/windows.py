"""how a table's images are shown (`render`) -> its templates, and what a schema cannot see in it"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from curate.manifest.meant import nearest
from curate.manifest.template import TemplateError, template_columns
from curate.rendering import FORMS, WindowError, Windows, key_of, said_window

OF_MAP = ("map", "values", "default")
KINDS = (OF_MAP, *FORMS, ("shares",))


def renders(table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(place, spec) of a table's `render` and of those of its images, as YAML has it or as a Table's fields."""
    if table.get("render"):
        yield "render", table["render"]
    image = table.get("image", [])
    for index, rule in enumerate(image if isinstance(image, list | tuple) else [image]):
        if isinstance(rule, Mapping) and "render" in rule:
            yield f"image[{index}].render", rule["render"]


def render_templates(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(place, text) of every template in them."""
    for place, spec in renders(table):
        window = spec.get("window", {})
        if isinstance(window, str):
            yield f"{place}.window", window
        else:
            numbers = [name for form in FORMS for name in form if isinstance(window.get(name), str)]
            yield from ((f"{place}.window.{name}", window[name]) for name in numbers)


def render_maps(table: Mapping[str, Any]) -> Iterator[str]:
    """The columns that are looked up in them."""
    for _, spec in renders(table):
        window = spec.get("window", {})
        if isinstance(window, Mapping) and "map" in window:
            yield window["map"]


def render_faults(place: str, table: Mapping[str, Any], windows: Windows) -> Iterator[str]:
    for where, spec in renders(table):
        window = spec.get("window", {})
        if window:
            yield from (f"{place}.{where}.window{fault}" for fault in _window(window, windows))
        if spec.get("rescale", {}).get("slope", 1) == 0:
            yield f"{place}.{where}.rescale.slope: 0 makes all values one"


def _window(window: Any, windows: Windows) -> Iterator[str]:
    if isinstance(window, str):
        yield from () if _has_columns(window) else _word("", window, windows)
        return
    kind = next(kind for kind in KINDS if kind[0] in window)
    yield from (f".{name}: '{kind[0]}' found beside it; wanted: one of both" for name in window if name not in kind)
    if "map" in window:
        words = {**{f".values.{word}": shown for word, shown in window.get("values", {}).items()}}
        words |= {".default": window["default"]} if "default" in window else {}
        yield from (fault for word, shown in words.items() for fault in _word(word, shown, windows))
    elif not any(isinstance(value, str) for value in window.values()):
        try:
            said_window(window, windows)
        except WindowError as error:
            yield f": {error}"


def _word(place: str, text: str, windows: Windows) -> Iterator[str]:
    """Of a text that says the same for every row."""
    try:
        said_window(text, windows)
    except WindowError:
        yield f"{place}: '{text}' found, 'low, high' or one of {', '.join(windows)} wanted{nearest(key_of(text), windows)}"


def _has_columns(text: str) -> bool:
    try:
        return any(template_columns(text))
    except TemplateError:
        return True  # said already
