"""benchmark rows, their images' clusters and look-alikes, known keys -> what may not be in a training set"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from curate.manifest.keys import key_digest
from curate.proof import Proofs
from curate.shield.passages import RUN, SHORT, Passage, Passages
from curate.shield.questions import answered, asked_first, first_question, is_own, plain, words_enough
from curate.shield.wording import length
from curate.words import words_of
from schemas.arrow import from_table
from schemas.cluster import Leak, Member
from schemas.sample import Sample

Rule = Literal["image", "image+question", "question", "image|question", "none"]  # a published key counts under each but the last
BY_IMAGE: frozenset[Rule] = frozenset({"image", "image+question", "image|question"})
BY_QUESTION: frozenset[Rule] = frozenset({"question", "image|question"})  # by text alone
Text = Literal["overlap", "full"]
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
    keys: tuple[str, ...] | None = None  # names of those it goes by (patient, study, figure ...); None: all that its rows have
    text: Text = "overlap"  # by question: also nearly the same, and by runs of words; full: word for word alone
    compares: tuple[str, ...] = ("question",)  # what of a row is text to be found: question, answer
    near_images: bool = True  # by image: also what looks like one without being in a cluster with it
    known_keys: frozenset[str] = frozenset()  # key_digest of each key in it: known even where the benchmark is not on disk

    def rule_for(self, source: str) -> Rule:
        return self.own_train if source == self.of else self.others

    @property
    def rules(self) -> frozenset[Rule]:
        """Those by which any source is judged."""
        return frozenset({self.others, self.own_train} if self.of else {self.others})

    def goes_by(self, key: str) -> bool:
        return self.keys is None or key in self.keys


OVERRIDDEN = ("own_train", "others", "keys", "text", "compares", "near_images")


def overridden(benchmark: Benchmark, rules: Mapping[str, Mapping[str, Any]]) -> Benchmark:
    """The benchmark under a recipe's `shield`: {benchmark: {own_train: rule, others: rule, keys: [name] ...}}, held to a schema."""
    said = rules.get(benchmark.id, {})
    return dataclasses.replace(benchmark, **{name: _plain(said[name]) for name in OVERRIDDEN if name in said})


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A benchmark row that an image or a key leads to."""

    benchmark: str
    row: str
    image: str  # '' where a key led there
    questions: frozenset[bytes]  # digests of what it asks
    near: str = ""  # how much the image looks like one of the row, where no cluster says that it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A benchmark row that a question leads to."""

    benchmark: str
    row: str
    answers: frozenset[bytes] | None  # digests of which a sample must say one: the question may be anybody's; None: it is this row's own


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that is shielded, to be asked by a sample's images, keys and texts. Bounded by the benchmarks, not by the corpus."""

    benchmarks: tuple[Benchmark, ...]
    by_image: Mapping[str, tuple[Touch, ...]] = field(default_factory=dict)  # image id or image cluster -> rows on it
    by_near: Mapping[str, tuple[Touch, ...]] = field(default_factory=dict)  # the same -> rows on images that look like it
    by_key: Mapping[str, tuple[Touch, ...]] = field(default_factory=dict)  # key digest -> rows that carry it
    by_question: Mapping[bytes, tuple[Asked, ...]] = field(default_factory=dict)  # of questions -> rows that ask it
    passages: Passages = field(default_factory=Passages)
    proofs: Proofs = field(default_factory=lambda: Proofs({}))  # of the members of every image cluster that holds a benchmark image

    def cluster(self, image: str) -> str:
        """The cluster of an image if a benchmark image, or one that looks like it, is in it, else the image itself."""
        return self.proofs.members[image].cluster if image in self.proofs.members else image


def touched(members: pa.Table, leaks: pa.Table) -> dict[str, Member]:
    """Of Member rows those, by id, of every image cluster that holds a benchmark image or one that looks like it."""
    clusters = touched_clusters(members, leaks)
    return {row.id: row for row in from_table(members.filter(pc.is_in(members["cluster"], value_set=clusters)), Member)}


def touched_clusters(members: pa.Table, leaks: pa.Table) -> pa.Array:
    """Of some Member rows the clusters in which they put a benchmark image or one that looks like it."""
    touching = pc.or_(pc.ends_with(members["source"], MARK), pc.is_in(members["id"], value_set=leaks["id"].combine_chunks()))
    return pc.unique(members.filter(touching)["cluster"])


def evaluation(benchmarks: Iterable[Benchmark], rows: Iterable[Sample], members: pa.Table, leaks: pa.Table) -> Evaluation:
    """What to shield: `rows` are those of all benchmarks (source '<id>@benchmark'), `members` the Member rows of the image clusters,
    `leaks` the Leak rows."""
    within, by_id = touched(members, leaks), {benchmark.id: benchmark for benchmark in sorted(benchmarks, key=lambda each: each.id)}
    by_image: defaultdict[str, list[Touch]] = defaultdict(list)
    by_key: defaultdict[str, list[Touch]] = defaultdict(list)
    by_question: defaultdict[bytes, list[Asked]] = defaultdict(list)
    shown: defaultdict[str, list[Touch]] = defaultdict(list)  # benchmark image -> its rows
    passages: dict[tuple[str, str, str], Passage] = {}
    for row in sorted(rows, key=lambda row: row.id):
        name, asks = row.source.removesuffix(MARK), asked_first(row)
        for image in dict.fromkeys(row.images):
            shown[image].append(Touch(benchmark=name, row=row.id, image=image, questions=frozenset(asks)))
            by_image[within[image].cluster if image in within else image].append(shown[image][-1])
        for key in row.keys:
            by_key[key_digest(key.name, key.value)].append(Touch(benchmark=name, row=row.id, image="", questions=frozenset(asks)))
        if name in by_id and by_id[name].rules & BY_QUESTION:
            if "question" in by_id[name].compares:
                for digest, is_its_own in asks.items():
                    by_question[digest].append(Asked(benchmark=name, row=row.id, answers=None if is_its_own else answered(row)))
            for passage in passages_of(row, by_id[name]):
                passages.setdefault((name, passage.what, passage.form), passage)
    return Evaluation(
        tuple(by_id.values()), _settled(by_image), _near(leaks, shown, within, by_id), _settled(by_key), _settled(by_question),
        Passages(passages.values()), Proofs(within),
    )  # fmt: skip


def passages_of(row: Sample, benchmark: Benchmark) -> Iterator[Passage]:
    """The texts of a row that are found wherever they stand, each with its words: a question long enough to be its own, answers of RUN
    words and more."""
    if benchmark.text == "full":
        return
    texts = [("question", first_question(row), max(SHORT, words_enough(row)))] if "question" in benchmark.compares else []
    if "answer" in benchmark.compares:
        texts += [("answer", plain(turn.text), RUN) for turn in row.turns if turn.role == "assistant"]
    for what, text, least in texts:
        words = words_of(text)
        if sum(map(length, words)) >= least and is_own(words, row):
            yield Passage(benchmark.id, row.id, what, " ".join(words))  # type: ignore[arg-type]  # one of two words


def _near(
    leaks: pa.Table, shown: Mapping[str, list[Touch]], within: Mapping[str, Member], benchmarks: Mapping[str, Benchmark]
) -> dict[str, tuple[Touch, ...]]:
    """The most alike first."""
    found: defaultdict[str, list[tuple[float, Touch]]] = defaultdict(list)
    for leak in from_table(leaks, Leak):
        place = within[leak.id].cluster if leak.id in within else leak.id
        how = f"phash {leak.distance}, similarity {leak.similarity:.3f}"
        for touch in shown.get(leak.other, ()):
            if touch.benchmark in benchmarks and benchmarks[touch.benchmark].near_images:
                found[place].append((-leak.similarity, dataclasses.replace(touch, near=how)))
    ordered = {place: sorted(near, key=lambda pair: (pair[0], pair[1].row)) for place, near in found.items()}
    return {place: tuple(touch for _, touch in near) for place, near in ordered.items()}


def _settled(found: Mapping[Place, list[Row]]) -> dict[Place, tuple[Row, ...]]:
    return {place: tuple(rows) for place, rows in found.items()}
