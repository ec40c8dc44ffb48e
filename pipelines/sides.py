"""a folder that a user names -> what is to be compared: a run's OUT or one corpus, with what made it; every fault of it at once"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.diff.difference import Side
from curate.listed import MOST, Listed, NotListed, folder_faults, read_listed
from pipelines.place import Place, place
from pipelines.run import UsageError, read_run
from pipelines.tables import read_json

MOST_BUCKETS = 1 << 16
TOLD = 20  # faults of one folder


class Unreadable(UsageError):
    """A folder or file that is to be compared is not what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusFolder:
    folder: Place
    listed: Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One side. `settings` are groups of curate.diff.settings, those that it tells."""

    side: Side
    corpora: Mapping[str, CorpusFolder]
    settings: Mapping[str, Any]
    buckets: int = 0  # of a run's tables

    @property
    def is_run(self) -> bool:
        return self.side.kind == "run"

    def alone(self, wanted: str) -> Opened:
        """One corpus of a run: that of this name, or the only one. Raises UsageError."""
        if wanted not in self.corpora and len(self.corpora) != 1:
            names = ", ".join(self.corpora) or "none"
            raise UsageError(f"{self.side.path}: no corpus '{wanted}' in it, it has {names}; give the folder of one")
        (name,) = [wanted] if wanted in self.corpora else self.corpora
        return _open_corpus(str(self.corpora[name].folder))

    def verdicts(self, bucket: int) -> Place:
        return place(self.side.path, "verdicts", f"{bucket:03d}.parquet")


def open_sides(*paths: str) -> list[Opened]:
    """Raises Unreadable with all that is wrong with any of them."""
    opened, faults = [], []
    for path in paths:
        try:
            opened.append(_open(path))
        except Unreadable as fault:
            faults.append(str(fault))
    if faults:
        raise Unreadable("\n".join(faults))
    return opened


def _open(path: str) -> Opened:
    folder = place(path)
    if not folder.is_dir():
        raise Unreadable(f"{path}: no folder of that name")
    if (folder / "run.json").is_file():
        return _open_run(path)
    if (folder / "index.json").is_file():
        return _open_corpus(path)
    raise Unreadable(f"{path}: found neither run.json nor index.json, the OUT of a run or the folder of a corpus wanted")


def _open_corpus(path: str) -> Opened:
    corpus = corpus_folder(place(path))
    plain = corpus.listed.plain
    recipe = _mapping(plain.get("recipe"))
    own = [plan for plan in recipe.get("corpora") or () if _mapping(plan).get("name") == corpus.listed.corpus]
    told = {"recipe": {**recipe, "corpora": own[0]}} if own else {"recipe": recipe} if recipe else {}
    return Opened(
        side=Side(path=path, kind="corpus", recipe=str(recipe.get("id", ""))),
        corpora={corpus.listed.corpus: corpus},
        settings={**told, "setting": _mapping(plain.get("settings"))},
    )


def corpus_folder(folder: Place) -> CorpusFolder:
    """Raises Unreadable: an index that cannot be believed, shards that are not as it says by name or size."""
    index = folder / "index.json"
    try:
        with index.open("rb") as file:
            listed = read_listed(file.read(MOST + 1))
    except NotListed as fault:
        raise Unreadable(_faults(index, str(fault).splitlines())) from None
    except OSError as fault:
        raise Unreadable(f"{index}: cannot be read ({type(fault).__name__})") from None
    sizes = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}
    if faults := folder_faults(dataclasses.replace(listed, cards=()), sizes):
        raise Unreadable(_faults(folder, faults))
    return CorpusFolder(folder=folder, listed=listed)


def _open_run(path: str) -> Opened:
    out, run = place(path), read_run(path)
    buckets, recipe = run.get("buckets"), _recipe_of(out)
    if type(buckets) is not int or not 0 < buckets <= MOST_BUCKETS or buckets & (buckets - 1):
        raise Unreadable(f"{path}/run.json: buckets: {buckets!r} found, a power of two wanted")
    there = {file.name for file in (out / "verdicts").glob("*.parquet") if file.is_file()}
    missing = [f"{name}: missing" for name in (f"{bucket:03d}.parquet" for bucket in range(buckets)) if name not in there]
    if missing:
        raise Unreadable(_faults(out / "verdicts", missing))
    folders = sorted((index.parent for index in out.glob("corpora/*/index.json")), key=str)
    corpora = {found.listed.corpus: found for found in map(corpus_folder, folders)}
    return Opened(
        side=Side(path=path, kind="run", recipe=recipe),
        corpora=corpora,
        settings=_settings(out, _mapping(_mapping(run.get("recipes")).get(recipe)), corpora.values(), recipe),
        buckets=buckets,
    )


def _recipe_of(out: Place) -> str:
    """The recipe that OUT/verdicts tell of: the report's. Raises Unreadable where the run has not ended."""
    figures = out / "report" / "figures.json"
    if not figures.is_file():
        raise Unreadable(f"{out}: its run has not ended (no report/figures.json); the same command again ends it")
    return str(_mapping(read_json(figures)).get("recipe", ""))


def _settings(out: Place, told: Mapping[str, Any], corpora: Any, recipe: str) -> dict[str, Any]:
    """What the run was made by; the recipe and what 'auto' came to stand in its corpora too, where run.json is of an earlier version."""
    made = _mapping(told.get("made_by"))
    found = {group: made[name] for group, name in NAMES.items() if name in made}
    for corpus in corpora:
        plain = corpus.listed.plain
        if _mapping(plain.get("recipe")).get("id") == recipe:
            found.setdefault("recipe", plain["recipe"])
            found.setdefault("setting", _mapping(plain.get("settings")))
    mixtures = out / "corpora" / "mixtures.json"
    return {**found, "mixture": _mapping(_mapping(read_json(mixtures)).get("mixtures")) if mixtures.is_file() else {}}


NAMES = {  # group -> its name in run.json
    "recipe": "recipe", "limit": "limit", "sources": "sources", "manifest": "manifests", "version": "versions", "program": "program",
}  # fmt: skip


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _faults(path: Place, faults: list[str]) -> str:
    more = [f"{path}: ... and {len(faults) - TOLD:,} more; 'verify' tells all"] if len(faults) > TOLD else []
    return "\n".join([f"{path}: {fault}" for fault in faults[:TOLD]] + more)


def write_difference(path: str, plain: Mapping[str, Any]) -> None:
    """In one piece. Names that are no text are escaped. Raises UsageError where it cannot be written."""
    data = json.dumps(plain, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
    temporary = Path(f"{path}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as fault:
        temporary.unlink(missing_ok=True)
        raise UsageError(f"{path}: cannot be written ({fault.strerror})") from fault
