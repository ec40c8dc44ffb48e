"""wordings over columns: chosen by hash, passed over where a column is empty"""

from pathlib import Path

import pytest

from curate.digest import choose
from curate.ingest.render import Absent, text_of
from curate.ingest.turns import compile_turns
from curate.manifest.plain_yaml import parse_yaml
from curate.manifest.sense import wording_faults
from schemas.sample import Turn

WORDINGS = {
    "finding_answer": {
        "en": ("The image shows {labels}.", "Seen here: {labels}[[, {grade}]].", "Grade {grade}."),
        "zh": ("图像显示{labels}。",),
    }
}
ANSWER = [{"user": "?"}, {"assistant": {"prompt": "finding_answer"}}]


def said(row: dict[str, str], id: str, language: str = "en") -> str:
    return compile_turns(ANSWER, text_of, WORDINGS)(row, id, language)[1].text


def test_an_answer_is_worded_by_the_hash_of_the_id() -> None:
    row = {"labels": "a mass", "grade": "2"}
    wanted = ("The image shows a mass.", "Seen here: a mass, 2.", "Grade 2.")
    ids = [f"s/{number}" for number in range(40)]
    assert [said(row, id) for id in ids] == [wanted[choose(3, id, "finding_answer")] for id in ids]
    assert {said(row, id) for id in ids} == set(wanted)
    assert said(row, "s/1", "zh-CN") == "图像显示a mass。"


def test_a_wording_whose_column_is_empty_is_passed_over_for_the_next_in_order() -> None:
    ids = [f"s/{number}" for number in range(40)]
    chosen = {choose(3, id, "finding_answer"): id for id in ids}
    only_labels = {"labels": "a mass", "grade": ""}
    wanted = ["The image shows a mass.", "Seen here: a mass.", "The image shows a mass."]
    assert [said(only_labels, chosen[place]) for place in range(3)] == wanted
    assert {said({"labels": " ", "grade": "2"}, id) for id in ids} == {"Grade 2."}


def test_a_row_to_which_no_wording_fits_has_no_text() -> None:
    with pytest.raises(Absent) as caught:
        said({"labels": "", "grade": ""}, "s/1")
    assert caught.value.reason == "text_missing"
    listed = [{"user": {"prompts": ["{q}", "{r}"]}}, {"assistant": "a"}]
    speak = compile_turns(listed, text_of, {})
    assert speak({"q": "", "r": "Which?"}, "s/1", "en")[0] == Turn(role="user", text="Which?")
    with pytest.raises(Absent) as caught:
        speak({}, "s/1", "en")
    assert (caught.value.reason, caught.value.evidence[:9]) == ("column_missing", "no column")


def test_an_optional_turn_is_left_out_where_no_wording_fits() -> None:
    turns = [{"system": "{x}", "optional": True}, {"user": "?"}, {"assistant": {"prompts": ["{a}"]}, "optional": True}]
    assert compile_turns(turns, text_of, {})({"a": ""}, "s/1", "en") == [Turn(role="user", text="?")]


def test_a_wording_that_is_no_template_is_a_fault_of_its_file() -> None:
    assert wording_faults(WORDINGS) == []
    assert wording_faults({"a": {"en": ["x", "{b"], "zh": ["[[c"]}}) == [
        "$.a.en[1]: '{' at 0 has no partner", "$.a.zh[0]: '[[' is not closed",
    ]  # fmt: skip


def test_of_several_names_the_first_with_a_wording_that_fits_is_taken() -> None:
    wordings = {**WORDINGS, "none_answer": {"en": ("Nothing.",)}}
    speak = compile_turns([{"user": "?"}, {"assistant": {"prompt": ["finding_answer", "none_answer"]}}], text_of, wordings)
    assert speak({"labels": "", "grade": "2"}, "s/1", "en")[1].text == "Grade 2."
    assert speak({"labels": "", "grade": ""}, "s/1", "en")[1].text == "Nothing."


def test_each_shipped_name_has_several_wordings_and_those_with_boxes_say_where_they_count_from() -> None:
    text = Path(__file__).parents[3].joinpath("manifests/templates.yaml").read_text(encoding="utf-8")
    shipped = parse_yaml(text)
    assert wording_faults(shipped) == []
    wanted = {"en": 4, "zh": 2}
    counted = [(name, language, len(set(texts))) for name, languages in shipped.items() for language, texts in languages.items()]
    assert [(name, language) for name, language, count in counted if count < wanted[language]] == []
    words = {"en": "x from the left", "zh": "x 自左起"}
    worded = [(language, text) for languages in shipped.values() for language, texts in languages.items() for text in texts]
    assert [text for language, text in worded if "{@boxes" in text and words[language] not in text] == []
