"""a manifest that fits the schema -> what a schema cannot see: templates, regexes, names that refer to each other"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from curate.manifest.check import folder_key
from curate.manifest.meant import nearest
from curate.manifest.outlines import name_faults, outline_faults, outline_templates
from curate.manifest.pattern import PatternError, alternatives, check_wildcards, compile_glob, compile_pattern
from curate.manifest.template import TemplateError, template_columns
from curate.manifest.verbs import each_templates, order_faults
from curate.manifest.windows import render_faults, render_templates
from curate.rendering import Windows

Wordings = Mapping[str, Mapping[str, tuple[str, ...]]]
NO_WINDOWS: Windows = {}


def sense_faults(raw: Mapping[str, Any], *, stem: str, wordings: Wordings, windows: Windows = NO_WINDOWS) -> list[str]:
    faults = _id(raw["id"], stem)
    if raw.get("kind", "source") == "source":
        faults += [f"$.{name}: belongs to a benchmark alone (kind: benchmark)" for name in ("of", "rules", "known_keys") if name in raw]
    tables = {table["name"] for layout in raw.get("layouts", ()) for table in layout["tables"]}
    for name in raw.get("published", {}):
        if name not in tables:
            faults.append(f"$.published.{name}: no layout has such a table{nearest(name, tables)}")
    faults += _repeated("$.layouts", [layout["name"] for layout in raw.get("layouts", ())])
    made = {key for layout in raw.get("layouts", ()) for table in layout["tables"] for key in table.get("keys", ())}
    said = raw.get("rules", {}).get("keys", ())
    faults += [f"$.rules.keys: no table makes a key '{key}'{nearest(key, made)}" for key in said if key not in made]
    for number, layout in enumerate(raw.get("layouts", ())):
        place = f"$.layouts[{number}]"
        faults += [fault for index, glob in enumerate(layout["if"]) for fault in _glob(f"{place}.if[{index}]", glob)]
        faults += _repeated(f"{place}.tables", [table["name"] for table in layout["tables"]])
        for index, table in enumerate(layout["tables"]):
            faults += table_faults(f"{place}.tables[{index}]", table, wordings)
            faults += render_faults(f"{place}.tables[{index}]", table, windows)
    return faults


def _id(id: str, stem: str) -> list[str]:
    if id == stem:
        return []
    if folder_key(id) == folder_key(stem):  # the file is called as its folder is, which no id can be
        return [f"$.id: '{id}' found in a file called '{stem}'; call the file {id}.yaml (a folder '{stem}' is found by it)"]
    return [f"$.id: '{id}' found, the file's name '{stem}' wanted"]


def table_faults(place: str, table: Mapping[str, Any], wordings: Wordings) -> list[str]:
    faults = [fault for index, glob in enumerate(table["files"]) for fault in _glob(f"{place}.files[{index}]", glob)]
    for where, text in templates(table):
        bad = _tried(f"{place}.{where}", lambda text=text: list(template_columns(text)))  # type: ignore[misc]
        faults += bad or name_faults(place, where, list(template_columns(text)))
    for where, pattern in _patterns(table):
        faults += _tried(f"{place}.{where}", lambda pattern=pattern: compile_pattern(pattern))  # type: ignore[misc]
        faults += _groups(f"{place}.{where}", pattern, where)
    for index, turn in enumerate(table["turns"] if isinstance(table["turns"], list) else []):
        for role in ("user", "assistant"):
            faults += [
                f"{place}.turns[{index}].{role}.prompt: '{name}' is not in templates.yaml{nearest(name, wordings)}"
                for name in prompt_names(turn.get(role))
                if name not in wordings
            ]
    for index, image in enumerate(_images(table)):
        faults += [fault for path in _paths(image) for fault in _image_glob(f"{place}.image[{index}]", path)]
    made = {*table.get("columns", {}), *(name for join in table.get("join", ()) for name in join["take"])}
    faults += [f"{place}.never.{name}: made by the table; wanted: a column of the file" for name in table.get("never", {}) if name in made]
    return faults + order_faults(place, table) + outline_faults(place, table)


def prompt_names(text: Any) -> list[str]:
    """The names of wordings that what a turn says refers to."""
    named = text.get("prompt", []) if isinstance(text, dict) else []
    return [named] if isinstance(named, str) else named


def wording_faults(wordings: Wordings) -> list[str]:
    """The wordings of templates.yaml are templates too."""
    return [
        fault
        for name, languages in wordings.items()
        for language, texts in languages.items()
        for index, text in enumerate(texts)
        for fault in _tried(f"$.{name}.{language}[{index}]", lambda text=text: list(template_columns(text)))  # type: ignore[misc]
    ]


def templates(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(place, text) of every template of a table, as YAML has it or as a Table's fields."""
    for name in ("row", "split", "language", "license"):
        if isinstance(table.get(name), str):
            yield name, table[name]
    for index, image in enumerate(_images(table)):
        yield from ((f"image[{index}].path", path) for path in _paths(image))
        for name in ("frame", "column"):
            if isinstance(image, dict) and name in image:
                yield f"image[{index}].{name}", image[name]
    if isinstance(table["turns"], list):
        for index, turn in enumerate(table["turns"]):
            for role in ("system", "user", "assistant"):
                text = turn.get(role)
                listed = text.get("prompts", []) if isinstance(text, dict) else [text] if text else []
                yield from ((f"turns[{index}].{role}", wording) for wording in listed)
            if "open" in turn:
                yield f"turns[{index}].open", turn["open"]
    yield from ((f"labels[{index}]", label) for index, label in enumerate(table.get("labels", [])))
    yield from ((f"keys.{name}", key) for name, key in table.get("keys", {}).items())
    yield from outline_templates(table)
    yield from render_templates(table)
    for name, column in table.get("columns", {}).items():
        if isinstance(column, str):
            yield f"columns.{name}", column
        else:
            yield from ((f"columns.{name}.{place}", text) for place, text, _ in each_templates(column))
    if "part" in (table.get("explode") or {}):
        yield "explode.part", table["explode"]["part"]


def _images(table: Mapping[str, Any]) -> list[Any]:
    image = table.get("image", [])
    return list(image) if isinstance(image, list | tuple) else [image]


def _paths(image: Any) -> list[str]:
    path = image["path"] if isinstance(image, dict) else image
    return [path] if isinstance(path, str) else path


def _patterns(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "pattern" in table.get("options", {}):
        yield "options.pattern", table["options"]["pattern"]
    for index, join in enumerate(table.get("join", [])):
        if "pattern" in join.get("options", {}):
            yield f"join[{index}].options.pattern", join["options"]["pattern"]
    for name, column in table.get("columns", {}).items():
        if isinstance(column, dict) and "pattern" in column:
            yield f"columns.{name}.pattern", column["pattern"]


def _groups(place: str, pattern: str, where: str) -> list[str]:
    """A capture needs the group it takes; a line's pattern needs names."""
    try:
        compiled = compile_pattern(pattern)
    except PatternError:
        return []  # said already
    if where.startswith("columns."):
        column = where.split(".")[1]
        fits = column in compiled.groupindex or compiled.groups == 1
        return [] if fits else [f"{place}: {compiled.groups} groups found, one alone or one named '{column}' wanted"]
    return [] if compiled.groupindex else [f"{place}: no named group (?P<name>...) found, one at least wanted"]


def _glob(place: str, glob: str) -> list[str]:
    parts = alternatives(glob)
    faults = [f"{place}: '{part}' leaves the source's folder" for part in parts if part.startswith("/") or ".." in part.split("/")]
    faults += [fault for part in parts for fault in _tried(place, lambda part=part: check_wildcards(part))]  # type: ignore[misc]
    return faults + [fault for part in parts for fault in _tried(place, lambda part=part: compile_glob(part))]  # type: ignore[misc]


def _image_glob(place: str, path: str) -> list[str]:
    parts = path.split("/")
    first = next((index for index, part in enumerate(parts) if "{" in part), len(parts) - 1)
    starred = [part for part in parts[first:] if "*" in part]
    late = [f"{place}: '*' after the first column; wanted in the folders before it alone"] if starred else []
    return late + (_tried(place, lambda: check_wildcards(path)) if "*" in path else [])


def _tried(place: str, read: Callable[[], object]) -> list[str]:
    try:
        read()
    except (TemplateError, PatternError, ValueError) as error:
        return [f"{place}: {error}"]
    return []


def _repeated(place: str, names: Iterable[str]) -> list[str]:
    names = list(names)
    return [f"{place}: name '{name}' comes {names.count(name)} times" for name in dict.fromkeys(names) if names.count(name) > 1]
