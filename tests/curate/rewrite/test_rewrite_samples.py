"""What a model is asked of a sample; what becomes of the sample by what it answers"""

from __future__ import annotations

import dataclasses
import json

import pytest
import yaml

from curate.models.chat import LONGEST, TOO_LONG_ASKED, Answer
from curate.recipe import SCHEMA, Rewrite
from curate.rewrite.prompts import PROMPTS, load_prompt
from curate.rewrite.rewrite import is_wanted, questions, revised, rewritten
from curate.rewrite.script import script_of
from schemas.sample import Sample, Turn
from schemas.verdict import Fault

REWRITE = Rewrite(model="tiny")
PROMPT = load_prompt("doctor")
DIALOGUE = Sample(
    id="a/1", source="a", table="talks", task="dialogue", domain="medical", split="train", language="en", images=(),
    turns=(
        Turn(role="system", text="You are a doctor."), Turn(role="user", text="My {answer} knee hurts."),
        Turn(role="assistant", text="Since when?"), Turn(role="user", text="Since May."),
        Turn(role="assistant", text="It is gout, says {x}."),
    ),
    labels=(), boxes=(), modality=None, keys=(), license="MIT", commercial="yes", access="open", reliability=50, from_labels=False,
    scope="none", order=0,
)  # fmt: skip


def said(text: str, finish: str = "stop") -> Answer:
    return Answer(content=text, finish=finish)


def test_each_answer_is_asked_for_with_all_that_was_said_before_it() -> None:
    first, second = questions(DIALOGUE, REWRITE, PROMPT)
    assert [message["role"] for message in first.messages] == ["system", "user"]
    assert first.messages[0]["content"] == PROMPT.system
    assert first.messages[1]["content"] == (
        "CONVERSATION\nNote: You are a doctor.\n\nPatient: My {answer} knee hurts.\n\nTHE DOCTOR'S ANSWER\nSince when?"
    )
    assert second.messages[1]["content"] == (
        "CONVERSATION\nNote: You are a doctor.\n\nPatient: My {answer} knee hurts.\n\nDoctor: Since when?\n\nPatient: Since May.\n\n"
        "THE DOCTOR'S ANSWER\nIt is gout, says {x}."
    )
    assert json.loads(first.body) == {
        "model": "tiny", "messages": list(first.messages), "temperature": 0.0, "max_tokens": 1024, "seed": 0, "stream": False,
    }  # fmt: skip


def test_a_key_tells_questions_apart_by_all_that_decides_the_answer() -> None:
    changes = [{"model": "other"}, {"temperature": 0.5}, {"max_tokens": 9}, {"seed": 1}]
    keys = {questions(DIALOGUE, dataclasses.replace(REWRITE, **change), PROMPT)[0].key for change in changes}  # type: ignore[arg-type]
    keys |= {questions(DIALOGUE, REWRITE, dataclasses.replace(PROMPT, system=PROMPT.system + "!"))[0].key}
    keys |= {question.key for question in questions(DIALOGUE, REWRITE, PROMPT)}
    assert len(keys) == 7
    other = dataclasses.replace(DIALOGUE, id="b/1", source="b", license="unknown")
    assert [question.key for question in questions(other, REWRITE, PROMPT)] == [q.key for q in questions(DIALOGUE, REWRITE, PROMPT)]


def test_marks_of_images_are_not_asked_and_an_empty_answer_neither() -> None:
    shown = dataclasses.replace(
        DIALOGUE, turns=(Turn(role="user", text="<image>\nAnd this?"), Turn(role="assistant", text=" "), Turn(role="assistant", text="CT."))
    )
    (question,) = questions(shown, REWRITE, PROMPT)
    assert question.messages[1]["content"] == "CONVERSATION\nPatient: And this?\n\nTHE DOCTOR'S ANSWER\nCT."
    assert isinstance(result := rewritten(shown, [said("Revised response: A scan.")], PROMPT), Sample)
    assert [turn.text for turn in result.turns] == ["<image>\nAnd this?", " ", "A scan."]


@pytest.mark.parametrize(
    ("rewrite", "change", "wanted"),
    [
        (REWRITE, {}, True),
        (REWRITE, {"task": "qa"}, False),
        (Rewrite(model="m", tasks=("qa", "dialogue")), {"task": "qa"}, True),
        (Rewrite(model="m", sources=("a",)), {}, True),
        (Rewrite(model="m", sources=("a/talks",)), {}, True),
        (Rewrite(model="m", sources=("a/other", "b")), {}, False),
        (REWRITE, {"turns": (Turn(role="user", text="Hm?"), Turn(role="assistant", text=" \n"))}, False),
    ],
)
def test_the_recipe_says_whose_answers_are_written_anew(rewrite: Rewrite, change: dict[str, object], wanted: bool) -> None:
    assert is_wanted(dataclasses.replace(DIALOGUE, **change), rewrite) is wanted  # type: ignore[arg-type]


def test_answers_stand_where_those_stood_that_they_were_asked_for() -> None:
    result = rewritten(DIALOGUE, [said("Revised response: Since when, please?"), said("**Revised response:** It may be gout.")], PROMPT)
    assert isinstance(result, Sample)
    assert [turn.text for turn in result.turns] == [
        "You are a doctor.", "My {answer} knee hurts.", "Since when, please?", "Since May.", "It may be gout.",
    ]  # fmt: skip
    assert dataclasses.replace(result, turns=DIALOGUE.turns) == DIALOGUE


def test_the_first_answer_that_cannot_be_used_refuses_the_sample() -> None:
    answers = [said("Revised response: Since when?"), said("It is gout.")]
    assert rewritten(DIALOGUE, answers, PROMPT) == Fault(reason="rewrite_unmarked", evidence="turn 5: 11 characters")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said(""), "rewrite_empty"),
        (said(" \n "), "rewrite_empty"),
        (said("Revised response:"), "rewrite_empty"),
        (said("<think>What to say"), "rewrite_empty"),
        (said("It may be a cold."), "rewrite_unmarked"),
        (said("<think>Revised response: no</think>It may be a cold."), "rewrite_unmarked"),
        (said("Revised response: It may be", "length"), "rewrite_cut"),
        (said("Revised response: " + "a" * LONGEST), "rewrite_cut"),
        (said("", "content_filter"), "rewrite_declined"),
        (said("", "refusal"), "rewrite_declined"),
        (said("I'm sorry, but I can't help with that."), "rewrite_declined"),
        (said("Revised response: I’m sorry, I cannot assist with this request."), "rewrite_declined"),
        (said("", TOO_LONG_ASKED), "rewrite_too_long"),
        (said("Revised response: See <image> here."), "rewrite_image_mark"),
        (said("Revised response: 这可能是普通感冒，请咨询全科医生。"), "rewrite_script"),
    ],
)
def test_an_answer_that_is_none_has_a_reason(answer: Answer, reason: str) -> None:
    fault = revised(answer, "You have a common cold, says Dr. Miller of Springfield.", PROMPT)
    assert isinstance(fault, Fault)
    assert fault.reason == reason
    assert not any(word in fault.evidence for word in ("cold", "Miller", "感冒", "help"))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<think>They want Revised response: x</think>\n\nRevised response: A cold, perhaps.", "A cold, perhaps."),
        ("Revised response: Pills will not help; I cannot give a diagnosis.", "Pills will not help; I cannot give a diagnosis."),
        ("Revised response: " + "I cannot help worrying. " * 40, ("I cannot help worrying. " * 40).strip()),
        ("Revised response: OK", "OK"),
    ],
)
def test_what_only_looks_like_a_fault_stays(content: str, text: str) -> None:
    assert revised(said(content), "You have a common cold.", PROMPT) == text


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("a common cold, perhaps", "latin"), ("这可能是普通感冒", "han"), ("建议服用 Amoxicillin 五百毫克", "han"), ("OK", ""),
        ("12345 67890 %", ""),
        ("обычная простуда", "cyrillic"), ("風邪かもしれませんので、おやすみください", "kana"), ("", ""),
    ],
)  # fmt: skip
def test_the_script_of_a_text_is_that_of_most_of_it(text: str, script: str) -> None:
    assert script_of(text) == script


def test_every_wording_is_one_that_a_recipe_can_name() -> None:
    named = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]["rewrite"]["properties"]["prompt"]["enum"]
    assert [load_prompt(name).name for name in named] == named
    assert sorted(yaml.safe_load(PROMPTS.read_text(encoding="utf-8"))) == sorted(named)


def test_a_wording_is_pinned_to_its_version() -> None:
    """Answers are kept by all that was asked: another wording under the same version would ask all of them again, untold."""
    assert (PROMPT.name, PROMPT.version, PROMPT.marker, PROMPT.digest) == ("doctor", 1, "Revised response:", "49cba17d4d10d877")
    assert PROMPT.marker in PROMPT.system
