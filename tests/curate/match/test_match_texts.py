import itertools
import random

import numpy as np
import pyarrow as pa
import pytest

from curate.digest import digest64
from curate.likeness import jaccard
from curate.match.texts import family_of, question_of, scopes_of, text_of
from curate.shingles import shingle_sets
from schemas.sample import Sample, Turn
from tests.curate.match.matched import JACCARD_ALONE, MATCHING, clusters, matched

LONG = "a well defined hypodense lesion is seen in the right lobe of the liver without contrast enhancement on the delayed phase images"


def sample(task: str, *turns: str, images: tuple[str, ...] = (), from_labels: bool = False, system: str = "") -> Sample:
    spoken = [Turn(role=("user", "assistant")[place % 2], text=text) for place, text in enumerate(turns)]
    return Sample(
        id="s/1", source="s", table="t", task=task, domain="medical", split="train", language="en", images=images,
        turns=tuple([Turn(role="system", text=system)] if system else []) + tuple(spoken), labels=(), boxes=(), modality=None, keys=(),
        license="CC0-1.0", commercial="yes", access="open", reliability=50, from_labels=from_labels, scope="none", order=0,
    )  # fmt: skip


def drawn(seed: int, count: int, *, vocabulary: int = 500) -> list[list[str]]:
    """Lists of 12-50 words."""
    draw = random.Random(seed)
    return [draw.choices([f"word{n}" for n in range(vocabulary)], k=draw.randint(12, 50)) for _ in range(count)]


def near_by_definition(found: dict[str, str]) -> set[frozenset[str]]:
    """Components of all pairs that are alike by Jaccard, by plain sets."""
    sets = {id: {tuple(words[n : n + 5]) for n in range(max(1, len(words) - 4))} for id, text in found.items() if (words := text.split())}
    groups = {id: {id} for id in sets}
    for a, b in itertools.combinations(sets, 2):
        if len(sets[a] & sets[b]) >= 0.8 * len(sets[a] | sets[b]) and groups[a] is not groups[b]:
            groups[a] |= groups[b]
            for id in groups[b]:
                groups[id] = groups[a]
    return {frozenset(group) for group in groups.values() if len(group) > 1}


def found_clusters(rows: list[tuple[str, str, str, float]]) -> set[frozenset[str]]:
    return {frozenset(row[0] for row in rows if row[1] == cluster) for cluster in {row[1] for row in rows}}


def test_equal_and_near_texts_are_clusters_with_their_similarity() -> None:
    alike = LONG.replace("images", "scans")  # the last word: one shingle of 18 is another
    found = {"b/1": LONG.upper() + ".", "a/1": LONG, "c/1": alike, "d/1": "nothing of the kind is to be seen in this text at all"}
    assert clusters(found) == [("a/1", "a/1", "", 1.0), ("b/1", "a/1", "a/1", 1.0), ("c/1", "a/1", "a/1", 0.8947)]
    assert matched(found).counts == {
        "texts": 4, "exact": 1, "repeated": 0, "near": 1, "pairs": 1, "refused": 0, "largest": 2, "crowded": 0,
    }  # fmt: skip


@pytest.mark.parametrize("found", [{}, {"a/1": ""}, {"a/1": LONG}, {"a/1": "", "a/2": "..."}, {"a/1": "x" * 1_000_000, "a/2": "y"}])
def test_what_has_no_copy_is_no_member(found: dict[str, str]) -> None:
    assert clusters(found) == []


def test_huge_texts_are_compared_as_any() -> None:
    words = " ".join(map("term{}x".format, range(200_000)))
    assert clusters({"a/1": words, "a/2": words + " end"}) == [("a/1", "a/1", "", 1.0), ("a/2", "a/1", "a/1", 1.0)]


def test_a_text_shorter_than_a_shingle_matches_exactly_or_not_at_all() -> None:
    found = {"a/1": "No finding", "a/2": "no finding.", "a/3": "no findings", "a/4": "", "a/5": "", "a/6": "..."}
    assert clusters(found) == [("a/1", "a/1", "", 1.0), ("a/2", "a/1", "a/1", 1.0)]


def test_texts_with_equal_sets_are_near() -> None:
    assert clusters({"a/1": "alpha beta " * 8, "a/2": "alpha beta " * 9}) == [("a/1", "a/1", "", 1.0), ("a/2", "a/1", "a/1", 1.0)]


def test_texts_of_two_scopes_are_never_compared() -> None:
    found = {"a/1": LONG, "a/2": LONG, "a/3": LONG + " again"}
    scopes = {"a/2": 1, "a/3": 1}
    assert clusters(found, scopes=scopes) == [("a/2", "a/2", "", 1.0), ("a/3", "a/2", "a/2", 0.9474)]
    assert matched(found, scopes).counts["repeated"] == 1


def test_one_answer_to_several_questions_is_no_copy() -> None:
    asked = {"a/1": "Is achromatopsia inherited?", "a/2": "Is aceruloplasminemia inherited?", "a/3": "is achromatopsia  inherited"}
    found = {id: f"{question} ⏎ {LONG} {LONG} again" for id, question in asked.items()} | {"a/3": f"{asked['a/3']} ⏎ {LONG} {LONG}"}
    assert [(row[0], row[2]) for row in clusters(found, asked=asked)] == [("a/1", ""), ("a/3", "a/1")]
    assert len(clusters(found)) == 3


def test_one_answer_to_a_thousand_questions_is_a_thousand_samples() -> None:
    asked = {
        f"a/{n}": f"Is the condition of the family called {word}osis inherited?" for n, (word,) in enumerate(zip(map(str, range(1000))))
    }
    found = matched({id: f"{question} ⏎ {LONG} {LONG}" for id, question in asked.items()}, asked=asked)
    assert (found.counts["near"], len(found.members)) == (0, 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [("right", "left"), ("without", "with"), ("lesion", "lesion of 5 mm"), ("the delayed", "a delayed")],
)
def test_a_side_or_a_negation_keeps_texts_apart_and_an_addition_does_not(old: str, new: str) -> None:
    rest = " ".join(word for words in drawn(1, 3) for word in words)
    found = {"a/1": f"{LONG} {rest}", "a/2": f"{LONG.replace(old, new)} {rest}"}
    assert len(clusters(found)) == (0 if old in ("right", "without") else 2)
    assert len(clusters(found, matching=JACCARD_ALONE)) == 2


def test_shuffled_texts_in_other_rows_give_the_same_clusters() -> None:
    draw = random.Random(5)
    base = [" ".join(words) for words in drawn(5, 60, vocabulary=80)]
    found = {f"a/{n:03d}": base[n % 60] + (" x" * draw.randint(0, 3)) for n in range(300)}
    wanted = matched(found)
    near = pa.concat_tables(wanted.near)
    assert len(wanted.members) == 300
    for _ in range(3):
        order = list(found)
        draw.shuffle(order)
        again = matched({id: found[id] for id in order})
        assert again.members.equals(wanted.members)
        assert again.counts == wanted.counts
        assert pa.concat_tables(again.near).equals(near)


def test_other_ids_give_the_same_clusters_by_other_names() -> None:
    base = drawn(8, 80)
    found = {f"a/{n:03d}": " ".join(base[n % 80][: 50 - n % 3]) for n in range(240)}
    wanted = found_clusters(clusters(found))
    names = {id: f"z/{digest64(id):020d}" for id in found}
    renamed = found_clusters(clusters({names[id]: text for id, text in found.items()}))
    assert renamed == {frozenset(names[id] for id in cluster) for cluster in wanted}


def test_what_else_there_is_changes_no_cluster() -> None:
    base = drawn(9, 100)
    found = {f"a/{n:03d}": " ".join(base[n % 100][: 50 - n % 4]) for n in range(300)}
    others = {f"0/{n:03d}": " ".join(words) for n, words in enumerate(drawn(10, 400))}
    wanted = clusters(found)
    assert [row for row in clusters(others | found) if row[0].startswith("a/")] == wanted


def test_clusters_are_the_components_of_all_pairs_that_are_alike() -> None:
    found = {f"a/{n:03d}-{copy}": " ".join(words[copy:]) for n, words in enumerate(drawn(6, 150)) for copy in range(4)}
    found = {id: text for id, text in found.items() if text}
    wanted = near_by_definition(found)
    assert found_clusters(clusters(found, matching=JACCARD_ALONE)) == wanted
    assert len(wanted) == 150


def test_every_edge_is_verified() -> None:
    found = {f"a/{n:03d}-{copy}": " ".join(words[copy:]) for n, words in enumerate(drawn(7, 300)) for copy in range(3)}
    sets = shingle_sets(list(found.values()), 5)
    place = {id: row for row, id in enumerate(found)}
    joined = [row for row in matched(found).members.to_pylist() if row["proof"] == "text"]
    true = jaccard(sets, np.array([place[row["id"]] for row in joined]), np.array([place[row["other"]] for row in joined]))
    assert [row["similarity"] for row in joined] == np.round(true, 4).tolist()
    assert true.min() >= MATCHING.text_threshold
    assert len(joined) > 500


def test_what_is_compared_is_the_caption_not_its_prompt_and_never_text_made_from_labels() -> None:
    assert text_of(sample("caption", "Describe the image.", "A CT.", images=("i",))) == "A CT."
    assert text_of(sample("qa", "Which? A x B y", "A")) == "Which? A x B y\n⏎\nA"
    assert text_of(sample("dialogue", "q", "a", "r", "b", system="You are a doctor.")) == "\n⏎\n".join("qarb")
    assert question_of(sample("caption", "Describe the image.", "A CT.", images=("i",))) == ""
    assert question_of(sample("dialogue", "q", "a", "r", "b")) == "q\n⏎\nr"
    assert text_of(sample("classification", "Which?", "Pneumonia", images=("i",))) is None
    assert text_of(sample("vqa", "Which?", "Pneumonia", images=("i",), from_labels=True)) is None


def test_scope_is_the_images_and_a_short_answer() -> None:
    yes, no = family_of(sample("vqa", "Is it?", "Yes.", images=("i",))), family_of(sample("vqa", "Is it?", "no", images=("i",)))
    assert (yes, no) == ("talk\0yes", "talk\0no")
    assert family_of(sample("dialogue", "Is it?", "it is what it is")) == "talk"
    organs = [family_of(sample("qa", "图片主要器官是什么?", answer)) for answer in ("肝脏,心脏,脾脏", "肝脏,心脏,脾脏,肺", "肝脏" * 5)]
    assert organs == ["talk\0肝\0脏\0心\0脏\0脾\0脏", "talk\0肝\0脏\0心\0脏\0脾\0脏\0肺", "talk"]
    assert family_of(sample("caption", "p", "yes", images=("i",))) == family_of(sample("report", "p", "no", images=("i",))) == "caption"
    families = np.array([1, 1, 2, 1, 1, 1, 1], np.uint64)
    shown = pa.array([["c"], ["c"], ["c"], ["d"], [], ["c", "d"], ["d", "c"]], pa.list_(pa.string()))
    scopes = scopes_of(families, shown).tolist()
    assert [scopes.index(scope) for scope in scopes] == [0, 0, 2, 3, 4, 5, 6]
    assert scopes_of(families[3:], shown[3:]).tolist() == scopes[3:]
