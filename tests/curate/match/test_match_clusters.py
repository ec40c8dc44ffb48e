import pyarrow as pa

from curate.match.clusters import image_clusters, sample_clusters
from curate.match.strings import Clusters
from schemas.arrow import to_table
from schemas.cluster import Member


def members(*rows: tuple[str, str]) -> pa.Table:
    return to_table(
        [Member(cluster=cluster, id=id, source="s", proof="bytes", other="", distance=0, similarity=1.0) for id, cluster in rows], Member
    )


IMAGES = pa.array([["i1", "i9"], [], ["i2"], ["i9"]], pa.list_(pa.string()))
PICTURES = Clusters(members(("i1", "i1"), ("i2", "i1")))


def test_an_image_that_stands_alone_is_its_own_cluster_or_none() -> None:
    assert image_clusters(IMAGES, PICTURES, alone=True).to_pylist() == [["i1", "i9"], [], ["i1"], ["i9"]]
    assert image_clusters(IMAGES.slice(2), PICTURES, alone=False).to_pylist() == [["i1"], [""]]


def test_samples_in_no_cluster_have_no_row() -> None:
    found = sample_clusters(pa.array(["s/4", "s/2", "s/3", "s/1"]), IMAGES, PICTURES, Clusters(members(("s/2", "s/2"), ("s/9", "s/2"))))
    assert found.to_pylist() == [
        {"id": "s/2", "images": [], "text": "s/2"},
        {"id": "s/3", "images": ["i1"], "text": ""},
        {"id": "s/4", "images": ["i1", ""], "text": ""},
    ]
