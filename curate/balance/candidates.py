"""screened samples that are still in, their modalities and clusters -> columns that balance chooses by"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.balance.columns import CANDIDATE
from schemas.cluster import cluster_names

# of Screened, as Parquet names them: what is needed and no text
COLUMNS = [
    "id", "group", "said", "yes_no", "tokens",
    *(f"sample.{name}" for name in ("source", "table", "task", "domain", "split", "reliability")),
    *(f"pictures.list.element.{name}" for name in ("width", "height", "bytes")),
]  # fmt: skip
TOKEN_BYTES = 4  # of text, about; it only decides where shards are cut
ROW_BYTES = 256


def candidates(screened: pa.Table, tagged: pa.Table, clusters: pa.Table) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """(rows of `CANDIDATE`, about how many bytes each takes in a shard) of the samples of `screened`, in their order.
    `screened` has `COLUMNS` of Screened at least; `tagged` and `clusters` may hold more samples.
    Raises KeyError where a sample was not tagged: a stage has lost it."""
    screened = screened.combine_chunks()
    ids = screened["id"].combine_chunks()
    places = pc.index_in(ids, tagged["id"].combine_chunks())
    if places.null_count:
        raise KeyError(f"{places.null_count} of {len(ids)} samples are not tagged, the first is {ids.filter(pc.is_null(places))[0]}")
    sample = screened["sample"].combine_chunks()
    shown, sizes = _shown(screened["pictures"].combine_chunks())
    columns = {name: pc.struct_field(sample, name) for name in ("source", "table", "task", "domain", "reliability", "split")}
    columns |= {name: screened[name] for name in ("group", "said", "yes_no")}
    columns |= {"id": ids, "pixels": pa.array(shown), "clusters": _clusters(ids, clusters)}
    columns |= {"modality": tagged["modality"].combine_chunks().take(places)}
    tokens = screened["tokens"].to_numpy()
    return pa.table([columns[name] for name in CANDIDATE.names], schema=CANDIDATE), sizes + TOKEN_BYTES * tokens + ROW_BYTES


def _shown(pictures: pa.ListArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(pixels of the largest picture, bytes of all) of each sample."""
    flat, owners = pictures.flatten(), pc.list_parent_indices(pictures).to_numpy(zero_copy_only=False)
    width, height, size = (
        pc.struct_field(flat, name).to_numpy(zero_copy_only=False).astype(np.int64) for name in ("width", "height", "bytes")
    )
    largest, whole = np.zeros(len(pictures), np.int64), np.zeros(len(pictures), np.int64)
    np.maximum.at(largest, owners, width * height)
    np.add.at(whole, owners, size)
    return largest, whole


def _clusters(ids: pa.Array, clusters: pa.Table) -> pa.Array:
    """The names of each sample's clusters; most have none."""
    named = clusters.filter(pc.is_in(clusters["id"], ids))
    names = pa.array([cluster_names(row["images"], row["text"]) for row in named.to_pylist()] + [[]], CANDIDATE.field("clusters").type)
    places = pc.fill_null(pc.index_in(ids, named["id"].combine_chunks()), len(named))
    return names.take(places)
