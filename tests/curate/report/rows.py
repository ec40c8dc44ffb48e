"""short ways to write the small tables of the tests"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from schemas.arrow import arrow_schema, to_table
from schemas.cluster import Choice
from schemas.sample import Sample
from schemas.verdict import Verdict


def rejected(id: str, stage: str, reason: str, *, evidence: str = "", winner: str = "") -> Verdict:
    return Verdict(id=id, source=id.split("/")[0], stage=stage, decision="rejected", reason=reason, evidence=evidence, winner=winner)


def kept(id: str) -> Verdict:
    return Verdict(id=id, source=id.split("/")[0], stage="emit", decision="kept", reason="", evidence="", winner="")


def verdicts(*rows: Verdict) -> pa.Table:
    return to_table(rows, Verdict)


def choice(corpus: str, id: str, reason: str = "", *, split: str = "train", modality: str = "xray") -> Choice:
    selected = not reason
    return Choice(corpus=corpus, id=id, selected=selected, reason=reason, weight=float(selected), split=split, modality=modality)


def choices(*rows: Choice) -> pa.Table:
    return to_table(rows, Choice)


def samples(*ids: str, **columns: Any) -> pa.Table:
    """Rows of Sample; a keyword is a column's one value for all of them, or its values."""
    given = {
        "images": [[f"{id}.png"] for id in ids],
        "task": "caption",
        "table": "train",
        "modality": "xray",
        "license": "CC0-1.0",
        "access": "open",
        **columns,
    }
    spread = {name: list(value) if isinstance(value, list | tuple) else [value] * len(ids) for name, value in given.items()}
    rows = [{"id": id, "source": id.split("/")[0], **{name: values[at] for name, values in spread.items()}} for at, id in enumerate(ids)]
    return pa.Table.from_pylist(rows, schema=arrow_schema(Sample))
