"""texts of near clusters with their merit -> which stay, and of which of them each other is a copy

Clusters are chains: in a ~ b ~ c the text c need not be like a. So every loser is compared with the text that stays in its place.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.likeness import Alike, Compared, prefixes
from curate.shingles import Shingles
from curate.stated import Stated

Rows = npt.NDArray[np.int64]
Ratios = npt.NDArray[np.float64]
ROUNDS = 64  # texts of a cluster that stay and are compared with all that come after them
MOST = 256  # later ones that a text is compared with: those that share its rarest shingles


@dataclass(frozen=True, slots=True)
class Winners:
    """Of each row the row that stays in its place, itself if it stays, and the similarity of the two."""

    row: Rows
    similarity: Ratios


def text_winners(likeness: pa.Table, merit: Rows, alike: Alike) -> Winners:
    """`likeness` are Likeness rows of whole clusters, `merit` the place of each in the order of merit; -1 where it is out of the running,
    and is its own winner. The best text of a cluster stays. Each next one is a copy of the best of those that stay that it is like; where
    it is like none of them it stays too. Equals of a text go with it."""
    cluster = likeness["cluster"].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    text, compared = _texts(cluster, likeness)
    running = np.flatnonzero(merit >= 0)
    running = running[np.argsort(merit[running])]
    running = running[np.argsort(cluster[running], kind="stable")]
    _, first, inverse = np.unique(text[running], return_index=True, return_inverse=True)
    order = np.argsort(first)  # texts in the order of their best equal, cluster by cluster
    best = running[first[order]]
    won = _elected(compared.take(text[best]), cluster[best], alike)
    place = np.argsort(order)[inverse]
    row, similarity = np.arange(len(likeness)), np.ones(len(likeness))
    row[running], similarity[running] = best[won.row[place]], won.similarity[place]
    return Winners(row, similarity)


def _texts(cluster: Rows, likeness: pa.Table) -> tuple[Rows, Compared]:
    """The number of each row's text in what the texts are compared by."""
    has = likeness["whole"].is_valid().to_numpy()
    keys = likeness["key"].to_numpy()
    order = np.lexsort((~has, keys, cluster))  # what carries the sets of a text is its first
    new = np.ones(len(order), bool)
    new[1:] = (keys[order][1:] != keys[order][:-1]) | (cluster[order][1:] != cluster[order][:-1])
    text = np.empty(len(order), np.int64)
    text[order] = np.cumsum(new) - 1
    held = likeness.take(pa.array(order[new]))
    numbers = (held[name].combine_chunks().to_numpy() for name in ("key", "negations", "rest"))
    key, negations, rest = numbers
    whole, asked, words = (_sets(held[name].combine_chunks()) for name in ("whole", "asked", "words"))
    return text, Compared(whole, asked, Stated(key, words, negations, rest))


def _sets(lists: pa.ListArray) -> Shingles:
    sizes = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
    return Shingles(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), lists.flatten().to_numpy())


def _elected(texts: Compared, cluster: Rows, alike: Alike) -> Winners:
    """`texts` in the order of merit, cluster by cluster. In a round the best that is left of each cluster stays; those like it are out."""
    row, similarity, left = np.arange(len(texts)), np.ones(len(texts)), np.arange(len(texts))
    for _ in range(ROUNDS):
        new = np.diff(cluster[left], prepend=-1) != 0
        stays = np.repeat(left[new], np.diff(np.append(np.flatnonzero(new), len(left))))
        stays, others = stays[~new], left[~new]
        if not len(others):
            break
        found = alike.similarity(texts, stays, others)
        out = found > 0
        row[others[out]], similarity[others[out]] = stays[out], found[out]
        left = others[~out]
    else:
        _elect_one_by_one(texts, cluster, left, alike, row, similarity)
    return Winners(row, similarity)


def _elect_one_by_one(texts: Compared, cluster: Rows, left: Rows, alike: Alike, row: Rows, similarity: Ratios) -> None:
    """What very large clusters hold beside what their best are like: each text is compared with those that stay and share a shingle by
    which near ones must meet, the rarest first, at most MOST of them."""
    places, keys = prefixes(texts.whole, left, cluster[left].view(np.uint64), alike.threshold)
    ends = np.searchsorted(places, np.arange(len(left)), side="right")
    staying: dict[int, list[int]] = defaultdict(list)  # key of a shingle -> those that stay
    for number, one in enumerate(left.tolist()):
        own = keys[ends[number - 1] if number else 0 : ends[number]].tolist()
        others = dict.fromkeys(other for key in own for other in staying.get(key, ()))
        met = np.array(sorted(list(others)[:MOST]), np.int64)
        found = alike.similarity(texts, np.full(len(met), one), met) if len(met) else np.empty(0)
        if found.any():
            winner = int(np.argmax(found > 0))
            row[one], similarity[one] = met[winner], found[winner]
        else:
            for key in own:
                staying[key].append(one)
