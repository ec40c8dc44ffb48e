"""signatures and near duplicates of texts: how fast, and how well by length and similarity, on made and on real texts"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from datasketch import MinHash

from curate.match.signatures import signatures
from curate.recipe import Matching
from curate.shingles import shingle_sets
from curate.words import words_of
from tests.bench.figure import Figure, interleaved, seconds
from tests.bench.text_made import made_texts
from tests.bench.text_ours import JACCARD_ALONE, Asked, Found, Said, Shown, cluster, named, number_of
from tests.bench.text_planted import Planted, chinese, english, of_one_meaning
from tests.bench.text_real import ABSENT, real_texts
from tests.bench.text_scored import THRESHOLD, Cells, by_cell, of_dropped, truth_of
from tests.bench.text_truth import BANDS, LENGTHS, jaccard, word_shingles, words

MATCHING = Matching()
SIGNED = 4_000  # texts that both sign
TEXTS = 100_000  # made texts that are matched for time
SCORED = 30_000  # of them for quality
LEAST = 0.6  # similarity from which pairs are told


def measure(folder: Path, samples: int) -> list[Figure]:
    texts = [text for chunk in made_texts(TEXTS) for text in chunk]
    matched = seconds(lambda: cluster(named(texts), MATCHING))
    figures = [*_signing(texts[:SIGNED]), Figure(name="text: near duplicates, texts to clusters", figure=TEXTS / matched, unit="texts/s")]
    figures += _quality("made", Planted(texts[:SCORED], []))
    if not real_texts():
        return [*figures, Figure(name="text: real texts", figure=None, unit="", note=ABSENT)]
    figures += _quality("real", english(), Asked)
    figures += _quality("real, Chinese", chinese(), Asked)
    return [*figures, *_quality("real, on one image", english(), Shown)]


def _signing(texts: Sequence[str]) -> Iterator[Figure]:
    ours, peer, ratio = interleaved(lambda: _sign(texts), lambda: _sign_by_datasketch(texts), rounds=3)
    name = "text: signatures against MinHash.bulk, one core"
    yield Figure(name=name, figure=ratio, unit="x", target=">= 8", note="shingles to signatures")
    yield Figure(name="text: signatures", figure=SIGNED / ours, unit="texts/s")
    yield Figure(name="text: MinHash.bulk", figure=SIGNED / peer, unit="texts/s")


def _sign(texts: Sequence[str]) -> None:
    signatures(shingle_sets(texts, MATCHING.shingle), MATCHING.permutations)


def _sign_by_datasketch(texts: Sequence[str]) -> None:
    size = MATCHING.shingle
    shingles = [
        {" ".join(words[start : start + size]).encode() for start in range(max(1, len(words) - size + 1))} for words in map(words_of, texts)
    ]
    MinHash.bulk(shingles, num_perm=MATCHING.permutations)


def _quality(name: str, given: Planted, kind: type[Said] = Said) -> Iterator[Figure]:
    """Copies are told by Jaccard alone, as the truth is; then, as recipes have it, with what texts state."""
    size = size_of(kind)
    truth = truth_of(given.texts, size, LEAST)
    found = cluster(named(given.texts), JACCARD_ALONE, kind=kind)
    yield from _by_length(f"text: {name}", by_cell(truth, found.clusters(), [len(words(text)) for text in given.texts]))
    yield from _precision(f"text: {name}", given.texts, found, size)
    recall, _ = of_dropped(truth, list(map(number_of, found.winner)))
    yield Figure(name=f"text: {name}, copies of which one stays", figure=recall, unit="of copies", target=">= 0.98")
    if given.edits:
        found = cluster(named(given.texts), MATCHING, kind=kind)
        yield from _by_edit(f"text: {name}", given, found.clusters(), size)


def size_of(kind: type[Said]) -> int:
    return MATCHING.image_shingle if kind.images else MATCHING.shingle


def _precision(name: str, texts: Sequence[str], found: Found, size: int) -> Iterator[Figure]:
    """Of the proofs that match gives, and of what goes: each against the text that stays in its place."""
    members = zip(found.members["id"].to_pylist(), found.members["other"].to_pylist())
    for what, pairs in (("proofs", [pair for pair in members if pair[1]]), ("texts that go", list(found.winner.items()))):
        right = sum(_near(texts, number_of(a), number_of(b), size) for a, b in pairs)
        yield Figure(name=f"{name}, precision of {what}", figure=right / max(1, len(pairs)), unit=f"of {len(pairs):,}", target=">= 0.99")


def _near(texts: Sequence[str], a: int, b: int, size: int) -> bool:
    return jaccard(word_shingles(texts[a], size), word_shingles(texts[b], size)) >= THRESHOLD


def _by_length(name: str, cells: Cells) -> Iterator[Figure]:
    """A figure for each length: recall at the threshold and above, the bands in the note."""
    for length in sorted({length for length, _ in cells.wanted}):
        bands = [band for place, band in cells.wanted if place == length]
        near = [band for band in bands if BANDS[band][0] >= THRESHOLD]
        wanted, found = (sum(of[length, band] for band in near) for of in (cells.wanted, cells.found))
        note = ", ".join(f"{_span(*BANDS[band])} {cells.found[length, band]:,}/{cells.wanted[length, band]:,}" for band in sorted(bands))
        of = f"{name}, {_words(*LENGTHS[length])}, recall"
        yield Figure(name=of, figure=found / wanted if wanted else None, unit=f"of {wanted:,} pairs", target=">= 0.98", note=note)


def _span(low: float, high: float) -> str:
    return f"{low}" if low == 1 else f"{low}-{high}"


def _words(low: int, high: int) -> str:
    return f"{low}+ words" if high > 1 << 20 else f"{low}-{high - 1} words"


def _by_edit(name: str, given: Planted, own: dict[int, int], size: int) -> Iterator[Figure]:
    """Of each kind of edit the share of its copies that were found; those of another meaning should not be."""
    kinds: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for text, copy, kind in given.edits:
        kinds[kind].append((_near(given.texts, text, copy, size), text in own and own[text] == own.get(copy)))
    for kind, pairs in kinds.items():
        near, found = (sum(pair[place] for pair in pairs) for place in (0, 1))
        meaning = "" if of_one_meaning(kind) else " (another meaning)"
        note = f"{near:,} have a Jaccard similarity of {THRESHOLD}"
        yield Figure(name=f"{name}, {kind}{meaning}: found", figure=found / len(pairs), unit=f"of {len(pairs):,} copies", note=note)
