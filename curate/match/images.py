"""images -> image clusters: a digest proves, a pHash match is a candidate that pixels confirm"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.match.buckets import cross, leaders, pairs_of_runs, positions, runs
from curate.match.candidates import NearHashes, near_hashes
from curate.match.crowds import neighbours, sketches
from curate.match.edges import Edges, edges_of, joined, members
from curate.match.looks import SecondLook
from curate.match.strings import taken
from curate.recipe import Matching

Rows = npt.NDArray[np.int64]
Greys = Callable[[Rows], npt.NDArray[np.uint8]]  # (m,) rows, ascending -> (m, cells): the signature of each
COLUMNS = ["id", "source", "byte_digest", "pixel_digest", "phash", "width", "height"]  # of an image row
MANY = 64  # candidates, of its pHash and of near ones together, that a picture is compared with one by one
_ROUNDS = 4  # of stars among the images of a hot pHash
_BLOCK = 1 << 9  # near hashes, or pictures of a crowd, at once


@dataclass(frozen=True, slots=True)
class ImageMatches:
    members: pa.Table  # Member rows, sorted by id
    counts: dict[str, int]  # members by proof; candidate pairs confirmed and refused by pixels; pictures in crowds


@dataclass(frozen=True, slots=True)
class _Index:
    """Images that are distinct in pixels, in the order of (pHash, pixel digest): content decides what is compared, never arrival."""

    rows: Rows  # in the order of ids
    hashes: npt.NDArray[np.uint64]  # distinct, ascending
    starts: Rows  # run of each hash
    sizes: Rows


def packed(images: pa.Table) -> pa.Table:
    """COLUMNS of image rows, all decoded, in some 110 bytes a row: of each SHA-256 its first 128 bits, as two numbers."""
    byte, pixel = (_numbers(images[name].to_pylist()) for name in ("byte_digest", "pixel_digest"))
    return pa.table(
        {
            "id": images["id"],
            "source": images["source"].dictionary_encode(),
            "byte_high": byte[:, 0],
            "byte_low": byte[:, 1],
            "pixel_high": pixel[:, 0],
            "pixel_low": pixel[:, 1],
            "phash": images["phash"],
            "width": images["width"].cast(pa.int32()),
            "height": images["height"].cast(pa.int32()),
        }
    )


def _numbers(digests: list[str]) -> npt.NDArray[np.uint64]:
    return np.frombuffer(bytes.fromhex("".join(digests)), ">u8").reshape(-1, 4)[:, :2].astype(np.uint64)


def match_images(images: pa.Table, greys: Greys, matching: Matching) -> ImageMatches:
    """Clusters of `images` (`packed`; none blank), whatever their order. `greys` is asked for rows of `images` as given.

    Byte and pixel digests prove. Distinct pictures whose pHashes are at most `matching.phash_distance` bits apart are candidates and are
    confirmed on pixels (or believed, if `matching.confirm` is off). A picture that has more than MANY is compared with those that are
    nearest to it by what they show, so that no hot key stalls a run."""
    order = pc.sort_indices(images["id"]).to_numpy().astype(np.int64)  # from here on a row is a place in the order of ids

    def column(name: str) -> npt.NDArray:
        return images[name].to_numpy()[order]

    exact = joined([_equal(column("byte_high"), column("byte_low"), "bytes"), _equal(column("pixel_high"), column("pixel_low"), "pixels")])
    phashes, sides = column("phash"), np.stack([column("width"), column("height")], axis=1)
    index = _index(np.delete(np.arange(len(images)), exact.b), phashes, column("pixel_high"), column("pixel_low"))
    second_look = SecondLook(lambda rows: _in_order(greys, order[rows]), sides, exact, confirm=matching.confirm)
    near = near_hashes(index.hashes, index.sizes, matching.phash_distance, many=MANY if matching.confirm else None)
    for a, b, distance in _candidates(index, near, matching.confirm):
        second_look.at(a, b, distance)
    _stars(index, second_look)
    crowd = index.rows[positions(index.starts[near.crowded], index.sizes[near.crowded])]
    for a, b in _crowded(crowd, second_look):
        distance = np.bitwise_count(phashes[a] ^ phashes[b]).astype(np.int64)
        is_near = distance <= matching.phash_distance
        second_look.renew()  # a crowd of copies is together after the first of them
        second_look.at(a[is_near], b[is_near], distance[is_near])
    return _matches(images, order, second_look, len(crowd))


def _equal(high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint64], proof: str) -> Edges:
    """Each row of an equal digest beside the first one."""
    order = np.lexsort((low, high))
    first, other = leaders(*runs(high[order], low[order]))
    return edges_of(order[first], order[other], proof, 0, 1.0)


def _index(rows: Rows, phashes: npt.NDArray[np.uint64], high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint64]) -> _Index:
    rows = rows[np.lexsort((low[rows], high[rows], phashes[rows]))]
    hashes = phashes[rows]
    starts, sizes = runs(hashes)
    return _Index(rows, hashes[starts], starts, sizes)


def _in_order(greys: Greys, rows: Rows) -> npt.NDArray[np.uint8]:
    """Asked in ascending order: they lie in a file."""
    order = np.argsort(rows)
    back = np.empty(len(rows), np.int64)
    back[order] = np.arange(len(rows))
    return greys(rows[order])[back]


def _candidates(index: _Index, near: NearHashes, confirm: bool) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Pairs of images of one pHash, unless it is hot, then of near ones, with the bits between them. Where candidates are believed, one
    image of a pHash speaks for all."""
    small = index.sizes <= MANY + 1
    for a, b in pairs_of_runs(index.starts[small], index.sizes[small]):
        yield index.rows[a], index.rows[b], np.zeros(len(a), np.int64)
    sizes = index.sizes if confirm else np.ones_like(index.sizes)
    for start in range(0, len(near.a), _BLOCK):
        block = slice(start, start + _BLOCK)
        one, two = near.a[block], near.b[block]
        a, b, pair = cross(index.starts[one], sizes[one], index.starts[two], sizes[two])
        yield index.rows[a], index.rows[b], near.distance[block][pair].astype(np.int64)


def _stars(index: _Index, second_look: SecondLook) -> None:
    """Images of a hot pHash beside the first of them, those that are not its copies beside the first of these, a few times: where many
    are copies of few, they are soon together, and each near to its cluster's first."""
    hot = index.sizes > MANY + 1
    rows = index.rows[positions(index.starts[hot], index.sizes[hot])]
    key = np.repeat(np.flatnonzero(hot), index.sizes[hot])
    for _ in range(_ROUNDS):
        first, other = leaders(*runs(key))
        second_look.at(rows[first], rows[other], np.zeros(len(first), np.int64))
        second_look.renew()
        left = other[second_look.group[rows[first]] != second_look.group[rows[other]]]
        rows, key = rows[left], key[left]


def _crowded(crowd: Rows, second_look: SecondLook) -> Iterator[tuple[Rows, Rows]]:
    if len(crowd) < 2:
        return
    blocks = [sketches(second_look.greys(crowd[start : start + _BLOCK])) for start in range(0, len(crowd), _BLOCK)]
    for a, b in neighbours(np.concatenate(blocks, axis=1)):
        yield crowd[a], crowd[b]


def _matches(images: pa.Table, order: Rows, second_look: SecondLook, crowded: int) -> ImageMatches:
    edges = joined(second_look.found)
    rows = np.unique(np.concatenate([edges.a, edges.b]))
    ids, sources = (taken(images[name], order[rows]) for name in ("id", "source"))
    inside = Edges(np.searchsorted(rows, edges.a), np.searchsorted(rows, edges.b), edges.proof, edges.distance, edges.similarity)
    found = members(ids, sources, inside)
    counted = {pair["values"]: pair["counts"] for pair in pc.value_counts(found["proof"].combine_chunks()).to_pylist()}
    return ImageMatches(
        found,
        {proof: counted.get(proof, 0) for proof in ("bytes", "pixels", "phash")}
        | {"phash_confirmed": second_look.confirmed, "phash_refused": second_look.refused, "phash_crowded": crowded},
    )
