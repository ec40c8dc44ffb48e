"""Rows of one corpus keep the choices of a question, rows of another ask it openly"""

import dataclasses

import pytest

from curate.emit.rows import count_choices, shard_rows
from schemas.arrow import to_table
from schemas.attribute import Tagged
from schemas.cluster import Choice, SampleClusters
from schemas.sample import Screened, Turn
from tests.curate.emit.tiny_corpus import TinyCorpus, png

ASKED = [("user", "<image>\nWhich plane?\nA: Axial\nB: Coronal"), ("assistant", "A: Axial")]
OPENED = (Turn(role="user", text="Which plane?"), Turn(role="assistant", text="Axial"))


@pytest.fixture
def tables():
    """Three questions: one that opens, one that keeps its choices, one that has none."""
    corpus = TinyCorpus()
    for number in range(3):
        corpus.add(f"pmc_vqa/{number}", ASKED, {f"{number}.png": png("red")})
    opens, keeps, _ = corpus.screened
    sample = dataclasses.replace(opens.sample, opened=OPENED)
    corpus.screened[0] = dataclasses.replace(opens, sample=sample, choices="open", open_tokens=3)
    corpus.screened[1] = dataclasses.replace(keeps, choices="names_choices")
    return (
        to_table(corpus.screened, Screened), to_table(corpus.choices, Choice), to_table(corpus.tagged, Tagged),
        to_table(corpus.clusters, SampleClusters),
    )  # fmt: skip


def told(rows):
    return {row["id"][-1]: ([message["content"] for message in row["messages"]], row["tokens"]) for row in rows.to_pylist()}


def test_the_same_sample_keeps_its_choices_in_one_corpus_and_lacks_them_in_another(tables):
    closed = (["<image>\nWhich plane?\nA: Axial\nB: Coronal", "A: Axial"], 7)
    assert told(shard_rows(*tables)) == {"0": closed, "1": closed, "2": closed}
    assert told(shard_rows(*tables, opened=True)) == {"0": (["<image>\nWhich plane?", "Axial"], 3), "1": closed, "2": closed}


def test_what_became_of_choices_is_counted(tables):
    assert count_choices(tables[0]) == {"names_choices": 1, "open": 1}
