"""Texts -> Likeness rows as match writes them"""

from __future__ import annotations

import pyarrow as pa

from curate.shingles import Shingles, shingle_sets
from curate.stated import stated
from schemas.arrow import arrow_schema
from schemas.cluster import Likeness


def words(count: int, name: str = "term") -> str:
    """The first `count` of words that no two names share."""
    return " ".join(f"{name}{place}x" for place in range(count))


def likeness(texts: dict[str, tuple[str, str]], asked: dict[str, str] | None = None, size: int = 5) -> pa.Table:
    """`texts`: id -> (cluster, text). Of equal texts the smallest id has what it is compared by."""
    ids = sorted(texts)
    said = [texts[id][1] for id in ids]
    whole, questions, state = shingle_sets(said, size), shingle_sets([(asked or {}).get(id, "") for id in ids], size), stated(said)
    known = list(zip((texts[id][0] for id in ids), state.key.tolist()))
    own = [row == known.index(text) for row, text in enumerate(known)]
    columns = {
        "id": ids,
        "cluster": [texts[id][0] for id in ids],
        "key": state.key,
        **{name: _lists(sets, own) for name, sets in (("whole", whole), ("asked", questions), ("words", state.words))},
        "negations": pa.array(state.negations, mask=~pa.array(own).to_numpy(zero_copy_only=False)),
        "rest": pa.array(state.rest, mask=~pa.array(own).to_numpy(zero_copy_only=False)),
    }
    return pa.table(columns).cast(arrow_schema(Likeness))


def _lists(sets: Shingles, own: list[bool]) -> pa.Array:
    rows = (sets.hashes[begin:end].tolist() for begin, end in zip(sets.offsets, sets.offsets[1:]))
    return pa.array([row if has else None for row, has in zip(rows, own)], pa.list_(pa.int64()))
