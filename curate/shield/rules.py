"""benchmark rows, their images' clusters, known keys -> what may not be in a training set"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from curate.manifest.keys import key_digest
from curate.proof import Proofs
from curate.shield.questions import ENOUGH, OF_AN_IMAGE, answered, asked_first
from curate.words import normal_form
from schemas.arrow import from_table
from schemas.cluster import Member
from schemas.sample import Sample

Rule = Literal["image", "image+question", "question", "image|question", "none"]  # a published key counts under each but the last
BY_IMAGE: frozenset[Rule] = frozenset({"image", "image+question", "image|question"})
BY_QUESTION: frozenset[Rule] = frozenset({"question", "image|question"})  # by the question alone
WITHOUT_IMAGES = frozenset({"qa", "reasoning", "dialogue", "instruction"})  # tasks whose rows may well show none
Place = TypeVar("Place")
Row = TypeVar("Row")
MARK = "@benchmark"  # a benchmark's rows and images have the source '<id>@benchmark'


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One evaluation set: whose test split it is, and how its rows are kept out (a benchmark's manifest; a recipe may override)."""

    id: str
    of: str  # the source whose test split it is; '' if none
    own_train: Rule = "image+question"  # all 203 VQA-RAD test images are in its train split: by image 62 % of it would go
    others: Rule = "image"
    known_keys: frozenset[str] = frozenset()  # key_digest of each key in it: known even where the benchmark is not on disk

    def rule_for(self, source: str) -> Rule:
        return self.own_train if source == self.of else self.others

    @property
    def rules(self) -> frozenset[Rule]:
        """Those by which any source is judged."""
        return frozenset({self.others, self.own_train} if self.of else {self.others})


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A benchmark row that a question leads to."""

    benchmark: str
    row: str
    answers: frozenset[bytes] | None  # digests of which a sample must say one: the question is too short to be this row's own; None: it is


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that is shielded, to be asked by a sample's images, keys and questions. Bounded by the benchmarks, not by the corpus."""

    benchmarks: tuple[Benchmark, ...]
    by_image: Mapping[str, tuple[Touch, ...]] = field(default_factory=dict)  # image id or image cluster -> rows on it
    by_key: Mapping[str, tuple[Touch, ...]] = field(default_factory=dict)  # key digest -> rows that carry it
    by_question: Mapping[bytes, tuple[Asked, ...]] = field(default_factory=dict)  # of questions -> rows that ask it
    proofs: Proofs = field(default_factory=lambda: Proofs({}))  # of the members of every image cluster that holds a benchmark image

    def cluster(self, image: str) -> str:
        """The cluster of an image if a benchmark image is in it, else the image itself."""
        return self.proofs.members[image].cluster if image in self.proofs.members else image


def touched(members: pa.Table) -> dict[str, Member]:
    """Of Member rows those, by id, of every image cluster that holds a benchmark image."""
    clusters = members.filter(pc.ends_with(members["source"], MARK))["cluster"]
    return {row.id: row for row in from_table(members.filter(pc.is_in(members["cluster"], value_set=pc.unique(clusters))), Member)}


def evaluation(benchmarks: Iterable[Benchmark], rows: Iterable[Sample], members: pa.Table) -> Evaluation:
    """What to shield: `rows` are those of all benchmarks (source '<id>@benchmark'), `members` the Member rows of the image clusters."""
    within, benchmarks = touched(members), sorted(benchmarks, key=lambda benchmark: benchmark.id)
    asking = {benchmark.id for benchmark in benchmarks if benchmark.rules & BY_QUESTION}
    by_image: defaultdict[str, list[Touch]] = defaultdict(list)
    by_key: defaultdict[str, list[Touch]] = defaultdict(list)
    by_question: defaultdict[bytes, list[Asked]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.id):
        name, questions = row.source.removesuffix(MARK), frozenset(questions_of(row))
        for image in dict.fromkeys(row.images):
            place = within[image].cluster if image in within else image
            by_image[place].append(Touch(benchmark=name, row=row.id, image=image, questions=questions))
        for key in row.keys:
            by_key[key_digest(key.name, key.value)].append(Touch(benchmark=name, row=row.id, image="", questions=questions))
        for digest, words in asked_first(row).items() if name in asking else ():
            answers = answered(row) if words < words_enough(row) else None
            by_question[digest].append(Asked(benchmark=name, row=row.id, answers=answers))
    return Evaluation(tuple(benchmarks), _settled(by_image), _settled(by_key), _settled(by_question), Proofs(within))


def _settled(found: Mapping[Place, list[Row]]) -> dict[Place, tuple[Row, ...]]:
    return {place: tuple(rows) for place, rows in found.items()}


def shows_images(row: Sample) -> bool:
    """Whether its images are part of it, though they may not be on disk."""
    return bool(row.images) or row.task not in WITHOUT_IMAGES


def words_enough(row: Sample) -> float:
    """How long its question must be to count without its answer."""
    return ENOUGH * (OF_AN_IMAGE if shows_images(row) else 1)


def questions_of(sample: Sample) -> list[str]:
    """Normal form of what the user asks, turn by turn; turns without words left out."""
    forms = (normal_form(turn.text) for turn in sample.turns if turn.role == "user")
    return [form for form in forms if form]
