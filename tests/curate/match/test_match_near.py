"""Hot buckets: many texts of one template, and what is found and what it costs"""

import random

import numpy as np
import pytest

from curate.likeness import Alike, Compared
from curate.match import near
from tests.curate.match.matched import JACCARD_ALONE, clusters, matched
from tests.curate.match.test_match_texts import found_clusters

HEAD = "the patient was seen in the clinic because of a cough that lasted several weeks and went away with treatment by drug"
TEMPLATE = (
    "findings of the examination of the chest with the patient in a standing position were as follows and have been noted {} {} {} {} {}"
)


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs were compared, call by call."""
    counted: list[int] = []
    similarity = Alike.similarity

    def counting(self: Alike, texts: Compared, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        counted.append(len(a))
        return similarity(self, texts, a, b)

    monkeypatch.setattr(Alike, "similarity", counting)
    return counted


def name(number: int) -> str:
    return "drug" + "".join(chr(97 + int(digit)) for digit in str(number))


def template(count: int) -> dict[str, str]:
    """Texts of 25 words, of which the last five are drawn: any two share 17 shingles of 21, a similarity of 0.68."""
    draw = random.Random(4)
    return {f"a/{n:05d}": TEMPLATE.format(*(name(draw.randrange(10**6)) for _ in range(5))) for n in range(count)}


def test_a_thousand_equal_texts_cost_no_comparison(verified: list[int]) -> None:
    found = matched({f"a/{n:05d}": HEAD for n in range(50_000)})
    assert (len(found.members), set(found.members["cluster"].to_pylist()), sum(verified)) == (50_000, {"a/00000"}, 0)


def test_texts_alike_are_one_star_in_each_bucket(verified: list[int]) -> None:
    found = matched({f"a/{n:05d}": f"{HEAD} {name(n)}" for n in range(20_000)})
    assert (len(found.members), set(found.members["cluster"].to_pylist())) == (20_000, {"a/00000"})
    assert found.counts["crowded"] == 0
    assert sum(verified) <= 40_000  # all pairs would be 200 million


@pytest.mark.parametrize("others", [0, 30_000])
def test_near_pairs_in_a_hot_bucket_are_found_whatever_else_is_in_it(others: int, verified: list[int]) -> None:
    found = template(20_000)
    planted = {f"b/{id[2:]}": f"{text} again" for number, (id, text) in enumerate(found.items()) if number % 100 == 0}
    unrelated = {f"0/{n:05d}": f"{TEMPLATE.format(*'vwxyz')} of source number {name(n)} and {name(n + 7)}" for n in range(others)}
    result = matched(unrelated | found | planted)
    rows = [row for row in result.members.to_pylist() if row["source"] != "0"]
    assert {(row["id"], row["cluster"]) for row in rows} == {
        pair for id in planted for pair in ((id, f"a/{id[2:]}"), (f"a/{id[2:]}", f"a/{id[2:]}"))
    }
    assert result.counts["largest"] > 16
    assert sum(verified) <= 60 * len(unrelated | found)


def test_numbers_of_a_template_keep_a_hot_bucket_apart(verified: list[int]) -> None:
    found = {f"a/{n:05d}": f"{HEAD} number {n + 10_000}" for n in range(5_000)}
    planted = {f"b/{n:05d}": f"{HEAD} number {n + 10_000} again" for n in range(0, 5_000, 50)}
    assert matched(found).counts["near"] == 0
    assert len(clusters(found, matching=JACCARD_ALONE)) == 5_000
    assert found_clusters(clusters(found | planted)) == {frozenset((f"a/{id[2:]}", id)) for id in planted}


def test_what_a_run_is_too_large_for_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "_ROUNDS", 2)
    found = {f"a/{n:05d}": f"{HEAD} number {n + 10_000}" for n in range(2_000)}
    counts = matched(found).counts
    assert (counts["near"], counts["crowded"] > 1_900, counts["refused"] < 100_000) == (0, True, True)


def test_what_is_left_out_of_a_hot_bucket_follows_from_content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "_RUN", 4)
    monkeypatch.setattr(near, "_ROUNDS", 2)
    draw = random.Random(5)
    words = [name(number) for number in range(30)]
    found = {f"a/{n:04d}": f"{HEAD} {' '.join(draw.choices(words, k=4))}" for n in range(1_500)}
    wanted = matched(found)
    assert wanted.counts["crowded"] > 0
    ids = draw.sample(sorted(found), len(found))
    shuffled = matched({id: found[id] for id in ids})
    assert (shuffled.counts, shuffled.members) == (wanted.counts, wanted.members)
    others = dict(zip(found, ids))
    renamed = matched({others[id]: text for id, text in found.items()})
    assert renamed.counts == wanted.counts
    assert found_clusters([tuple(row.values()) for row in renamed.members.select(["id", "cluster"]).to_pylist()]) == {
        frozenset(others[id] for id in cluster)
        for cluster in found_clusters([tuple(row.values()) for row in wanted.members.select(["id", "cluster"]).to_pylist()])
    }
