"""a manifest as YAML gives it -> every fault in it, with its place, what was found, what was wanted, the nearest valid name"""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema

SCHEMA = Path(__file__).parents[2] / "schemas" / "manifest.schema.json"


@functools.cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def schema_faults(raw: Any) -> list[str]:
    """`$.license: ...` for each; empty if the schema holds."""
    errors = sorted(_validator().iter_errors(raw), key=lambda error: [str(step) for step in error.absolute_path])
    return list(dict.fromkeys(line for error in errors for line in _lines(error)))


def nearest(name: str, known: Iterable[str]) -> str:
    """`; nearest: 'license'` or nothing."""
    close = difflib.get_close_matches(str(name), [str(word) for word in known], n=1, cutoff=0.6)
    return f"; nearest: '{close[0]}'" if close else ""


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
            yield f"{place}: {_show(found)} found, one of {', '.join(map(str, wanted))} wanted{nearest(str(found), wanted)}"
        case "type":
            kinds = wanted if isinstance(wanted, str) else " or ".join(wanted)
            yield f"{place}: {_kind(found)} found, {kinds} wanted"
        case "pattern":
            yield f"{place}: {_show(found)} found, {wanted} wanted"
        case "minItems" | "minLength" | "minProperties":
            yield f"{place}: {len(found)} found, at least {wanted} wanted"
        case "maxItems" | "maxLength" | "maxProperties":
            yield f"{place}: {len(found)} found, at most {wanted} wanted"
        case "oneOf":
            yield f"{place}: exactly one of {' / '.join(', '.join(choice['required']) for choice in wanted)} wanted"
        case _:
            yield f"{place}: {error.message[:200]}"


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
