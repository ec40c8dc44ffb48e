"""Which texts of a cluster stay: a loser is itself like its winner"""

import random
import time

import numpy as np
import pyarrow as pa
import pytest

from curate.dedup import texts as dedup_texts
from curate.dedup.texts import text_winners
from curate.likeness import Alike
from tests.curate.dedup.likely import likeness, words

ALIKE = Alike(threshold=0.8, keep_contrasts=True)


def won(found: dict[str, str], merit: str, *, asked: dict[str, str] | None = None, alike: Alike = ALIKE) -> dict[str, tuple[str, float]]:
    """Texts of one cluster by a letter each, the letters in the order of merit -> the winner of each, with their similarity."""
    table = likeness({id: ("a", text) for id, text in found.items()}, asked)
    ids = table["id"].to_pylist()
    winners = text_winners(table, np.array([merit.find(id) for id in ids]), alike)
    return {id: (ids[row], round(float(near), 4)) for id, row, near in zip(ids, winners.row, winners.similarity)}


def plain(found: dict[str, str]) -> dict[str, tuple[str, float]]:
    """The definition, by plain sets, over texts in the order of merit."""
    sets = {id: {tuple(spoken[n : n + 5]) for n in range(len(spoken) - 4)} for id, text in found.items() if (spoken := text.split())}
    winners: dict[str, tuple[str, float]] = {}
    for id, own in sets.items():
        near = ((other, len(own & sets[other]) / len(own | sets[other])) for other in winners if winners[other][0] == other)
        winners[id] = next(((other, similarity) for other, similarity in near if similarity >= 0.8), (id, 1.0))
    return winners


def shifted(first: int, count: int = 60) -> str:
    return " ".join(words(first + count).split()[first:])


CHAIN = {"a": shifted(0), "b": shifted(5), "c": shifted(10)}  # 51 of 61 shingles of neighbours are the same, 46 of 66 of a and c


@pytest.mark.parametrize(
    ("merit", "winners"),
    [
        ("abc", {"a": ("a", 1.0), "b": ("a", 0.8361), "c": ("c", 1.0)}),
        ("bac", {"a": ("b", 0.8361), "b": ("b", 1.0), "c": ("b", 0.8361)}),
        ("cba", {"a": ("a", 1.0), "b": ("c", 0.8361), "c": ("c", 1.0)}),
        ("cab", {"a": ("a", 1.0), "b": ("c", 0.8361), "c": ("c", 1.0)}),
        ("ac", {"a": ("a", 1.0), "b": ("b", 1.0), "c": ("c", 1.0)}),  # shield took what lay between
        ("", {"a": ("a", 1.0), "b": ("b", 1.0), "c": ("c", 1.0)}),
    ],
)
def test_a_loser_is_like_its_winner_whatever_the_chain(merit: str, winners: dict[str, tuple[str, float]]) -> None:
    assert won(CHAIN, merit) == winners


def test_equals_go_with_their_text_even_if_what_carries_its_sets_is_gone() -> None:
    found = {"a": CHAIN["a"], "b": CHAIN["a"].upper(), "c": CHAIN["b"], "d": CHAIN["b"] + ".", "e": CHAIN["c"]}
    assert won(found, "dbec") == {
        "a": ("a", 1.0), "b": ("d", 0.8361), "c": ("d", 1.0), "d": ("d", 1.0), "e": ("d", 0.8361),
    }  # fmt: skip
    assert won(found, "beacd") == {
        "a": ("b", 1.0), "b": ("b", 1.0), "c": ("b", 0.8361), "d": ("b", 0.8361), "e": ("e", 1.0),
    }  # fmt: skip


def test_a_side_keeps_a_text_apart_from_a_winner_that_names_another() -> None:
    found = {"a": f"left {shifted(0)}", "b": f"right {shifted(0)}", "c": shifted(0)}
    assert {id: row for id, (row, _) in won(found, "abc").items()} == {"a": "a", "b": "b", "c": "a"}
    assert {id: row for id, (row, _) in won(found, "cab").items()} == {"a": "c", "b": "c", "c": "c"}
    loose = Alike(threshold=0.8, keep_contrasts=False)
    assert {id: row for id, (row, _) in won(found, "abc", alike=loose).items()} == {"a": "a", "b": "a", "c": "a"}


def test_another_question_is_no_copy() -> None:
    asked = {"a": "is achromatopsia a rare inherited disease", "b": "is galactosemia a rare inherited disease"}
    found = {id: f"{question} {shifted(0, 200)}" for id, question in asked.items()}
    assert {id: row for id, (row, _) in won(found, "ab", asked=asked).items()} == {"a": "a", "b": "b"}


@pytest.mark.parametrize("rounds", [0, 1, 3, 64])
def test_all_is_as_by_definition_in_rounds_and_one_by_one(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedup_texts, "ROUNDS", rounds)
    draw = random.Random(7)
    found = {f"{n:03d}": shifted(draw.randrange(200), draw.randint(30, 70)) for n in range(250)}
    wanted = plain(found)
    table = likeness({id: ("x", text) for id, text in found.items()})
    winners = text_winners(table, np.arange(250), ALIKE)
    ids = table["id"].to_pylist()
    assert {id: (ids[row], round(float(near), 4)) for id, row, near in zip(ids, winners.row, winners.similarity)} == {
        id: (winner, round(near, 4)) for id, (winner, near) in wanted.items()
    }
    assert 20 < len({row for row, _ in wanted.values()}) < 150


def test_clusters_do_not_meet_and_lie_in_any_order() -> None:
    draw = random.Random(8)
    texts = {f"{n:03d}": (f"c{n % 17}", shifted(draw.randrange(30))) for n in range(200)}
    table, merit = likeness(texts), np.array(draw.sample(range(1000), 200))
    winners = text_winners(table, merit, ALIKE)
    ids, clusters = table["id"].to_pylist(), table["cluster"].to_pylist()
    wanted = {ids[row]: (ids[winner], near) for row, (winner, near) in enumerate(zip(winners.row, winners.similarity))}
    assert {clusters[row] == clusters[winner] for row, winner in enumerate(winners.row)} == {True}
    order = np.array(draw.sample(range(200), 200))
    again = text_winners(table.take(pa.array(order)), merit[order], ALIKE)
    assert {ids[order[row]]: (ids[order[winner]], near) for row, (winner, near) in enumerate(zip(again.row, again.similarity))} == wanted


def test_a_cluster_of_many_that_are_not_alike_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates in a cluster: each differs from all others by a number."""
    compared = []
    similarity = Alike.similarity
    monkeypatch.setattr(Alike, "similarity", lambda self, texts, a, b: (compared.append(len(a)), similarity(self, texts, a, b))[1])
    head, count = shifted(0, 20), 3_000
    table = likeness({f"{n:05d}": ("x", f"{head} number {n + 10_000}") for n in range(count)})
    began = time.process_time()
    winners = text_winners(table, np.arange(count), ALIKE)
    assert winners.row.tolist() == list(range(count))
    assert sum(compared) <= count * (dedup_texts.ROUNDS + dedup_texts.MOST)
    assert time.process_time() - began < 20
