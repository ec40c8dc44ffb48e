import numpy as np
import pytest

from curate.models.prompts import load_prompts
from curate.recipe import Limits
from curate.screen.pictures import picture_of
from curate.tag.header import HEADER, read_header
from curate.tag.score import attributes_of, read_scores, scores_by_digest
from curate.tag.tag import tag_sample
from curate.tag.text import read_text
from curate.tag.words import Meaning
from schemas.attribute import Attribute, Tagged
from schemas.modality import MODALITIES
from schemas.sample import Screened
from tests.curate.screen.made import image, sample

CLASSES = load_prompts().classes


def screened(*, headers=(None,), text="A mass.", digests=None, **changes):
    names = digests or [f"p{place}" for place in range(len(headers))]
    pictures = tuple(
        picture_of(image(id=f"a/{place}.png", pixel_digest=digest, header_modality=header), Limits())
        for place, (digest, header) in enumerate(zip(names, headers))
    )
    turns = changes.pop("turns", [("user", "<image>\nDescribe it."), ("assistant", text)])
    one = sample(turns=turns, images=tuple(picture.id for picture in pictures), **changes)
    return Screened(id=one.id, sample=one, pictures=pictures, tokens=5, group="")


def tag(one, scores=None):
    return tag_sample(one, scores or {}, CLASSES)


def tagged(modality, by, score, *, submodality="", figure_type="", against=""):
    return Tagged(id="a/1", modality=modality, submodality=submodality, figure_type=figure_type, by=by, score=score, against=against)


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (screened(modality="mri"), tagged("mri", "declared", 1.0)),
        (screened(headers=()), tagged("text", "declared", 1.0)),
        (screened(modality="ct", headers=()), tagged("text", "declared", 1.0)),
        (screened(headers=("CT",)), tagged("ct", "header", 0.99)),
        (screened(headers=("MG",)), tagged("xray", "header", 0.99, submodality="mammography")),
        (screened(headers=("SR",)), tagged("other", "header", 0.99, figure_type="page")),
        (screened(headers=("OT",)), tagged("other", "", 0.0)),
        (screened(text="Axial CT of the chest."), tagged("ct", "caption", 0.95)),
        (screened(text="FDG PET/CT"), tagged("pet", "caption", 0.95, submodality="PET/CT")),
        (screened(text="Bar chart of patients"), tagged("other", "caption", 0.95, figure_type="chart")),
        (screened(text="No MRI was performed."), tagged("other", "", 0.0)),
        (screened(), tagged("other", "", 0.0)),
    ],
)
def test_evidence_decides_in_its_order(one, wanted):
    assert tag(one) == wanted


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (screened(modality="xray", text="Axial CT."), tagged("xray", "declared", 1.0, against="caption ct")),
        (screened(modality="xray", headers=("CT",)), tagged("xray", "declared", 1.0, against="header ct")),
        (
            screened(modality="xray", headers=("MR",), text="Axial CT."),
            tagged("xray", "declared", 1.0, against="caption ct; header mri"),
        ),
        (screened(headers=("MR",), text="Axial CT."), tagged("mri", "header", 0.99, against="caption ct")),
    ],
)
def test_the_earlier_evidence_prevails_and_who_contradicts_it_is_named(one, wanted):
    assert tag(one) == wanted


def test_evidence_that_agrees_makes_the_decision_finer():
    assert tag(screened(modality="xray", text="A mammogram.")) == tagged("xray", "declared", 1.0, submodality="mammography")
    assert tag(screened(modality="xray", headers=("PX",))) == tagged("xray", "declared", 1.0, submodality="dental")
    assert tag(screened(headers=("CT",), text="CT angiography")) == tagged("ct", "header", 0.99, submodality="CTA")


@pytest.mark.parametrize(
    ("scores", "wanted"),
    [
        ({"fundus": 0.8, "oct": 0.1}, tagged("fundus", "biomedclip", 0.8)),
        ({"fundus": 0.45, "oct": 0.1}, tagged("other", "", 0.0)),
        ({"fundus": 0.55, "oct": 0.4}, tagged("other", "", 0.0)),
        ({"chart": 0.3, "diagram": 0.4, "ct": 0.2}, tagged("other", "biomedclip", 0.7, figure_type="diagram")),
        ({"natural_image": 0.9}, tagged("other", "biomedclip", 0.9, figure_type="natural image")),
        ({}, tagged("other", "", 0.0)),
    ],
)
def test_scores_decide_last_and_only_above_their_limits(scores, wanted):
    assert tag(screened(), {"p0": scores}) == wanted


def test_words_go_before_scores():
    assert tag(screened(text="Axial CT."), {"p0": {"chart": 0.99}}) == tagged("ct", "caption", 0.95)


@pytest.mark.parametrize(
    ("one", "scores", "wanted"),
    [
        (screened(headers=("CT", "CT")), {}, tagged("ct", "header", 0.99)),
        (screened(headers=("CT", "MR")), {}, tagged("other", "header", 0.99, submodality="mixed")),
        (screened(headers=("CT", None)), {}, tagged("other", "", 0.0, submodality="mixed")),
        (screened(headers=("CT", None), text="Two CT slices"), {}, tagged("ct", "caption", 0.95)),
        (screened(headers=("MG", "DX")), {}, tagged("xray", "header", 0.99, submodality="mammography")),
        (screened(headers=(None, None)), {"p0": {"ct": 0.9}, "p1": {"ct": 0.7}}, tagged("ct", "biomedclip", 0.7)),
        (screened(headers=("CT", "MR"), modality="ct"), {}, tagged("ct", "declared", 1.0, against="header mri")),
    ],
)
def test_several_images_count_as_what_they_have_in_common(one, scores, wanted):
    assert tag(one, scores) == wanted


@pytest.mark.parametrize(
    ("turns", "modality"),
    [
        ([("user", "What is seen in this CT image?"), ("assistant", "A mass.")], "ct"),
        ([("user", "Is this an MRI?"), ("assistant", "No")], None),
        ([("user", "<image>\nIs this an MRI?"), ("assistant", "No")], None),
        ([("user", "Is this an MRI?"), ("assistant", "Yes")], "mri"),
        ([("user", "Is this CT or MRI?"), ("assistant", "MRI")], "mri"),
        ([("user", "Which modality? A. CT B. MRI C. X-ray"), ("assistant", "B")], None),
        ([("user", "Which modality is shown?"), ("assistant", "Ultrasound")], "ultrasound"),
        ([("user", "What would show more on this MRI?"), ("assistant", "CT")], None),
        ([("user", "What type of imaging does this not represent?"), ("assistant", "ultrasound")], None),
        ([("user", "这是不是CT?"), ("assistant", "是的")], "ct"),
        ([("user", "照片中不是什么模态?"), ("assistant", "CT")], None),
        ([("assistant", "Axial CT."), ("assistant", "A mass.")], "ct"),
        ([("system", "You read CT."), ("user", "What?"), ("assistant", "A mass.")], None),
        ([("user", "Is this an MRI?"), ("assistant", "No"), ("user", "In this CT, where?"), ("assistant", "Left.")], "ct"),
        ([("user", "这是什么检查?"), ("assistant", "磁共振")], "mri"),
        ([("user", "In this X-ray, what?")], "xray"),
    ],
)
def test_questions_and_answers_name_a_modality_together(turns, modality):
    found = read_text(sample(task="vqa", turns=turns))
    assert (found.modality if found else None) == modality


def test_every_header_term_means_a_modality_of_ours():
    assert {meaning.modality for meaning in HEADER.values()} <= set(MODALITIES)
    assert len(HEADER) == 69


@pytest.mark.parametrize(
    ("term", "meaning"),
    [
        ("DX", Meaning(modality="xray")),
        (" mr ", Meaning(modality="mri")),
        ("XA", Meaning(modality="xray", submodality="angiography")),
        ("NM", Meaning(modality="other", submodality="SPECT")),
        ("PT", Meaning(modality="pet")),
        ("OP", Meaning(modality="fundus")),
        ("OPT", Meaning(modality="oct")),
        ("ES", Meaning(modality="endoscopy")),
        ("SM", Meaning(modality="histopathology")),
        ("XC", Meaning(modality="photography")),
        ("OT", None),
        ("ZZ", None),
        ("", None),
        (None, None),
    ],
)
def test_a_dicom_header_names_its_modality(term, meaning):
    assert read_header(term) == meaning


def test_scores_become_attributes_of_pixels_and_come_back():
    scores = np.array([[0.75, 0.25, 0.0], [0.0, 0.0, 1.0]])
    attributes = attributes_of(["p1", "p2"], ["xray", "ct", "mri"], scores, "modality_biomedclip_v1")
    assert attributes == [
        Attribute(id="pixels:p1", name="modality_biomedclip_v1", value="xray", score=0.75),
        Attribute(id="pixels:p1", name="modality_biomedclip_v1", value="ct", score=0.25),
        Attribute(id="pixels:p2", name="modality_biomedclip_v1", value="mri", score=1.0),
    ]
    other = Attribute(id="pixels:p1", name="modality_biomedclip_v2", value="pet", score=1.0)
    assert scores_by_digest([*attributes, other], "modality_biomedclip_v1") == {"p1": {"xray": 0.75, "ct": 0.25}, "p2": {"mri": 1.0}}


def test_a_score_above_one_by_rounding_is_one():
    assert read_scores({"chart": 0.6001, "page": 0.4}, CLASSES, min_score=0.5, min_margin=0.2) == (
        Meaning(modality="other", figure_type="chart"),
        1.0,
    )
