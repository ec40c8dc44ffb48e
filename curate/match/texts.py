"""samples -> texts with their scope -> text clusters

What is compared, by task:

| task | text | asked | with whom |
| --- | --- | --- | --- |
| caption, report | what the assistant says; its prompt comes from a template | - | captions and reports on the same images |
| vqa, instruction with images | question, options, answer: turns but the system's | the user's turns | the same images, short answer |
| qa, reasoning, dialogue, instruction without images | the same | the user's turns | all of them of the same short answer |
| classification, segmentation, detection, text made from labels | none | - | - |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.digests import digests64
from curate.likeness import Alike, Compared
from curate.match.buckets import bucketed, leaders, runs
from curate.match.copies import copies, likenesses, member_table
from curate.match.near import near_texts
from curate.recipe import Matching
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
    """What is compared. None where the task has no text that is compared."""
    if sample.task in NEVER or sample.from_labels:
        return None
    spoken = ("assistant",) if sample.task in CAPTIONS else ("user", "assistant")
    return TURN.join(turn.text for turn in sample.turns if turn.role in spoken)


def question_of(sample: Sample) -> str:
    """What is asked in the text that is compared; '' of a caption or report."""
    if sample.task in CAPTIONS or sample.task in NEVER or sample.from_labels:
        return ""
    return TURN.join(turn.text for turn in sample.turns if turn.role == "user")


def family_of(sample: Sample) -> str:
    """What a text must share, beside its images, to be compared: captions among captions, and the answer if it is a short one."""
    if sample.images and sample.task in CAPTIONS:
        return "caption"
    said = next((turn.text for turn in reversed(sample.turns) if turn.role == "assistant"), "")
    if len(said) >= LONG_ANSWER:
        return "talk"
    words = words_of(said)
    length = sum(1.0 if len(word) > 1 or word.isascii() else 0.5 for word in words)  # two Chinese characters are about a word
    return "\0".join(["talk", *(words if length < SHORT_ANSWER else [])])


def scopes_of(families: Keys, images: pa.ListArray) -> Keys:
    """64 bits of where each text is compared: in its family (its digest), among samples without images or among those on the same images.
    `images` holds for each image its cluster, or its id where it stands alone."""
    shown = images.flatten().dictionary_encode()
    digests = digests64(shown.dictionary)
    sizes = pc.list_value_length(images).to_numpy(zero_copy_only=False)
    place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    mixed = _mixed(digests[shown.indices.to_numpy()], place.astype(np.uint64) + np.uint64(1))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed)])[np.concatenate([[0], np.cumsum(sizes)])]
    return _mixed(families, np.diff(sums) + sizes.astype(np.uint64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts to compare, by columns, in any order."""

    ids: pa.ChunkedArray
    sources: pa.ChunkedArray
    scopes: Keys
    keys: Keys  # of all words in their order; 0 without words
    bands: Callable[[int], Keys]  # number of a band -> its column; one at a time is in memory
    band_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMatches:
    members: pa.Table  # Member rows, sorted by id
    near: Iterator[pa.Table]  # Likeness rows of the clusters that hold more than equal texts; can be asked once
    counts: dict[str, int]


SetsOf = Callable[[Rows], Compared]  # rows of the texts as given -> what they are compared by


def match_texts(texts: Texts, sets_of: SetsOf, matching: Matching) -> TextMatches:
    """The text clusters, whatever the order of `texts`: equal texts first, then near ones among one of each, both only inside a scope.
    Similarity is that of Alike, with `other`. A text without words matches nothing. `sets_of` is asked once, for the rows, ascending, that
    share a band with another."""
    worded = np.flatnonzero(texts.keys)
    first, other = _equal(worded, _mixed(texts.keys[worded], texts.scopes[worded]))
    single = np.setdiff1d(worded, other, assume_unique=True)
    single = single[_sharing(texts, single)]
    compared = sets_of(single)
    order = np.lexsort((texts.scopes[single], texts.keys[single]))  # content decides who is compared with whom
    ordered, scopes = single[order], texts.scopes[single[order]]
    alike = Alike(threshold=matching.text_threshold, keep_contrasts=matching.keep_contrasts)
    bands = (_mixed(texts.bands(band)[ordered], scopes) for band in range(texts.band_count))
    near = near_texts(bands, compared, order, scopes, alike)
    found = copies(texts.ids, (first, other), single, near.edges())
    counts = {
        "texts": len(worded),
        "exact": len(other),  # equal to another that stands for them
        "repeated": len(worded) - len(other) - len(np.unique(texts.keys[worded])),  # equal to another on other images: they stay
        "near": int(np.count_nonzero(found.stand_in == np.arange(len(found.rows)))) - len(np.unique(found.first)),  # joined to another
        "pairs": near.pairs,
        "refused": near.refused,
        "largest": near.largest,
        "crowded": near.crowded,
    }
    near_rows = likenesses(found, texts.keys, compared)
    return TextMatches(members=member_table(found, texts.sources), near=near_rows, counts=counts)


def _equal(worded: Rows, keys: Keys) -> tuple[Rows, Rows]:
    """(row, another of the same key) for all but one row of each key."""
    order = np.argsort(keys)
    starts, sizes = runs(keys[order])
    several = sizes > 1
    first, other = leaders(starts[several], sizes[several])
    return worded[order[first]], worded[order[other]]


def _sharing(texts: Texts, rows: Rows) -> npt.NDArray[np.bool_]:
    """Which of `rows` share a band with another."""
    found, scopes = np.zeros(len(rows), bool), texts.scopes[rows]
    for band in range(texts.band_count):
        order, _, sizes = bucketed(_mixed(texts.bands(band)[rows], scopes))
        found[order[np.repeat(sizes > 1, sizes)]] = True
    return found


def _mixed(keys: Keys, scopes: Keys) -> Keys:
    mixed = (keys ^ scopes) * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(31))
