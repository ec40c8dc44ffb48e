"""screened samples, their clusters -> one row each: what it may be a copy of, and how good it is"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

CAPTIONS = pa.array(["caption", "report"])  # one family: a report is a caption of its images
LABELLED = pa.array(["classification", "segmentation", "detection"])
ACCESS = pa.array(["credentialed", "registered", "open"])  # the better the further right
COMMERCIAL = pa.array(["no", "ask", "yes"])
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("row", pa.string()),  # the id without its part: parts of one row are no copies of each other
        ("scope", pa.string()),  # where copies of its images are looked for; null: nowhere
        ("images", pa.list_(pa.string())),
        ("clusters", pa.list_(pa.string())),  # of each image; the image's own id where it stands alone
        ("labels", pa.string()),  # of a labelled sample; null for others
        ("text", pa.string()),  # text cluster; '' if alone
        ("reliability", pa.int64()),
        ("length", pa.int64()),  # characters
        ("pixels", pa.int64()),
        ("openness", pa.int64()),
    ]
)


def candidates(screened: pa.Table, clusters: pa.Table) -> pa.Table:
    """SCHEMA rows of a table of Screened rows; `clusters` are SampleClusters rows of these samples (those in no cluster have none)."""
    sample = screened["sample"].combine_chunks()
    places = pc.index_in(screened["id"], value_set=clusters["id"].combine_chunks())
    columns = {
        "id": screened["id"],
        "source": sample.field("source"),
        "row": pc.list_element(pc.split_pattern(screened["id"], "#", max_splits=1), 0),
        "scope": _scope(sample),
        "images": sample.field("images"),
        "clusters": _clusters(sample.field("images"), clusters, places),
        "labels": _labels(sample),
        "text": clusters["text"].take(places).fill_null(""),
        "reliability": sample.field("reliability"),
        "length": pa.array(_length(sample)),
        "pixels": pa.array(_pixels(screened["pictures"].combine_chunks())),
        "openness": pc.add(
            pc.multiply(pc.index_in(sample.field("access"), value_set=ACCESS), 3),
            pc.index_in(sample.field("commercial"), value_set=COMMERCIAL),
        ),
    }
    return pa.table(columns).select(SCHEMA.names).cast(SCHEMA)


def _scope(sample: pa.StructArray) -> pa.Array:
    """By task: captions and reports across all sources, labelled tasks within the source, others within a table whose
    manifest says so; never across tasks."""
    task, source, table, scope = (sample.field(name) for name in ("task", "source", "table", "scope"))
    family = pc.if_else(pc.is_in(task, value_set=CAPTIONS), "caption", task)
    inside = pc.if_else(pc.is_in(task, value_set=LABELLED), "", table)
    named = pc.case_when(
        pc.make_struct(pc.equal(scope, "global"), pc.equal(scope, "table")),
        family,
        pc.binary_join_element_wise(family, source, inside, "\0"),
    )
    return pc.if_else(pc.greater(pc.list_value_length(sample.field("images")), 0), named, pa.scalar(None, pa.string()))


def _clusters(images: pa.ListArray, clusters: pa.Table, places: pa.ChunkedArray) -> pa.ListArray:
    flat = images.flatten()
    known = clusters["images"].combine_chunks().take(places.combine_chunks())
    own = pc.is_in(pc.list_parent_indices(images), value_set=pa.array(np.flatnonzero(pc.is_valid(places).to_numpy())))
    found = pc.replace_with_mask(pa.array([""] * len(flat), pa.string()), own, known.drop_null().flatten())
    named = pc.if_else(pc.equal(found, ""), flat, found)
    sizes = pc.list_value_length(images).to_numpy(zero_copy_only=False)
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)), named)


def _labels(sample: pa.StructArray) -> pa.Array:
    """What a labelled sample says of its images, as one text: two rows on one file that say different things are no copies."""
    labelled = pc.is_in(sample.field("task"), value_set=LABELLED)
    rows = np.flatnonzero(labelled.to_numpy(zero_copy_only=False))
    said = zip(*(sample.field(name).take(pa.array(rows)).to_pylist() for name in ("labels", "boxes", "turns")))
    texts = np.full(len(sample), None, dtype=object)
    texts[rows] = [repr(parts) for parts in said]
    return pa.array(texts, pa.string())


def _length(sample: pa.StructArray) -> npt.NDArray[np.int64]:
    """Characters of what was found: a caption's prompt comes from a template and counts for nothing."""
    turns = sample.field("turns")
    parents, flat = pc.list_parent_indices(turns).to_numpy(), turns.flatten()
    caption = pc.is_in(sample.field("task"), value_set=CAPTIONS).to_numpy(zero_copy_only=False)
    role = flat.field("role")
    counts = np.where(
        caption[parents],
        pc.equal(role, "assistant").to_numpy(zero_copy_only=False),
        pc.not_equal(role, "system").to_numpy(zero_copy_only=False),
    )
    lengths = pc.utf8_length(flat.field("text")).to_numpy(zero_copy_only=False) * counts
    return np.bincount(parents, lengths, len(sample)).astype(np.int64)


def _pixels(pictures: pa.ListArray) -> npt.NDArray[np.int64]:
    flat = pictures.flatten()
    each = flat.field("width").to_numpy() * flat.field("height").to_numpy()
    return np.bincount(pc.list_parent_indices(pictures).to_numpy(), each, len(pictures)).astype(np.int64)
