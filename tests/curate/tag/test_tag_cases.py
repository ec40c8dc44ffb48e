"""Labelled cases: what hard samples are, by all that is said of them"""

import dataclasses

import numpy as np
import pytest

from curate.models.prompts import load_prompts
from curate.recipe import Tagging
from curate.tag.decide import Judge
from curate.tag.evidence import CAPTION, CAPTION_WEAK, Evidence
from curate.tag.look import looks
from curate.tag.pooled import pooled
from curate.tag.reliability import load_reliabilities
from curate.tag.tag import Shown, Told, declared_by, header_of, pooled_of, tag_sample, words_of
from curate.tag.vocabulary import Meaning
from schemas.sample import Turn
from schemas.verdict import Fault

CLASSES = load_prompts().classes
RIGHT = load_reliabilities()
PIXELS = "modality_pixels_v1"


def told(caption="", *, asked="", headers=(None,), declared=None, domain="medical", from_labels=False):
    said = ([Turn(role="user", text=f"<image>\n{asked}")] if asked else []) + [Turn(role="assistant", text=caption)]
    pictures = tuple(
        Shown(id=f"a/{place}.png", pixel_digest=f"p{place}", header=header_of(header)) for place, header in enumerate(headers)
    )
    return Told(
        id="a/1", source="a", from_labels=from_labels, declared=declared_by(declared, domain), words=words_of(said), pictures=pictures
    )


def sees(policy, *pictures):
    scores = np.array([[scores.get(each.name, 0.0) for each in CLASSES] for scores in pictures]).reshape(-1, len(CLASSES))
    return dict(zip([f"p{place}" for place in range(len(pictures))], looks(scores, CLASSES, PIXELS, RIGHT, policy)))


def tag(sample, *pictures, **policy):
    chosen = Tagging(**policy)
    return tag_sample(sample, sees(chosen, *pictures), Judge(policy=chosen, reliabilities=RIGHT))[0]


@pytest.mark.parametrize(
    ("sample", "pictures", "wanted"),
    [
        # a CT caption on an X-ray source: the source stands, and who contradicts it is told
        (told("Axial CT of the chest shows consolidation.", declared="xray"), [], ("xray", "declared", "", "caption ct")),
        (told("Axial CT.", declared="xray"), [{"ct": 0.97}], ("xray", "declared", "ct", "caption ct; pixels ct 0.97")),
        (told("No MRI was performed.", declared=None), [], ("other", "", "", "")),
        (told("CT volumes of 40 patients."), [{"chart": 0.97}], ("other/chart", "pixels", "chart", "caption ct")),
        (told("A report.", headers=["SR"]), [], ("other/page", "header", "", "")),
        (told("A report.", headers=["SR"]), [{"page": 0.97}], ("other/page", "header", "page", "")),
        (told("FDG PET/CT of the whole body."), [], ("pet PET/CT", "caption", "", "")),
        (told("FDG PET/CT.", headers=["PT"]), [], ("pet PET/CT", "header", "", "")),
        (told("FDG PET/CT.", headers=["PT"]), [{"ct": 0.6, "pet": 0.4}], ("pet PET/CT", "header", "", "")),
        (told("", asked="Is this an MRI?", declared="ct"), [], ("ct", "declared", "", "question mri")),
        # the header is the machine's, the caption a writer's
        (told("Chest radiograph.", headers=["CT"]), [], ("other", "", "", "header ct; caption xray")),
        (told("Chest radiograph.", headers=["CT"]), [{"ct": 0.95}], ("ct", "header", "ct", "caption xray")),
        (told("Axial CT.", headers=["OT"]), [], ("ct", "caption", "", "")),
        (told("A scan.", headers=["NM"]), [{"pet": 0.6, "ct": 0.4}], ("other scintigraphy", "header", "", "")),
        (told("A dose report.", headers=["CT"]), [{"page": 0.97}], ("ct", "header", "page", "pixels page 0.97")),
        # what the model sees decides where nobody speaks, and never against a better witness
        (told("A mass."), [{"ultrasound": 0.95, "oct": 0.05}], ("ultrasound", "pixels", "ultrasound", "")),
        (told("A mass."), [{"ultrasound": 0.7, "oct": 0.3}], ("other", "", "", "")),
        (told("A mass."), [{}], ("other", "", "", "")),
        (told("OCT of the macula."), [{"ultrasound": 0.7, "oct": 0.3}], ("oct", "caption", "", "")),
        (
            told("A photograph of the hand."), [{"natural_image": 0.95}],
            ("photography clinical photograph", "caption", "natural image", "pixels natural image 0.95"),
        ),
        (told("A scanner for CT."), [{"natural_image": 0.97}], ("other/natural image", "pixels", "natural image", "caption ct")),
        (told("A cat on a mat.", domain="general"), [], ("other", "domain", "", "")),
        (told("A CT of the chest.", domain="general"), [], ("other", "domain", "", "caption ct")),
        (told("A cat on a mat.", domain="general"), [{"natural_image": 0.99}], ("other/natural image", "domain", "natural image", "")),
        (told("Chest X-ray showing pneumonia.", declared="xray", from_labels=True), [], ("xray", "declared", "", "")),
        # several images: what they have in common
        (told("", headers=["CT", "CT"]), [], ("ct", "header", "", "")),
        (told("", headers=["CT", "MR"]), [], ("other mixed", "header", "", "")),
        (told("", headers=["CT", None]), [], ("other", "", "", "header ct")),
        (told("", headers=["CT", "MR", None]), [], ("other mixed", "header", "", "")),
        (told("", headers=[None] * 2, declared="xray"), [{"ct": 0.97}, {"ct": 0.95}], ("xray", "declared", "ct", "pixels ct 0.97")),
        (told("Two CT slices.", headers=["CT", None]), [], ("ct", "caption", "", "")),
        (told("", headers=[None, None]), [{"ct": 0.97}, {"mri": 0.97}], ("other mixed", "pixels", "", "")),
        (told("", headers=[None, None]), [{"ct": 0.97}, {"ct": 0.9}], ("ct", "pixels", "ct", "")),
        (told("", headers=[None, None]), [{"ct": 0.97}, {"ct": 0.5}], ("other", "", "", "pixels ct 0.97")),
        (told("", headers=[None, None]), [{"ct": 0.97}, {"chart": 0.97}], ("other mixed", "pixels", "", "")),
        (told("", headers=["MG", "DX"]), [], ("xray", "header", "", "")),
        (told("", headers=["CT", "MR"], declared="ct"), [], ("ct", "declared", "", "header mri")),
        (told("", headers=[]), [], ("text", "declared", "", "")),
        (told("", headers=[], declared="ct", domain="general"), [], ("text", "declared", "", "")),
    ],
)  # fmt: skip
def test_all_that_is_said_of_a_sample_decides(sample, pictures, wanted):
    found = tag(sample, *[{**scores, "xray": 1 - sum(scores.values())} if scores else {} for scores in pictures])
    submodality, figure_type = f" {found.submodality}" * bool(found.submodality), f"/{found.figure_type}" * bool(found.figure_type)
    assert (f"{found.modality}{submodality}{figure_type}", found.by, found.seen, found.against) == wanted


CAPTIONS = [
    ("CT-guided biopsy of the lung mass, H&E stain, original magnification x200.", "histopathology"),
    ("Histology of the specimen taken under ultrasound guidance.", "histopathology"),
    ("Endoscopic ultrasound shows a hypoechoic mass in the pancreatic head.", "ultrasound"),
    ("Optical coherence tomography of a basal cell carcinoma of the skin.", "oct"),
    ("OCT angiography of the macula.", "oct"),
    ("Mammogram, craniocaudal view.", "xray"),
    ("CT angiography of the circle of Willis.", "ct"),
    ("Digital subtraction angiography of the left carotid artery.", "xray"),
    ("MR angiography of the neck vessels.", "mri"),
    ("Scanning laser ophthalmoscopy of the retina.", "fundus"),
    ("Fluorescein angiography, late phase, with leakage.", "fundus"),
    ("Slit lamp photograph of the cornea.", "photography"),
    ("Gross specimen of the resected kidney.", "photography"),
    ("Intraoperative photograph of the exposed tumour.", "photography"),
    ("Cytology smear with atypical cells, Papanicolaou stain.", "microscopy"),
    ("Fine needle aspiration cytology of the thyroid.", "microscopy"),
    ("Panoramic radiograph with an impacted third molar.", "xray"),
    ("Cone beam CT of the mandible.", "ct"),
    ("Technetium SPECT of the myocardium.", "other"),
    ("Technetium bone scan with multiple foci of uptake.", "other"),
    ("Twelve-lead electrocardiogram with ST elevation.", "other"),
    ("Bar chart of hippocampal volumes on MRI by group.", "other"),
    ("Flow chart of patients who underwent MRI.", "other"),
    ("Kaplan-Meier curves of overall survival by CT stage.", "other"),
    ("Transmission electron micrograph of the glomerulus.", "microscopy"),
    ("Immunohistochemistry for CD20 is positive.", "histopathology"),
    ("Colonoscopy shows a sessile polyp.", "endoscopy"),
    ("Dermoscopy of a melanocytic naevus.", "dermoscopy"),
    ("Transthoracic echocardiogram, apical four-chamber view.", "ultrasound"),
    ("Intravascular ultrasound of the coronary artery.", "ultrasound"),
    ("Barium swallow under fluoroscopy.", "xray"),
    ("MRI was refused; the chest X-ray shows an effusion.", "xray"),
    ("Whole-body FDG PET with uptake in the mediastinum.", "pet"),
    ("Colour fundus photograph of the left eye.", "fundus"),
    ("Ultrasound of the uterine fundus.", "ultrasound"),
    ("胸部CT示右肺结节。", "ct"),
    ("头颅磁共振T2加权像。", "mri"),
    ("乳腺钼靶片。", "xray"),
    ("未行CT检查。", "other"),
    ("眼底照片显示出血。", "fundus"),
    ("腹部超声示胆囊结石。", "ultrasound"),
    ("皮肤镜图像。", "dermoscopy"),
    ("Chest film without any CT.", "xray"),
    ("Patient with a headache.", "other"),
]


@pytest.mark.parametrize(("caption", "wanted"), CAPTIONS)
def test_a_caption_says_what_its_picture_is(caption, wanted):
    assert tag(told(caption)).modality == wanted


@pytest.mark.parametrize(
    ("asked", "answer", "wanted"),
    [
        ("Is this an MRI?", "No", ("other", "")),
        ("Is this an MRI?", "Yes", ("mri", "question")),
        ("What is seen in this CT image?", "A mass.", ("ct", "question")),
        ("Is this CT or MRI?", "MRI", ("mri", "caption")),
        ("Which modality is shown?", "Ultrasound", ("ultrasound", "caption")),
        ("这是什么检查？", "磁共振", ("mri", "caption")),
        ("这是不是CT？", "是的", ("ct", "question")),
        ("Where is the lesion?", "Left lobe.", ("other", "")),
    ],
)
def test_questions_and_answers_are_witnesses_of_their_own(asked, answer, wanted):
    found = tag(told(answer, asked=asked))
    assert (found.modality, found.by) == wanted


def test_a_question_that_names_nothing_learns_from_another_of_the_same_picture():
    samples = [told("A mass.", asked="What is seen in this CT image?"), told("Left lobe.", asked="Where is the lesion?")]
    heard = [sample.hearing(pooled_of(other)) for sample, other in zip(samples, pooled([sample.named for sample in samples]))]
    assert [(found.modality, found.by) for found in map(tag, heard)] == [("ct", "question"), ("ct", "pooled")]


def test_questions_of_one_picture_that_differ_leave_it_to_nobody():
    samples = [told("Liver", asked="What is seen in this CT?"), told("Yes", asked="Is this an ultrasound?")]
    heard = [sample.hearing(pooled_of(other)) for sample, other in zip(samples, pooled([sample.named for sample in samples]))]
    assert [(found.modality, found.by) for found in map(tag, heard)] == [("other", ""), ("other", "")]


def test_a_hint_does_not_silence_a_model_that_is_sure():
    found = tag(told("Macular oedema."), {"oct": 1.0})
    assert (found.modality, found.by, found.against) == ("oct", "pixels", "")


def test_hints_and_words_of_several_pictures_are_not_passed_on():
    assert told("Axial CT.").named == ("p0", Meaning(modality="ct"))
    assert told("Axial CT.", headers=[None, None]).named[0] == ""
    hint = Evidence(name=CAPTION_WEAK, meaning=Meaning(modality="ct"))
    assert dataclasses.replace(told(), words=(hint,)).named == ("p0", None)


def test_a_recipe_refuses_what_contradicts_its_source():
    policy = Tagging(disagreement="refuse")
    judge = Judge(policy=policy, reliabilities=RIGHT)
    sample = told("Axial CT.", declared="xray")
    tagged, fault = tag_sample(sample, sees(policy, {"ct": 0.97, "mri": 0.03}), judge)
    assert (tagged.modality, tagged.by) == ("xray", "declared")
    assert fault == Fault(reason="modality_disagrees", evidence="declared xray; caption ct; pixels ct 0.97")
    assert tag_sample(told("A chest film.", declared="xray"), {}, judge)[1] is None
    assert tag_sample(told("Axial CT.", domain="general"), {}, judge)[1] is None
    several = told("", headers=["DX", "CT"], declared="xray")
    assert tag_sample(several, {}, judge)[1] == Fault(reason="modality_disagrees", evidence="declared xray; header ct")


@pytest.mark.parametrize(
    ("trust", "wanted"),
    [("source", ("xray", "declared")), ("evidence", ("ct", "caption")), ("model", ("ct", "caption"))],
)
def test_the_policy_turns_a_ct_on_an_xray_source(trust, wanted):
    found = tag(told("Axial CT.", declared="xray"), {"ct": 0.97, "mri": 0.03}, trust=trust)
    assert (found.modality, found.by) == wanted
    assert found.against == ("caption ct; pixels ct 0.97" if trust == "source" else "declared xray")


@pytest.mark.parametrize(("name", "wanted"), [(CAPTION, "caption ct"), (CAPTION_WEAK, "")])
def test_a_hint_contradicts_nobody(name, wanted):
    hint = Evidence(name=name, meaning=Meaning(modality="ct"))
    sample = dataclasses.replace(told("", declared="xray"), words=(hint,))
    assert tag(sample).against == wanted
