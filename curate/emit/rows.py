"""screened samples, their choice, modality and clusters -> rows of a corpus in the order of its shards, images still references"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.digests import digests64
from curate.emit.columns import LOADED, STRINGS
from curate.emit.messages import chat_messages
from schemas.cluster import cluster_names

PICTURED = (("ships", "ship"), ("widths", "width"), ("heights", "height"), ("blanked", "blanked"))  # column, field of Picture
OPEN = "open"  # Screened.choices of a question that may be asked without them
SPOKEN = 4_096  # rows whose turns are Python's own at once: they take four times what they take in columns
ROW_BYTES = 256  # what a row's numbers and words take beside its images and messages, roughly; it only decides where shards are cut


def shard_rows(screened: pa.Table, choices: pa.Table, tagged: pa.Table, clusters: pa.Table, *, opened: bool = False) -> pa.Table:
    """Rows of `LOADED` for every row of `choices` (of one corpus and split, selected), in the order of the hash of their ids.
    The tables have the columns of Screened, Choice, Tagged and SampleClusters and may hold other samples too, in any order.
    `opened`: questions that may be asked without their choices are.
    Raises KeyError where a chosen sample was not screened or not tagged: a stage has lost it."""
    choices = choices.take(pa.array(hash_order(choices["id"].to_pylist())[1]))
    ids = choices["id"].combine_chunks()
    screened, tagged = _rows_of(ids, screened, "screened"), _rows_of(ids, tagged, "tagged")
    sample = screened["sample"].combine_chunks()
    pictures = screened["pictures"].combine_chunks()
    columns = {name: pc.struct_field(sample, name) for name in ("source", "task", "domain", "language", "labels", "license", "access")}
    columns |= {name: choices[name].combine_chunks() for name in ("id", "modality", "weight")}
    columns |= {name: tagged[name].combine_chunks() for name in ("submodality", "figure_type")}
    columns |= {"modality_by": tagged["by"].combine_chunks(), "modality_score": tagged["score"].combine_chunks()}
    columns |= {name: screened[name].combine_chunks() for name in ("group", "tokens")}
    columns |= {column: _of_pictures(pictures, name) for column, name in PICTURED}
    open_ = pc.and_(pc.equal(screened["choices"].combine_chunks(), OPEN), opened)
    columns["tokens"] = pc.if_else(open_, screened["open_tokens"].combine_chunks(), columns["tokens"])
    columns |= {"phashes": _hexadecimal(_of_pictures(pictures, "phash")), "messages": _messages(sample, pictures, open_)}
    columns |= {"clusters": _clusters(ids, clusters)}
    return pa.table([columns[name] for name in LOADED.names], schema=LOADED)


def hash_order(ids: list[str]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """The digests of `ids`, and the order of the corpus: by digest, then id."""
    digests = digests64(ids)
    return digests, np.lexsort((np.array(ids, object), digests)) if len(ids) else np.zeros(0, np.int64)


def row_sizes(screened: pa.Table) -> npt.NDArray[np.int64]:
    """About how many bytes each row of Screened will take in a shard: its images as they lie, its text, and `ROW_BYTES`. Needs the
    columns sample and pictures."""
    images = _sums(screened["pictures"].combine_chunks(), "bytes")
    turns = pc.struct_field(screened["sample"].combine_chunks(), "turns")
    return images + _text_bytes(turns, "text") + ROW_BYTES


def loaded_sizes(rows: pa.Table) -> npt.NDArray[np.int64]:
    """The same of rows of `LOADED`; what blanking adds is not known before it is done."""
    return _sums(rows["ships"].combine_chunks(), "length") + _text_bytes(rows["messages"].combine_chunks(), "content") + ROW_BYTES


def count_choices(screened: pa.Table) -> dict[str, int]:
    """What became of multiple-choice questions where they are opened -> samples: 'open', or why not."""
    counted = pc.value_counts(screened["choices"]).to_pylist()
    return {pair["values"]: pair["counts"] for pair in sorted(counted, key=lambda pair: pair["values"]) if pair["values"]}


def _rows_of(ids: pa.Array, table: pa.Table, name: str) -> pa.Table:
    places = pc.index_in(ids, table["id"].combine_chunks())
    if places.null_count:
        raise KeyError(f"{places.null_count} of {len(ids)} chosen samples are not {name}, the first is {ids.filter(pc.is_null(places))[0]}")
    return table.take(places)


def _of_pictures(pictures: pa.ListArray, name: str) -> pa.ListArray:
    return pa.ListArray.from_arrays(_offsets(pictures), pc.struct_field(pictures.flatten(), name))


def _offsets(lists: pa.ListArray) -> pa.Array:
    """Where each list begins in its flattened values, whatever slice of a longer array it is."""
    lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
    return pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))


def _hexadecimal(phashes: pa.ListArray) -> pa.ListArray:
    digits = pa.array([f"{phash:016x}" for phash in phashes.values.to_pylist()], pa.string())
    return pa.ListArray.from_arrays(phashes.offsets, digits)


def _messages(sample: pa.StructArray, pictures: pa.ListArray, opened: pa.BooleanArray) -> pa.Array:
    turns = pc.if_else(opened, pc.struct_field(sample, "opened"), pc.struct_field(sample, "turns"))
    counts, kind = pc.list_value_length(pictures), LOADED.field("messages").type
    pieces = [pa.array([], kind)]
    for start in range(0, len(turns), SPOKEN):
        some = zip(turns.slice(start, SPOKEN).to_pylist(), counts.slice(start, SPOKEN).to_pylist(), strict=True)
        pieces.append(pa.array([chat_messages([(turn["role"], turn["text"]) for turn in said], count) for said, count in some], kind))
    return pa.concat_arrays(pieces)


def _clusters(ids: pa.Array, clusters: pa.Table) -> pa.Array:
    of_id = {row["id"]: cluster_names(row["images"], row["text"]) for row in clusters.filter(pc.is_in(clusters["id"], ids)).to_pylist()}
    return pa.array([of_id.get(id, []) for id in ids.to_pylist()], STRINGS)


def _sums(lists: pa.ListArray, name: str) -> npt.NDArray[np.int64]:
    values = pc.struct_field(lists.flatten(), name).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.diff(np.concatenate([[0], np.cumsum(values)])[_offsets(lists).to_numpy()])


def _text_bytes(lists: pa.ListArray, name: str) -> npt.NDArray[np.int64]:
    lengths = pc.binary_length(pc.struct_field(lists.flatten(), name)).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.diff(np.concatenate([[0], np.cumsum(lengths)])[_offsets(lists).to_numpy()])
