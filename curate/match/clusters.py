"""samples, image members, text members -> the clusters of each sample; and the images by which texts are scoped"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from schemas.arrow import arrow_schema
from schemas.cluster import SampleClusters


def image_clusters(images: pa.ListArray, members: pa.Table, *, alone: bool) -> pa.ListArray:
    """For each list of image ids the cluster of each image. An image that stands alone gives its own id if `alone`, else ''."""
    flat = images.flatten()
    clusters = members["cluster"].combine_chunks().take(pc.index_in(flat, value_set=members["id"].combine_chunks()))
    offsets = pc.subtract(images.offsets, images.offsets[0]) if len(images) else images.offsets
    return pa.ListArray.from_arrays(offsets, pc.coalesce(clusters, flat) if alone else clusters.fill_null(""))


def sample_clusters(ids: pa.Array, images: pa.ListArray, image_members: pa.Table, text_members: pa.Table) -> pa.Table:
    """SampleClusters rows of the samples that are in a cluster, sorted by id."""
    texts = text_members["cluster"].combine_chunks().take(pc.index_in(ids, value_set=text_members["id"].combine_chunks())).fill_null("")
    pictures = image_clusters(images, image_members, alone=False)
    table = pa.table({"id": ids, "images": pictures, "text": texts}).cast(arrow_schema(SampleClusters))
    found = pc.not_equal(pc.binary_join(pictures, ""), "")
    return table.filter(pc.or_(found, pc.not_equal(texts, ""))).sort_by("id")
