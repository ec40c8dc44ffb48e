"""command line -> Options: every fault at once, before any work"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from curate.manifest import Manifest, ManifestError, load_manifests, load_windows
from curate.models.server import read_address
from curate.recipe import Recipe, RecipeError, load_recipe
from curate.rendering import ANY
from pipelines.address import is_address, is_remote
from pipelines.chunks import BUCKETS, Memory
from pipelines.engine import check_flags
from pipelines.given import EMPTY
from pipelines.lock import locked
from pipelines.named import place_faults
from pipelines.place import Place, place
from pipelines.private import make_private, planted
from pipelines.run import Options, UsageError, cores, read_run
from pipelines.tagger import NONE, tagger_faults
from pipelines.together import files_below, together

MANIFESTS = Path(__file__).parent.parent / "manifests"
SAMPLE = "Sample corpus"
MADE_OF = "invented text on pictures of Python packages and drawings, in the layouts of the sources it names"
SAMPLE_PACKAGES = ("medical-corpus", "numpy", "pillow", "pydicom", "pydicom-data", "scikit-image", "mahotas", "nibabel", "wsidicom-data")


def corpus_options(given: argparse.Namespace, *, sample: bool = True) -> Options:
    """`sample`: where no data are named the sample data are taken, and written once all else is right. Raises UsageError with all that
    is wrong, Locked where sample data are wanted in an OUT that another run holds."""
    faults: list[str] = [*given.faults, *place_faults("--out", given.out, may_be_new=True)]
    extra = [Path(folder) for folder in given.manifests]
    faults += [f"--manifests {folder}: no such folder" for folder in extra if not folder.is_dir()]
    data, extra = _data(given, [folder for folder in extra if folder.is_dir()], faults, sample=sample)
    roots = read_roots(given.root, faults)
    faults += _rewrite_faults(getattr(given, "rewrite_server", None), getattr(given, "rewrite_cache", None))
    tagger, weights, probe = getattr(given, "tagger", "auto"), getattr(given, "weights", None), getattr(given, "probe", None)
    faults += tagger_faults(tagger, weights, probe)
    reached = all(map(is_remote, [given.out, data or given.out, *roots.values()]))  # by any worker, wherever it runs
    faults += check_flags(given.beam_flags, shared_filesystem=reached or getattr(given, "shared_filesystem", False))
    manifests = _manifests(extra, faults)
    sources = tuple(name.strip() for name in (given.sources or "").split(",") if name.strip())
    recipe = _recipe(given.corpus, extra, faults)
    if recipe and recipe.tagging.trust == "model" and tagger == NONE:
        faults.append(f"--tagger none: recipe '{recipe.id}' says tagging.trust: model, and there would be no model")
    faults += _unknown_names((*sources, *roots), recipe, manifests) if manifests else ()
    if faults or recipe is None:
        raise UsageError("\n       ".join(faults))
    if sample:
        _make(given.out)
    if data and not given.data:
        with locked(given.out):  # two first runs would write the same files at once
            _write_sample(place(data))
        recipe = _of_sample(recipe)
    return Options(
        data=data, out=given.out, recipe=recipe, manifests=manifests, roots=roots, sources=sources, limit=given.limit,
        workers=getattr(given, "workers", None) or cores(), buckets=_buckets(given),
        are_buckets_asked=getattr(given, "buckets", None) is not None, memory=getattr(given, "memory", None) or Memory(),
        hash_inputs=getattr(given, "hash_inputs", False),
        allow_credentialed=getattr(given, "allow_credentialed", False), shared_filesystem=getattr(given, "shared_filesystem", False),
        tagger=tagger, weights=weights, probe=probe, accelerator=getattr(given, "accelerator", None), launch=getattr(given, "launch", None),
        network=getattr(given, "network", False), beam_flags=given.beam_flags,
        rewrite_server=getattr(given, "rewrite_server", None), rewrite_cache=getattr(given, "rewrite_cache", None),
        rewrite_parallel=getattr(given, "rewrite_parallel", 8),
    )  # fmt: skip


def _make(out: str) -> None:
    """Raises UsageError where OUT cannot be written to. Of a store only a write can tell: the lease that holds OUT is the first."""
    if is_remote(out):
        return
    try:
        make_private(Path(out))
        links = planted(Path(out))
        writable = os.access(out, os.W_OK | os.X_OK)
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be made: {error.strerror}") from error
    if not writable:
        raise UsageError(f"--out {out}: cannot be written to; name another folder")
    if links:
        wanted = "a run would write where they lead: remove them, or name a folder that is yours alone"
        raise UsageError(f"--out {out}: anyone on this machine may have put links there ({', '.join(links[:3])}); {wanted}")


def _data(given: argparse.Namespace, extra: list[Path], faults: list[str], *, sample: bool) -> tuple[str, list[Path]]:
    """The folder of the sources; where none is named, the sample data under OUT, with their own manifests."""
    if given.data:
        faults += place_faults("--data", given.data)
        return given.data, extra
    if given.root or not sample:
        return "", extra
    return str(place(given.out, "sample-data")), [*extra, MANIFESTS / "sample"]


def _manifests(extra: list[Path], faults: list[str]) -> tuple[Manifest, ...]:
    try:
        return tuple(load_manifests(MANIFESTS, extra))
    except ManifestError as error:
        faults += str(error).splitlines()
        return ()


def _unknown_names(named: Sequence[str], recipe: Recipe | None, manifests: Sequence[Manifest]) -> Iterator[str]:
    """Names that no manifest has: on the command line, or in the recipe, where they would leave a corpus empty or a rule unused."""
    known = [manifest.id for manifest in manifests]
    yield from (no_such(name, "source", known) for name in named if name not in known)
    sources = {manifest.id: _tables(manifest) for manifest in manifests if manifest.kind == "source"}
    for plan in recipe.corpora if recipe else ():
        yield from (f"corpus {plan.name}: {fault}" for name in plan.sources for fault in _unknown_source(name, sources))
    anew = recipe.rewrite.sources if recipe and recipe.rewrite else ()
    yield from (f"rewrite: {fault}" for name in anew for fault in _unknown_source(name, sources))
    shown = [name for name in recipe.rendering if name != ANY] if recipe else []
    yield from (f"rendering: {no_such(name, 'source', known)}" for name in shown if name not in known)
    benchmarks = [manifest.id for manifest in manifests if manifest.kind == "benchmark"]
    for name in recipe.shield if recipe else ():
        if name not in benchmarks:
            yield f"shield: {no_such(name, 'benchmark', benchmarks)}"


def _rewrite_faults(url: str | None, cache: str | None) -> Iterator[str]:
    if cache:
        yield from place_faults("--rewrite-cache", cache, may_be_new=True)
    try:
        if url is not None:
            read_address(url)
    except ValueError as error:
        yield f"--rewrite-server {error}"


def _tables(manifest: Manifest) -> list[str]:
    return sorted({table.name for layout in manifest.layouts for table in layout.tables})


def _unknown_source(name: str, sources: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Of a name in a recipe: <id>, or <id>/<table>."""
    id, slash, table = name.partition("/")
    if id not in sources:
        yield no_such(id, "source", list(sources))
    elif slash and table not in sources[id]:
        near = difflib.get_close_matches(table, sources[id], 1) or sources[id]
        yield f"'{table}' is no table of {id}" + (f"; did you mean '{near[0]}'?" if near else "")


def no_such(name: str, what: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"'{name}' is no {what}" + (f"; did you mean '{near[0]}'?" if near else "") + "; 'plan' lists them"


def _recipe(given: str | None, extra: list[Path], faults: list[str]) -> Recipe | None:
    path = recipe_path(given, faults)
    try:
        return load_recipe(path, load_windows(MANIFESTS, extra)) if path.is_file() else None
    except ManifestError:
        return None  # of windows.yaml, told with the manifests
    except RecipeError as error:
        faults += str(error).splitlines()
        return None


def _write_sample(folder: Place) -> None:
    """The sample data, made again (10 s) only where they are not whole or the packages they are made from changed."""
    stamp, made_of = folder / ".made-of", " ".join(f"{package}={_version(package)}" for package in SAMPLE_PACKAGES)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == made_of:
        return
    from curate.sample import write_sample_data

    print(f"no --data: writing the sample data to {folder}", file=sys.stderr)
    if isinstance(folder, Path):
        write_sample_data(folder)
    else:
        with tempfile.TemporaryDirectory(prefix="corpus-") as made:
            write_sample_data(Path(made))
            together(folder, lambda name: (folder / name).write_bytes(Path(made, name).read_bytes()), sorted(files_below(Path(made))))
    stamp.write_text(made_of, encoding="utf-8")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _of_sample(recipe: Recipe) -> Recipe:
    """The recipe under a title that says what its rows are: they follow published layouts, and are nobody's data."""
    corpora = tuple(replace(plan, title=f"{SAMPLE}: {MADE_OF}") for plan in recipe.corpora)
    return replace(recipe, title=SAMPLE, corpora=corpora)


def read_roots(given: list[str], faults: list[str]) -> dict[str, str]:
    roots = {}
    for text in given:
        name, equals, folder = text.partition("=")
        if equals and not folder.strip():
            faults.append(f"--root {name}=: {EMPTY}")
        elif is_address(folder):
            faults += place_faults(f"--root {name}", folder)
        elif not equals or not Path(folder).is_dir():
            faults.append(f"--root {text}: wanted ID=DIR with a folder that exists")
        roots[name] = folder
    return roots


def _buckets(given: argparse.Namespace) -> int:
    """As OUT was begun with; a new OUT takes what is asked for."""
    before = read_run(given.out).get("buckets")
    asked = getattr(given, "buckets", None)
    if before and asked and before != asked:
        raise UsageError(f"--buckets {asked}: {given.out} was begun with {before}; leave it out, or give a new --out")
    return int(before or asked or BUCKETS)


def recipe_path(given: str | None, faults: list[str]) -> Path:
    shipped = MANIFESTS / "corpora"
    path = Path(given or "default")
    if not path.suffix and not path.is_file():
        path = shipped / f"{path.name}.yaml"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in shipped.glob("*.yaml")))
        faults.append(f"--corpus {given}: no such file, and not one of the shipped recipes ({names})")
    return path
