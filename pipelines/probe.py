"""python -m pipelines probe: pictures of known classes -> a probe in a file, and what it is worth"""

from __future__ import annotations

import argparse
import functools
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.inspect.children import Children
from curate.manifest import load_windows
from curate.recipe import load_recipe
from curate.report.wording import legible
from pipelines.labelled import Gathered, LabelsError, read_labels, read_samples
from pipelines.looked import carried, drawn, look, rows_of
from pipelines.options import MANIFESTS, corpus_options
from pipelines.run import Options, Run, UsageError, cores
from pipelines.tagger import NONE, WANTED, load_embedder, resolve_model, tagger_faults

if TYPE_CHECKING:
    from curate.models.embedder import Embedder
    from curate.probe.fit import Fitted

TOLD = 20  # pictures left out that are listed
ATTRIBUTE = re.compile(r"modality_[a-z0-9_]+_v[1-9][0-9]*")  # the name under which reliability.yaml and modality_by know a head
EMBEDDERS = "pixels, biomedclip, open_clip:ARCHITECTURE/TAG, open_clip:FOLDER, or a folder that holds BiomedCLIP"
DEFAULT = "modality_{family}_probe_v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line wants, checked."""

    options: Options  # of --data; with --labels what a model is found by
    labels: Path | None
    out: Path
    augment: int
    drawn: bool
    carried: bool
    per_source: int
    folds: int
    penalty: float | None  # None: chosen on what is held out
    attribute: str | None


def print_probe(given: argparse.Namespace) -> int:
    """Exit status 0; 3 where pictures could not be read. Raises UsageError with all that is wrong with what was asked."""
    if given.reliabilities:
        from pipelines.reliabilities import print_reliabilities

        if faults := [*given.faults, *_beside(given)]:
            raise UsageError("\n       ".join(faults))
        return print_reliabilities(given)
    with ExitStack() as stack:
        out_run = given.out_run or stack.enter_context(tempfile.TemporaryDirectory(prefix="probe-"))
        asked = _asked(given, out_run)
        children = stack.enter_context(closing(Children()))
        return _fit_and_print(asked, children)


def _beside(given: argparse.Namespace) -> Iterator[str]:
    """Faults: what stands beside --reliabilities, and goes with a head that is fitted."""
    for name, unset in given.unset.items():
        if name not in ("reliabilities", "out", "corpus", "faults") and getattr(given, name) != unset:
            yield f"--{name.replace('_', '-')}: is of a head that is fitted, and --reliabilities fits none; leave it out"
    yield from (f"'{flag}' is no option of probe with --reliabilities; its --help lists them" for flag in given.beam_flags)


def _asked(given: argparse.Namespace, out_run: str) -> Asked:
    faults: list[str] = [*given.faults]
    if bool(given.data or given.root) == bool(given.labels):
        faults.append("wanted either --data DIR (sources that declare their modality) or --labels FILE (a table of files)")
    if given.labels and not Path(given.labels).is_file():
        faults.append(f"--labels {given.labels}: no such file")
    if not given.out:
        faults.append("--out FILE.npz is missing")
    elif not given.out.endswith(".npz") or not Path(given.out).parent.is_dir():
        faults.append(f"--out {given.out}: wanted a name that ends in .npz, in a folder that is there")
    if given.attribute and not ATTRIBUTE.fullmatch(given.attribute):
        faults.append(f"--attribute {given.attribute}: wanted modality_<name>_v<number>, as {DEFAULT.format(family='pixels')}")
    tagger, weights = (("biomedclip", given.embedder) if Path(given.embedder).is_dir() else (given.embedder, given.weights))
    words = (("--tagger", "--embedder"), ("no such tagger", "no such embedder"), (WANTED, EMBEDDERS))
    faults += [functools.reduce(lambda text, pair: text.replace(*pair), words, fault) for fault in tagger_faults(tagger, weights, None)]
    if tagger == NONE:
        faults.append(f"--embedder none: a probe reads what a model saw; wanted {EMBEDDERS}")
    options = None
    try:
        options = _options(given, out_run)
    except UsageError as error:
        faults += str(error).split("\n       ")
    if given.labels and given.beam_flags:
        faults += [f"'{flag}' is no option of probe with --labels; its --help lists them" for flag in given.beam_flags]
    if faults or options is None:
        raise UsageError("\n       ".join(faults))
    return Asked(
        options=replace(options, tagger=tagger, weights=weights), labels=Path(given.labels) if given.labels else None,
        out=Path(given.out), augment=given.augment, drawn=given.drawn, carried=given.carried,
        per_source=given.per_source, folds=given.folds, penalty=given.penalty,
        attribute=given.attribute,
    )  # fmt: skip


def _options(given: argparse.Namespace, out_run: str) -> Options:
    if given.labels:
        recipe = load_recipe(MANIFESTS / "corpora" / "default.yaml", load_windows(MANIFESTS, []))
        return Options(data="", out=out_run, recipe=recipe, manifests=(), workers=given.workers or cores(), network=given.network)
    own = {name: value for name, value in vars(given).items() if name not in ("out", "embedder", "tagger", "weights", "faults")}
    return corpus_options(argparse.Namespace(**own, out=out_run, faults=()), sample=False)


def _fit_and_print(asked: Asked, children: Children) -> int:
    from curate.models.weights import WeightsError
    from curate.probe.report import lines
    from curate.probe.training import TrainingError

    try:
        fitted, embedder, report, left_out = _fitted(asked, children)
    except (LabelsError, TrainingError, WeightsError) as error:
        raise UsageError(str(error)) from error
    _write(asked, fitted, embedder, report)
    for line in lines(report):
        print(line)
    for id, reason in left_out[:TOLD]:
        print(legible(f"left out: {id}: {reason}"), file=sys.stderr)
    if left_out[TOLD:]:
        print(f"left out: {len(left_out) - TOLD:,} more", file=sys.stderr)
    print(f"wrote {asked.out} and {asked.out.with_suffix('.json').name}; a run reads it by --probe {asked.out}")
    return 3 if report["refused"] else 0


def _fitted(asked: Asked, children: Children) -> tuple[Fitted, Embedder, dict[str, Any], list[tuple[str, str]]]:
    """What was fitted, on what, what is told of it, and the pictures that were left out with the reason."""
    from curate.probe.fit import FitLimits, fit
    from curate.probe.report import report_of

    gathered = read_labels(asked.labels, children) if asked.labels else read_samples(_read(asked.options), per_source=asked.per_source)
    _check_classes(gathered, drawn=asked.drawn)
    tagger = resolve_model(asked.options)
    if tagger is None:
        raise UsageError(f"--embedder {asked.options.tagger}: no such model is here")
    embedder = load_embedder(tagger)
    pictures = [*gathered.pictures, *(carried() if asked.carried else ()), *(drawn() if asked.drawn else ())]
    looked = look(pictures, embedder, copies=asked.augment, threads=asked.options.workers)
    if not looked.kept:
        raise UsageError(f"none of {len(pictures):,} pictures could be read; the first: {': '.join(looked.refused[0])}")
    training, repeated = rows_of(looked)
    limits = FitLimits(folds=asked.folds)
    fitted = fit(training, replace(limits, grid=(asked.penalty,)) if asked.penalty else limits)
    refused = [*gathered.refused, *looked.refused]
    counts = {"refused": len(refused), "repeated": len(repeated)}
    return fitted, embedder, {"command": _command(asked), **counts, **report_of(fitted, training, gathered.terms)}, [*refused, *repeated]


def _read(options: Options) -> Run:
    """The facts of the sources: those of OUT, or made here."""
    from pipelines.find import find_sources
    from pipelines.ingest import plan_ingest
    from pipelines.inspect import plan_inspect
    from pipelines.lock import locked
    from pipelines.stage import execute
    from pipelines.tables import sweep

    with locked(options.out):
        sweep(options.out)
        run = Run(options=options, folders=find_sources(options), resolved={})
        for plan in (plan_ingest, plan_inspect):
            execute(plan(run), run)
    return run


def _check_classes(gathered: Gathered, *, drawn: bool) -> None:
    classes = sorted({picture.label for picture in gathered.pictures if picture.tested})
    if not classes:
        raise UsageError("no picture whose modality is known" + (f"; {len(gathered.refused):,} were left out" if gathered.refused else ""))
    if len(classes) == 1 and not drawn:
        raise UsageError(f"all pictures are of one class ({classes[0]}); a probe tells classes apart, wanted two at least")


def _command(asked: Asked) -> str:
    """Without folders: the file that it stands in is passed on."""
    of = f"--labels {asked.labels.name}" if asked.labels else "--data DIR"
    model = "FOLDER" if os.sep in asked.options.tagger else asked.options.tagger
    extra = [f"--augment {asked.augment}"] * bool(asked.augment) + ["--drawn"] * asked.drawn
    extra += ["--carried"] * asked.carried + ([f"--penalty {asked.penalty:g}"] if asked.penalty else [])
    return " ".join(["python -m pipelines probe", of, f"--embedder {model}", *extra, f"--folds {asked.folds}", f"--out {asked.out.name}"])


def _write(asked: Asked, fitted: Fitted, embedder: Embedder, report: dict[str, Any]) -> None:
    family = embedder.name.partition(":")[0]
    attribute = asked.attribute or DEFAULT.format(family=family)
    probe = fitted.probe(embedder=embedder.name, attribute=attribute, about=report)
    told = {"probe": probe.name, "embedder": probe.embedder, "temperature": probe.temperature, **probe.fitted}
    try:
        probe.save(asked.out)
        beside = asked.out.with_suffix(".json")
        beside.write_text(json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--out {asked.out}: cannot be written: {error.strerror}") from error
