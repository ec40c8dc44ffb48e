import random

import pytest

from curate.tag.pooled import pooled
from curate.tag.vocabulary import Meaning

CT, MRI, CTA = Meaning(modality="ct"), Meaning(modality="mri"), Meaning(modality="ct", submodality="CTA")


@pytest.mark.parametrize(
    ("named", "wanted"),
    [
        ([], []),
        ([("p", None), ("p", None)], [None, None]),
        ([("p", CT)], [None]),  # what a sample says itself does not come back to it
        ([("p", CT), ("p", None), ("q", None)], [None, CT, None]),
        ([("p", CT), ("p", MRI), ("p", None)], [MRI, CT, None]),  # they differ
        ([("p", CT), ("p", CT), ("p", MRI), ("p", None)], [None, None, CT, CT]),  # twice as often as all others together
        ([("p", CTA), ("p", CT), ("p", None)], [CT, CTA, CTA]),
        ([("", CT), ("", None)], [None, None]),  # no picture, or several
    ],
)
def test_samples_of_one_picture_are_heard_together(named, wanted):
    assert pooled(named) == wanted


def test_the_order_of_the_samples_changes_nothing():
    chance = random.Random(1)
    for _ in range(50):
        named = [(chance.choice("pqr"), chance.choice([CT, CT, CTA, MRI, None])) for _ in range(12)]
        order = chance.sample(range(12), 12)
        found = pooled(named)
        assert pooled([named[place] for place in order]) == [found[place] for place in order]


def test_ten_thousand_questions_of_one_picture_are_no_matter():
    found = pooled([("p", CT if place % 3 else None) for place in range(10_000)])
    assert set(found) == {CT}
