"""the folder of a corpus -> all that is not as its index says, and what its shards hold"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from curate.listed import MOST
from curate.somewhere import Somewhere
from curate.verify.cards import CHECKS, MAX_BYTES
from curate.verify.claims import INDEX, Claims, FileClaim, ShardClaim, read_claims
from curate.verify.damage import Damage
from curate.verify.files import PARQUET, POINTER, Found, head_of, listing, read_small, sha256_of, strays, unfit
from curate.verify.readers import Answer, Readers
from curate.verify.rows import Digests, between

Local = Callable[[Any], contextlib.AbstractContextManager[Path]]  # a file -> one of this machine, for the process that reads its rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What this program writes: the columns that an index counts words of, the shape of a shard."""

    counted: tuple[str, ...]
    shape: Mapping[str, Any]


@dataclass(slots=True)
class Looked:
    """A corpus by names and sizes: nothing but its index has been read."""

    folder: Somewhere
    label: str  # how the folder is named in what is told: '' or 'corpora/<name>/'
    claims: Claims | None = None
    sha256: str = ""  # of index.json
    listed: dict[str, Found] = field(default_factory=dict)
    damages: list[Damage] = field(default_factory=list)

    def damage(self, name: str, what: str) -> Damage:
        return Damage(f"{self.label}{name}", what)


@dataclass(slots=True)
class Read:
    """What one file of the index turned out to be; `answer` where it is a shard that could be read."""

    claim: FileClaim
    sha256: str = ""  # '' where its bytes were not read
    damages: list[str] = field(default_factory=list)
    answer: Answer | None = None


def look(folder: Somewhere, label: str, wanted: Wanted) -> Looked:
    looked = Looked(folder, label)
    try:
        looked.listed = listing(folder)
        if INDEX not in looked.listed:
            looked.damages.append(looked.damage(INDEX, "missing: no index, no corpus"))
            return looked
        data = read_small(folder / INDEX, MOST)
    except OSError as error:
        looked.damages.append(looked.damage(INDEX, f"cannot be read: {error.strerror}"))
        return looked
    looked.sha256 = hashlib.sha256(data).hexdigest()
    looked.claims, faults = read_claims(data, counted=wanted.counted)
    looked.damages += [looked.damage(INDEX, fault) for fault in faults]
    if looked.claims:
        looked.damages += [looked.damage(name, what) for name, what in strays(looked.listed, looked.claims)]
    return looked


def read_file(
    looked: Looked, claim: FileClaim, wanted: Wanted, readers: Readers, *, quick: bool, step: Callable[[int], None],
    local: Local = contextlib.nullcontext,
) -> Read:  # fmt: skip
    """One file that the index names: its size, its SHA-256 (`quick`: not of a shard), and the rows of a shard (`quick`: its footer)."""
    read = Read(claim)
    if fault := unfit(claim.name, claim.bytes, looked.listed):
        read.damages.append(fault)
    path = looked.folder / claim.name
    if claim.name not in looked.listed or looked.listed[claim.name].kind:
        return read
    try:
        if isinstance(claim, ShardClaim):
            with local(path) as here:
                _read_shard(read, claim, here, wanted, readers, quick=quick, step=step)
        else:
            read.sha256 = sha256_of(path, step)
            if read.sha256 != claim.sha256:
                read.damages = [*read.damages, "its SHA-256 is not the one in the index: edited, or of another run"][:1]
    except OSError as error:
        read.damages.append(f"cannot be read: {error.strerror}")
    return read


def _read_shard(
    read: Read, claim: ShardClaim, path: Path, wanted: Wanted, readers: Readers, *, quick: bool, step: Callable[[int], None]
) -> None:  # fmt: skip
    head = head_of(path)
    if head.startswith(POINTER):
        read.damages = ["a pointer of Git LFS: the shard itself was never fetched ('git lfs pull')"]
        return
    ask = {"shape": wanted.shape, "rows": claim.rows, "counted": list(wanted.counted), "whole": not quick}
    read.sha256 = "" if quick else sha256_of(path, step)
    answer = readers.ask("rows", path, **ask)
    faults = [*answer.found["faults"], *([] if head.startswith(PARQUET) else ["it does not begin as Parquet does"])]
    if read.damages:
        read.damages = [f"{read.damages[0]}; {faults[0] if faults else 'of another run, or written again'}"]
        return
    if not quick and read.sha256 != claim.sha256:
        same = "of the same size and rows: a byte of it was changed, or it is of another run"
        read.damages = [f"its bytes are not those of the index (SHA-256); {faults[0] if faults else same}"]
        return
    read.damages = faults
    read.answer = answer
    if not quick and not read.damages and answer.found["images"] != claim.images:
        read.damages.append(f"{answer.found['images']:,} images found, {claim.images:,} wanted")


def conclude(looked: Looked, reads: Sequence[Read], *, quick: bool, digest: Callable[[Any], str]) -> Iterator[Damage]:
    """All that is wrong with a corpus whose files were read. `digest`: SHA-256 of a stray file."""
    claims = looked.claims
    assert claims is not None, "without claims there is nothing to read"
    yield from _named_files(looked, reads, digest)
    for read in reads:
        yield from (looked.damage(read.claim.name, what) for what in read.damages)
        yield from _card(looked, claims, read)
    shards = [read for read in reads if isinstance(read.claim, ShardClaim)]
    if shards and not quick and not any(read.sha256 == read.claim.sha256 for read in shards):
        yield looked.damage(INDEX, "no shard is the one it names: it is of another run")
    if not quick and all(read.answer and not read.damages for read in shards):
        yield from _recount(looked, claims, shards)


def _named_files(looked: Looked, reads: Sequence[Read], digest: Callable[[Any], str]) -> Iterator[Damage]:
    """Strays; one that holds what the index calls by another name says so."""
    lost = {read.claim.sha256: read.claim for read in reads if read.damages}
    here = {read.sha256: read.claim.name for read in reads if read.sha256 and read.sha256 != read.claim.sha256}
    for read in reads:
        if read.damages and read.claim.sha256 in here:
            read.damages = [f"{read.damages[0]}; what belongs here lies in {here[read.claim.sha256]}: renamed or swapped"]
    sizes = {claim.bytes for claim in lost.values()}
    for damage in looked.damages:
        name = damage.file.removeprefix(looked.label)
        found = looked.listed.get(name)
        claim = lost.get(digest(looked.folder / name)) if found and not found.kind and name != INDEX and found.bytes in sizes else None
        yield Damage(damage.file, f"{damage.what}; it holds what belongs in {claim.name}") if claim else damage


def _card(looked: Looked, claims: Claims, read: Read) -> Iterator[Damage]:
    """What a card says of the shards, even one that is as the index has it: whoever edits both must mend all three."""
    check = CHECKS.get(read.claim.name)
    if check and not read.damages and looked.listed[read.claim.name].bytes <= MAX_BYTES:
        data = read_small(looked.folder / read.claim.name)
        yield from (looked.damage(read.claim.name, what) for what in check(data, claims))


def _recount(looked: Looked, claims: Claims, shards: Sequence[Read]) -> Iterator[Damage]:
    """The index's sums, from rows that were read; then what no shard shows by itself."""
    answers = [read.answer for read in shards if read.answer]
    for column, claimed in claims.counts.items():
        found: Counter[str] = Counter()
        for answer in answers:
            found.update(answer.found["counts"].get(column, {}))
        if answers and column in answers[0].found["counts"] and found != Counter(claimed):
            differ = sum(found[word] != claimed.get(word, 0) for word in {*found, *claimed})
            yield looked.damage(INDEX, f"counts.{column}: {differ} of its words are counted otherwise in the shards")
    of_split: dict[str, list[Read]] = {}
    for read in shards:
        assert isinstance(read.claim, ShardClaim)
        of_split.setdefault(read.claim.split, []).append(read)
    for reads in of_split.values():
        for place in between([_array(read, "ids") for read in reads]):
            yield looked.damage(reads[place].claim.name, "does not follow the shard before it: out of order, or its samples are there too")
    yield from _across(looked, of_split)


def _across(looked: Looked, of_split: Mapping[str, Sequence[Read]]) -> Iterator[Damage]:
    """No sample, group or cluster is in two splits."""
    splits = sorted(of_split.values(), key=lambda reads: sum(len(_array(read, "ids")) for read in reads))
    for name, what in (("ids", "samples"), ("ties", "groups or clusters of copies")):
        for place, reads in enumerate(splits):
            seen = np.concatenate([np.zeros(0, np.uint64), *(_array(read, name) for smaller in splits[:place] for read in smaller)])
            for read in reads if len(seen) else ():
                if both := len(np.intersect1d(_array(read, name), seen)):
                    yield looked.damage(read.claim.name, f"{both:,} of its {what} are in another split too")


def _array(read: Read, name: str) -> Digests:
    return read.answer.arrays.get(name, np.zeros(0, np.uint64)) if read.answer else np.zeros(0, np.uint64)
