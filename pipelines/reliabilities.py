"""the evidence of a finished OUT -> how often each witness is right, as the file that a run reads (curate/tag/reliability.yaml)"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from curate.models.probe import CLASSES
from curate.probe.reliability import DECLARED, ENOUGH, HYPOTHESES, SURE, Counted, Said, agreement, consensus, reliabilities_text
from curate.tag.evidence import voice
from curate.tag.look import PIXELS
from curate.tag.reliability import RELIABILITY, ReliabilityError, load_reliabilities
from pipelines.history import recipe_of
from pipelines.place import place
from pipelines.reading import read_columns
from pipelines.run import UsageError, read_run
from pipelines.tables import Index, Room
from schemas.attribute import Attribute

SHOWN = ["id", "sample.source", "sample.from_labels", "pictures.list.element.id", "pictures.list.element.pixel_digest"]  # of Screened
_MODALITIES = {each.name: each.modality for each in CLASSES}


def print_reliabilities(given: argparse.Namespace) -> int:
    """Raises UsageError where OUT has no evidence, and where nobody speaks of what a source declares."""
    out, target = given.reliabilities, Path(given.out or "reliability.yaml")
    if not place(out, "run.json").is_file():
        raise UsageError(f"--reliabilities {out}: no run.json; wanted the OUT of a run that is done")
    if target.suffix not in (".yaml", ".yml") or not target.parent.is_dir():
        raise UsageError(f"--out {target}: wanted a name that ends in .yaml, in a folder that is there")
    recipe = recipe_of(out, given.corpus)
    said = list(said_of(out, recipe))
    counted = agreement(said)
    if not counted:
        raise UsageError(f"{out}: no sample whose modality its source declares and of which another witness speaks")
    made = "python -m pipelines probe --reliabilities OUT, against what sources declare"
    target.write_text(reliabilities_text(_before(target), counted, made=made, origin=_origin), encoding="utf-8")
    by_consensus = consensus(said, {each.witness: voice(each.witness, from_labels=False) for each in said})
    for line in _lines(counted, by_consensus):
        print(line)
    load_reliabilities(target)  # what was written can be read
    print(f"wrote {target}; it is read as {RELIABILITY.parent.name}/{RELIABILITY.name} of the program")
    return 0


def said_of(out: str, recipe: str) -> Iterator[Said]:
    """What each witness names of the samples of one picture. A model names what it holds at least SURE. Text that was made from labels
    repeats what is declared, and does not count. Part by part."""
    tag = Room(out=out, stage="tag", buckets=int(read_run(out)["buckets"]), recipe=recipe)
    index = tag.index()
    if index is None:
        raise UsageError(f"{out}: the stage 'tag' has not run")
    for stage in ("rewrite", "screen"):
        room = Room(out=out, stage=stage, buckets=tag.buckets, recipe=recipe)
        if (screened := room.index()) is not None:
            break
    else:
        raise UsageError(f"{out}: the stage 'screen' has not run")
    for part in screened.parts("samples"):
        evidence = _evidence(tag, index, part)
        for entry in screened.files:
            if entry.table == "samples" and entry.part == part:
                yield from _of_rows(read_columns(out, entry, SHOWN), evidence)


def _evidence(tag: Room, index: Index, part: str) -> Mapping[str, list[tuple[str, str]]]:
    """id of a sample, image or 'pixels:<digest>' -> (witness, modality)."""
    table = tag.read("evidence", Attribute, index=index, part=part)
    found: dict[str, list[tuple[str, str]]] = {}
    for row in table.filter(pc.field("score") >= SURE).to_pylist():
        value = row["value"].partition(":")[0]
        modality = _MODALITIES.get(value, value)
        if modality in HYPOTHESES:
            found.setdefault(row["id"], []).append((row["name"], modality))
    return found


def _of_rows(table: pa.Table, evidence: Mapping[str, list[tuple[str, str]]]) -> Iterator[Said]:
    for row in table.to_pylist():
        if len(row["pictures"]) != 1:
            continue
        (picture,), source = row["pictures"], row["sample"]["source"]
        own = [*evidence.get(row["id"], ()), *evidence.get(picture["id"], ()), *evidence.get(PIXELS + picture["pixel_digest"], ())]
        for witness, modality in own:
            repeats = voice(witness, from_labels=row["sample"]["from_labels"]) == voice(DECLARED, from_labels=False)
            if witness == DECLARED or not repeats:
                yield Said(sample=row["id"], source=source, witness=witness, modality=modality)


def _before(target: Path) -> dict[str, Any]:
    """What the file says so far; where there is none, the program's own."""
    path = target if target.is_file() else RELIABILITY
    try:
        load_reliabilities(path)
    except (ReliabilityError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"--out {target}: is there, and holds no reliabilities ({type(error).__name__}); name another file") from error
    before: dict[str, Any] = yaml.safe_load(path.read_bytes())
    return before


def _origin(counted: Counted) -> str:
    return f"agreement with what {counted.sources} sources declare"


def _lines(counted: Mapping[str, Counted], by_consensus: Mapping[str, float]) -> Iterator[str]:
    yield f"{'witness':<28} reliability  right of named  sources  without a reference"
    for name, each in counted.items():
        told = f"{each.reliability:>11.4f}" if each.named >= ENOUGH else f"{'(too few)':>11}"
        yield f"{name:<28} {told}  {each.right:>5,} of {each.named:<6,} {each.sources:>7}  {by_consensus.get(name, float('nan')):>19.4f}"
        if each.sources == 1:
            print(f"note: {name}: all of one source", file=sys.stderr)
