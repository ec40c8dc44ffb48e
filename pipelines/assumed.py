"""options alone -> a run of which nothing has happened yet: what graphs are built from, without a store, a source or an earlier stage"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipelines.chunks import plan_layout
from pipelines.engine import check_flags
from pipelines.options import corpus_options
from pipelines.place import is_remote
from pipelines.resolve import resolve
from pipelines.run import Run, UsageError
from pipelines.tables import Entry, Index, Receipt

if TYPE_CHECKING:
    from curate.ingest.find import Listing

PART = "assumed-0000"  # the one part of every table: graphs do not depend on parts
TABLES = {
    "ingest": ("samples", "images"), "inspect": ("images",), "screen": ("samples", "verdicts"), "rewrite": ("samples", "verdicts"),
    "match": ("images", "clusters"), "shield": ("verdicts",), "dedup": ("verdicts",), "tag": ("embeddings", "modalities", "verdicts"),
    "balance": ("selection",), "emit": ("shards",), "report": (),
}  # fmt: skip
SCREENED: Mapping[str, Any] = {"cleaned": {}, "scrubbed": {}, "identifiers": {}}
COUNTS: Mapping[str, Mapping[str, Any]] = {  # of a receipt: what plans look at
    "ingest": {"image_parts": {PART: [PART]}}, "screen": SCREENED, "rewrite": SCREENED, "balance": {"shards": []},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed(Run):
    """Every stage before has written one part of `rows` samples, and as many images."""

    rows: int

    def listings(self) -> dict[str, Listing]:
        return {}

    def index(self, stage: str, *, decided: bool) -> Index:
        files = tuple(Entry(table=table, part=PART, bucket=0, path="", rows=self.rows, bytes=0, sha256="") for table in TABLES[stage])
        receipt = Receipt(unit=PART, fingerprint="", files=files, counts=dict(COUNTS.get(stage, {})))
        return Index(stage=stage, fingerprint="", receipts=(receipt,), seconds=0)


def assumed_run(given: argparse.Namespace, *, rows: int) -> Assumed:
    """The command line as 'corpus' takes it. Neither --data nor --out is looked at: the folders of sources come with the units.
    Raises UsageError with all that is wrong."""
    if not given.data:
        raise UsageError("--data: a graph is built for data that lie somewhere; name the folder or the URL, it need not be there yet")
    remote = is_remote(given.out) and is_remote(given.data)
    faults = check_flags(given.beam_flags, shared_filesystem=given.shared_filesystem or remote)
    if faults:
        raise UsageError("\n       ".join(faults))
    with tempfile.TemporaryDirectory() as nothing:  # in the place of both
        options = corpus_options(argparse.Namespace(**{**vars(given), "data": nothing, "out": nothing, "beam_flags": ()}), sample=False)
        resolved = resolve(options)
    layout = plan_layout(rows, options.memory)  # as a run begins an OUT for that many: its tables lie by it, and so do the graphs' shuffles
    buckets = options.buckets if options.are_buckets_asked else layout.buckets
    options = replace(options, data=given.data, out=given.out, beam_flags=tuple(given.beam_flags), buckets=buckets, part=layout.part)
    folders = {manifest.name: f"{given.data}/{manifest.id}" for manifest in options.manifests}
    return Assumed(options=options, folders=folders, resolved=resolved, rows=rows)
