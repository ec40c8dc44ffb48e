"""`open` of a turn: what it says where its question is asked without choices"""

from curate.ingest.render import text_of
from curate.ingest.turns import compile_opened
from schemas.sample import Turn

CHOICES = [
    {"system": "Be brief.", "optional": True},
    {"user": "{question}\n{choices}", "open": "{question}"},
    {"assistant": "{letter}. {answer}", "open": "{answer}[[ ({unit})]]"},
]


def test_turns_say_what_open_says_and_the_others_what_they_are() -> None:
    opened = compile_opened(CHOICES, text_of, {})
    assert opened is not None
    assert opened({"question": "Which plane?", "answer": "Axial", "unit": ""}, "s/1", "en") == [
        Turn(role="system", text="Be brief."), Turn(role="user", text="Which plane?"), Turn(role="assistant", text="Axial"),
    ]  # fmt: skip


def test_a_row_of_which_it_cannot_be_said_has_no_open_form_and_is_no_worse_for_it() -> None:
    opened = compile_opened(CHOICES, text_of, {})
    assert opened is not None
    assert opened({"question": "Which plane?", "answer": ""}, "s/1", "en") == []
    assert opened({"question": "Which plane?", "answer": {"a": 1}}, "s/1", "en") == []


def test_an_optional_turn_stays_optional() -> None:
    opened = compile_opened([{"system": "{note}", "optional": True}, *CHOICES[1:]], text_of, {})
    assert opened is not None
    assert [turn.role for turn in opened({"question": "Which?", "answer": "Axial"}, "s/1", "en")] == ["user", "assistant"]


def test_where_no_turn_opens_nothing_is_made() -> None:
    assert compile_opened([{"user": "?"}, {"assistant": "{a}"}], text_of, {}) is None
    assert compile_opened({"conversation": "open"}, text_of, {}) is None
