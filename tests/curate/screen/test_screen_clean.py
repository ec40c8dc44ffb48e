import dataclasses

import pytest

from curate.screen.clean import STEPS, clean_sample, clean_text
from schemas.sample import Box
from tests.curate.screen.made import sample


@pytest.mark.parametrize(
    ("found", "clean"),
    [
        ("Axial CT of the chest.", "Axial CT of the chest."),
        ("  Axial CT. \n", "Axial CT."),
        ("a\r\nb\rc", "a\nb\nc"),
        ("cafe\u0301 au lait spots", "caf\u00e9 au lait spots"),
        ("area 3 cm\u00b2", "area 3 cm\u00b2"),
        ("a\x00b\x1b[31mc\x7f\x85", "ab[31mc"),
        ("\ufeff\u202eabc\u202c", "abc"),
        ("keeps\ttabs and\nlines", "keeps\ttabs and\nlines"),
        ("\x07\x07", ""),
        ("胸部 X 线片。\u3000", "胸部 X 线片。"),
    ],
)
def test_text_is_cleaned_by_named_steps(found, clean):
    assert clean_text(found) == clean
    assert clean_text(clean) == clean


def test_the_steps_have_names_and_an_order():
    assert [step.__name__ for step in STEPS] == ["normalize_newlines", "compose_unicode", "drop_controls", "strip_ends"]


def test_every_text_that_ships_is_cleaned():
    box = Box(label="mass\x00", image=0, x=1, y=2, width=3, height=4)
    found = sample(turns=[("user", " <image>\r\nWhat? "), ("assistant", "\x00A mass.")], labels=(" e\u0301 ",), boxes=(box,))
    cleaned = clean_sample(found)
    assert [turn.text for turn in cleaned.turns] == ["<image>\nWhat?", "A mass."]
    assert cleaned.labels == ("\u00e9",)
    assert cleaned.boxes == (dataclasses.replace(box, label="mass"),)


def test_a_clean_sample_stays_itself():
    found = sample()
    assert clean_sample(found) is found
