"""said: which samples say the same, and which are answered by yes or no"""

import pytest

from curate.screen.said import answers_yes_no, said_of
from tests.curate.emit.tiny_corpus import sample


def asked(question, answer, task="vqa"):
    return sample("a/1", [("user", question), ("assistant", answer)], ["a.png"], task=task)


def test_of_a_caption_only_what_is_said_counts_and_of_a_question_both():
    assert said_of(asked("<image>\nDescribe it.", "No  Finding\n", "caption")) == said_of(
        asked("Say what you see.", "no finding", "report")
    )
    assert said_of(asked("Is it a mass?", "No")) != said_of(asked("Is it a cyst?", "No"))
    assert said_of(asked("<image>Is it a mass?", "No")) == said_of(asked("is it a  MASS?", "no"))
    assert said_of(asked("Which?", "A")) == 3594520186267995280  # stored in tables: never another


@pytest.mark.parametrize("answer", ["yes", "No.", " YES! ", "A. yes", "(B) No", "是", "不是。", "没有", "有", "False", "不存在"])
def test_an_answer_of_yes_or_no_is_one_in_both_languages(answer):
    assert answers_yes_no(asked("?", answer))
    assert not answers_yes_no(asked("?", answer, "qa"))


@pytest.mark.parametrize("answer", ["", "yes, on the left", "none", "no finding", "左肺", "A", "有肿瘤", "yes " * 1_000_000])
def test_any_other_answer_is_none(answer):
    assert not answers_yes_no(asked("?", answer))


def test_every_answer_of_a_dialogue_must_be_one():
    turns = [("user", "?"), ("assistant", "Yes"), ("user", "Where?"), ("assistant", "On the left")]
    assert not answers_yes_no(sample("a/1", turns, ["a.png"], task="vqa"))
    assert answers_yes_no(sample("a/1", [*turns[:3], ("assistant", "no")], ["a.png"], task="vqa"))
    assert not answers_yes_no(sample("a/1", [("user", "?")], ["a.png"], task="vqa"))
