"""What was decided and doubted, in words"""

from __future__ import annotations

from dataclasses import replace

from curate.tag.story import decision_words, doubt_words
from schemas.attribute import Tagged

DECIDED = Tagged(
    id="a/1", modality="ct", submodality="", figure_type="", by="caption", score=0.98, margin=0.97, runner_up="mri", seen="mri",
    seen_score=0.9, against="pixels mri 0.90",
)  # fmt: skip


def test_what_contradicts_a_decision_stands_against_it():
    assert doubt_words(DECIDED) == "seen: mri 0.9000; against it: pixels mri 0.90"


def test_where_nobody_can_tell_what_was_named_did_not_suffice():
    nobody = replace(DECIDED, modality="other", by="", score=0.0, margin=0.0, seen="", against="question ct; pooled ultrasound")
    assert decision_words(nobody) == "other: nobody can tell; mri came nearest"
    assert doubt_words(nobody) == "named, and not enough: question ct; pooled ultrasound"
