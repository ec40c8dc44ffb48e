import dataclasses
import json
from pathlib import Path

import pytest

from curate.screen.clean import clean_sample, clean_text
from curate.screen.steps import ALWAYS, LISTED, OF_ANSWERS, STEPS
from schemas.sample import Box
from tests.curate.screen.made import sample

SCHEMA = Path(__file__).parents[3] / "schemas" / "manifest.schema.json"
ANY = [
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
    ("3\u00a0cm, 5\u202fmm, pneu\u00admo\u200bthorax", "3 cm, 5 mm, pneumothorax"),
    ("\u0928\u094d\u200d\u092f", "\u0928\u094d\u200d\u092f"),  # a joiner that Hindi needs
    ("Figure 1. &lt;b&gt; ___ ?", "Figure 1. &lt;b&gt; ___ ?"),  # nothing a manifest does not ask for
]
LISTED_CASES = {
    "fix_encoding": [
        ("itâ€™s", "it’s"), ("Â\u00a0x", "\u00a0x"), ("cafÃ©", "café"), ("it\u00e2\u0080\u0099s", "it’s"),
        ("naïve Ångström ±2 µm", "naïve Ångström ±2 µm"),
    ],
    "unescape_entities": [
        ("&lt;5&nbsp;mm", "<5\u00a0mm"), ("&amp;lt;", "<"), ("A&B &lt5 &nosuch;", "A&B &lt5 &nosuch;"),
        ("&#60;image&#62; <image>", " <image>"), ("&amp;amp;amp;lt;", "<"),
    ],
    "drop_tags": [
        ("H<sub>2</sub>O", "H2O"), ("p<0.05, a<b and c>d", "p<0.05, a<b and c>d"), ("one<br/>two</p>", "one\ntwo\n"),
        ("<a href='x.html'>here</a> <image>", "here <image>"),
    ],
    "drop_latex": [
        (r"at \documentclass[12pt]{minimal} \usepackage{amsmath} \begin{document}$$300\,\upmu $$\end{document}300μ", "at 300μ"),
        (r"\documentclass[12pt]{minimal} $$x$$", r"\documentclass[12pt]{minimal} $$x$$"),
    ],
    "drop_foreign_image_marks": [
        ("See <image 1> and <img>, <ImageHere>.", "See  and , ."), ("<image>\nWhat?", "<image>\nWhat?"),
    ],
    "cut_figure_label": [
        ("Figure 3. Axial CT.", "Axial CT."), ("FIG. 2: MRI.", "MRI."), ("Fig 4a Axial CT", "Axial CT"),
        ("Supplementary Figure S2 | Map", "Map"),
        ("图1-2：胸部CT", "胸部CT"), ("Figure 12 – Map", "Map"), ("Figure 3", ""),
        ("Figure 3 shows a mass.", "Figure 3 shows a mass."), ("Figure 1.5 cm wide", "Figure 1.5 cm wide"), ("图1示肺", "图1示肺"),
        ("See Figure 3. Axial.", "See Figure 3. Axial."),
    ],
    "cut_panel_letter": [
        ("(A) Axial CT.", "Axial CT."), ("A. Axial CT.", "Axial CT."), ("(b) axial CT", "axial CT"),
        ("(A) Axial. (B) Coronal.", "(A) Axial. (B) Coronal."), ("A. Axial. B. Coronal.", "A. Axial. B. Coronal."),
        ("A. fumigatus hyphae", "A. fumigatus hyphae"), ("A 45-year-old man", "A 45-year-old man"), ("(A, B) Axial", "(A, B) Axial"),
    ],
    "cut_choice_letter": [
        ("B: Coronal", "Coronal"), ("(C) Sagittal", "Sagittal"), ("B", "B"), ("B.", "B."), ("Both", "Both"), ("B：冠状位", "冠状位"),
    ],
    "unify_placeholders": [
        ("Compared to XXXX.", "Compared to [REDACTED]."), ("Mr. ___ on ____", "Mr. [REDACTED] on [REDACTED]"),
        ("[**2101-3-4**]", "[REDACTED]"),
        ("47,XXX and snake_case", "47,XXX and snake_case"),
    ],
    "single_blanks": [("a  b\tc", "a b c"), ("a\nb", "a\nb")],
    "close_up_punctuation": [("Is this normal ?", "Is this normal?"), ("a , b .\nc", "a, b.\nc"), ("dose of .5 mg", "dose of .5 mg")],
}  # fmt: skip


@pytest.mark.parametrize(("found", "clean"), ANY)
def test_text_is_cleaned_by_named_steps(found, clean):
    assert clean_text(found) == clean
    assert clean_text(clean) == clean


@pytest.mark.parametrize(("name", "found", "wanted"), [(name, *case) for name, cases in LISTED_CASES.items() for case in cases])
def test_a_step_that_a_manifest_lists_does_what_it_says_and_no_more_the_second_time(name, found, wanted):
    step = next(step for step in STEPS if step.__name__ == name)
    assert step(found) == wanted
    assert step(wanted) == wanted


def test_the_steps_have_names_and_an_order():
    assert [step.__name__ for step in ALWAYS] == ["normalize_newlines", "compose_unicode", "drop_controls", "plain_blanks", "strip_ends"]
    assert sorted(LISTED) == sorted(LISTED_CASES)
    assert {step.__name__ for step in STEPS} == {*LISTED, *(step.__name__ for step in ALWAYS)}
    assert json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]["clean"]["items"]["enum"] == list(LISTED)


def test_every_text_that_ships_is_cleaned():
    box = Box(label="mass\x00", image=0, x=1, y=2, width=3, height=4)
    found = sample(turns=[("user", " <image>\r\nWhat? "), ("assistant", "\x00A mass.")], labels=(" e\u0301 ",), boxes=(box,))
    cleaned, steps = clean_sample(found)
    assert [turn.text for turn in cleaned.turns] == ["<image>\nWhat?", "A mass."]
    assert cleaned.labels == ("\u00e9",)
    assert cleaned.boxes == (dataclasses.replace(box, label="mass"),)
    assert steps == ("normalize_newlines", "compose_unicode", "drop_controls", "strip_ends")


def test_listed_steps_are_done_to_turns_and_those_of_answers_to_the_assistants():
    turns = [("user", "Figure 1. &lt; what ?"), ("assistant", "Figure 1. &lt;5 ?")]
    listed = ("unescape_entities", "cut_figure_label", "close_up_punctuation")
    cleaned, steps = clean_sample(sample(turns=turns, labels=("&lt;",), clean=listed))
    assert [turn.text for turn in cleaned.turns] == ["Figure 1. < what?", "<5?"]
    assert cleaned.labels == ("&lt;",)
    assert steps == listed
    assert OF_ANSWERS  # those of answers alone


def test_a_clean_sample_stays_itself():
    found = sample()
    cleaned, steps = clean_sample(found)
    assert cleaned is found
    assert steps == ()


HOSTILE = [*"a(<&_ \t.\\图X\u0301", "\u0301\u0323", "<b ", "&a", "[**", "â€", "\\documentclass[12pt]{minimal}", "Figure 1", "(A) "]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_text_of_one_piece_is_cleaned_and_clean_the_second_time(piece):
    once = clean_text(piece * (300_000 // len(piece)), LISTED, answer=True)
    assert clean_text(once, LISTED) == once
