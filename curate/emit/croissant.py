"""facts of a corpus -> croissant.json: its shards and columns as Croissant 1.0 describes them (mlcommons.org/croissant/1.0)"""

from __future__ import annotations

import hashlib
from typing import Any

import pyarrow as pa

from curate.emit.columns import COLUMNS, IMAGES, MESSAGES
from curate.emit.facts import CorpusFacts, Shard, Share
from curate.emit.limits import identifiers_said, limits_of_use
from curate.emit.shards import shard_pattern

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
    "equivalentProperty": "cr:equivalentProperty",
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
    "rai": "http://mlcommons.org/croissant/RAI/",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
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
    """JSON-LD of the corpus, one FileObject a shard with its SHA-256, a FileSet a split, a record set of all columns for each split;
    what it is fit for by the vocabulary for responsible AI (mlcommons.org/croissant/RAI/1.0)."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": facts.name,
        "description": f"{facts.title or facts.name}: {facts.rows} samples, {facts.images} images. See README.md and ATTRIBUTION.md.",
        "version": version(facts),
        **({"datePublished": facts.recipe["published"]} if facts.recipe.get("published") else {}),
        "keywords": ["medical", "vision-language", *facts.counts("modality")],
        "inLanguage": sorted(word for word in facts.counts("language") if word) or ["en"],
        "license": sorted(facts.counts("license")) or ["unknown"],
        "citeAs": "Cite the sources listed in ATTRIBUTION.md.",
        **responsible(facts),
        "distribution": [*map(_file_object, facts.shards), *(_file_set(split, count) for split, count in facts.shard_counts.items())],
        "recordSet": [_record_set(split) for split in facts.splits],
    }


def version(facts: CorpusFacts) -> str:
    """The recipe's version, and behind it what the shards hold: corpora of other bytes never have the same one (semver.org, 2.0.0, 10)."""
    held = hashlib.sha256("".join(shard.sha256 for shard in facts.shards).encode()).hexdigest()
    return f"{facts.recipe.get('version', '1.0.0')}+{held[:12]}"


def responsible(facts: CorpusFacts) -> dict[str, Any]:
    """The same that the card tells, by the properties of Croissant RAI 1.0."""
    inside = [share for share in facts.shares if not share.outside and share.selected]
    most = max(inside, key=lambda share: share.after, default=None)
    least = min(inside, key=lambda share: share.after, default=None)
    return {
        "rai:dataCollection": f"Curated from {len(facts.counts('source'))} published data sets, named in ATTRIBUTION.md.",
        "rai:dataPreprocessingProtocol": ["Images keep their bytes but for metadata; README.md says what was left out, and why."],
        **({"rai:dataBiases": [_spread(most, least)]} if most and least else {}),
        "rai:dataLimitations": limits_of_use(facts),
        "rai:personalSensitiveInformation": [identifiers_said(facts)],
        "rai:dataUseCases": ["Training vision-language models in research; not for diagnosis, not for any medical device."],
    }


def _spread(most: Share, least: Share) -> str:
    return (
        f"Of the samples of the twelve modalities {most.after:.1%} are {most.name}, {least.after:.1%} {least.name}; "
        "the column weight evens them out as the recipe wants it. Patients, scanners and countries are those of the sources."
    )


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


def _file_set(split: str, count: int) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{split}-shards",
        "name": f"{split}-shards",
        "encodingFormat": "application/x-parquet",
        "includes": shard_pattern(split, count),
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
