"""All stages in order: the table of contents of the project"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.balance import plan_balance
from pipelines.dedup import plan_dedup
from pipelines.embed import plan_embed
from pipelines.emit import plan_emit
from pipelines.facts import is_embedded
from pipelines.find import find_sources
from pipelines.ingest import plan_ingest
from pipelines.inspect import plan_inspect
from pipelines.lock import locked
from pipelines.made import made_by
from pipelines.match import plan_match
from pipelines.report import plan_report, summarise
from pipelines.resolve import resolve
from pipelines.rewrite import plan_rewrite
from pipelines.run import Options, Run, write_run
from pipelines.screen import plan_screen
from pipelines.shield import plan_shield
from pipelines.stage import execute
from pipelines.tables import sweep
from pipelines.tag import plan_tag
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
        sweep(options.out)
        folders = find_sources(options)
        resolved = resolve(options)
        write_run(options, resolved)
        if is_embedded(resolved["tokenizer"]):
            print(f"tokens are counted by {resolved['tokenizer']['name']}: Qwen2.5's files are not in the hub cache", file=sys.stderr)
        run = Run(options=options, folders=folders, resolved=resolved)
        for plan in STAGES:
            if (planned := plan(run)) is not None:
                execute(planned, run)
        write_run(options, resolved, made_by(run))
        sweep(options.out)
    faults, notices = (told(run.index("ingest", decided=False).receipts, kind) for kind in FAULTS)
    return Outcome(faults=faults, notices=notices, summary=summarise(run))


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
