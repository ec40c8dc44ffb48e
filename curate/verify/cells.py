"""rows of a shard -> the first cell that no shard holds: numbers that break a trainer, names that lead an unpacker elsewhere"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.sample import Role

COLUMNS = ("weight", "tokens", "modality_score", "widths", "heights", "phashes", "messages", "images")
_HASH = r"^[0-9a-f]{16}$"
_NAME = r"^[0-9A-Za-z_][0-9A-Za-z_.-]{0,99}$"  # of a picture: no folder can be left by it
Flags = npt.NDArray[np.bool_]


def cell_faults(batch: pa.RecordBatch) -> Iterator[tuple[int, str]]:
    """(row of the batch, what is wrong with it): the first of each kind. None of `COLUMNS` holds nulls but inside its lists."""
    weight, score, tokens = (batch[name].to_numpy(zero_copy_only=False) for name in ("weight", "modality_score", "tokens"))
    yield from _first(~(np.isfinite(weight) & (weight >= 0)), "its weight is no number from 0 on")
    yield from _first(~((score >= 0) & (score <= 1)), "its modality_score is no number from 0 to 1")
    yield from _first(tokens < 0, "its tokens are below 0")
    for name in ("widths", "heights"):
        yield from _first(_rows_of(batch[name], pc.greater(batch[name].flatten(), 0)), f"its {name} are not all above 0")
    hashes = batch["phashes"]
    yield from _first(_rows_of(hashes, pc.match_substring_regex(hashes.flatten(), _HASH)), "its phashes are not 16 hexadecimal digits each")
    messages, pictures = batch["messages"], batch["images"]
    yield from _first(pc.equal(pc.list_value_length(messages), 0).to_numpy(zero_copy_only=False), "it has no messages")
    turns, named = messages.flatten(), pc.struct_field(pictures.flatten(), "path")
    known = pc.is_in(pc.struct_field(turns, "role"), value_set=pa.array(get_args(Role)))
    yield from _first(_rows_of(messages, known), f"a message is of none of the roles {', '.join(get_args(Role))}")
    said = pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(pc.struct_field(turns, "content"))), 0)
    yield from _first(_rows_of(messages, said), "a message without a word")
    yield from _first(_rows_of(pictures, pc.match_substring_regex(named, _NAME)), "the path of an image is no name of a file")


def _rows_of(lists: pa.ListArray, right: pa.BooleanArray) -> Flags:
    """Of each row whether any item of its list is not right."""
    wrong = np.zeros(len(lists), bool)
    owners = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    wrong[owners[~pc.fill_null(right, False).to_numpy(zero_copy_only=False)]] = True
    return wrong


def _first(wrong: Flags, what: str) -> Iterator[tuple[int, str]]:
    if wrong.any():
        yield int(np.argmax(wrong)), what
