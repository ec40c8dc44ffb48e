"""What was written anew is screened as if it had just been found"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from curate.recipe import Limits, Recipe
from curate.screen.again import screen_again
from curate.screen.said import said_of
from schemas.sample import Screened, Scrubbed, Turn
from schemas.verdict import Fault
from tests.curate.screen.made import sample

RECIPE = Recipe(id="r", title="R")


def count(texts: Sequence[str]) -> np.ndarray:
    return np.array([len(text.split()) for text in texts], np.int64)


def screened(answer: str, **changes: object) -> Screened:
    turns = (Turn(role="user", text="[NAME] has a cough."), Turn(role="assistant", text=answer))
    dialogue = dataclasses.replace(sample(), task="dialogue", images=(), boxes=(), turns=turns, **changes)  # type: ignore[arg-type]
    return Screened(
        id=dialogue.id, sample=dialogue, pictures=(), tokens=999, group="a:patient=1", cleaned=("strip_ends",), rewritten=1,
        scrubbed=(Scrubbed(kind="name", count=1),),
    )  # fmt: skip


def test_it_is_cleaned_scrubbed_and_counted_again() -> None:
    (again,) = screen_again([screened("Rest\x07 a week,\r\ncall 617-555-0142, says Dr. Alice Miller. ")], count, RECIPE)
    assert isinstance(again, Screened)
    text = again.sample.turns[1].text
    assert text == "Rest a week,\ncall [PHONE], says Dr. [NAME]."
    assert again.sample.turns[0].text == "[NAME] has a cough."
    assert again.tokens == 4 + len(text.split())
    assert again.cleaned == ("strip_ends", "normalize_newlines", "drop_controls")
    assert again.scrubbed == (Scrubbed(kind="name", count=2), Scrubbed(kind="phone", count=1))
    assert (again.group, again.rewritten) == ("a:patient=1", 1)


def test_clean_text_stays_as_it_is() -> None:
    before = screened("Rest a week.")
    assert screen_again([before], count, RECIPE) == [dataclasses.replace(before, tokens=7, said=said_of(before.sample))]


def test_its_faults_are_those_of_screen() -> None:
    refusing = dataclasses.replace(RECIPE, limits=Limits(identifiers="refuse"))
    assert screen_again([screened("\x07 \r\n")], count, RECIPE) == [Fault(reason="text_empty", evidence="1 assistant turns")]
    assert screen_again([screened("Call 617-555-0142.")], count, refusing) == [Fault(reason="identifiers_found", evidence="phone 1")]
    short = dataclasses.replace(RECIPE, limits=Limits(min_tokens=3, max_tokens=4))
    captions = [dataclasses.replace(each, sample=dataclasses.replace(each.sample, task="caption")) for each in
                (screened("One two."), screened("One two three."), screened("One two three four five."))]  # fmt: skip
    assert [result.reason if isinstance(result, Fault) else "" for result in screen_again(captions, count, short)] == [
        "caption_too_short", "", "caption_too_long",
    ]  # fmt: skip
    assert screen_again([], count, RECIPE) == []


def test_the_open_form_of_what_was_written_anew_is_gone() -> None:
    before = dataclasses.replace(screened("A: Rest."), choices="open", open_tokens=3)
    (again,) = screen_again([before], count, RECIPE)
    assert isinstance(again, Screened)
    assert (again.choices, again.open_tokens) == ("", 0)
