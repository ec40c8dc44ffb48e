"""What the index and the cards say of a corpus: counts of what was written, and the manifests' facts about where it comes from"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.terms import terms
from schemas.modality import MODALITIES

COUNTED = ("source", "task", "domain", "language", "modality", "license", "access")  # columns of a shard that hold a few words each


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A source as its manifest has it."""

    id: str
    title: str
    homepage: str = ""
    citation: str = ""
    license: str = "unknown"  # of the whole, or what the manifest says where it is per record
    access: str = "open"
    commercial: str = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One modality, or group outside the twelve, of a corpus: samples and shares (of the twelve; outside: of all)."""

    name: str
    outside: bool
    supply: int  # samples entering balance
    before: float
    target: float | None  # None: no limit
    selected: int
    after: float
    weight: float
    weighted: float  # share when sampled by weight
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """An evaluation set, and what keeps this corpus free of it."""

    id: str
    title: str
    rejected: int  # samples rejected because they touch it
    rows: int = 0  # found on disk
    covered: int = 0  # of them those of which something was compared
    keys: int = 0  # public keys of it that were compared, on disk or not
    images: int = 0  # that were compared
    questions: int = 0  # that were compared, word for word
    texts: int = 0  # of its rows, that were looked for in part and changed a little too
    state: str = "not shielded"  # shielded, partly, not shielded
    why: str = ""  # what is lacking


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A shard as written."""

    name: str
    split: str
    rows: int
    images: int
    image_bytes: int
    bytes: int
    sha256: str
    counts: Mapping[str, Mapping[str, int]]  # column -> word -> rows; see `count_words`


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusFacts:
    name: str
    title: str
    recipe: Mapping[str, Any]  # Recipe.plain()
    settings: Mapping[str, str]  # what 'auto' came to: tokenizer, tagger
    mode: str  # of balance
    cap: float
    max_repeat: float
    shares: tuple[Share, ...]
    origins: tuple[Origin, ...]  # of every source in the corpus
    guards: tuple[Guard, ...]
    shards: tuple[Shard, ...] = ()  # in the order of their names
    synthetic: int = 0  # images that were drawn, not taken
    blanked: int = 0  # images that ship with text made black
    scrubbed: int = 0  # samples in whose text placeholders stand for identifiers
    rewritten: int = 0  # samples with answers that a model wrote anew
    choices: Mapping[str, int] = field(default_factory=dict)  # of multiple-choice questions that are opened: 'open', or why not -> samples
    binding: tuple[str, ...] = ()
    basis: str = ""  # digest of all that the cards say beside what is counted in shards: another one, and they are written again
    mixtures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # that it is drawn in -> share, probability, repeat, rows
    notes: tuple[str, ...] = field(default=())  # further limits of use, one sentence each

    @property
    def rows(self) -> int:
        return sum(shard.rows for shard in self.shards)

    @property
    def images(self) -> int:
        return sum(shard.images for shard in self.shards)

    @property
    def bytes(self) -> int:
        return sum(shard.bytes for shard in self.shards)

    @property
    def splits(self) -> dict[str, int]:
        """Rows of each split that has any."""
        return {split: rows for split in ("train", "validation") if (rows := sum(s.rows for s in self.shards if s.split == split))}

    @property
    def shard_counts(self) -> dict[str, int]:
        """Shards of each split that has any rows."""
        return {split: sum(shard.split == split for shard in self.shards) for split in self.splits}

    def counts(self, column: str) -> dict[str, int]:
        """Rows of each word of a column, most frequent first."""
        return merge_counts(shard.counts.get(column, {}) for shard in self.shards)

    def licenses_of(self, source: str) -> dict[str, int]:
        return merge_counts(shard.counts.get(f"license of {source}", {}) for shard in self.shards)

    @property
    def biomedclip(self) -> bool:
        """Whether any modality in it was decided by BiomedCLIP."""
        return bool(self.counts("modality_by").get("biomedclip"))


def count_words(rows: pa.Table) -> dict[str, dict[str, int]]:
    """Column -> word -> rows, of rows of `LOADED`, and 'license of <source>' -> licence -> rows. What a record gives for its licence or
    language is counted by its name alone: counts are printed in cards."""
    for name in ("license", "language"):
        rows = rows.set_column(rows.schema.get_field_index(name), name, terms(rows[name]))
    counts = {column: _tally(rows[column]) for column in (*COUNTED, "modality_by")}
    pairs = rows.select(["source", "license"]).group_by(["source", "license"]).aggregate([([], "count_all")]).to_pylist()
    for pair in sorted(pairs, key=lambda pair: (pair["source"], pair["license"])):
        counts.setdefault(f"license of {pair['source']}", {})[pair["license"]] = pair["count_all"]
    return counts


def merge_counts(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    whole: dict[str, int] = {}
    for part in parts:
        for word, count in part.items():
            whole[word] = whole.get(word, 0) + count
    return dict(sorted(whole.items(), key=lambda pair: (-pair[1], MODALITIES.index(pair[0]) if pair[0] in MODALITIES else 0, pair[0])))


def _tally(column: pa.ChunkedArray) -> dict[str, int]:
    return {pair["values"]: pair["counts"] for pair in sorted(pc.value_counts(column).to_pylist(), key=lambda pair: pair["values"])}
