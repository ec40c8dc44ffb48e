"""flags, section, replace, map over lists: what they make, what they refuse, when they are made"""

import json
from typing import Any

import pytest

from curate.ingest.columns import compile_column
from curate.ingest.render import Unfit, text_of, text_reader
from curate.manifest.verbs import inputs, staged
from schemas.sample import Turn
from tests.curate.ingest.reading import give, manifest, rejected, samples

NAMED = {"Edema": "oedema", "Mass": "a mass", "No Finding": "nothing of note"}
REPORT = "FINAL REPORT\n FINDINGS:  Lungs are clear.\n \n IMPRESSION:  Normal.\n"


@pytest.mark.parametrize(
    ("spec", "row", "value"),
    [
        ({"flags": NAMED, "when": [1.0]}, {"Edema": "1.0", "Mass": 1, "No Finding": ""}, ["oedema", "a mass"]),
        ({"flags": NAMED, "when": [1]}, {"Edema": "0.0", "Mass": "-1.0", "No Finding": None}, []),
        ({"flags": NAMED, "when": [-1]}, {"Edema": -1, "Mass": "1", "No Finding": float("nan")}, ["oedema"]),
        ({"flags": ["Mass", "Edema"], "when": [True, "YES"]}, {"Edema": "yes ", "Mass": True}, ["Mass", "Edema"]),
        ({"flags": ["Mass"], "when": ["present"], "unless": ["absent"]}, {"Mass": "Absent"}, []),
        ({"flags": ["a.b"], "when": [1]}, {"a": {"b": 1}}, ["a.b"]),
        ({"section": "text", "named": "findings"}, {"text": REPORT}, "Lungs are clear."),
        ({"section": "text", "named": "Impression"}, {"text": REPORT}, "Normal."),
        ({"section": "text", "named": "technique"}, {"text": REPORT}, ""),
        ({"section": "text", "named": "findings"}, {}, ""),
        ({"replace": "a", "values": {"_": " ", "  ": " "}}, {"a": "big__mass_"}, "big mass"),
        ({"replace": "a", "values": {"x": "y", "y": "z"}}, {"a": "xy"}, "zz"),
        ({"replace": "a", "values": {".*": ""}}, {"a": "a.*b"}, "ab"),
        ({"replace": "a", "values": {"_": " "}}, {"a": ["x_y", None, "_"]}, ["x y"]),
        ({"replace": "a", "values": {"_": " "}}, {}, ""),
        ({"map": "a", "values": {"E": "oedema", "none": ""}}, {"a": ["e", "none", "E "]}, ["oedema", "oedema"]),
        ({"map": "a", "values": {"E": "oedema"}, "default": "other"}, {"a": ["?", "E"]}, ["other", "oedema"]),
        ({"map": "a", "values": {"E": "oedema"}}, {"a": []}, []),
        ({"map": "a.b", "values": {"E": "oedema"}}, {"a": {"b": ["E"]}}, ["oedema"]),
        ({"capture": "a", "pattern": "(x\\d)"}, {"a": ["p_x1", "p", None, "x2"]}, ["x1", "x2"]),
        ({"capture": "a", "pattern": "(x\\d)"}, {"a": []}, []),
    ],
)
def test_a_verb_makes_its_column(spec: Any, row: dict[str, Any], value: Any) -> None:
    assert compile_column("new", spec, text_of)(row) == value


@pytest.mark.parametrize(
    ("spec", "row", "reason", "evidence"),
    [
        ({"flags": NAMED, "when": [1]}, {"Edema": "2", "Mass": 1, "No Finding": 0}, "value_unmapped", "column 'Edema', 1 characters"),
        ({"flags": NAMED, "when": [1]}, {"Edema": 1, "Mass": "positive"}, "value_unmapped", "column 'Mass', 8 characters"),
        ({"flags": ["a"], "when": [1]}, {"a": {"b": 1}}, "column_type", "column 'a': text or number wanted, dict of 1 found"),
        ({"map": "a", "values": {"E": "oedema"}}, {"a": ["E", "secret"]}, "value_unmapped", "column 'a', 6 characters"),
        ({"replace": "a", "values": {"_": " "}}, {"a": {"b": 1}}, "column_type", "column 'a': text or number wanted, dict of 1 found"),
        ({"section": "a", "named": "findings"}, {"a": {"b": 1}}, "column_type", "column 'a': text or number wanted, dict of 1 found"),
    ],
)
def test_a_word_nobody_has_thought_of_is_not_taken_for_a_no(spec: Any, row: dict[str, Any], reason: str, evidence: str) -> None:
    with pytest.raises(Unfit) as caught:
        compile_column("new", spec, text_of)(row)
    assert (caught.value.reason, caught.value.evidence) == (reason, evidence)


def test_words_that_mean_nothing_is_there_are_no_flag() -> None:
    assert compile_column("new", {"flags": ["a", "b"], "when": [1]}, text_reader(["n/a"]))({"a": "N/A", "b": 1}) == ["b"]


def test_the_columns_that_a_verb_reads_are_known() -> None:
    assert list(inputs({"flags": NAMED, "when": [1]})) == [("Edema", True), ("Mass", True), ("No Finding", True)]
    assert list(inputs({"section": "text", "named": "findings"})) == [("text", True)]
    assert list(inputs({"replace": "label", "values": {"_": " "}})) == [("label", True)]


def test_a_verb_waits_for_the_join_that_brings_its_column() -> None:
    columns = {"present": {"flags": ["Edema"], "when": [1]}, "said": {"replace": "present", "values": {"_": " "}}, "plain": "{id}"}
    assert [list(stage) for stage in staged(columns, joined=["Edema"], exploded=[])] == [["plain"], ["present", "said"], [], []]


def test_findings_alone_and_labels_spelled_out_become_the_answers() -> None:
    source = manifest({
        "columns": {
            "findings": {"section": "report", "named": "findings"},
            "present": {"flags": {"Edema": "oedema", "Mass": "a mass"}, "when": [1]},
        },
        "turns": [{"user": "{q}"}, {"assistant": {"prompts": ["{findings}", "The image shows {present}."]}}],
        "labels": ["{present}"],
    })  # fmt: skip
    rows = [
        {"id": 1, "q": "?", "report": "", "Edema": 1, "Mass": 1},
        {"id": 2, "q": "?", "report": "x\n FINDINGS: Clear.", "Edema": "", "Mass": 0},
    ]
    found = give(source, {"t.jsonl": "\n".join(map(json.dumps, rows))})
    assert rejected(found) == []
    first, second = samples(found)
    assert (first.turns[1], first.labels) == (Turn(role="assistant", text="The image shows oedema, a mass."), ("oedema", "a mass"))
    assert (second.turns[1], second.labels) == (Turn(role="assistant", text="Clear."), ())
