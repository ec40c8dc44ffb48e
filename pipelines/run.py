"""One run: where it reads and writes, what it resolved to, what every stage needs to know"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from curate.recipe import Recipe
from pipelines.chunks import BUCKETS, PART, Memory
from pipelines.place import place
from pipelines.tables import Index, Room, fingerprint, read_json, write_json

if TYPE_CHECKING:
    from curate.ingest.find import Listing
    from curate.manifest import Manifest

VERSION = 1  # of the layout of OUT


class UsageError(ValueError):
    """The command cannot be run as given; the message says all that is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    data: str
    out: str
    recipe: Recipe
    manifests: tuple[Manifest, ...]  # sources and benchmarks, all that are known
    roots: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()  # only these; empty: all that are found
    limit: int | None = None
    workers: int = 1
    buckets: int = BUCKETS
    are_buckets_asked: bool = True  # else they are chosen when OUT is begun, by its rows
    part: int = PART  # rows or images of a part
    laid_by: Mapping[str, int | bool] = field(default_factory=dict)  # what both were chosen by when OUT was begun; no word of an older OUT
    memory: Memory = field(default_factory=Memory)  # that a stage may hold
    hash_inputs: bool = False
    allow_credentialed: bool = False
    shared_filesystem: bool = False
    tagger: str = "auto"  # which model looks at pictures (pipelines.tagger.WANTED)
    weights: str | None = None  # BiomedCLIP: a folder in the published layout
    accelerator: str | None = None  # Beam's resource hint: machines with it run the model, whatever this one has
    probe: str | None = None  # a head that `probe` fitted: its file; 'default': the model's own
    network: bool = False  # models may be fetched
    rewrite_server: str | None = None  # URL of a server of language models
    rewrite_cache: str | None = None  # folder of its answers; None: in OUT
    rewrite_parallel: int = 8  # requests under way at once
    beam_flags: tuple[str, ...] = ()
    launch: str | None = None  # a command that runs the graph of a stage that is named to it, in the place of this process


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    options: Options
    folders: Mapping[str, str]  # manifest name (benchmarks end in @benchmark) -> its folder
    resolved: Mapping[str, Any]  # what 'auto' came to: tokenizer, tagger

    @property
    def out(self) -> str:
        return self.options.out

    @property
    def recipe(self) -> Recipe:
        return self.options.recipe

    @property
    def screened(self) -> str:
        """The stage whose samples go on to match and all that follows."""
        return "rewrite" if self.recipe.rewrite else "screen"

    def holding(self, stage: str) -> str:
        """The stage in whose room lies what `stage` passed: what screen passed is rewrite's where the recipe has it."""
        return self.screened if stage == "screen" else stage

    def facts(self, stage: str) -> Room:
        return Room(out=self.out, stage=stage, buckets=self.options.buckets)

    def decisions(self, stage: str) -> Room:
        return Room(out=self.out, stage=stage, buckets=self.options.buckets, recipe=self.recipe.id)

    def listings(self) -> dict[str, Listing]:
        """Every source's files, listed once a run and kept in OUT."""
        from pipelines.find import list_all

        return list_all(self.out, self.folders, hash_inputs=self.options.hash_inputs)

    def index(self, stage: str, *, decided: bool) -> Index:
        room = self.decisions(stage) if decided else self.facts(stage)
        index = room.index()
        if index is None:
            raise FileNotFoundError(f"{room.folder}/index.json: the stage '{stage}' has not run")
        return index


class Changed(ValueError):
    """OUT was begun with something that the run cannot have again."""


def write_run(options: Options, resolved: Mapping[str, Any], made_by: Mapping[str, Any] | None = None) -> None:
    """OUT/run.json: the layout and what it was chosen by, and per recipe what the run resolved to, with digests; of one that is done, what
    it was made by."""
    path = place(options.out, "run.json")
    before = read_run(options.out)
    told = {"digest": fingerprint(options.recipe.plain()), "resolved": dict(resolved), **({"made_by": dict(made_by)} if made_by else {})}
    recipes = {**before.get("recipes", {}), options.recipe.id: told}
    layout = {"buckets": options.buckets, "part": options.part, **({"laid_by": dict(options.laid_by)} if options.laid_by else {})}
    write_json(options.out, path, {"version": VERSION, **layout, "recipes": recipes})


def read_run(out: str) -> dict[str, Any]:
    path = place(out, "run.json")
    try:
        found: dict[str, Any] = read_json(path)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    if found.get("version") != VERSION:
        raise Changed(f"{path}: layout version {found.get('version')!r}, this program writes {VERSION}; give a new --out")
    return found


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def names(manifests: Sequence[Manifest]) -> dict[str, Manifest]:
    return {manifest.name: manifest for manifest in manifests}
