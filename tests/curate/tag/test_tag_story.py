"""What was decided and doubted, in words"""

from __future__ import annotations

from dataclasses import replace

from curate.tag.evidence import WITNESSES, family
from curate.tag.story import SPEAKERS, decision_words, doubt_words
from schemas.attribute import Tagged

DECIDED = Tagged(
    id="a/1", modality="ct", submodality="", figure_type="", by="caption", score=0.98, margin=0.97, runner_up="mri", seen="mri",
    seen_score=0.9, against="pixels mri 0.90",
)  # fmt: skip


def test_a_decision_names_what_it_was_made_by():
    assert decision_words(DECIDED) == "It counts as ct, by its caption: probability 0.9800, and 0.9700 more than mri."
    by_model = replace(DECIDED, by="pixels", submodality="CTA", runner_up="")
    assert decision_words(by_model) == "It counts as ct (CTA), by the model pixels: probability 0.9800."


def test_what_contradicts_a_decision_stands_against_it():
    assert doubt_words(DECIDED) == "Against it: pixels mri 0.90."
    assert doubt_words(replace(DECIDED, against="")) == ""


def test_where_nobody_can_tell_what_was_named_did_not_suffice():
    nobody = replace(DECIDED, modality="other", by="", score=0.0, margin=0.0, seen="", against="question ct; pooled ultrasound")
    assert decision_words(nobody) == "It counts as other: nobody can tell; mri came nearest."
    assert doubt_words(nobody) == "Named, and not enough: question ct; pooled ultrasound."


def test_every_witness_has_words_of_its_own():
    assert {family(name) for name in WITNESSES} == {*SPEAKERS}
