"""candidates, bucket by bucket -> columns of all of them, some 30 bytes a sample: codes of what few say, numbers of what samples share"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.balance.pieces import pieces
from curate.balance.supply import Ints
from curate.digests import digests
from schemas.modality import TEXT

CANDIDATE = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("table", pa.string()),
        ("task", pa.string()),
        ("domain", pa.string()),
        ("modality", pa.string()),  # decided by tag
        ("reliability", pa.int64()),
        ("pixels", pa.int64()),  # of its largest image; 0 without images
        ("split", pa.string()),  # as published
        ("group", pa.string()),  # Screened.group
        ("said", pa.uint64()),  # Screened.said
        ("yes_no", pa.bool_()),  # Screened.yes_no
        ("clusters", pa.list_(pa.string())),  # 'image:<cluster>', 'text:<cluster>'
    ]
)
CODED = ("source", "table", "task", "domain", "modality", "split")
TEXT_CLUSTER = "text:"  # how a cluster of texts is marked among a sample's clusters


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A column of few distinct strings."""

    names: tuple[str, ...]
    codes: Ints  # number in `names`


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """Which samples are of which clusters: of clusters that hold two or more of them, and of texts where a sample has no image."""

    member: Ints  # place of a sample, ascending
    cluster: Ints  # number


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What balance knows of all candidates, in the order in which they came. No id: their digests order them."""

    digest: npt.NDArray[np.uint64]  # digest64 of the id
    size: Ints  # bytes in a shard, about
    source: Coded
    table: Coded
    task: Coded
    domain: Coded
    modality: Coded
    split: Coded
    reliability: Ints  # 0-100
    pixels: Ints
    yes_no: npt.NDArray[np.bool_]
    group: Ints  # number; -1: none
    groups: int  # every number is below it
    said: Ints | None  # number of its text; -1: none. None: not gathered
    ties: Ties

    def __len__(self) -> int:
        return len(self.digest)


class Gathering:
    """Takes the candidates of one bucket after the other, `most` in all at the most; `columns` ends it. With `texts` equal texts are
    numbered too, which no recipe without a cap on them needs."""

    def __init__(self, most: int, *, texts: bool) -> None:
        self._names: dict[str, dict[str, int]] = {name: {} for name in CODED}
        kinds: dict[str, type[np.generic]] = {"digest": np.uint64, "yes_no": np.bool_, **dict.fromkeys((*CODED, "reliability"), np.int8)}
        kinds.update(dict.fromkeys(("size", "pixels", "group"), np.int32), **({"said": np.uint64} if texts else {}))
        self._plain = {name: np.empty(most, kind) for name, kind in kinds.items()}
        self._groups, self._clusters = _Shared(), _Shared()
        self._ties: list[tuple[Ints, Ints]] = []
        self._count = 0

    def add(self, rows: pa.Table, digests: npt.NDArray[np.uint64], sizes: npt.NDArray[np.int64]) -> None:
        """`rows` are of `CANDIDATE`, `digests` of their ids, `sizes` the bytes that each takes in a shard."""
        rows = rows.combine_chunks()
        found: dict[str, npt.NDArray[np.generic]] = {name: self._coded(name, _only(rows[name])) for name in CODED}
        found |= {"digest": digests, "size": narrow(sizes), "pixels": narrow(rows["pixels"].to_numpy())}
        found |= {"reliability": np.clip(rows["reliability"].to_numpy(), 0, 100).astype(np.int8), "yes_no": rows["yes_no"].to_numpy()}
        found |= {"said": rows["said"].to_numpy(), "group": self._groups.add(_only(rows["group"]))}
        for name in self._plain:
            self._put(name, found[name])
        self._ties.append(self._tied(rows))
        self._count += len(rows)

    def columns(self) -> Columns:
        groups, none = self._groups.numbers(), np.zeros(0, np.int32)
        member, cluster = (np.concatenate([none, *(tie[at] for tie in self._ties)]) for at in (0, 1))
        return Columns(
            group=_numbered(self._whole("group"), groups),
            groups=1 + int(groups.max(initial=-1)),
            said=_texts(self._whole("said")) if "said" in self._plain else None,
            ties=_shared_ties(member, _numbered(cluster, self._clusters.numbers())),
            digest=self._whole("digest"),
            size=self._whole("size"),
            reliability=self._whole("reliability"),
            pixels=self._whole("pixels"),
            yes_no=self._whole("yes_no"),
            source=self._named("source"),
            table=self._named("table"),
            task=self._named("task"),
            domain=self._named("domain"),
            modality=self._named("modality"),
            split=self._named("split"),
        )

    def _named(self, name: str) -> Coded:
        return Coded(names=tuple(self._names[name]), codes=self._whole(name))

    def _put(self, name: str, values: npt.NDArray[np.generic]) -> None:
        """A column is of the widest type that a bucket needed. What was not written yet of an array takes no memory."""
        column, end = self._plain[name], self._count + len(values)
        kind = np.result_type(column, values)
        if kind != column.dtype:
            self._plain[name] = np.empty(len(column), kind)
            self._plain[name][: self._count] = column[: self._count]
        self._plain[name][self._count : end] = values

    def _whole(self, name: str) -> npt.NDArray:
        return self._plain.pop(name)[: self._count]

    def _coded(self, name: str, strings: pa.Array) -> Ints:
        names, coded = self._names[name], strings.dictionary_encode()
        codes = np.array([names.setdefault(said, len(names)) for said in coded.dictionary.to_pylist()], np.int64)
        return narrow(codes)[coded.indices.to_numpy(zero_copy_only=False)]

    def _tied(self, rows: pa.Table) -> tuple[Ints, Ints]:
        """(place of a sample, number of a cluster in this bucket) for each cluster that ties it. Equal texts on different images tie
        nothing ('No finding' stands under 60,361 of them): a text cluster counts for samples without images alone."""
        clusters = _only(rows["clusters"])
        owners = pc.list_parent_indices(clusters).to_numpy(zero_copy_only=False)
        names = pc.list_flatten(clusters)
        textless = pc.not_equal(_only(rows["modality"]), TEXT).to_numpy(zero_copy_only=False)
        is_text = pc.starts_with(names, TEXT_CLUSTER).to_numpy(zero_copy_only=False)
        ties = ~(is_text & textless[owners])
        return (self._count + owners[ties]).astype(np.int32), self._clusters.add(names.filter(pa.array(ties)))


class _Shared:
    """Strings that samples share, of which there may be nearly as many as samples: 128 bits of the SHA-256 of each stand for it."""

    def __init__(self) -> None:
        self._digests: list[npt.NDArray[np.uint64]] = []
        self._count = 0

    def add(self, strings: pa.Array) -> Ints:
        """A number of each among all that were added; of '' -1. What was added before has another one."""
        coded = strings.dictionary_encode()
        numbers = coded.indices.to_numpy(zero_copy_only=False).astype(np.int32)
        none = coded.dictionary.index("").as_py()
        self._digests.append(digests(coded.dictionary, 2))
        found = np.where(numbers == none, np.int32(-1), numbers + np.int32(self._count))
        self._count += len(coded.dictionary)
        return found

    def numbers(self) -> Ints:
        """For each number that `add` gave out that of its string: equal strings, one number."""
        every = np.concatenate([np.zeros((0, 2), np.uint64), *self._digests])
        self._digests.clear()
        return _dense(np.lexsort((every[:, 1], every[:, 0])), every[:, 0], every[:, 1])


def narrow(numbers: npt.NDArray[np.int64]) -> Ints:
    """The same in the fewest bytes that hold them all, with a sign."""
    most = max(int(numbers.max(initial=0)), -1 - int(numbers.min(initial=0)))
    return numbers.astype(next(kind for kind in (np.int8, np.int16, np.int32, np.int64) if most <= np.iinfo(kind).max))


def _only(column: pa.ChunkedArray) -> pa.Array:
    """The one chunk of a column."""
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _dense(order: npt.NDArray[np.int64], *keys: npt.NDArray[np.uint64]) -> Ints:
    """Numbers from 0, equal where all keys are; `order` sorts them."""
    differs = np.zeros(len(order), bool)
    for key in keys:
        ordered = key[order]
        differs[1:] |= ordered[1:] != ordered[:-1]
    numbers = np.empty(len(order), np.int32)
    numbers[order] = np.cumsum(differs, dtype=np.int32)
    return numbers


def _numbered(given: Ints, numbers: Ints) -> Ints:
    """The number of what was given, in its place; -1 stays."""
    for piece in pieces(len(given)):
        some = given[piece]
        given[piece] = np.where(some < 0, some, numbers[some]) if len(numbers) else some
    return given


def _texts(said: npt.NDArray[np.uint64]) -> Ints:
    numbers = _dense(np.argsort(said), said)
    numbers[said == 0] = -1
    return numbers


def _shared_ties(member: Ints, cluster: Ints) -> Ties:
    shared = (np.bincount(cluster, minlength=1) > 1)[cluster]
    return Ties(member=member[shared], cluster=cluster[shared])
