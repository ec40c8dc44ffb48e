"""samples -> texts with their scope -> text clusters"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.digest import digest64
from curate.match.edges import Edges, edges_of, joined, members, star
from curate.match.near import near_edges
from curate.match.shingles import Shingles
from curate.recipe import Matching
from curate.words import normal_form, words_of
from schemas.sample import Sample

CAPTIONS = ("caption", "report")
NEVER = ("classification", "segmentation", "detection")  # their text is made from labels
SHORT_ANSWER = 5  # words; below, the answer is part of the scope: 'yes' and 'no' to one long question are no copies


def text_of(sample: Sample) -> str | None:
    """What is compared: of a caption or report what the assistant says, of anything else all turns but the system's. None where the
    task table of the design compares no text."""
    if sample.task in NEVER or sample.from_labels:
        return None
    spoken = ("assistant",) if sample.task in CAPTIONS else ("user", "assistant")
    return "\n".join(turn.text for turn in sample.turns if turn.role in spoken)


def scope_of(sample: Sample, images: Sequence[str]) -> int:
    """64 bits of where the sample's text is compared: among samples without images, or among those on the same images. `images` holds
    for each image its cluster, or its id where it stands alone."""
    captions = sample.task in CAPTIONS
    answer = "" if captions else _short_answer(sample)
    return digest64("\0".join(["caption" if captions and images else "talk", *images, "", answer]))


def _short_answer(sample: Sample) -> str:
    said = [turn.text for turn in sample.turns if turn.role == "assistant"]
    words = words_of(said[-1]) if said else []
    return normal_form(said[-1]) if words and len(words) < SHORT_ANSWER else ""


def set_keys(sets: Shingles) -> npt.NDArray[np.uint64]:
    """64 bits of each whole set: equal for equal sets. An empty set has 0."""
    mixed = sets.hashes.astype(np.uint64) * np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed)])
    return sums[sets.offsets[1:]] - sums[sets.offsets[:-1]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts to compare, by columns, in the order of their ids."""

    ids: pa.Array
    sources: pa.Array
    scopes: npt.NDArray[np.uint64]
    sets: Shingles
    bands: npt.NDArray[np.uint64]  # (n, bands)

    def sorted(self) -> Texts:
        order = np.argsort(np.array(self.ids.to_pylist(), dtype=object), kind="stable")
        rows = pa.array(order)
        return Texts(
            ids=self.ids.take(rows),
            sources=self.sources.take(rows),
            scopes=self.scopes[order],
            sets=self.sets.take(order),
            bands=self.bands[order],
        )


def match_texts(texts: Texts, matching: Matching) -> pa.Table:
    """Member rows of the text clusters, whatever the order of `texts`: equal texts first, then near ones among what is left, both only
    inside a scope. Similarity is the Jaccard similarity with `other`. A text without words matches nothing."""
    texts = texts.sorted()
    worded = np.flatnonzero(np.diff(texts.sets.offsets))
    equal, rows = _equal(texts, worded)
    single = _comparable(texts, rows)
    sets = texts.sets.take(single)
    columns = (_mixed(texts.bands[single, band], texts.scopes[single]) for band in range(texts.bands.shape[1]))
    near = near_edges(columns, sets, matching.text_threshold)
    back = Edges(single[near.a], single[near.b], near.proof, near.distance, near.similarity)
    return members(texts.ids, texts.sources, joined([equal, back]))


def _equal(texts: Texts, worded: npt.NDArray[np.int64]) -> tuple[Edges, npt.NDArray[np.int64]]:
    """Stars of equal sets within a scope, and the rows that stand for them: one of each."""
    keys = np.rec.fromarrays([set_keys(texts.sets)[worded], texts.scopes[worded], np.diff(texts.sets.offsets)[worded]])
    first, other = star(keys)
    return edges_of(worded[first], worded[other], "text", -1, 1.0), np.delete(worded, other)


def _comparable(texts: Texts, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Rows with another one in their scope: alone on its images a text has nobody to be near to."""
    _, inverse, counts = np.unique(texts.scopes[rows], return_inverse=True, return_counts=True)
    return rows[counts[inverse] > 1]


def _mixed(keys: npt.NDArray[np.uint64], scopes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    mixed = (keys ^ scopes) * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(31))
