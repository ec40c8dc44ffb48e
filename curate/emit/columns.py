"""The columns of a shard, and the features in its metadata from which `datasets` decodes images without being told"""

from __future__ import annotations

import json

import pyarrow as pa

from schemas.arrow import arrow_schema
from schemas.image import Region, Ship

IMAGES = pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
STRINGS, NUMBERS = pa.list_(pa.string()), pa.list_(pa.int64())

COLUMNS = (
    ("id", pa.string()),
    ("source", pa.string()),
    ("task", pa.string()),
    ("domain", pa.string()),
    ("language", pa.string()),
    ("images", IMAGES),  # original bytes less metadata segments, or a lossless PNG (of what is no web format, or is blanked)
    ("messages", MESSAGES),  # one <image> for each image, in place, in the user turns
    ("labels", STRINGS),
    ("modality", pa.string()),
    ("submodality", pa.string()),
    ("figure_type", pa.string()),
    ("modality_by", pa.string()),
    ("modality_score", pa.float64()),
    ("license", pa.string()),
    ("access", pa.string()),
    ("group", pa.string()),
    ("clusters", STRINGS),
    ("weight", pa.float64()),
    ("tokens", pa.int64()),
    ("widths", NUMBERS),
    ("heights", NUMBERS),
    ("phashes", STRINGS),  # 16 hexadecimal digits each, as imagehash prints them
)
SHIPS = pa.field("ships", pa.list_(pa.struct(list(arrow_schema(Ship)))))  # stands in for `images` until the bytes are read


def _feature(kind: pa.DataType) -> object:
    """As `datasets` spells a type. A list is spelt as a JSON list: every version of it reads that."""
    if kind == IMAGES:
        return [{"_type": "Image"}]
    if pa.types.is_list(kind):
        return [_feature(kind.value_type)]
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    return {"dtype": {"double": "float64"}.get(str(kind), str(kind)), "_type": "Value"}


FEATURES = {name: _feature(kind) for name, kind in COLUMNS}
SHARD = pa.schema(COLUMNS, metadata={"huggingface": json.dumps({"info": {"features": FEATURES}})})
# rows that are ready but for their images, and for the phashes of those that ship blanked
BLANKED = pa.field("blanked", pa.list_(pa.list_(pa.struct(list(arrow_schema(Region))))))
LOADED = pa.schema([*(SHIPS if name == "images" else pa.field(name, kind) for name, kind in COLUMNS), BLANKED])
