"""texts, what a tool would drop of them -> recall and precision against the exact truth"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tests.bench.text_truth import BANDS, Pair, band_of, distinct, length_class, near_pairs, word_shingles

THRESHOLD = 0.8


@dataclass(frozen=True, slots=True)
class Truth:
    """Who is how alike: texts of equal sets as groups, pairs of groups at least as near as the least asked."""

    texts: int
    groups: list[list[int]]  # positions of texts, of one set each
    sizes: list[int]  # shingles of the set
    pairs: dict[Pair, float]  # of groups

    def near(self, threshold: float = THRESHOLD) -> list[Pair]:
        return [pair for pair, alike in self.pairs.items() if alike >= threshold]


def truth_of(texts: Sequence[str], size: int, least: float = THRESHOLD) -> Truth:
    sets = [word_shingles(text, size) for text in texts]
    groups = distinct(sets)
    chosen = [sets[group[0]] for group in groups]
    return Truth(len(texts), groups, [len(one) for one in chosen], near_pairs(chosen, least))


def of_dropped(truth: Truth, dropped: Collection[int]) -> tuple[float, float]:
    """Recall: of the copies (each equal text after its first, each near pair) those of which not both were kept. Precision: of what was
    dropped, the share that is like another text, of its own group or of one at THRESHOLD."""
    gone = set(dropped)
    lost = [sum(number in gone for number in group) for group in truth.groups]
    whole = [count == len(group) for count, group in zip(lost, truth.groups)]
    near = truth.near()
    wanted = sum(len(group) - 1 for group in truth.groups) + len(near)
    found = sum(min(count, len(group) - 1) for count, group in zip(lost, truth.groups)) + sum(whole[a] or whole[b] for a, b in near)
    alike = {group for pair in near for group in pair}
    wrong = sum(gone_whole and place not in alike for place, gone_whole in enumerate(whole)) + len(gone) - sum(lost)
    return found / max(1, wanted), 1 - wrong / max(1, len(gone))


@dataclass(slots=True)
class Cells:
    """Pairs by length class and similarity band: those there are, and those that lie in one cluster."""

    wanted: Counter[tuple[int, int]] = field(default_factory=Counter)
    found: Counter[tuple[int, int]] = field(default_factory=Counter)


def by_cell(truth: Truth, cluster: Mapping[int, int], counts: Sequence[int]) -> Cells:
    """`cluster` names the cluster of each text that is in one; `counts` are the words of the texts. Equal texts are told by the pairs with
    their first."""
    cells = Cells()
    equal = len(BANDS) - 1
    for group in truth.groups:
        for other in group[1:]:
            _tell(cells, length_class(counts[other]), equal, cluster, group[0], other)
    for (a, b), alike in truth.pairs.items():
        first, other = truth.groups[a][0], truth.groups[b][0]
        _tell(cells, length_class(min(counts[first], counts[other])), band_of(alike), cluster, first, other)
    return cells


def _tell(cells: Cells, length: int, band: int, cluster: Mapping[int, int], a: int, b: int) -> None:
    cells.wanted[length, band] += 1
    cells.found[length, band] += a in cluster and cluster[a] == cluster.get(b)
