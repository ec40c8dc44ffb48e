"""OUT, a folder of corpora or one corpus -> whether the copy is whole; every file that is not, by its name"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from curate.emit.columns import SHARD
from curate.emit.facts import COUNTED
from curate.report.page import legible
from curate.verify.claims import INDEX, FileClaim, ShardClaim
from curate.verify.corpus import Local, Looked, Read, Wanted, conclude, look, read_file
from curate.verify.damage import Damage
from curate.verify.files import listing, read_small, sha256_of
from curate.verify.mixtures import MIXTURES, Beside, mixture_faults
from curate.verify.readers import Readers
from curate.verify.shape import shape_of
from pipelines.ends import ends_of
from pipelines.lock import unheld
from pipelines.place import Place, local_copy, place
from pipelines.progress import Meter, Reporter
from pipelines.run import UsageError, cores
from pipelines.verified import Rest, read_rest, rest_of

WANTED = Wanted(counted=COUNTED, shape=shape_of(SHARD))
MOST = 500  # lines told of damage
MEGABYTE = 10**6


@dataclass(slots=True)
class Verified:
    corpora: list[Looked] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)
    rest: Rest | None = None  # what OUT holds beside its corpora


def print_verify(named: str, *, quick: bool, workers: int | None, sha256: str | None) -> int:
    """0: the copy is whole; 1: it is not, each damage in a line. Raises UsageError, Locked."""
    path = place(named)
    folders = corpora_of(path)
    if sha256 and len(folders) != 1:
        raise UsageError(f"--sha256 is of one index.json: {named} holds {len(folders)} corpora; name the folder of one")
    with unheld(named):
        verified = verify(path, folders, quick=quick, workers=workers or cores())
    if sha256 and folders and verified.corpora[0].sha256 != sha256.lower():
        verified.damages.append(verified.corpora[0].damage(INDEX, "its SHA-256 is not the one that was asked for"))
    for line in told(verified, quick=quick):
        print(legible(line))
    return 1 if verified.damages else 0


def corpora_of(path: Place) -> dict[str, Place]:
    """Label -> folder of each corpus in OUT, in a folder of corpora, or of the one that is named. Raises UsageError."""
    if not path.is_dir():
        raise UsageError(f"{path}: no such folder")
    if is_out(path):
        return _below(path / "corpora", "corpora/")
    if (path / INDEX).exists() or any(path.glob("*.parquet")):
        return {"": path}
    if (path / MIXTURES).exists() or any(path.glob(f"*/{INDEX}")):
        return _below(path, "")
    raise UsageError(f"{path}: neither an OUT (run.json), nor a corpus ({INDEX} beside its shards), nor a folder of corpora")


def is_out(path: Place) -> bool:
    return (path / "run.json").is_file() or (path / "corpora").is_dir()


def _below(folder: Place, label: str) -> dict[str, Place]:
    found: list[Place] = sorted(folder.glob("*"), key=str)
    return {f"{label}{path.name}/": path for path in found if path.is_dir() and not path.name.startswith(".")}


def verify(path: Place, folders: dict[str, Place], *, quick: bool, workers: int) -> Verified:
    """Everything is looked at by name and size, then read by `workers` threads, then held against each other."""
    corpora = [look(folder, label, WANTED) for label, folder in folders.items()]
    rest = rest_of(path, corpora) if is_out(path) else None
    files = [(looked, claim) for looked in corpora if looked.claims for claim in looked.claims.files]
    tables = rest.files if rest else []
    total = sum(claim.bytes for _, claim in files) + sum(claim.bytes for claim in tables)
    unit, total = ("files", len(files) + len(tables)) if quick else ("MB", max(1, total // MEGABYTE))
    with Meter("verify", total, unit) as meter, Readers() as readers, ThreadPoolExecutor(workers) as pool:
        local: Local = ends_of if quick else local_copy
        step = _Steps(Reporter(meter.address), quick=quick)

        def of_corpus(job: tuple[Looked, FileClaim]) -> Read:
            looked, claim = job
            read = read_file(looked, claim, WANTED, readers, quick=quick, step=step.bytes, local=local)
            step.file()
            return read

        reads = list(pool.map(of_corpus, files))
        damages = list(_damages(path, corpora, files, reads, quick=quick))
        if rest:
            damages += read_rest(path, rest, _of_each(corpora, files, reads), readers, pool, quick=quick, step=step.bytes)
    return Verified(corpora=corpora, damages=sorted(set(damages), key=_order), rest=rest)


def _order(damage: Damage) -> tuple[bool, str, bool, Damage]:
    """Folder by folder, and in each what holds rows before what tells of them: an edited shard is told of first."""
    folder = damage.file.rpartition("/")[0]
    return not folder, folder, not damage.file.endswith(".parquet"), damage


class _Steps:
    """What was read, to the bar: megabytes, or files."""

    def __init__(self, reporter: Reporter, *, quick: bool) -> None:
        self.reporter, self.quick, self.lock, self.left = reporter, quick, threading.Lock(), 0

    def bytes(self, count: int) -> None:
        if self.quick:
            return
        with self.lock:
            whole, self.left = divmod(self.left + count, MEGABYTE)
        if whole:
            self.reporter.step(whole)

    def file(self) -> None:
        if self.quick:
            self.reporter.step(1)


Files = Sequence[tuple[Looked, FileClaim]]


def _of_each(corpora: Sequence[Looked], files: Files, reads: Sequence[Read]) -> list[tuple[Looked, list[Read]]]:
    return [(looked, [read for (owner, _), read in zip(files, reads, strict=True) if owner is looked]) for looked in corpora]


def _damages(path: Place, corpora: Sequence[Looked], files: Files, reads: Sequence[Read], *, quick: bool) -> Iterator[Damage]:
    for looked, found in _of_each(corpora, files, reads):
        if looked.claims is None:
            yield from looked.damages
            continue
        yield from conclude(looked, found, quick=quick, digest=_digest)
    if is_out(path):
        yield from _around(path / "corpora", "corpora/", corpora)
    elif corpora and corpora[0].label:
        yield from _around(path, "", corpora)


def _digest(path: Place) -> str:
    try:
        return sha256_of(path, lambda count: None)
    except OSError:
        return ""


def _around(folder: Place, label: str, corpora: Sequence[Looked]) -> Iterator[Damage]:
    """What lies beside the corpora: mixtures of them, and nothing else."""
    found = listing(folder) if folder.is_dir() else {}
    yield from (
        Damage(f"{label}{name}", "a file that belongs to no corpus")
        for name, what in found.items()
        if what.kind != "a folder" and name != MIXTURES and not name.startswith(".")
    )
    beside = {looked.folder.name: _beside(looked) for looked in corpora}
    if MIXTURES in found:
        try:
            yield from (Damage(f"{label}{MIXTURES}", what) for what in mixture_faults(read_small(folder / MIXTURES), beside))
        except OSError as error:
            yield Damage(f"{label}{MIXTURES}", f"cannot be read: {error.strerror}")
    elif any(of_corpus.mixtures for of_corpus in beside.values() if of_corpus):
        yield Damage(f"{label}{MIXTURES}", "missing: the index of a corpus here names mixtures")


def _beside(looked: Looked) -> Beside | None:
    claims = looked.claims
    return Beside(looked.sha256, claims.splits, claims.mixtures) if claims else None


def told(verified: Verified, *, quick: bool) -> Iterator[str]:
    """A line for each damage, then what was looked at."""
    yield from (f"damaged: {damage.file}: {damage.what}" for damage in verified.damages[:MOST])
    if len(verified.damages) > MOST:
        yield f"damaged: {len(verified.damages) - MOST:,} more"
    for looked in verified.corpora:
        if looked.claims:
            shards = [claim for claim in looked.claims.files if isinstance(claim, ShardClaim)]
            yield (
                f"corpus   {looked.label.rstrip('/') or looked.folder.name}: {looked.claims.rows:,} samples in {len(shards):,} shards, "
                f"{looked.claims.bytes / MEGABYTE:,.1f} MB; index.json has SHA-256 {looked.sha256}"
            )
    if verified.rest:
        yield f"run      {len(verified.rest.files):,} files of stages and verdicts"
    read = "names, sizes and footers; --quick reads no row and no image" if quick else "every byte"
    files = len({damage.file for damage in verified.damages})
    yield f"read     {read}"
    if files:
        yield f"NOT WHOLE  {files:,} {'file' if files == 1 else 'files'}"
    else:
        yield "whole    by that" if quick else "whole    all is as it was written"
