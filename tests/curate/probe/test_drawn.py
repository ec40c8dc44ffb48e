"""Drawings: always the same for a seed, each of a class that heads know"""

import numpy as np
import pytest

from curate.models.prompts import load_prompts
from curate.probe.drawn import KINDS, draw
from curate.probe.lettering import number, word, words


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_drawing_is_fixed_by_its_seed(kind: str):
    made, again, other = (draw(kind, seed)[0] for seed in (7, 7, 8))
    assert made.mode in ("L", "RGB")
    assert min(made.size) >= 64
    assert max(made.size) <= 1200
    assert (made.size, made.tobytes()) == (again.size, again.tobytes())
    assert made.tobytes() != other.tobytes()
    assert np.ptp(np.asarray(made.convert("L"))) >= 32  # levels: it shows something


def test_every_kind_is_a_class_of_a_head():
    classes = {(each.modality, each.figure_type) for each in load_prompts().classes}
    assert {(kind.modality, kind.figure_type) for kind in KINDS.values()} <= classes


def test_a_kind_that_is_not_drawn_is_refused():
    with pytest.raises(KeyError, match="no such kind"):
        draw("no such kind", 1)


def test_print_is_words_and_numbers():
    rng = np.random.default_rng(5)
    assert len(words(rng, 7).split(" ")) == 7
    assert all(word(rng).isalpha() for _ in range(50))
    assert all(number(rng) for _ in range(50))
