"""samples, image members, text members -> the clusters of each sample; and the images by which texts are scoped"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from curate.match.strings import Clusters
from schemas.arrow import arrow_schema
from schemas.cluster import SampleClusters


def image_clusters(images: pa.ListArray, known: Clusters, *, alone: bool) -> pa.ListArray:
    """For each list of image ids the cluster of each image. An image that stands alone gives its own id if `alone`, else ''."""
    flat = images.flatten()
    offsets = pc.subtract(images.offsets, images.offsets[0]) if len(images) else images.offsets
    return pa.ListArray.from_arrays(offsets, pc.coalesce(known.of(flat), flat if alone else pa.scalar("")))


def sample_clusters(ids: pa.Array, images: pa.ListArray, known_images: Clusters, known_texts: Clusters) -> pa.Table:
    """SampleClusters rows of the samples that are in a cluster, sorted by id."""
    texts = known_texts.of(ids).fill_null("")
    pictures = image_clusters(images, known_images, alone=False)
    table = pa.table({"id": ids, "images": pictures, "text": texts}).cast(arrow_schema(SampleClusters))
    found = pc.not_equal(pc.binary_join(pictures, ""), "")
    return table.filter(pc.or_(found, pc.not_equal(texts, ""))).sort_by("id")
