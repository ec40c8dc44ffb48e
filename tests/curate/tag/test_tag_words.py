import pytest

from curate.tag.words import Meaning, agreed, is_denied_question, load_vocabulary, named
from schemas.modality import MODALITIES
from tests.real import REAL


def says(text):
    found = agreed(named(text))
    return (found.modality, found.submodality or found.figure_type) if found else None


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Axial CT of the chest.", ("ct", "")),
        ("Chest X-ray, PA view.", ("xray", "")),
        ("CHEST X–RAY", ("xray", "")),
        ("Lateral radiographs of both knees", ("xray", "")),
        ("Left breast mammogram", ("xray", "mammography")),
        ("CT angiography of the aorta", ("ct", "CTA")),
        ("Coronary angiogram of the right coronary artery", ("xray", "angiography")),
        ("Fluorescein angiography, late phase", ("fundus", "fluorescein angiography")),
        ("Angiogram of the left leg", None),
        ("T2-weighted sagittal image", ("mri", "")),
        ("MR imaging and MR angiography", ("mri", "MRA")),
        ("Mr. Smith was seen by us", None),
        ("Color Doppler showed severe MR", ("ultrasound", "doppler")),
        ("Endoscopic ultrasound of the pancreas", ("ultrasound", "EUS")),
        ("Endoscopic view of the antrum", ("endoscopy", "")),
        ("FDG PET/CT of the whole body", ("pet", "PET/CT")),
        ("PET-CT fusion", ("pet", "PET/CT")),
        ("A pet dog in Oct", None),
        ("OCT of the macula", ("oct", "")),
        ("Optical coherence tomography angiography", ("oct", "OCTA")),
        ("Bone scan with increased uptake", ("other", "SPECT")),
        ("H&E stained section, x40", ("histopathology", "")),
        ("Photomicrograph of an H&E stain", ("histopathology", "")),
        ("Scanning electron micrograph of enamel", ("microscopy", "electron microscopy")),
        ("Dermoscopic photograph of a nevus", ("dermoscopy", "")),
        ("Clinical photograph of the lesion", ("photography", "")),
        ("Color fundus photograph", ("fundus", "")),
        ("Flowchart of the study", ("other", "diagram")),
        ("Kaplan-Meier curves of MRI-negative patients", None),
        ("Infiltration of both lungs", None),
        ("", None),
        ("胸部CT显示右肺结节", ("ct", "")),
        ("这是一张胸片", ("xray", "")),
        ("头颅磁共振 T2 加权像", ("mri", "")),
        ("腹部彩超", ("ultrasound", "")),
        ("无痛胃镜检查", ("endoscopy", "")),
        ("皮肤镜下可见", ("dermoscopy", "")),
    ],
)
def test_a_caption_names_its_modality(text, meaning):
    assert says(text) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("No MRI was performed.", None),
        ("No CT, MRI or ultrasound", None),
        ("No fracture, MRI of the knee", ("mri", "")),
        ("MRI was not performed; chest radiograph at admission", ("xray", "")),
        ("Radiograph without CT or MRI", ("xray", "")),
        ("CT instead of MRI", ("ct", "")),
        ("No lesion on CT", ("ct", "")),
        ("Not visible in the radiograph", ("xray", "")),
        ("未行MRI检查", None),
        ("不是CT", None),
        ("胸片,未见CT", ("xray", "")),
    ],
)
def test_what_is_denied_is_not_named(text, meaning):
    assert says(text) == meaning


def test_a_tool_is_not_the_picture():
    assert says("Ultrasound-guided biopsy of the liver") is None
    assert says("Cytology of an ultrasound-guided aspirate") == ("microscopy", "")


def test_several_modalities_are_none_unless_the_first_named_dominates():
    assert says("CT and MRI of the brain") is None
    assert says("Chest radiograph; CT was done later") is None
    assert says("CT before and CT after surgery; MRI later") == ("ct", "")
    assert says("MRI first, then CT before and CT after surgery") is None


def test_submodalities_that_differ_are_not_told():
    assert agreed(named("Panoramic radiograph and mammogram")) == Meaning(modality="xray")


def test_no_reply_to_a_yes_no_question_denies_it():
    assert is_denied_question("Is this an MRI?", "No, it is not.")
    assert is_denied_question("这是CT图像吗?", "不是")
    assert not is_denied_question("Is this an MRI?", "Yes")
    assert not is_denied_question("What is this MRI of?", "No idea")
    assert not is_denied_question("Is this an MRI?", "")


def test_every_phrase_means_a_modality_of_ours():
    def meanings(tree):
        for key, branch in tree.items():
            yield from [branch] if key == "" else meanings(branch)

    assert {meaning.modality for meaning in meanings(load_vocabulary().tree)} - {""} == set(MODALITIES) - {"text"}


KEYWORDS = {  # the publisher's own, per caption: weak truth, for they come from the same captions
    "ct": {"ct", "cect", "hrct", "cbct", "mdct", "cta"},
    "mri": {"mri", "mr", "mrcp", "mra", "t1weighted", "t2weighted", "flair"},
    "xray": {"xray", "radiograph", "radiography", "mammogram", "mammography", "fluoroscopy", "orthopantomogram"},
    "ultrasound": {"ultrasound", "ultrasonography", "sonography", "echocardiogram", "echocardiography", "doppler", "sonogram"},
    "pet": {"pet", "petct", "fdg"},
}


def test_caption_words_agree_with_rocos_keywords():
    if REAL is None:
        pytest.skip("../shared/real is not here")
    folder = REAL / "annotations" / "roco"
    captions, keywords = (
        dict(line.split("\t", 1) for line in (folder / f"test-radiology-{name}.txt").read_text(encoding="utf-8").splitlines())
        for name in ("captions", "keywords")
    )
    truth = {}
    for id, words in keywords.items():
        modalities = [modality for modality, ours in KEYWORDS.items() if ours & set(words.split("\t"))]
        if len(modalities) == 1:
            truth[id] = modalities[0]
    found = {id: agreed(named(caption)) for id, caption in captions.items()}
    told = [id for id in truth if found[id]]
    right = [id for id in told if found[id].modality == truth[id]]
    assert (len(captions), len(truth)) == (8179, 3945)
    assert len(right) / len(told) >= 0.995
    assert len(told) / len(truth) >= 0.98
    assert sum(meaning is not None for meaning in found.values()) / len(found) >= 0.71
