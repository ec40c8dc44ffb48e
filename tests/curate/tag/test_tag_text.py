import pytest

from curate.tag.text import read_caption, read_question
from schemas.sample import Turn


def turns(*texts):
    """Question, answer, question, answer ..."""
    return [Turn(role=role, text=text) for role, text in zip(["user", "assistant"] * len(texts), texts)]


def said(found):
    return found and (found.meaning.modality, found.strength)


CT, MRI, XRAY, US = (("ct", "strong"), ("mri", "strong"), ("xray", "strong"), ("ultrasound", "strong"))


@pytest.mark.parametrize(
    ("exchange", "caption", "question"),
    [
        (("What is seen in this CT image?", "A mass."), None, CT),
        (("Is this an MRI?", "No"), None, None),
        (("<image>\nIs this an MRI?", "No"), None, None),
        (("Is this an MRI?", "Yes"), None, MRI),
        (("Is this CT or MRI?", "MRI"), MRI, None),
        (("Is this CT or MRI?", "Ultrasound"), None, None),
        (("Which modality? A. CT B. MRI C. X-ray", "B"), None, None),
        (("Which modality is shown?", "Ultrasound"), US, None),
        (("What would show more on this MRI?", "CT"), None, MRI),
        (("What type of imaging does this not represent?", "ultrasound"), None, None),
        (("All of these but CT? What except MRI?", "CT"), None, None),
        (("这是不是CT?", "是的"), None, CT),
        (("这是CT图像吗？", "不是"), None, None),
        (("照片中不是什么模态?", "CT"), None, None),
        (("这是什么检查?", "磁共振"), MRI, None),
        (("图像里的肺正常吗？", "低密度"), ("ct", "weak"), None),
        (("Is this an MRI?", "No", "In this CT, where?", "Left."), None, CT),
        (("Describe.", "Axial CT.", "Which modality?", "CT"), CT, None),
        (("Describe.", "Axial CT.", "And this?", "Sagittal MRI."), None, None),
        (("In this X-ray, what?",), None, XRAY),
        (("Where is the hyperechoic lesion?", "In the liver."), None, ("ultrasound", "weak")),
        (("Is the optic disc normal?", "Yes"), None, ("fundus", "weak")),
        (("Describe the chest X-ray.", "A CT is recommended."), None, XRAY),
        (("Describe the chest X-ray.", "Unchanged since the previous CT."), ("ct", "weak"), XRAY),
        (("Describe.", "(a) CT of the chest. (b) CT of the abdomen. (c) MRI of the brain."), None, None),
        (("What would be the next step?", "CT of the chest"), None, None),
        (("Which modality is best for follow-up?", "MRI"), None, None),
        (("What is the next step after this CT?", "MRI"), None, CT),
        (("下一步应做什么检查？", "CT"), None, None),
        (("Can this lesion be seen better on MRI?", "Yes"), None, None),
        (("Does the chest x-ray show a fracture?", "no"), None, XRAY),
        (("Is the CT normal?", "No"), None, CT),
        (("Is this axial CT normal?", "No"), None, CT),
        (("Is this CT?", "No"), None, None),
        (("Is this CT scan?", "No"), None, None),
        (("Is the image a CT?", "No"), None, None),
        (("Was the image taken with CT?", "No"), None, None),
        (("这张CT图像正常吗？", "不正常"), None, CT),
        (("这张X光片中有没有异常？", "没有"), None, XRAY),
        (("这张图像是CT吗？", "不是"), None, None),
        (("What modality is used?", "xr - plain film"), XRAY, None),
        (("What modality is used?", "us-d - doppler ultrasound"), US, None),
        (("What modality is used?", "mr - adc map (app diff coeff)"), MRI, None),
        (("What modality is used?", "cta - ct angiography"), CT, None),
        (("What modality is used?", "an - angiogram"), ("xray", "weak"), None),
        (("What modality is used?", "ugi - upper gi"), XRAY, None),
        (("What modality is used?", "ct w/contrast (iv)"), CT, None),
        (("", ""), None, None),
    ],
)
def test_what_questions_and_answers_name(exchange, caption, question):
    assert (said(read_caption(turns(*exchange))), said(read_question(turns(*exchange)))) == (caption, question)


def test_answers_without_questions_are_captions_and_system_turns_say_nothing():
    alone = [Turn(role="assistant", text="Axial CT."), Turn(role="assistant", text="A mass.")]
    assert (said(read_caption(alone)), read_question(alone)) == (CT, None)
    system = [Turn(role="system", text="You read CT."), *turns("What?", "A mass.")]
    assert (read_caption(system), read_question(system)) == (None, None)


def test_no_turns_say_nothing():
    assert (read_caption([]), read_question([])) == (None, None)
