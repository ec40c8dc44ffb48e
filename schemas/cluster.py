"""Who is a copy of whom: clusters of images and of texts, every member with its evidence"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of a cluster of two or more; `cluster` is the smallest id in it."""

    cluster: str
    id: str  # image id, or sample id for texts
    source: str
    proof: str  # how it joined: bytes, pixels, phash (confirmed), text; 'first' for the cluster's own id
    other: str  # the member it was compared with
    distance: int  # pHash bits; -1 where it does not apply
    similarity: float  # of pixels or of texts, 0-1, rounded to 4 places


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """An image that looks like one of an evaluation set, though no cluster holds both."""

    id: str  # image of a source; of equal pictures the smallest
    other: str  # image of an evaluation set
    distance: int  # pHash bits
    similarity: float  # of pixels, 0-1, rounded to 4 places


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What a member of a text cluster is compared by with the one that is to stay; of clusters that hold more than equal texts. Of equal
    texts the smallest id carries it."""

    id: str  # sample
    cluster: str
    key: int = field(metadata={"arrow": pa.uint64()})  # equal for equal texts
    whole: tuple[int, ...] | None  # shingles of the text, ascending
    asked: tuple[int, ...] | None  # of what is asked in it
    words: tuple[int, ...] | None  # numbers and opposites in it (curate.stated)
    negations: int | None
    rest: int | None = field(metadata={"arrow": pa.uint64()})  # its other words


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Selection of one sample for one corpus."""

    corpus: str
    id: str
    selected: bool
    reason: str  # why not
    weight: float
    split: str  # train or validation
    modality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleClusters:
    """The clusters a screened sample belongs to; samples in no cluster have no row."""

    id: str  # sample
    images: tuple[str, ...]  # cluster of each of its images, in order; '' where an image stands alone
    text: str  # text cluster; '' if alone


def cluster_names(images: tuple[str, ...] | list[str], text: str) -> list[str]:
    """A sample's clusters as names that say their kind: 'image:<cluster>' for each of its images' clusters, then 'text:<cluster>'."""
    return [*dict.fromkeys(f"image:{cluster}" for cluster in images if cluster), *([f"text:{text}"] if text else [])]
