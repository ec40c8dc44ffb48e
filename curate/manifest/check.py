"""a manifest as YAML gives it -> every fault in it, with its place, what was found, what was wanted, the nearest valid name"""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

from curate.manifest.meant import meant, nearest

SCHEMA = Path(__file__).parents[2] / "schemas" / "manifest.schema.json"
PLAIN_ID = "^[a-z0-9_]+$"
SPELT = {  # patterns of the schema, in words
    PLAIN_ID: "small letters, digits and _",
    "^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$": "a language tag (BCP 47: en, zh, pt-BR)",
    "^\\.[A-Za-z0-9.]+$": "a dot and what follows it (.png)",
    "^[A-Za-z0-9_.-]+$": "the name of a file beside the manifest",
    "^[A-Za-z_][A-Za-z0-9_-]*$": "a letter or _, then letters, digits, - and _",
}
Place = tuple[str | int, ...]


@functools.cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def schema_faults(raw: Any) -> list[str]:
    """`$.license: ...` for each; empty if the schema holds."""
    errors = sorted(_validator().iter_errors(raw), key=lambda error: [str(step) for step in error.absolute_path])
    bare = dict(_bare(raw, ()))
    return list(dict.fromkeys(line for error in errors for line in _bare_line(error, bare) or _lines(error)))


def _bare(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Where `{column}` stands without quotes: to YAML that is an object."""
    if isinstance(value, dict) and value and all(inner is None for inner in value.values()):
        yield place, ", ".join(f"{{{name}}}" for name in value)
    elif isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _bare(inner, (*place, step))


def _bare_line(error: jsonschema.ValidationError, bare: dict[Place, str]) -> list[str]:
    path: Place = tuple(error.absolute_path)
    text = next((bare[path[:end]] for end in range(len(path), 0, -1) if path[:end] in bare), "")
    return [f"{error.json_path}: an object to YAML; put quotes round {text}"] if text else []


def _lines(error: jsonschema.ValidationError) -> Iterator[str]:
    place: str = error.json_path
    found: Any = error.instance
    wanted: Any = error.validator_value
    match error.validator:
        case "additionalProperties" if isinstance(found, dict):
            known = list(error.schema.get("properties", {}))  # type: ignore[union-attr]
            for name in [name for name in found if name not in known]:
                yield f"{place}.{name}: no such field{nearest(name, known)}; wanted one of {', '.join(known)}"
        case "required":
            for name in [name for name in wanted if name not in found]:
                yield f"{place}.{name}: missing{_misspelt(name, found)}"
        case "enum":
            yield f"{place}: {_show(found)} found, one of {', '.join(map(str, wanted))} wanted{meant(found, wanted)}"
        case "type":
            kinds = wanted if isinstance(wanted, str) else " or ".join(wanted)
            yield f"{place}: {_kind(found)} found, {kinds} wanted"
        case "pattern":
            yield f"{place}: {_show(found)} found, {SPELT.get(wanted, wanted)} wanted{_as_id(found) if wanted == PLAIN_ID else ''}"
        case "minItems" | "minLength" | "minProperties":
            yield f"{place}: {len(found)} found, at least {wanted} wanted"
        case "maxItems" | "maxLength" | "maxProperties":
            yield f"{place}: {len(found)} found, at most {wanted} wanted"
        case "oneOf":
            yield f"{place}: exactly one of {' / '.join(', '.join(choice['required']) for choice in wanted)} wanted"
        case _:
            yield f"{place}: {error.message[:200]}"


def _as_id(found: str) -> str:
    """What a name would be as an id."""
    id = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in found.lower()).strip("_")
    found_by = f" A folder '{found}' is found by it" if folder_key(found) == folder_key(id) else ""
    return f"; is '{id}' meant?{found_by}" if id else ""


def folder_key(name: str) -> str:
    """Case, '-', '_' and blanks of a folder's name count alike."""
    return name.casefold().replace("_", "-").replace(" ", "-")


def _misspelt(name: str, found: dict[str, Any]) -> str:
    close = difflib.get_close_matches(name, list(found), n=1, cutoff=0.75)
    return f"; is '{close[0]}' meant?" if close else ""


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return f"{str(value).lower()} (boolean)"
    kinds = {dict: "object", list: "array", str: "string", int: "number", float: "number", type(None): "nothing (null)"}
    return kinds.get(type(value), type(value).__name__) + (f" {_show(value)}" if isinstance(value, str | int | float) else "")
