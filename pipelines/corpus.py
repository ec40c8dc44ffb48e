"""All stages in order: the table of contents of the project"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.asking import check_server
from pipelines.balance import plan_balance
from pipelines.dedup import plan_dedup
from pipelines.embed import plan_embed
from pipelines.emit import plan_emit
from pipelines.find import find_sources
from pipelines.ingest import plan_ingest
from pipelines.inspect import plan_inspect
from pipelines.laid import lay_out
from pipelines.lock import locked
from pipelines.made import made_by
from pipelines.match import plan_match
from pipelines.place import place
from pipelines.report import plan_report, summarise
from pipelines.resolve import resolve
from pipelines.rewrite import plan_rewrite
from pipelines.run import Options, Run, read_run, write_run
from pipelines.screen import plan_screen
from pipelines.settings import is_embedded
from pipelines.shield import plan_shield
from pipelines.stage import execute
from pipelines.tables import Index, fingerprint, sweep
from pipelines.tag import plan_tag
from pipelines.together import files_below, together
from pipelines.told import FAULTS, fault_line, told

STAGES = (
    plan_ingest,  # manifests, files -> samples, image references
    plan_inspect,  # image references -> images: digests, size, hashes, header facts
    plan_screen,  # samples, images -> samples that may stay, by themselves
    plan_rewrite,  # answers of samples -> a model's, where the recipe asks for it; else it is no stage
    plan_match,  # samples, images, benchmark rows -> who is a copy of whom
    plan_shield,  # clusters, keys -> what touches an evaluation set
    plan_dedup,  # clusters -> which copy stays
    plan_embed,  # images -> what a model makes of their pixels, where one looks
    plan_tag,  # evidence -> one of the twelve, and who says so
    plan_balance,  # what is left -> which samples make each corpus
    plan_emit,  # selection -> shards, index, card
    plan_report,  # all tables -> the account and the page
)


NOTICES = 20  # printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    faults: Sequence[Mapping[str, Any]]  # files that could not be read: the run is incomplete
    notices: Sequence[Mapping[str, Any]] = ()  # files some rows of which could not: they are rejected, the run is complete
    summary: str


def run_corpus(options: Options) -> Outcome:
    """Every stage in order, each doing only what is missing.

    Raises what a bug raises, and RuntimeError if the account does not close; data faults are in the outcome."""
    with locked(options.out):
        run = _begin(options)
        for plan in STAGES:
            if (planned := plan(run)) is not None:
                execute(planned, run)
        write_run(run.options, run.resolved, made_by(run))
        sweep(options.out)
    return _outcome(run, summarise(run))


def run_until(options: Options, last: str) -> Outcome:
    """The stages up to the one named `last`. What later ones made stays as it is, and run.json tells of no finished run, unless this one
    changed nothing."""
    with locked(options.out):
        was, ran = _committed(options.out), read_run(options.out).get("recipes", {}).get(options.recipe.id, {}).get("made_by")
        run, index = _begin(options), None
        for plan in STAGES[: 1 + [plan.__name__ for plan in STAGES].index(f"plan_{last}")]:
            planned = plan(run)
            index = execute(planned, run) if planned else None
        if ran and fingerprint(ran) == fingerprint(made_by(run)) and was == _committed(options.out):
            write_run(run.options, run.resolved, ran)
        sweep(options.out)
    return _outcome(run, _reached(last, index))


def _begin(options: Options) -> Run:
    sweep(options.out)
    folders = find_sources(options)
    check_server(options)
    options = lay_out(options, folders)
    resolved = resolve(options)
    write_run(options, resolved)
    if is_embedded(resolved["tokenizer"]):
        print(f"tokens are counted by {resolved['tokenizer']['name']}: Qwen2.5's files are not in the hub cache", file=sys.stderr)
    return Run(options=options, folders=folders, resolved=resolved)


def _outcome(run: Run, summary: str) -> Outcome:
    faults, notices = (told(run.index("ingest", decided=False).receipts, kind) for kind in FAULTS)
    return Outcome(faults=faults, notices=notices, summary=summary)


def _committed(out: str) -> dict[str, bytes]:
    """The index of every stage."""
    stages = place(out, "stages")
    names = sorted(name for name in files_below(stages) if name.endswith("/index.json"))
    return dict(zip(names, together(out, lambda name: (stages / name).read_bytes(), names)))


def _reached(last: str, index: Index | None) -> str:
    """What the last of some stages wrote."""
    if index is None:
        return f"{last}: the recipe asks for none; the stages before it are done"
    rows = {table: index.rows(table) for table in sorted({entry.table for entry in index.files})}
    return f"{last}: " + (", ".join(f"{count:,} rows of {table}" for table, count in rows.items()) or "no row")


def print_outcome(outcome: Outcome) -> int:
    """The summary and the exit status: 0 only if the run is complete."""
    print(outcome.summary)
    for fault in outcome.faults:
        print(f"incomplete: {fault_line(fault)}", file=sys.stderr)
    for notice in outcome.notices[:NOTICES]:
        print(f"notice: {fault_line(notice)}", file=sys.stderr)
    if outcome.notices[NOTICES:]:
        print(f"notice: {len(outcome.notices) - NOTICES:,} more; the report lists them", file=sys.stderr)
    return 3 if outcome.faults else 0
