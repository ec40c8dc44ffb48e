"""samples -> texts with their scope -> text clusters"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.digest import digest64
from curate.match.edges import Edges, edges_of, joined, members, star
from curate.match.near import Compared, near_edges
from curate.match.signatures import signatures
from curate.recipe import Matching
from curate.shingles import Shingles
from curate.words import words_of
from schemas.sample import Sample

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]
CAPTIONS = ("caption", "report")
NEVER = ("classification", "segmentation", "detection")  # their text is made from labels
TURN = "\n⏎\n"  # a word of its own: 'How does it show X? - With Y.' is not 'What does it show? - X with Y.'
LONG_ANSWER = 200  # characters from which an answer is not short, however few its words
SHORT_ANSWER = 5  # words; below, the answer is part of the scope: 'yes' and 'no' to one long question are no copies


def text_of(sample: Sample) -> str | None:
    """What is compared: of a caption or report what the assistant says, of anything else all turns but the system's. None where the
    task table of the design compares no text."""
    if sample.task in NEVER or sample.from_labels:
        return None
    spoken = ("assistant",) if sample.task in CAPTIONS else ("user", "assistant")
    return TURN.join(turn.text for turn in sample.turns if turn.role in spoken)


def question_of(sample: Sample) -> str:
    """What is asked in the text that is compared: the user's turns; '' of a caption or report."""
    if sample.task in CAPTIONS or text_of(sample) is None:
        return ""
    return TURN.join(turn.text for turn in sample.turns if turn.role == "user")


def family_of(sample: Sample) -> str:
    """What a text must share, beside its images, to be compared: captions among captions, and the answer if it is a short one."""
    if sample.images and sample.task in CAPTIONS:
        return "caption"
    said = [turn.text for turn in sample.turns if turn.role == "assistant"]
    words = words_of(said[-1]) if said and len(said[-1]) < LONG_ANSWER else []
    length = sum(1.0 if len(word) > 1 or word.isascii() else 0.5 for word in words)  # two Chinese characters are about a word
    return "\0".join(["talk", *(words if length < SHORT_ANSWER else [])])


def scopes_of(families: Sequence[str], images: Sequence[Sequence[str]]) -> Keys:
    """64 bits of where each text is compared: among samples without images, or among those on the same images. `images` holds for each
    image its cluster, or its id where it stands alone."""
    pairs = zip(families, images, strict=True)
    return np.fromiter((digest64("\0\0".join([family, *shown])) for family, shown in pairs), np.uint64, len(families))


def set_keys(sets: Shingles) -> Keys:
    """64 bits of each whole set: equal for equal sets; 0 for the empty one."""
    mixed = sets.hashes.astype(np.uint64) * np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed)])
    sizes = np.diff(sets.offsets).astype(np.uint64)
    return sums[sets.offsets[1:]] - sums[sets.offsets[:-1]] + sizes * np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts to compare, by columns, in any order."""

    ids: pa.Array
    sources: pa.Array
    scopes: Keys
    sets: Keys  # set_keys
    bands: Keys  # (n, bands)


SetsOf = Callable[[Rows], Compared]  # rows of the texts as given -> their shingle sets


def match_texts(texts: Texts, sets_of: SetsOf, matching: Matching) -> pa.Table:
    """Member rows of the text clusters, whatever the order of `texts`: equal texts first, then near ones among what is left, both only
    inside a scope. Similarity is that of Compared, with `other`. A text without words matches nothing. `sets_of` is asked once,
    for the rows that share a band with another."""
    order = np.argsort(np.array(texts.ids.to_pylist(), dtype=object), kind="stable")
    scopes, sets = texts.scopes[order], texts.sets[order]
    worded = np.flatnonzero(sets)
    first, other = star(_mixed(sets[worded], scopes[worded]))
    equal = edges_of(worded[first], worded[other], "text", -1, 1.0)
    single = np.delete(worded, other)  # one of each
    bands = _mixed(texts.bands[order[single]], scopes[single, None])
    shared = np.logical_or.reduce([_repeated(column) for column in bands.T], axis=0)
    single, bands = single[shared], bands[shared]
    compared = sets_of(order[single])
    bands = _mixed(bands, signatures(compared.asked, bands.shape[1]).astype(np.uint64))  # else templates of answers crowd the buckets
    near = near_edges(bands.T, compared, matching.text_threshold)
    back = Edges(single[near.a], single[near.b], near.proof, near.distance, near.similarity)
    rows = pa.array(order)
    return members(texts.ids.take(rows), texts.sources.take(rows), joined([equal, back]))


def _repeated(keys: Keys) -> npt.NDArray[np.bool_]:
    """Whether another row has the same key."""
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return counts[inverse] > 1


def _mixed(keys: Keys, scopes: Keys) -> Keys:
    mixed = (keys ^ scopes) * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(31))
