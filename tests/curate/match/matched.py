"""Texts by id -> their clusters, as match finds them, without files and pipelines"""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa

from curate.likeness import Compared
from curate.match.signatures import band_keys, signatures
from curate.match.texts import TextMatches, Texts, match_texts
from curate.recipe import Matching
from curate.shingles import shingle_sets
from curate.stated import stated

MATCHING = Matching()
JACCARD_ALONE = dataclasses.replace(MATCHING, keep_contrasts=False)


def compared(texts: list[str], asked: list[str] | None = None, size: int = MATCHING.shingle) -> Compared:
    return Compared(shingle_sets(texts, size), shingle_sets(asked or [""] * len(texts), size), stated(texts))


def matched(
    found: dict[str, str], scopes: dict[str, int] | None = None, asked: dict[str, str] | None = None, matching: Matching = MATCHING
) -> TextMatches:
    sets = compared(list(found.values()), [(asked or {}).get(id, "") for id in found], matching.shingle)
    bands = band_keys(signatures(sets.whole, matching.permutations), matching.band_rows)
    bands ^= signatures(sets.asked, bands.shape[1]).astype(np.uint64) << np.uint64(32)
    texts = Texts(
        ids=pa.chunked_array([list(found)], pa.string()),
        sources=pa.chunked_array([[id.split("/")[0] for id in found]], pa.string()),
        scopes=np.array([(scopes or {}).get(id, 0) for id in found], np.uint64),
        keys=sets.stated.key,
        bands=lambda band: bands[:, band],
        band_count=matching.band_count,
    )
    return match_texts(texts, sets.take, matching)


def clusters(found: dict[str, str], **given: object) -> list[tuple[str, str, str, float]]:
    rows = matched(found, **given).members.to_pylist()  # type: ignore[arg-type]
    return [(row["id"], row["cluster"], row["other"], row["similarity"]) for row in rows]
