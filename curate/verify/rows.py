"""a shard's Parquet, its images unread -> counts, digests of ids and of what must not part, and what is wrong with its rows"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.digests import digests64
from curate.terms import terms
from curate.verify.cells import COLUMNS as CELLS
from curate.verify.cells import cell_faults
from curate.verify.shape import shape_faults, shape_of
from schemas.modality import TEXT
from schemas.sample import IMAGE_MARK

BATCH = 4096
MAX_STRINGS, MAX_PARTS = 64 << 20, 4 << 20  # of a footer; those of a shard take some KB
MAX_WORDS = 10_000  # different ones of a counted column: a few dozen are usual
NAMED = ("license", "language")  # columns that hold what a record says: counted by their name as a term alone
LISTS = ("widths", "heights", "phashes")  # one item for each image
TEXT_CLUSTER = "text:"  # how a cluster of texts is marked among a sample's clusters
Digests = npt.NDArray[np.uint64]


@dataclass(slots=True)
class Rows:
    """What was read of one shard. `ids`: digests in the order of the rows; `ties`: of its groups and clusters, ascending."""

    rows: int = 0
    images: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    ids: Digests = field(default_factory=lambda: np.zeros(0, np.uint64))
    ties: Digests = field(default_factory=lambda: np.zeros(0, np.uint64))


class _Wrong(ValueError):
    """Rows that no shard holds: those behind them are not read."""


def read_rows(file: BinaryIO, *, shape: Mapping[str, Any], rows: int, counted: Sequence[str], whole: bool) -> Rows:
    """`rows`: how many the index claims; a footer that announces others is not followed. `whole`: rows too, not the footer alone.
    Raises pyarrow's errors where the file is no Parquet."""
    parquet = pq.ParquetFile(
        file, pre_buffer=False, thrift_string_size_limit=MAX_STRINGS, thrift_container_size_limit=MAX_PARTS, page_checksum_verification=True
    )
    found = Rows(rows=parquet.metadata.num_rows)
    found.faults += shape_faults(shape_of(parquet.schema_arrow), shape)
    if found.rows != rows:
        found.faults.append(f"{found.rows:,} rows found, {rows:,} wanted")
    if whole and not found.faults:
        _read(parquet, found, counted)
    return found


def _read(parquet: pq.ParquetFile, found: Rows, counted: Sequence[str]) -> None:
    columns = {"id", "source", "modality", "group", "clusters", "images.list.element.path", *(set(CELLS) - {"images"}), *counted}
    order, ids, ties = _Order(), [np.zeros(0, np.uint64)], [np.zeros(0, np.uint64)]
    counts: dict[str, Counter[str]] = {column: Counter() for column in counted}
    row = 0
    try:
        for batch in parquet.iter_batches(batch_size=BATCH, columns=sorted(columns), use_threads=False):
            _check_filled(batch, row)
            ids.append(order.follow(batch["id"].to_pylist(), row))
            ties.append(_ties(batch))
            _check_sources(batch, row)
            found.images += _count_images(batch, row)
            for place, what in cell_faults(batch):
                raise _Wrong(f"row {row + place:,}: {what}")
            for column in counted:
                _count(counts[column], batch[column], column)
            row += len(batch)
        if row != found.rows:
            raise _Wrong(f"{row:,} rows can be read, its footer announces {found.rows:,}")
    except _Wrong as wrong:
        found.faults.append(str(wrong))
    found.ids, found.ties = np.concatenate(ids), np.unique(np.concatenate(ties))
    found.counts = {column: dict(words) for column, words in counts.items()}


def _check_filled(batch: pa.RecordBatch, row: int) -> None:
    for name in batch.schema.names:
        if batch[name].null_count:
            place = pc.index(pc.is_null(batch[name]), True).as_py()
            raise _Wrong(f"row {row + place:,}: no value in column '{name}'")


class _Order:
    """Rows come in the order of the digest of their ids, then of the ids: so none comes twice."""

    def __init__(self) -> None:
        self.last: tuple[int, str] = (-1, "")

    def follow(self, ids: list[str], row: int) -> Digests:
        digests = digests64(ids)
        if not len(ids):
            return digests
        suspects = np.flatnonzero(digests[1:] <= digests[:-1])
        pairs = [(self.last, (int(digests[0]), ids[0]), row)]
        pairs += [((int(digests[at]), ids[at]), (int(digests[at + 1]), ids[at + 1]), row + at + 1) for at in map(int, suspects[:2])]
        for before, after, at in pairs:
            if before == after:
                raise _Wrong(f"row {at:,}: the id of the row before it once more")
            if after < before:
                raise _Wrong(f"row {at:,}: not in the order of the corpus, by the digests of ids")
        self.last = (int(digests[-1]), ids[-1])
        return digests


def _check_sources(batch: pa.RecordBatch, row: int) -> None:
    """An id is <source>/<row>."""
    parts = pc.list_element(pc.split_pattern(batch["id"], "/", max_splits=1), 0)
    differ = pc.not_equal(parts, batch["source"])
    if pc.any(differ).as_py():
        raise _Wrong(f"row {row + pc.index(differ, True).as_py():,}: its id is not of its source")


def _count_images(batch: pa.RecordBatch, row: int) -> int:
    """One width, height, hash and mark in the messages for each image."""
    lengths = pc.list_value_length(batch["images"]).to_numpy(zero_copy_only=False)
    for name, others in ((name, pc.list_value_length(batch[name]).to_numpy(zero_copy_only=False)) for name in LISTS):
        _check_equal(lengths, others, row, name)
    messages = batch["messages"]
    owners = pc.list_parent_indices(messages).to_numpy(zero_copy_only=False)
    marks = pc.count_substring(pc.struct_field(messages.flatten(), "content"), IMAGE_MARK)
    found = np.bincount(owners, weights=pc.fill_null(marks, 0).to_numpy(zero_copy_only=False), minlength=len(batch)).astype(np.int64)
    _check_equal(lengths, found, row, "marks in its messages")
    return int(lengths.sum())


def _check_equal(images: npt.NDArray[np.int64], others: npt.NDArray[np.int64], row: int, name: str) -> None:
    differ = np.flatnonzero(images != others)
    if len(differ):
        at = int(differ[0])
        raise _Wrong(f"row {row + at:,}: {int(images[at])} images, but {int(others[at])} {name}")


def _ties(batch: pa.RecordBatch) -> Digests:
    """Digests of what ties samples to one side of any split: groups, and clusters but those of texts under images."""
    groups = pc.unique(batch["group"]).to_pylist()
    clusters, owners = pc.list_flatten(batch["clusters"]), pc.list_parent_indices(batch["clusters"])
    alone = pc.equal(batch["modality"], TEXT).take(owners)
    names = pc.unique(clusters.filter(pc.or_(alone, pc.invert(pc.starts_with(clusters, TEXT_CLUSTER))))).to_pylist()
    keys = [*(f"group:{group}" for group in groups if group), *(f"cluster:{name}" for name in names)]
    return np.unique(digests64(keys))


def _count(words: Counter[str], column: pa.Array, name: str) -> None:
    values = pa.chunked_array([column])
    found = pc.value_counts(terms(values) if name in NAMED else values)
    words.update({pair["values"]: pair["counts"] for pair in found.to_pylist()})
    if len(words) > MAX_WORDS:
        raise _Wrong(f"more than {MAX_WORDS:,} different values in column '{name}'")


def between(arrays: Sequence[Digests]) -> Iterator[int]:
    """Places of the arrays whose first id does not come behind the last of the array before: shards in order, none of whose ids is
    in two."""
    last = -1
    for place, array in enumerate(arrays):
        if len(array):
            if int(array[0]) <= last:
                yield place
            last = max(last, int(array[-1]))
