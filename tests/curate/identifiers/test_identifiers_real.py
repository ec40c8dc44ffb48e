"""Identifiers planted between the sentences of real captions, reports, dialogues and questions are found"""

from collections import Counter
from functools import cache

import pytest

from curate.identifiers.find import find_identifiers, scrub
from curate.identifiers.kinds import KINDS
from tests.curate.identifiers.planted import Planted
from tests.curate.identifiers.real_texts import PLANTED, planted_in
from tests.curate.identifiers.scoring import Score, leftovers, score
from tests.real import REAL

pytestmark = pytest.mark.skipif(REAL is None, reason="no real texts beside the repository")
SEED = 1
FOUND = (1151, {"name": 1})  # of 1152, missed by kind


@cache
def planted() -> list[tuple[str, Planted]]:
    assert REAL
    return list(planted_in(REAL / "annotations", SEED))


@cache
def told() -> Score:
    return score((sentence for _, sentence in planted()), find_identifiers)


def test_so_many_real_texts_hold_one():
    assert Counter(name for name, _ in planted()) == PLANTED
    assert sum(PLANTED[name] for name in ("roco", "iu-xray", "chatdoctor")) >= 500


@pytest.mark.parametrize("kind", KINDS)
def test_of_every_kind_98_in_100_are_found(kind):
    assert told().recall(kind) >= 0.98, told().missed


def test_so_many_of_each_kind_are_found():
    missed = {kind: told().total[kind] - told().found[kind] for kind in KINDS if told().total[kind] > told().found[kind]}
    assert (sum(told().found.values()), missed) == FOUND


def test_of_one_text_in_a_thousand_a_piece_can_still_be_read():
    left = [leftovers(sentence, scrub(sentence.text, sentence.language)[0]) for _, sentence in planted()]
    assert (sum(map(bool, left)), len(left)) == (1, 960)


def test_scrubbing_again_changes_nothing():
    once = [(scrub(sentence.text, sentence.language)[0], sentence.language) for _, sentence in planted()]
    assert [text for text, language in once if scrub(text, language) != (text, {})] == []
