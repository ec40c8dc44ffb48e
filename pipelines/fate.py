"""tables of one sample -> what became of it, in a clause or a last line"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.history import History
from schemas.cluster import Choice
from schemas.sample import Sample
from schemas.verdict import Verdict


def fate(history: History, id: str) -> str:
    """Of a sample that another one's story names: 'which ships in medical'."""
    if history.row("ingest", "benchmarks", Sample, id):
        return "a row of an evaluation set"
    if refused := next(history.refusals(id), None):
        return f"which was {rejected(refused)}"
    choices = history.rows("balance", "selection", Choice, id)
    if chosen := [choice.corpus for choice in choices if choice.selected]:
        return f"which ships in {', '.join(chosen)}"
    return f"which no corpus took: {not_chosen(choices)}" if choices else "not decided yet"


def not_chosen(choices: Sequence[Choice]) -> str:
    return "; ".join(f"{choice.corpus}: {choice.reason}" for choice in choices)


def rejected(verdict: Verdict) -> str:
    return f"rejected by {verdict.stage}: {verdict.reason}"
