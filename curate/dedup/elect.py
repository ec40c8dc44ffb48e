"""candidates -> which copy stays: images first, then texts among those left"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.dedup.apart import shown
from curate.dedup.texts import text_winners
from curate.likeness import Alike
from curate.proof import SAME_FILE, Proofs
from schemas.arrow import arrow_schema
from schemas.cluster import Member
from schemas.verdict import Verdict

Rows = npt.NDArray[np.int64]
ORDER = [("reliability", "descending"), ("length", "descending"), ("pixels", "descending"), ("openness", "descending"), ("id", "ascending")]


@dataclass(frozen=True, slots=True)
class Elected:
    verdicts: pa.Table  # Verdict rows of those that go, sorted by id
    kept_apart: int  # texts that stay beside the best of their cluster, for they are not like it


def dedup(candidates: pa.Table, images: Mapping[str, Member], likenesses: Iterable[pa.Table], alike: Alike) -> Elected:
    """The samples that are copies of a better one: `duplicate_image` (all images match pairwise, in order, within the sample's scope), then
    `duplicate_text` among those left. `candidates` are rows of curate.dedup.candidates.SCHEMA in any order, `images` the members of the
    clusters their images belong to, by id, `likenesses` Likeness rows of whole clusters of texts. Texts of other clusters are equal.

    The best copy stays: reliability, longer text, higher resolution, more open terms, smallest id (ORDER).
    Every winner is kept by dedup, and a text's winner is itself like it."""
    ranked = candidates.sort_by(ORDER)
    image_winner = _image_winners(ranked)
    left = np.flatnonzero(image_winner == np.arange(len(ranked)))
    text_winner, similarity = np.arange(len(ranked)), np.ones(len(ranked))
    clusters = _codes(ranked["text"].take(pa.array(left)), alone="")
    text_winner[left] = left[_winners(clusters)]
    in_clusters = left[clusters >= 0]
    ids = ranked["id"].take(pa.array(in_clusters)).combine_chunks()
    for likeness in likenesses if len(ids) else ():
        place = pc.index_in(likeness["id"], value_set=ids).fill_null(-1).to_numpy()
        elected = text_winners(likeness, np.where(place < 0, -1, in_clusters[place]), alike)
        rows, running = in_clusters[place], place >= 0
        text_winner[rows[running]], similarity[rows[running]] = rows[elected.row[running]], elected.similarity[running]
    stays = left[text_winner[left] == left]
    best = len(np.unique(clusters[clusters >= 0]))
    kept_apart = int(np.count_nonzero(np.isin(stays, in_clusters))) - best
    return Elected(_verdicts(ranked, image_winner, text_winner, similarity, Proofs(images)), kept_apart)


def _verdicts(ranked: pa.Table, image_winner: Rows, text_winner: Rows, similarity: npt.NDArray[np.float64], images: Proofs) -> pa.Table:
    final = text_winner[image_winner]
    lost = np.flatnonzero(final != np.arange(len(ranked)))
    is_image = image_winner[lost] != lost
    own, winners = (ranked["images"].take(pa.array(rows[is_image])).to_pylist() for rows in (lost, image_winner[lost]))
    evidence = np.array([f"jaccard {each:.2f}" for each in similarity[lost]], dtype=object)
    evidence[is_image] = [_image_proof(*pair, images) for pair in zip(own, winners, strict=True)]
    columns = {
        "id": ranked["id"].take(pa.array(lost)),
        "source": ranked["source"].take(pa.array(lost)),
        "stage": pa.array(["dedup"] * len(lost), pa.string()),
        "decision": pa.array(["rejected"] * len(lost), pa.string()),
        "reason": pa.array(np.where(is_image, "duplicate_image", "duplicate_text"), pa.string()),
        "evidence": pa.array(evidence, pa.string()),
        "winner": ranked["id"].take(pa.array(final[lost])),
    }
    return pa.table(columns).select(arrow_schema(Verdict).names).cast(arrow_schema(Verdict)).sort_by("id")


def _image_winners(ranked: pa.Table) -> Rows:
    """For each row the row that stays in its place. The winner's siblings stay with it: parts of its row, and labelled samples that say
    something else of the very same files, each thing once."""
    copies = shown(ranked)
    winner = _winners(_codes(copies, alone=None))
    same_files = _same(pc.binary_join(ranked["images"], "\0"), winner)
    other_labels = ~_same(ranked["labels"], winner) & ranked["labels"].is_valid().to_numpy()
    siblings = np.flatnonzero(same_files & other_labels)
    said = pc.binary_join_element_wise(copies, ranked["labels"], "\0\0").take(pa.array(siblings))
    winner[siblings] = siblings[_winners(_codes(said, alone=None))]
    return np.where(_same(ranked["row"], winner), np.arange(len(ranked)), winner)


def _codes(column: pa.ChunkedArray, *, alone: str | None) -> Rows:
    """A number for each distinct value; -1 for `alone`, the value of those that belong to nothing."""
    codes = column.combine_chunks().dictionary_encode()
    numbers = codes.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    if alone is not None and alone in (values := codes.dictionary.to_pylist()):
        numbers[numbers == values.index(alone)] = -1
    return numbers


def _winners(codes: Rows) -> Rows:
    """The first row of each code, rows being in the order of merit; rows of code -1 are their own."""
    winner = np.arange(len(codes))
    grouped = np.flatnonzero(codes >= 0)
    _, firsts, inverse = np.unique(codes[grouped], return_index=True, return_inverse=True)
    winner[grouped] = grouped[firsts[inverse]]
    return winner


def _same(column: pa.ChunkedArray, winner: Rows) -> npt.NDArray[np.bool_]:
    codes = _codes(column, alone=None)
    return codes == codes[winner]


def _image_proof(own: list[str], winners: list[str], images: Proofs) -> str:
    """How the images are known to be copies; of several, the distinct proofs in order."""
    proofs = (SAME_FILE if a == b else images.between(a, b) for a, b in zip(own, winners, strict=True))
    return "; ".join(dict.fromkeys(proofs))
