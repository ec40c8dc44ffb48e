"""images of evaluation sets, all other images -> which of the others look like one, as far as a shield reaches

A shield reaches further than deduplication: a copy that is missed there ships twice, here it spoils a score. Candidates lie up to
`shield_distance` bits apart, and less is asked of the second look. Measured on 573 real images of twelve modalities, candidates to 8 bits
and similarity 0.2 (`make bench ONLY=pairs` makes the same copies): of those coded again (PNG, JPEG 95 to 50, WebP 90 to 50, twice) 100 %,
resized by 0.5 to 2 99.9 to 100 %, squashed 100 %, resized by nearest 99.1 %, 20 % brighter, darker, more or less contrast 80 %, gamma 0.8
or 1.25 39 %, cropped by 1 % 34 %, by more 2 %. Of 163,875 pairs of different images none; of slices and frames next to each other 2 of
622, of those 2 or 3 apart none of 1,220.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.match.buckets import blocks, cross, runs
from curate.match.hashes import Sought
from curate.match.strings import taken, whole
from curate.pixels.confirm import same_pictures
from curate.recipe import Matching
from schemas.arrow import arrow_schema
from schemas.cluster import Leak

Rows = npt.NDArray[np.int64]
Greys = Callable[[Rows], npt.NDArray[np.uint8]]  # (m,) rows, ascending -> (m, cells): the signature of each
MOST = 64  # hashes, of those sought the nearest, that a hash is compared with; and pictures of one sought hash
_ASKED = 1 << 14  # hashes at once
_EXPANDED = 1 << 17  # pairs of pictures at once
_PAIRS = 1 << 9  # that are looked at together


def leaks(images: pa.Table, greys: Greys, is_sought: npt.NDArray[np.bool_], members: pa.Table, matching: Matching) -> pa.Table:
    """Leak rows, sorted by (id, other), of pairs that share no cluster of `members`. `images` as match_images takes them; `is_sought` of
    each: it is of an evaluation set. What is found of an image depends on it and on the evaluation sets alone."""
    order = pc.sort_indices(images["id"]).to_numpy().astype(np.int64)
    seen = _Seen(images, order, greys, members)
    sought, asking = (_distinct(images, order[is_sought[order] == wanted]) for wanted in (True, False))
    found = [np.empty((0, 2), np.int64)], [np.empty((0, 2))]
    if len(sought.rows) and len(asking.rows):
        index = Sought(sought.hashes, matching.shield_distance)
        for start in range(0, len(asking.hashes), _ASKED):
            for a, b, distance in _candidates(asking, sought, index, slice(start, start + _ASKED)):
                alike, similarity = seen.alike(a, b, matching.shield_similarity)
                found[0].append(np.stack([a[alike], b[alike]], axis=1))
                found[1].append(np.stack([distance[alike], similarity[alike]], axis=1))
    pairs, values = np.concatenate(found[0]), np.concatenate(found[1])
    columns = {
        "id": taken(images["id"], pairs[:, 0]),
        "other": taken(images["id"], pairs[:, 1]),
        "distance": values[:, 0].astype(np.int64),
        "similarity": np.round(values[:, 1], 4),
    }
    return pa.table(columns).cast(arrow_schema(Leak)).sort_by([("id", "ascending"), ("other", "ascending")])


class _Pictures:
    """Pictures that differ in pixels, in the order of (pHash, pixel digest)."""

    def __init__(self, rows: Rows, phashes: npt.NDArray[np.uint64]) -> None:
        self.rows = rows  # in the order of the images as given
        self.starts, sizes = runs(phashes)
        self.hashes = phashes[self.starts]
        self.sizes = sizes


def _distinct(images: pa.Table, rows: Rows) -> _Pictures:
    """Of equal pictures the first of `rows`, which are in the order of their ids."""
    phash, high, low = (images[name].to_numpy()[rows] for name in ("phash", "pixel_high", "pixel_low"))
    order = np.lexsort((low, high, phash))  # stable
    new = np.ones(len(rows), bool)
    new[1:] = (high[order][1:] != high[order][:-1]) | (low[order][1:] != low[order][:-1])
    return _Pictures(rows[order][new], phash[order][new])


def _candidates(asking: _Pictures, sought: _Pictures, index: Sought, block: slice) -> Iterator[tuple[Rows, Rows, Rows]]:
    """(row, row sought, bits apart) of pictures whose hashes are near; of a hash with more than MOST the nearest."""
    parts = [np.empty((3, 0), np.int64), *(np.stack(part) for part in index.near(asking.hashes[block]))]
    asked, found, distance = np.concatenate(parts, axis=1)
    order = np.lexsort((found, distance, asked))
    asked, found, distance = asked[order] + block.start, found[order], distance[order]
    starts, sizes = runs(asked)
    is_near = np.arange(len(asked)) - np.repeat(starts, sizes) < MOST
    asked, found, distance = asked[is_near], found[is_near], distance[is_near]
    sizes = np.minimum(sought.sizes, MOST)
    for part in blocks(asking.sizes[asked] * sizes[found], _EXPANDED):
        a, b, pair = cross(asking.starts[asked[part]], asking.sizes[asked[part]], sought.starts[found[part]], sizes[found[part]])
        yield asking.rows[a], sought.rows[b], distance[part][pair]


class _Seen:
    """The second look, at pairs that share no cluster."""

    def __init__(self, images: pa.Table, order: Rows, greys: Greys, members: pa.Table) -> None:
        self.greys = greys
        self.sides = np.stack([images["width"].to_numpy(), images["height"].to_numpy()], axis=1).astype(np.int64)
        known = whole(members["id"])
        place, cluster = (pc.index_in(column.cast(known.type), value_set=known) for column in (images["id"], members["cluster"]))
        self.cluster = cluster.combine_chunks().take(place.combine_chunks()).fill_null(-1).to_numpy().astype(np.int64)

    def alike(self, a: Rows, b: Rows, least: float) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
        alike, similarity = np.zeros(len(a), bool), np.zeros(len(a))
        apart = np.flatnonzero((self.cluster[a] != self.cluster[b]) | (self.cluster[a] < 0))
        for start in range(0, len(apart), _PAIRS):
            chosen = apart[start : start + _PAIRS]
            rows, place = np.unique(np.concatenate([a[chosen], b[chosen]]), return_inverse=True)
            greys = self.greys(rows)
            left, right = greys[place[: len(chosen)]], greys[place[len(chosen) :]]
            alike[chosen], similarity[chosen] = same_pictures(left, self.sides[a[chosen]], right, self.sides[b[chosen]], least=least)
        return alike, similarity
