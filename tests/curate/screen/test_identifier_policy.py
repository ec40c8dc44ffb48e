"""What becomes of a sample in whose text identifiers were found; how they are found is tested in tests/curate/identifiers"""

import dataclasses

import pytest

from curate.recipe import Limits, Recipe
from curate.screen.identifiers import identifier_fault, scrub_sample
from curate.screen.screen import prepare
from schemas.sample import Scrubbed
from tests.curate.screen.made import sample

TURNS = [("user", "Please describe it."), ("assistant", "Mail jane@example.org or joe@example.org. MRN: 00123456.")]
SCRUBBED = "Mail [EMAIL] or [EMAIL]. MRN: [MRN]."
FOUND = (Scrubbed(kind="email", count=2), Scrubbed(kind="mrn", count=1))


def said(found):
    return [turn.text for turn in found.turns]


@pytest.mark.parametrize("task", ["caption", "report", "dialogue"])
def test_identifiers_are_scrubbed_and_counted_by_kind(task):
    scrubbed, found = scrub_sample(sample(task=task, turns=TURNS), Limits())
    assert said(scrubbed) == ["Please describe it.", SCRUBBED]
    assert found == FOUND
    assert identifier_fault(found, Limits()) is None
    again, none = scrub_sample(scrubbed, Limits())
    assert again is scrubbed
    assert none == ()


@pytest.mark.parametrize(
    ("changes", "limits"),
    [
        ({"task": "qa"}, Limits()),
        ({"task": "caption", "from_labels": True}, Limits()),
        ({"task": "caption"}, Limits(identifiers="keep")),
        ({"task": "report"}, Limits(identifier_tasks=("caption",))),
    ],
)
def test_identifiers_are_not_looked_for(changes, limits):
    found = sample(turns=TURNS, **changes)
    assert scrub_sample(found, limits) == (found, ())


def test_a_recipe_may_name_other_tasks():
    assert scrub_sample(sample(task="qa", turns=TURNS), Limits(identifier_tasks=("qa",)))[1] == FOUND


def test_under_refuse_they_are_a_fault_whose_evidence_counts_and_quotes_nothing():
    fault = identifier_fault(FOUND, Limits(identifiers="refuse"))
    assert fault is not None
    assert (fault.reason, fault.evidence) == ("identifiers_found", "email 2, mrn 1")
    assert identifier_fault((), Limits(identifiers="refuse")) is None


def test_text_is_cleaned_before_identifiers_are_looked_for():
    recipe = Recipe(id="r", title="r")
    turns = [("user", "?"), ("assistant", "Figure 1. jane&#64;example.org")]
    escaped = sample(turns=turns, clean=("unescape_entities", "cut_figure_label"))
    prepared = prepare(escaped, recipe)
    assert said(prepared.sample) == ["?", "[EMAIL]"]
    assert (prepared.cleaned, prepared.scrubbed) == (("unescape_entities", "cut_figure_label"), (Scrubbed(kind="email", count=1),))
    kept = prepare(escaped, dataclasses.replace(recipe, limits=Limits(identifiers="keep")))
    assert said(kept.sample) == ["?", "jane@example.org"]
