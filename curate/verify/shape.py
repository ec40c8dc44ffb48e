"""an Arrow schema -> plain names of its columns and their kinds, to be held against another"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

FEATURES = "huggingface"  # key of the metadata from which `datasets` takes the features


def shape_of(schema: pa.Schema) -> dict[str, Any]:
    """As JSON: [column, kind] in their order, and the features. How a writer names the items of a list is no difference."""
    told = (schema.metadata or {}).get(FEATURES.encode())
    return {"columns": [[field.name, _kind(field.type)] for field in schema], "features": None if told is None else _features(told)}


def _features(told: bytes) -> Any:
    try:
        return json.loads(told)
    except (ValueError, RecursionError):
        return "no JSON"


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list<{_kind(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{field.name}: {_kind(field.type)}' for field in kind)}>"
    return str(kind)


def shape_faults(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """How a shard's columns differ from what they should be; names that are not ours are counted, never quoted."""
    kinds, right = dict(found["columns"]), dict(wanted["columns"])
    yield from (f"column '{name}' is missing" for name in right if name not in kinds)
    yield from (f"column '{name}' is of another kind, {kind} wanted" for name, kind in right.items() if kinds.get(name, kind) != kind)
    if more := len(found["columns"]) - len(set(kinds) & set(right)):
        yield f"{more} columns more than a shard has"
    elif [name for name, _ in found["columns"]] != list(right) and set(kinds) == set(right):
        yield "its columns stand in another order"
    if found["features"] != wanted["features"]:
        yield "the features in its metadata are not those of a shard: `datasets` would decode it otherwise"
