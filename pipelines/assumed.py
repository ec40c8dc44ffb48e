"""options, OUT/run.json where there is one -> a run of which nothing has happened yet: what graphs are built from, without a source or an
earlier stage"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.engine import check_flags
from pipelines.laid import as_begun, begin
from pipelines.named import FIRST_WORD
from pipelines.options import corpus_options
from pipelines.place import Place, is_remote, place
from pipelines.resolve import resolve
from pipelines.run import Changed, Options, Run, UsageError, read_run
from pipelines.store import within
from pipelines.tables import Entry, Index, Receipt

if TYPE_CHECKING:
    from curate.ingest.find import Listing

PART = "assumed-0000"  # the one part of every table: graphs do not depend on parts
TABLES = {
    "ingest": ("samples", "images"), "inspect": ("images",), "screen": ("samples", "verdicts"), "rewrite": ("samples", "verdicts"),
    "match": ("images", "clusters"), "shield": ("verdicts",), "dedup": ("verdicts",), "tag": ("embeddings", "modalities", "verdicts"),
    "balance": ("selection",), "emit": ("shards",), "report": (),
}  # fmt: skip
KEPT = re.compile(r"cache/probes/[0-9a-f]+\.npz")  # pipelines.tagger puts them there
SCREENED: Mapping[str, Any] = {"cleaned": {}, "scrubbed": {}, "identifiers": {}}
COUNTS: Mapping[str, Mapping[str, Any]] = {  # of a receipt: what plans look at
    "ingest": {"image_parts": {PART: [PART]}}, "screen": SCREENED, "rewrite": SCREENED, "balance": {"shards": []},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed(Run):
    """Every stage before has written one part of `rows` samples, and as many images."""

    rows: int
    laid_as: str  # whose layout the graphs have, in words

    def listings(self) -> dict[str, Listing]:
        return {}

    def index(self, stage: str, *, decided: bool) -> Index:
        files = tuple(Entry(table=table, part=PART, bucket=0, path="", rows=self.rows, bytes=0, sha256="") for table in TABLES[stage])
        receipt = Receipt(unit=PART, fingerprint="", files=files, counts=dict(COUNTS.get(stage, {})))
        return Index(stage=stage, fingerprint="", receipts=(receipt,), seconds=0)


def assumed_run(given: argparse.Namespace, *, rows: int) -> Assumed:
    """The command line as 'corpus' takes it. --data is not looked at: the folders of sources come with the units. Of --out only run.json
    is, and the probe that it names: an OUT that was begun decides its layout and its models, one that is new takes the layout that a run
    gives it for so many rows. Raises UsageError with all that is wrong, Changed where OUT was begun with other models."""
    faults = list(given.faults)
    if not given.data and not any(fault.startswith("--data ") for fault in faults):
        faults.append("--data: a graph is built for data that lie somewhere; name the folder or the URL, it need not be there yet")
    if given.to and Path(given.to).exists() and not Path(given.to).is_dir():
        faults.append(f"--to {given.to}: a file found, a folder wanted")
    remote = is_remote(given.out) and is_remote(given.data)
    faults += check_flags(given.beam_flags, shared_filesystem=given.shared_filesystem or remote)
    with tempfile.TemporaryDirectory() as folder:  # in the place of both: nothing is written to OUT
        laid_as = "" if faults else _copy_begun(given.out, Path(folder))
        try:
            options = _options(given, folder, faults)
            options, resolved = as_begun(options) or begin(options, rows), resolve(options)
        except (UsageError, Changed) as error:
            raise type(error)(str(error).replace(folder, given.out)) from error
    options = replace(options, data=given.data, out=given.out, beam_flags=tuple(given.beam_flags))
    folders = {manifest.name: f"{given.data}/{manifest.id}" for manifest in options.manifests}
    return Assumed(options=options, folders=folders, resolved=resolved, rows=rows, laid_as=laid_as)


def _options(given: argparse.Namespace, folder: str, faults: list[str]) -> Options:
    """Raises UsageError with these faults and all that are told here."""
    elsewhere = {"data": folder, "out": folder, "beam_flags": (), "faults": ()}
    try:
        options = corpus_options(argparse.Namespace(**{**vars(given), **elsewhere}), sample=False)
    except UsageError as error:
        raise UsageError("\n       ".join([*faults, str(error)])) from error
    if faults:
        raise UsageError("\n       ".join(faults))
    return options


def _copy_begun(out: str, folder: Path) -> str:
    """What a run of OUT goes by, into a folder that stands in for it; in words, whether there is any. A graph can be built where OUT is
    not reached."""
    try:
        with within(FIRST_WORD):
            begun = read_run(out)
            for name in _probes(begun):
                _copy(place(out, name), folder / name)
    except OSError as error:
        return f"those of a new OUT for so many samples; {out} cannot be looked at: {error.strerror}"
    if not begun:
        return f"those of a new OUT for so many samples; {out} is not begun"
    (folder / "run.json").write_text(json.dumps(begun), encoding="utf-8")
    return f"those that {out} was begun with"


def _probes(begun: Mapping[str, Any]) -> set[str]:
    """Below OUT; an older one names the file that was given."""
    taggers = [recipe.get("resolved", {}).get("tagger") or {} for recipe in begun.get("recipes", {}).values()]
    return {tagger["probe"] for tagger in taggers if KEPT.fullmatch(tagger.get("probe", ""))}


def _copy(file: Place, copy: Path) -> None:
    """One that is not there is missed, and told, where it is asked for."""
    with contextlib.suppress(FileNotFoundError):
        data = file.read_bytes()
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data)
