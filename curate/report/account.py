"""samples, verdicts and selections of one bucket -> exactly one final verdict per sample; all of them -> does the account close?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.arrow import arrow_schema
from schemas.verdict import Verdict

SCHEMA = arrow_schema(Verdict)


class AccountError(ValueError):
    """inputs = kept + rejected does not hold; the message names every source where it does not."""


def final_verdicts(samples: pa.Table, rejections: Sequence[pa.Table], selections: Sequence[pa.Table]) -> pa.Table:
    """Exactly one Verdict per sample of one bucket, sorted by id.

    `samples`: columns id, source, of every sample that ingest kept. `rejections`: Verdict tables in the order of the stages, ingest's
    first (its rejected samples are in no other table). `selections`: Choice tables, of every corpus.
    Rows of evaluation sets are no inputs: those that ingest rejected have no verdict here.
    Kept if any corpus holds the sample; else its first rejection; else (balance, not_selected), with each corpus's own reason as evidence.
    Raises AccountError where a later table speaks of a sample that ingest does not know."""
    refused = _first_rejections(rejections)
    chosen = pa.concat_tables([table.select(["corpus", "id", "selected", "reason"]) for table in selections] or [_NO_CHOICE])
    samples = samples.select(["id", "source"]).cast(SCHEMA_OF_INPUT)
    inputs = pa.concat_tables([samples, _not_in(refused, samples["id"], stage="ingest").select(["id", "source"])])
    _check_known(inputs["id"], refused, chosen)
    kept = pc.is_in(inputs["id"], value_set=_flat(chosen.filter(chosen["selected"])["id"]))
    losers = inputs.filter(pc.invert(kept))
    early = pc.is_in(losers["id"], value_set=_flat(refused["id"]))
    final = pa.concat_tables(
        [
            _verdicts(inputs.filter(kept), stage="emit", decision="kept", reason=""),
            _rows_of(refused, losers.filter(early)["id"]),
            _verdicts(losers.filter(pc.invert(early)), stage="balance", decision="rejected", reason="not_selected", evidence=_why(chosen)),
        ]
    )
    return final.sort_by("id")


def close_account(inputs: Mapping[str, int], verdicts: Iterable[pa.Table]) -> tuple[str, ...]:
    """What is wrong with the account, one line a fault. Empty if it closes: for every source inputs = kept + rejected, one verdict per id.

    `inputs`: samples per source as the readers counted them. `verdicts`: final verdicts, one table a bucket (no id is in two)."""
    counts: Counter[tuple[str, str]] = Counter()
    repeated: Counter[str] = Counter()
    for table in verdicts:
        for source, decision, count in _counted(table, ["source", "decision"]):
            counts[source, decision] += count
        copies = table.group_by(["id", "source"]).aggregate([([], "count_all")])
        for source, count in _counted(copies.filter(pc.greater(copies["count_all"], 1)), ["source"]):
            repeated[source] += count
    faults = [f"{source}: {count:,} ids have more than one verdict" for source, count in sorted(repeated.items())]
    for source in sorted({*inputs, *(source for source, _ in counts)}):
        kept, rejected = counts[source, "kept"], counts[source, "rejected"]
        if inputs.get(source, 0) != kept + rejected:
            faults.append(f"{source}: {inputs.get(source, 0):,} inputs, but {kept:,} kept + {rejected:,} rejected = {kept + rejected:,}")
    return tuple(faults)


def check_account(inputs: Mapping[str, int], verdicts: Iterable[pa.Table]) -> None:
    """Raises AccountError, every source named, unless the account closes."""
    faults = close_account(inputs, verdicts)
    if faults:
        raise AccountError("the account does not close:\n" + "\n".join(faults))


SCHEMA_OF_INPUT = pa.schema([SCHEMA.field("id"), SCHEMA.field("source")])
_NO_CHOICE = pa.table({"corpus": pa.array([], pa.string()), "id": pa.array([], pa.string()),
                       "selected": pa.array([], pa.bool_()), "reason": pa.array([], pa.string())})  # fmt: skip


def _first_rejections(tables: Sequence[pa.Table]) -> pa.Table:
    """Of each id the rejection of the earliest stage; verdicts that keep say nothing about what follows."""
    rows = pa.concat_tables([table.select(SCHEMA.names).cast(SCHEMA) for table in tables] or [SCHEMA.empty_table()])
    rows = rows.filter(pc.and_not(pc.equal(rows["decision"], "rejected"), pc.ends_with(rows["source"], "@benchmark")))
    numbered = rows.append_column("row", pa.array(np.arange(rows.num_rows)))
    return rows.take(numbered.group_by("id").aggregate([("row", "min")])["row_min"])


def _not_in(rows: pa.Table, ids: pa.ChunkedArray, *, stage: str) -> pa.Table:
    """Rows of a stage whose id is not among `ids`."""
    rows = rows.filter(pc.equal(rows["stage"], stage))
    return rows.filter(pc.invert(pc.is_in(rows["id"], value_set=_flat(ids))))


def _check_known(ids: pa.ChunkedArray, refused: pa.Table, chosen: pa.Table) -> None:
    known = _flat(ids)
    for what, table in (("rejected", refused), ("selected", chosen)):
        strange = table.filter(pc.invert(pc.is_in(table["id"], value_set=known)))
        if strange.num_rows:
            raise AccountError(f"{strange.num_rows:,} samples are {what} that ingest does not know, the first: {strange['id'][0].as_py()}")


def _rows_of(rows: pa.Table, ids: pa.ChunkedArray) -> pa.Table:
    return rows.take(pc.index_in(ids, value_set=_flat(rows["id"])))


def _why(chosen: pa.Table) -> pa.Table:
    """id -> 'corpus: reason; corpus: reason', corpora in the order of their names."""
    told = pc.binary_join_element_wise(chosen["corpus"], pc.coalesce(chosen["reason"], ""), ": ")
    rows = pa.table({"id": chosen["id"], "corpus": chosen["corpus"], "told": told}).sort_by([("id", "ascending"), ("corpus", "ascending")])
    why = rows.group_by("id", use_threads=False).aggregate([("told", "list")])  # one thread: lists keep the order of the rows
    return pa.table({"id": why["id"], "evidence": pc.binary_join(why["told_list"], "; ")})


def _verdicts(rows: pa.Table, *, stage: str, decision: str, reason: str, evidence: pa.Table | None = None) -> pa.Table:
    told: pa.ChunkedArray | pa.Array = pa.repeat("", rows.num_rows)
    if evidence is not None:
        told = pc.coalesce(evidence["evidence"].take(pc.index_in(rows["id"], value_set=_flat(evidence["id"]))), "no corpus asks for it")
    same = {"stage": stage, "decision": decision, "reason": reason, "winner": ""}
    columns = {"id": rows["id"], "source": rows["source"], "evidence": told, **{k: pa.repeat(v, rows.num_rows) for k, v in same.items()}}
    return pa.table(columns).select(SCHEMA.names).cast(SCHEMA)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _counted(table: pa.Table, by: list[str]) -> Iterable[tuple]:
    counts = table.select(by).group_by(by).aggregate([([], "count_all")]).select([*by, "count_all"])
    return zip(*(column.to_pylist() for column in counts.columns))
