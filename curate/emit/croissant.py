"""facts of a corpus -> croissant.json: its shards and columns as Croissant 1.0 describes them (mlcommons.org/croissant/1.0)"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from curate.emit.columns import COLUMNS, IMAGES, MESSAGES
from curate.emit.facts import CorpusFacts, Shard

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
SPELT = {"string": "sc:Text", "int64": "sc:Integer", "double": "sc:Float"}
SHOWN = {
    "id": "source/row of the publisher; never changes",
    "messages": "chat turns; one <image> for each image, in place",
    "images": "coded images without metadata segments",
    "group": "patient, study or article: keep on one side of any split",
    "clusters": "clusters of copies: image:<id>, text:<id>",
    "weight": "sampling weight that reaches the target shares",
    "phashes": "64-bit perceptual hashes, hexadecimal",
}


def croissant(facts: CorpusFacts) -> dict[str, Any]:
    """JSON-LD of the corpus, one FileObject a shard with its SHA-256, a FileSet a split, a record set of all columns for each split."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": facts.name,
        "description": f"{facts.title or facts.name}: {facts.rows} samples, {facts.images} images. See README.md and ATTRIBUTION.md.",
        "license": sorted(facts.counts("license")) or ["unknown"],
        "citeAs": "Cite the sources listed in ATTRIBUTION.md.",
        "distribution": [*map(_file_object, facts.shards), *map(_file_set, facts.splits)],
        "recordSet": [_record_set(split) for split in facts.splits],
    }


def _file_object(shard: Shard) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": shard.name,
        "name": shard.name,
        "contentUrl": shard.name,
        "contentSize": f"{shard.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": shard.sha256,
    }


def _file_set(split: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{split}-shards",
        "name": f"{split}-shards",
        "encodingFormat": "application/x-parquet",
        "includes": f"{split}-*.parquet",
    }


def _record_set(split: str) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": split,
        "name": split,
        "key": {"@id": f"{split}/id"},
        "field": [_field(split, name, kind) for name, kind in COLUMNS],
    }


def _field(split: str, name: str, kind: pa.DataType) -> dict[str, Any]:
    field = {"@type": "cr:Field", "@id": f"{split}/{name}", "name": f"{split}/{name}", "description": SHOWN.get(name, name)}
    repeated = {"repeated": True} if pa.types.is_list(kind) else {}
    if kind == IMAGES:
        return {**field, **repeated, "dataType": "sc:ImageObject", "source": _extract(split, name, "bytes")}
    if kind == MESSAGES:
        return {**field, **repeated, "subField": [_part(split, name, part.name) for part in kind.value_type]}
    return {**field, **repeated, "dataType": SPELT[str(kind.value_type if repeated else kind)], "source": _extract(split, name)}


def _part(split: str, name: str, part: str) -> dict[str, Any]:
    """A field of the structs that a list holds."""
    return {
        "@type": "cr:Field",
        "@id": f"{split}/{name}/{part}",
        "name": f"{split}/{name}/{part}",
        "repeated": True,
        "dataType": "sc:Text",
        "source": _extract(split, name, part),
    }


def _extract(split: str, column: str, part: str = "") -> dict[str, Any]:
    transform = {"transform": {"jsonPath": part}} if part else {}
    return {"fileSet": {"@id": f"{split}-shards"}, "extract": {"column": column}, **transform}
