"""images -> image clusters: a digest proves, a pHash match is a candidate that pixels confirm"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.match.buckets import cross, leaders, pairs_of_runs, positions, runs
from curate.match.edges import Edges, edges_of, groups, joined, members, star
from curate.match.hashes import near_pairs
from curate.pixels.confirm import same_pictures
from curate.recipe import Matching

Rows = npt.NDArray[np.int64]
Greys = Callable[[Rows], npt.NDArray[np.uint8]]  # (m,) rows -> (m, 1024): 32 x 32 grey of each
COLUMNS = ["id", "source", "byte_digest", "pixel_digest", "phash", "width", "height"]
_BLOCK = 1 << 11  # pairs confirmed at once: the second look works in float64, 16 MB an array
_SMALL = 64  # images of one pHash, unlike in pixels, that are compared pair by pair
_ROUNDS = 64  # leaders that more of them may have
_SIDE = 16  # images of one pHash that are compared with those of a near pHash


@dataclass(frozen=True, slots=True)
class ImageMatches:
    members: pa.Table  # Member rows, sorted by id
    counts: dict[str, int]  # members by proof; candidate pairs confirmed and refused by pixels


@dataclass(frozen=True, slots=True)
class _Index:
    """Images that are distinct in pixels, in the order of (pHash, pixel digest): content decides what is compared, never arrival."""

    rows: Rows  # in the table
    hashes: npt.NDArray[np.uint64]  # distinct, ascending
    starts: Rows  # run of each hash
    sizes: Rows


def match_images(images: pa.Table, greys: Greys, matching: Matching) -> ImageMatches:
    """Clusters of `images` (COLUMNS; all decoded, none blank), whatever their order. `greys` is asked for rows of `images` as given.

    Byte and pixel digests prove. Distinct pictures whose pHashes are at most `matching.phash_distance` bits apart are candidates and are
    confirmed on pixels (or believed, if `matching.confirm` is off)."""
    order = np.argsort(np.array(images["id"].to_pylist(), dtype=object), kind="stable")
    images = images.take(pa.array(order))
    exact = joined([_equal(images["byte_digest"], "bytes"), _equal(images["pixel_digest"], "pixels")])
    index = _index(images, np.setdiff1d(np.arange(len(images)), exact.b))
    sides = np.stack([images["width"].to_numpy(), images["height"].to_numpy()], axis=1)
    second_look = _SecondLook(len(images), exact, lambda rows: greys(order[rows]), sides, matching.confirm)
    for edges in _same_hash(index, second_look):
        second_look.keep(edges)
    for a, b, distance in _near_hash(index, matching.phash_distance):
        second_look.keep(second_look.at(a, b, distance)[0])
    found = members(_array(images["id"]), _array(images["source"]), joined(second_look.found))
    proofs = found["proof"].to_pylist()
    counts = {proof: proofs.count(proof) for proof in ("bytes", "pixels", "phash")}
    return ImageMatches(found, counts | {"phash_confirmed": second_look.confirmed, "phash_refused": second_look.refused})


def _equal(digests: pa.ChunkedArray, proof: str) -> Edges:
    codes = _array(digests).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    first, other = star(codes)
    return edges_of(first, other, proof, 0, 1.0)


def _array(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _index(images: pa.Table, rows: Rows) -> _Index:
    chosen = images.select(["phash", "pixel_digest"]).take(pa.array(rows))
    order = pa.compute.sort_indices(chosen, [("phash", "ascending"), ("pixel_digest", "ascending")]).to_numpy()
    hashes = chosen["phash"].to_numpy()[order].astype(np.uint64)
    starts, sizes = runs(hashes)
    return _Index(rows[order], hashes[starts], starts, sizes)


class _SecondLook:
    """Candidates in, edges out; remembers who is together already, so that they are not looked at again."""

    def __init__(self, count: int, exact: Edges, greys: Greys, sides: npt.NDArray[np.int64], confirm: bool) -> None:
        self.greys, self.sides, self.confirm = greys, sides, confirm
        self.found, self.waiting = [exact], 0
        self.group = groups(count, exact.a, exact.b)
        self.confirmed = self.refused = 0

    def at(self, a: Rows, b: Rows, distance: Rows) -> tuple[Edges, npt.NDArray[np.bool_]]:
        """Edges of the pairs that are one picture, and which of the pairs are not together."""
        apart = self.group[a] != self.group[b]
        places = np.flatnonzero(apart)
        similarity = np.empty(len(places))
        alike = np.ones(len(places), bool)
        for start in range(0, len(places), _BLOCK):
            block = slice(start, start + _BLOCK)
            left, right = a[places[block]], b[places[block]]
            same, similarity[block] = same_pictures(self.greys(left), self.sides[left], self.greys(right), self.sides[right])
            alike[block] = same | (not self.confirm)
        self.confirmed += int(alike.sum())
        self.refused += int((~alike).sum())
        apart[places] = ~alike
        chosen = places[alike]
        return edges_of(a[chosen], b[chosen], "phash", distance[chosen], similarity[alike]), apart

    def keep(self, edges: Edges) -> None:
        if not len(edges):
            return
        self.found.append(edges)
        self.waiting += len(edges)
        if self.waiting > len(self.group) // 8:  # renewing costs as much as all images: only after enough news
            everything = joined(self.found)
            self.group, self.waiting = groups(len(self.group), everything.a, everything.b), 0


def _same_hash(index: _Index, second_look: _SecondLook) -> Iterator[Edges]:
    """Images of one pHash: pair by pair, or in rounds of stars where there are many."""
    small = index.sizes <= _SMALL
    for a, b in pairs_of_runs(index.starts[small], index.sizes[small]):
        yield second_look.at(index.rows[a], index.rows[b], np.zeros(len(a), np.int64))[0]
    starts, sizes = index.starts[~small], index.sizes[~small]
    rows, bucket = index.rows[positions(starts, sizes)], np.repeat(np.arange(len(sizes)), sizes)
    for _ in range(_ROUNDS):
        first, other = leaders(*runs(bucket))
        if not len(first):
            return
        edges, apart = second_look.at(rows[first], rows[other], np.zeros(len(first), np.int64))
        yield edges
        left = other[apart]
        rows, bucket = rows[left], bucket[left]


def _near_hash(index: _Index, distance: int) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Images of pHashes 1 to `distance` bits apart, of each at most _SIDE."""
    sizes = np.minimum(index.sizes, _SIDE)
    for hash_a, hash_b, apart in near_pairs(index.hashes, distance):
        for start in range(0, len(hash_a), _BLOCK):
            block = slice(start, start + _BLOCK)
            one, two = hash_a[block], hash_b[block]
            a, b, pair = cross(index.starts[one], sizes[one], index.starts[two], sizes[two])
            yield index.rows[a], index.rows[b], apart[block][pair]
