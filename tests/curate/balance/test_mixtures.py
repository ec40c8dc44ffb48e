"""Chances to draw from each corpus: what is drawn has the shares wanted, and no sample more often than it may"""

import math
import random

import pytest

from curate.balance.mixtures import Mixed, Part, mix
from curate.recipe import Mixture


def test_shares_are_reached_and_no_corpus_is_drawn_more_often_than_it_may_be():
    mixture = Mixture(name="stage", title="A stage", corpora={"images": 3, "text": 1}, max_repeat=2)
    assert mix(mixture, {"images": 100, "text": 300}) == Mixed(
        name="stage",
        title="A stage",
        rows=400,
        max_repeat=2.0,
        parts=(
            Part(corpus="images", rows=100, share=0.75, probability=0.5, repeat=2.0),  # 3 draws of each are wanted
            Part(corpus="text", rows=300, share=0.25, probability=0.5, repeat=0.666666666667),
        ),
        absent={},
    )
    assert [part.probability for part in mix(mixture, {"images": 300, "text": 100}).parts] == [0.75, 0.25]


def test_a_corpus_without_rows_leaves_its_share_to_the_others():
    mixed = mix(Mixture(name="stage", corpora={"a": 0.5, "gone": 0.3, "b": 0.2}), {"a": 10, "b": 10, "elsewhere": 5})
    assert [(part.corpus, part.share, part.repeat) for part in mixed.parts] == [
        ("a", 0.714285714286, 1.428571428571), ("b", 0.285714285714, 0.571428571429),
    ]  # fmt: skip
    assert (mixed.rows, mixed.absent) == (20, {"gone": 0.3})
    nothing = mix(Mixture(name="stage", corpora={"a": 1}), {})
    assert (nothing.rows, nothing.parts, nothing.absent) == (0, (), {"a": 1.0})


def test_names_alone_draw_each_sample_once():
    mixed = mix(Mixture(name="all", corpora=("a", "b", "c")), {"a": 1, "c": 3})
    assert [(part.corpus, part.probability, part.repeat) for part in mixed.parts] == [("a", 0.25, 1.0), ("c", 0.75, 1.0)]
    assert mixed.absent == {"b": 0.0}


@pytest.mark.parametrize("seed", range(50))
def test_chances_sum_to_one_and_lack_nothing_that_could_be_had(seed):
    draw = random.Random(seed)
    shares = {name: 10 ** draw.uniform(-9, 9) if seed % 2 else draw.uniform(0.1, 1) for name in "abcdefgh"[: draw.randint(1, 8)]}
    rows = {name: draw.choice([0, 1, 50, 10**9]) for name in "abcdefgh"}
    most = draw.choice([1, 1.5, 4, 50])
    mixed = mix(Mixture(name="m", corpora=shares, max_repeat=most), rows)
    assert {part.corpus for part in mixed.parts} == {name for name in shares if rows[name]} == set(shares) - set(mixed.absent)
    if not mixed.parts:
        return
    assert math.isclose(sum(part.probability for part in mixed.parts), 1, abs_tol=1e-9)  # numpy wants 1.5e-8
    assert all(part.repeat <= most for part in mixed.parts)
    free = [part.probability / part.share for part in mixed.parts if part.repeat < most and min(part.share, part.probability) > 1e-6]
    assert not free or math.isclose(max(free), min(free), rel_tol=1e-5)  # who is not bound shares by the ratio wanted
