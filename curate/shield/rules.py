"""benchmark rows, their images' clusters, known keys -> what may not be in a training set"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from curate.manifest.keys import key_digest
from curate.words import normal_form
from schemas.arrow import from_table
from schemas.cluster import Member
from schemas.sample import Sample

Rule = Literal["image", "image+question", "none"]
MARK = "@benchmark"  # a benchmark's rows and images have the source '<id>@benchmark'


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One evaluation set: whose test split it is, and how its images are kept out (a benchmark's manifest; a recipe may override)."""

    id: str
    of: str  # the source whose test split it is; '' if none
    own_train: Rule = "image+question"  # all 203 VQA-RAD test images are in its train split: by image 62 % of it would go
    others: Rule = "image"
    known_keys: frozenset[str] = frozenset()  # key_digest of each key in it: known even where the benchmark is not on disk

    def rule_for(self, source: str) -> Rule:
        return self.own_train if source == self.of else self.others


def overridden(benchmark: Benchmark, rules: Mapping[str, Mapping[str, str]]) -> Benchmark:
    """The benchmark under a recipe's `shield`: {benchmark: {own_train: rule, others: rule}}."""
    own = rules.get(benchmark.id, {})
    return Benchmark(
        id=benchmark.id,
        of=benchmark.of,
        own_train=own.get("own_train", benchmark.own_train),  # type: ignore[arg-type]  # the recipe's schema holds it to the rules
        others=own.get("others", benchmark.others),  # type: ignore[arg-type]
        known_keys=benchmark.known_keys,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A benchmark row that an image or a key leads to."""

    benchmark: str
    row: str
    image: str  # '' where a key led there
    questions: frozenset[str]  # normal form


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that is shielded, to be asked by a sample's images and keys. Bounded by the benchmarks, not by the corpus."""

    benchmarks: tuple[Benchmark, ...]
    by_image: Mapping[str, tuple[Touch, ...]] = field(default_factory=dict)  # image id or image cluster -> rows on it
    by_key: Mapping[str, tuple[Touch, ...]] = field(default_factory=dict)  # key digest -> rows that carry it
    members: Mapping[str, Member] = field(default_factory=dict)  # of every image cluster that holds a benchmark image

    def cluster(self, image: str) -> str:
        """The cluster of an image if a benchmark image is in it, else the image itself."""
        return self.members[image].cluster if image in self.members else image


def touched(members: pa.Table) -> dict[str, Member]:
    """Of Member rows those, by id, of every image cluster that holds a benchmark image."""
    clusters = members.filter(pc.ends_with(members["source"], MARK))["cluster"]
    return {row.id: row for row in from_table(members.filter(pc.is_in(members["cluster"], value_set=pc.unique(clusters))), Member)}


def evaluation(benchmarks: Iterable[Benchmark], rows: Iterable[Sample], members: pa.Table) -> Evaluation:
    """What to shield: `rows` are those of all benchmarks (source '<id>@benchmark'), `members` the Member rows of the image clusters."""
    within = touched(members)
    by_image: defaultdict[str, list[Touch]] = defaultdict(list)
    by_key: defaultdict[str, list[Touch]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.id):
        name, questions = row.source.removesuffix(MARK), frozenset(questions_of(row))
        for image in dict.fromkeys(row.images):
            place = within[image].cluster if image in within else image
            by_image[place].append(Touch(benchmark=name, row=row.id, image=image, questions=questions))
        for key in row.keys:
            by_key[key_digest(key.name, key.value)].append(Touch(benchmark=name, row=row.id, image="", questions=questions))
    return Evaluation(
        tuple(sorted(benchmarks, key=lambda benchmark: benchmark.id)),
        {place: tuple(touches) for place, touches in by_image.items()},
        {digest: tuple(touches) for digest, touches in by_key.items()},
        within,
    )


def questions_of(sample: Sample) -> list[str]:
    """Normal form of what the user asks, turn by turn; turns without words left out."""
    forms = (normal_form(turn.text) for turn in sample.turns if turn.role == "user")
    return [form for form in forms if form]
