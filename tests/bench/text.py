"""signatures and near duplicates of texts: ours against datasketch on the same shingles"""

from __future__ import annotations

import itertools
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
from datasketch import MinHash

from curate.match.near import Compared
from curate.match.signatures import band_keys, band_rows, signatures
from curate.match.texts import Texts, match_texts, set_keys
from curate.recipe import Matching
from curate.shingles import shingle_hash, shingle_sets
from curate.words import words_of
from tests.bench.figure import Figure, interleaved, seconds

MATCHING = Matching()
SIGNED = 4_000  # texts that both sign
TEXTS = 100_000  # texts matched
NEAR = 5  # one text in so many is a changed copy of another
WORDS = [f"word{number}" for number in range(30_000)]


def measure(folder: Path, samples: int) -> list[Figure]:
    texts, pairs = _texts(TEXTS)
    signed = texts[:SIGNED]
    ours, peer, ratio = interleaved(lambda: _sign(signed), lambda: _sign_by_datasketch(signed), rounds=3)
    found: list[pa.Table] = []
    matched = seconds(lambda: found.append(_match(texts)))
    recall, precision = _quality(texts, pairs, found[0])
    return [
        Figure(
            name="text: signatures against MinHash.bulk, one core", figure=ratio, unit="x", target=">= 8", note="shingles to signatures"
        ),
        Figure(name="text: signatures", figure=SIGNED / ours, unit="texts/s"),
        Figure(name="text: MinHash.bulk", figure=SIGNED / peer, unit="texts/s"),
        Figure(name="text: near duplicates, shingles to verified clusters", figure=TEXTS / matched, unit="texts/s"),
        Figure(name="text: recall at Jaccard >= 0.8", figure=recall, unit="of pairs", target=">= 0.99"),
        Figure(name="text: precision", figure=precision, unit="of pairs", target=">= 0.99"),
        Figure(name="text: against rensa", figure=None, unit="x", target=">= 1", note="rensa is not installed"),
    ]


def _texts(count: int) -> tuple[list[str], list[tuple[int, int]]]:
    """Texts of 40-80 words; each `NEAR`th is its neighbour with one to four words changed."""
    random = np.random.default_rng(11)
    often = 1 / np.arange(1, len(WORDS) + 1)
    drawn = iter(random.choice(len(WORDS), count * 81, p=often / often.sum()).tolist())  # as often as words are in a language: Zipf
    texts: list[list[str]] = []
    pairs = []
    for number in range(count):
        if number % NEAR == NEAR - 1:
            words = list(texts[-1])
            for place in random.integers(0, len(words), random.integers(1, 5)):
                words[place] = WORDS[next(drawn)]
            pairs.append((number - 1, number))
        else:
            words = [WORDS[next(drawn)] for _ in range(random.integers(40, 81))]
        texts.append(words)
    return [" ".join(words) for words in texts], pairs


def _sign(texts: list[str]) -> None:
    signatures(shingle_sets(texts, MATCHING.shingle), MATCHING.permutations)


def _sign_by_datasketch(texts: list[str]) -> None:
    size = MATCHING.shingle
    shingles = [
        {" ".join(words[start : start + size]).encode() for start in range(max(1, len(words) - size + 1))} for words in map(words_of, texts)
    ]
    MinHash.bulk(shingles, num_perm=MATCHING.permutations)


def _match(texts: list[str]) -> pa.Table:
    shingles = shingle_sets(texts, MATCHING.shingle)
    bands = band_keys(signatures(shingles, MATCHING.permutations), band_rows(MATCHING.permutations, MATCHING.text_threshold))
    ids, sources = pa.array([f"{number:06d}" for number in range(len(texts))]), pa.array(["bench"] * len(texts))
    columns = Texts(ids=ids, sources=sources, scopes=np.zeros(len(texts), np.uint64), sets=set_keys(shingles), bands=bands)
    asked = shingle_sets([""] * len(texts), MATCHING.shingle)  # nothing: captions
    return match_texts(columns, lambda rows: Compared(shingles.take(rows), asked.take(rows)), MATCHING)


def _quality(texts: list[str], pairs: list[tuple[int, int]], members: pa.Table) -> tuple[float, float]:
    """Recall over the planted pairs that are near enough, precision over all pairs of every cluster."""
    clusters = defaultdict(list)
    for cluster, id in zip(members["cluster"].to_pylist(), members["id"].to_pylist()):
        clusters[cluster].append(int(id))
    found = {tuple(sorted(pair)) for ids in clusters.values() for pair in itertools.combinations(ids, 2)}
    wanted = {pair for pair in pairs if _jaccard(texts, *pair) >= MATCHING.text_threshold}
    right = sum(_jaccard(texts, *pair) >= MATCHING.text_threshold for pair in found)
    return len(wanted & found) / len(wanted), right / max(1, len(found))


def _jaccard(texts: list[str], first: int, second: int) -> float:
    sets = [
        {shingle_hash(words[start : start + MATCHING.shingle]) for start in range(max(1, len(words) - MATCHING.shingle + 1))}
        for words in (words_of(texts[first]), words_of(texts[second]))
    ]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])
