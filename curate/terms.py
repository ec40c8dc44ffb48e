"""text that should be the name of terms or of a split -> the name, or that it is none"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

UNNAMED = "a term of its own"
_WORD = re.compile(r"[\w.+-]{1,40}", re.ASCII)  # an SPDX id, a split's name


def term(text: str) -> str:
    """`text` where it can only be a name: a manifest that maps the wrong column must not carry what that holds (a report, a patient)
    into evidence, counts and cards. The shards' own `license` column keeps what the record says."""
    return text if not text or _WORD.fullmatch(text) else UNNAMED


def terms(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """`term` of each value of a string column."""
    found = pc.unique(column)
    return pc.take(pa.array(map(term, found.to_pylist()), pa.string()), pc.index_in(column, value_set=found))
