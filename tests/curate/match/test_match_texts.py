import random

import numpy as np
import pyarrow as pa
import pytest

from curate.match import near
from curate.match.near import Compared, jaccard
from curate.match.signatures import band_keys, band_rows, signatures
from curate.match.texts import Texts, family_of, match_texts, question_of, scopes_of, set_keys, text_of
from curate.recipe import Matching
from curate.shingles import Shingles, shingle_sets
from schemas.sample import Sample, Turn

MATCHING = Matching()
LONG = "a well defined hypodense lesion is seen in the right lobe of the liver without contrast enhancement on the delayed phase images"


def sample(task: str, *turns: str, images: tuple[str, ...] = (), from_labels: bool = False, system: str = "") -> Sample:
    spoken = [Turn(role=("user", "assistant")[place % 2], text=text) for place, text in enumerate(turns)]
    return Sample(
        id="s/1", source="s", table="t", task=task, domain="medical", split="train", language="en", images=images,
        turns=tuple([Turn(role="system", text=system)] if system else []) + tuple(spoken), labels=(), boxes=(), modality=None, keys=(),
        license="CC0-1.0", commercial="yes", access="open", reliability=50, from_labels=from_labels, scope="none", order=0,
    )  # fmt: skip


def match(found: dict[str, str], scopes: dict[str, int] | None = None, asked: dict[str, str] | None = None) -> pa.Table:
    sets = shingle_sets(list(found.values()), MATCHING.shingle)
    texts = Texts(
        ids=pa.array(list(found)),
        sources=pa.array([id.split("/")[0] for id in found]),
        scopes=np.array([(scopes or {}).get(id, 0) for id in found], np.uint64),
        sets=set_keys(sets),
        bands=band_keys(signatures(sets, MATCHING.permutations), band_rows(MATCHING.permutations, MATCHING.text_threshold)),
    )
    questions = shingle_sets([(asked or {}).get(id, "") for id in found], MATCHING.shingle)
    return match_texts(texts, lambda rows: Compared(sets.take(rows), questions.take(rows)), MATCHING)


def clusters(found: dict[str, str], scopes: dict[str, int] | None = None) -> list[tuple[str, str, str, float]]:
    return [(row["id"], row["cluster"], row["other"], row["similarity"]) for row in match(found, scopes).to_pylist()]


def test_equal_and_near_texts_are_clusters_with_their_similarity() -> None:
    alike = LONG.replace("images", "scans")  # the last word: one shingle of 18 is another
    found = {"b/1": LONG.upper() + ".", "a/1": LONG, "c/1": alike, "d/1": "nothing of the kind is to be seen in this text at all"}
    assert clusters(found) == [("a/1", "a/1", "", 1.0), ("b/1", "a/1", "a/1", 1.0), ("c/1", "a/1", "a/1", 0.8947)]


def test_a_text_shorter_than_a_shingle_matches_exactly_or_not_at_all() -> None:
    found = {"a/1": "No finding", "a/2": "no finding.", "a/3": "no findings", "a/4": "", "a/5": "", "a/6": "..."}
    assert clusters(found) == [("a/1", "a/1", "", 1.0), ("a/2", "a/1", "a/1", 1.0)]


def test_texts_of_two_scopes_are_never_compared() -> None:
    found = {"a/1": LONG, "a/2": LONG, "a/3": LONG + " again"}
    assert clusters(found, {"a/2": 1, "a/3": 1}) == [("a/2", "a/2", "", 1.0), ("a/3", "a/2", "a/2", 0.9474)]


def test_one_answer_to_several_questions_is_no_copy() -> None:
    asked = {"a/1": "Is achromatopsia inherited?", "a/2": "Is aceruloplasminemia inherited?", "a/3": "is achromatopsia  inherited"}
    found = {id: f"{question} ⏎ {LONG} {LONG} again" for id, question in asked.items()} | {"a/3": f"{asked['a/3']} ⏎ {LONG} {LONG}"}
    assert [(row["id"], row["other"]) for row in match(found, asked=asked).to_pylist()] == [("a/1", ""), ("a/3", "a/1")]
    assert len(match(found)) == 3


def test_shuffled_texts_give_the_same_clusters() -> None:
    draw = random.Random(5)
    base = [" ".join(draw.choices([f"w{n}" for n in range(80)], k=30)) for _ in range(60)]
    found = {f"a/{n:03d}": base[n % 60] + (" x" * draw.randint(0, 3)) for n in range(300)}
    wanted = match(found)
    assert len(wanted) == 300
    for _ in range(3):
        order = list(found)
        draw.shuffle(order)
        assert match({id: found[id] for id in order}).equals(wanted)


def test_every_edge_is_verified_and_every_near_pair_is_found() -> None:
    draw = random.Random(6)
    found = {}
    for number in range(400):
        words = draw.choices([f"w{n}" for n in range(500)], k=40)
        for copy in range(3):
            found[f"a/{number}-{copy}"] = " ".join(words[: 40 - copy])
    sets = shingle_sets(list(found.values()), 5)
    place = {id: row for row, id in enumerate(found)}
    members = [row for row in match(found).to_pylist() if row["proof"] == "text"]
    true = jaccard(sets, np.array([place[row["id"]] for row in members]), np.array([place[row["other"]] for row in members]))
    assert [row["similarity"] for row in members] == np.round(true, 4).tolist()
    assert true.min() >= MATCHING.text_threshold
    assert len(members) == 800


def test_jaccard_is_that_of_the_sets() -> None:
    sets = shingle_sets(["a b c d", "b c d e", "x y", "", ""], 1)
    assert jaccard(sets, np.array([0, 0, 0, 3]), np.array([1, 2, 0, 4])).tolist() == [0.6, 0.0, 1.0, 1.0]


@pytest.mark.parametrize(("kind", "most"), [("equal", 0), ("template", 200_000)])
def test_a_hot_bucket_is_a_star_never_all_pairs(kind: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    head = "the patient was seen in the clinic because of a cough that lasted three weeks and went away with treatment number"
    found = {f"a/{n:05d}": head if kind == "equal" else f"{head} {n}" for n in range(50_000)}
    compared = []

    def counting(sets: Shingles, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        compared.append(len(a))
        return jaccard(sets, a, b)

    monkeypatch.setattr(near, "jaccard", counting)
    members = match(found)
    assert (len(members), set(members["cluster"].to_pylist())) == (50_000, {"a/00000"})
    assert sum(compared) <= most  # each pair in whole and in question; all pairs would be 1.25 thousand million


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
    scopes = scopes_of([yes, yes, no, yes, yes], [["c"], ["c"], ["c"], ["d"], []]).tolist()
    assert [scopes.index(scope) for scope in scopes] == [0, 0, 2, 3, 4]
