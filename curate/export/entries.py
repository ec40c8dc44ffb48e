"""a row, the names of its pictures' files -> the JSON that one kind of trainer reads

What each reads was taken from its own loader: LLaVA's LazySupervisedDataset (llava/train/train.py), ms-swift's MessagesPreprocessor
(swift/dataset/preprocessor/core.py), LLaMA-Factory's SharegptDatasetConverter (llamafactory/data/converter.py), webdataset's
base_plus_ext (webdataset/tariterators.py). What a trainer does not read rides along: every column of the corpus is in every export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal, get_args

from curate.export.rows import NoShard, Row

Layout = Literal["webdataset", "llava", "swift", "llamafactory"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
SPEAKERS = {"user": "human", "assistant": "gpt"}
BREAK = "\n\n"  # between what the system says and the first question, where a trainer knows no system

# What a loader takes for a sign of its own when it stands in a text. A corpus keeps '<image>' for its images; these it does not know of.
SIGNS: dict[Layout, tuple[str, ...]] = {
    "webdataset": (),
    "llava": (),
    "swift": ("<video>", "<audio>", "<bbox>", "<ref-object>", "<cot-process>", "<start-image>"),
    "llamafactory": ("<video>", "<audio>"),
}


def entry(layout: Layout, row: Row, files: Sequence[str]) -> dict[str, Any]:
    """What stands for `row`, whose pictures lie in `files`. `paths` keeps the names that the pictures have in the corpus."""
    return _llava(row, files) if layout == "llava" else _chat(row, files)


def as_line(value: dict[str, Any]) -> bytes:
    """JSON of ASCII alone, on one line: loaders open such files in the encoding of the machine, and some break lines at U+2028.
    Raises NoShard where a number is none: JSON has no word for it."""
    try:
        return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
    except ValueError:
        raise NoShard("a number found that is not finite") from None


def signs_in(layout: Layout, row: Row) -> bool:
    """Whether its text holds what this trainer takes for a sign of its own."""
    return any(sign in message["content"] for sign in SIGNS[layout] for message in row.fields["messages"])


def _chat(row: Row, files: Sequence[str]) -> dict[str, Any]:
    fields = _others(row)
    return {"id": row.id, "messages": row.fields["messages"], "images": list(files), **fields}


def _llava(row: Row, files: Sequence[str]) -> dict[str, Any]:
    """`image` is a name, or a list of names where there are several, and is not there where there are none: its loader asks for the key.
    It knows two speakers: what the system says goes before the first question, and stands in `system` too."""
    spoken = row.fields["messages"]
    said = [message["content"] for message in spoken if message["role"] == "system"]
    turns = [{"from": SPEAKERS[message["role"]], "value": message["content"]} for message in spoken if message["role"] != "system"]
    system = BREAK.join(said)
    if said and turns:
        turns[0] = {**turns[0], "value": f"{system}{BREAK}{turns[0]['value']}"}
    shown = {"image": files[0] if len(files) == 1 else list(files)} if files else {}
    return {"id": row.id, **shown, "conversations": turns, **({"system": system} if said else {}), **_others(row)}


def _others(row: Row) -> dict[str, Any]:
    others = {name: value for name, value in row.fields.items() if name not in ("id", "messages")}
    return {**others, "paths": [picture.name for picture in row.pictures]}
