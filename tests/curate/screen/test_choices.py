"""Multiple choice put openly: which questions can be, why others cannot; the open form goes through what its text goes through"""

import dataclasses

import numpy as np
import pytest

from curate.recipe import Limits, Recipe
from curate.rewrite.rewrite import rewritten
from curate.screen.choices import openness
from curate.screen.clean import clean_sample
from curate.screen.identifiers import scrub_sample
from curate.screen.screen import screen_samples
from schemas.sample import Turn
from tests.curate.screen.made import image, sample

RECIPE = Recipe(id="r", title="r")


def said(question, answer):
    return Turn(role="user", text=question), Turn(role="assistant", text=answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Axial", "Left lung.", "Both active and passive immunization", "Vitamin A", "None", "Yes", "3",
        "120-160 mEq over 24 hours.", "2:03",
        "All cranial nerves", "Type II", "AB", "Panel B", "anterior ethmoidal", "T2-weighted MRI of the brain, without contrast", "脉络丛.",
        "营养性缺铁性贫血", "是", "不是", "Cannot be determined",
    ],
)  # fmt: skip
def test_an_answer_that_is_a_word_or_phrase_opens(answer):
    assert openness(said("<image>\nWhat is shown?", answer)) == "open"


@pytest.mark.parametrize(
    "answer",
    [
        "All of the above", "None of the above.", "All of these", "Both", "Neither", "A and C", "A, B and D", "(a) & (c)", "C",
        "(C)",
        "Option C", "options B and D", "Both A and B are correct", "I and III", "II, III", "1 and 3", "1 only", "A/B",
        "either of the above",
        "All of the options listed are correct", "以上都是", "以上均不是.", "A和C", "甲", "都是", "两者皆是",
    ],
)  # fmt: skip
def test_an_answer_that_names_choices_keeps_them(answer):
    assert openness(said("<image>\nWhat is shown?", answer)) == "names_choices"


@pytest.mark.parametrize(
    "question",
    [
        "Which of the following is shown?", "The scan shows which of the following findings?", "Which of these is seen?",
        "Which is not seen?",
        "All are seen except:", "Which statement is true?", "Which is correct?", "Choose from the given options: what is it?",
        "True about gout:",
        "The answer choices name organs: which is it?", "以下哪项是正确的？", "下列属于CT的是", "有关CT的叙述，错误的是", "哪项最可能？",
    ],
)  # fmt: skip
def test_a_question_that_speaks_of_its_choices_keeps_them(question):
    assert openness(said(question, "Axial")) == "asks_of_choices"


@pytest.mark.parametrize(
    "question",
    [
        "What is seen in the following image?", "Which organ is in the following CT scan?", "Which of these two images shows a mass?",
        "What was done after the operation?", "Which lung is affected?", "What is the true lumen?", "该图像是什么成像方式？",
    ],
)  # fmt: skip
def test_a_question_that_asks_of_the_picture_opens(question):
    assert openness(said(question, "Axial")) == "open"


@pytest.mark.parametrize(
    "answer",
    ["The mass grew. It was removed.", "one two three four five six seven eight nine ten eleven", "...", "脉" * 21, "一。二"],
)
def test_what_is_no_phrase_keeps_its_choices(answer):
    assert openness(said("What is shown?", answer)) == "no_phrase"


def test_ten_words_are_a_phrase_and_nothing_is_said_of_what_has_no_choices():
    assert openness(said("What is shown?", "one two three four five six seven eight nine ten")) == "open"
    assert openness(()) == ""
    assert openness((*said("What?", "Axial"), *said("And now?", "A"))) == "names_choices"


def test_the_open_form_is_cleaned_and_scrubbed_as_its_text_is():
    turns = [("user", "Which  plane ?\nA: Axial"), ("assistant", "A: Axial")]
    one = sample(turns=turns, task="vqa", clean=("single_blanks", "close_up_punctuation"), opened=said("Which  plane ?", "Axial "))
    cleaned, steps = clean_sample(one)
    assert (cleaned.opened, steps) == (said("Which plane?", "Axial"), ("single_blanks", "close_up_punctuation"))
    unchanged = dataclasses.replace(cleaned, turns=said("Which plane?", "Axial"))
    assert clean_sample(unchanged) == (unchanged, ())
    only = dataclasses.replace(unchanged, opened=said("Which plane?", " Axial"))
    assert clean_sample(only) == (unchanged, ())  # what was done to the same text is noted once
    name = "Patient name: John Smith. What is it?"
    scrubbed, found = scrub_sample(
        sample(turns=[("user", name), ("assistant", "x")], task="vqa", opened=said(name, "x")), Limits(identifier_tasks=("vqa",))
    )
    assert scrubbed.opened[0].text == scrubbed.turns[0].text == "Patient name: [NAME]. What is it?"
    assert [(each.kind, each.count) for each in found] == [("name", 1)]


def test_screen_notes_what_becomes_of_choices_and_counts_the_open_form():
    def count(texts):
        return np.array([len(text.split()) for text in texts])

    asked = [("user", "Which plane?\nA: Axial\nB: Coronal"), ("assistant", "A: Axial")]
    fits = sample(id="a/1", turns=asked, task="vqa", opened=said("Which plane?", "Axial"))
    not_so = sample(id="a/2", turns=asked, task="vqa", opened=said("Which of the following?", "Axial"))
    plain = sample(id="a/3", turns=asked, task="vqa")
    kept, _ = screen_samples([fits, not_so, plain], {"a/1.png": image()}, count, RECIPE, allow_credentialed=False)
    assert [(each.choices, each.tokens, each.open_tokens, each.sample.opened) for each in kept] == [
        ("open", 8, 3, fits.opened), ("asks_of_choices", 8, 0, ()), ("", 8, 0, ()),
    ]  # fmt: skip


def test_an_answer_that_a_model_wrote_anew_has_no_open_form():
    from curate.models.chat import Answer
    from curate.rewrite.prompts import load_prompt

    prompt = load_prompt("doctor")
    one = sample(turns=[("user", "Which?\nA: x"), ("assistant", "A: x")], task="dialogue", opened=said("Which?", "x"))
    answer = Answer(content=f"{prompt.marker} Another one.", finish="stop")
    assert rewritten(one, [answer], prompt).opened == ()
