"""candidates -> which copy stays: images first, then texts among those left"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.proof import SAME_FILE, Proofs
from schemas.arrow import to_table
from schemas.cluster import Member
from schemas.verdict import Verdict

Rows = npt.NDArray[np.int64]
ORDER = [("reliability", "descending"), ("length", "descending"), ("pixels", "descending"), ("openness", "descending"), ("id", "ascending")]


def dedup(candidates: pa.Table, images: Mapping[str, Member], texts: Mapping[str, Member]) -> pa.Table:
    """Verdict rows, sorted by id, of the samples that are copies of a better one: `duplicate_image` (all images match pairwise, in order,
    within the sample's scope), then `duplicate_text` among those left. `candidates` are rows of curate.dedup.candidates.SCHEMA in any
    order; `images` and `texts` the members of the clusters they belong to, by id.

    The best copy stays: reliability, longer text, higher resolution, more open terms, smallest id (ORDER).
    Every winner is kept by dedup."""
    ranked = candidates.sort_by(ORDER)
    image_winner = _image_winners(ranked)
    left = np.flatnonzero(image_winner == np.arange(len(ranked)))
    text_winner = np.arange(len(ranked))
    text_winner[left] = left[_winners(_codes(ranked["text"].take(pa.array(left)), alone=""))]
    final = text_winner[image_winner]
    ids = ranked["id"].to_pylist()
    pictures = ranked["images"]
    verdicts, image_proofs, text_proofs = [], Proofs(images), Proofs(texts)
    for row in np.flatnonzero(final != np.arange(len(ranked))):
        if image_winner[row] != row:
            reason, evidence = "duplicate_image", _image_proof(pictures[row].as_py(), pictures[image_winner[row]].as_py(), image_proofs)
        else:
            reason, evidence = "duplicate_text", text_proofs.between(ids[row], ids[final[row]])
        verdicts.append(_rejected(ids[row], ranked["source"][row].as_py(), reason, evidence, ids[final[row]]))
    return to_table(sorted(verdicts, key=lambda verdict: verdict.id), Verdict)


def _image_winners(ranked: pa.Table) -> Rows:
    """For each row the row that stays in its place. The winner's siblings stay with it: parts of its row, and labelled samples that say
    something else of the very same files, each thing once."""
    copies = pc.binary_join_element_wise(ranked["scope"], pc.binary_join(ranked["clusters"], "\0"), "\0\0")
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


def _rejected(id: str, source: str, reason: str, evidence: str, winner: str) -> Verdict:
    return Verdict(id=id, source=source, stage="dedup", decision="rejected", reason=reason, evidence=evidence, winner=winner)
