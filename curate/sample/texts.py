"""invented questions and answers -> MedQuAD XML, PubMedQA objects, MedInstruct lists as published

The answers are short school-book knowledge in our own words. One long answer stands in two sources with one word changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from curate.sample.gallery import Files


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    name: str
    is_what: str
    signs: str
    helped_by: str


def _topic(name: str, is_what: str, signs: str, helped_by: str) -> Topic:
    return Topic(name=name, is_what=is_what, signs=signs, helped_by=helped_by)


TOPICS = (
    _topic(
        "Asthma",
        "a disease in which the airways swell and narrow from time to time",
        "wheezing, cough and short breath at night",
        "inhaled medicines that open the airways and calm the inflammation",
    ),
    _topic(
        "Anaemia",
        "a lack of red blood cells or of the haemoglobin in them",
        "tiredness, pale skin and a fast heartbeat",
        "treating the cause, for example with iron where iron is missing",
    ),
    _topic(
        "Gout",
        "a painful inflammation of joints by crystals of uric acid",
        "sudden pain, redness and swelling, often of the big toe",
        "medicines against the inflammation and, later, against the uric acid",
    ),
    _topic(
        "Glaucoma",
        "a damage of the optic nerve that often goes with high pressure in the eye",
        "slow loss of the outer field of vision",
        "eye drops, laser or surgery that lower the pressure",
    ),
    _topic(
        "Psoriasis",
        "a skin disease in which cells of the outer layer grow too fast",
        "red plaques with silvery scales on elbows and knees",
        "creams, light and medicines that act on the immune system",
    ),
    _topic(
        "Migraine",
        "a recurring headache that comes in attacks",
        "throbbing pain on one side, nausea and a wish for darkness",
        "rest, pain relievers and medicines that prevent attacks",
    ),
    _topic(
        "Hypothyroidism",
        "a state in which the thyroid gland makes too little hormone",
        "weight gain, feeling cold and dry skin",
        "tablets that replace the hormone",
    ),
    _topic(
        "Appendicitis",
        "an inflammation of the appendix",
        "pain that moves to the lower right of the belly, fever and nausea",
        "surgery in most cases and antibiotics in some",
    ),
    _topic(
        "Osteoporosis",
        "a loss of bone mass that makes bones break easily",
        "loss of height and fractures after light falls",
        "exercise, calcium, vitamin D and medicines that slow the loss",
    ),
    _topic(
        "Cataract", "a clouding of the lens of the eye", "blurred sight, glare and faded colours", "an operation that replaces the lens"
    ),
    _topic(
        "Sepsis",
        "an overwhelming reaction of the body to an infection",
        "fever or low temperature, fast breathing and confusion",
        "antibiotics and fluids without delay in a hospital",
    ),
    _topic(
        "Eczema",
        "an itching inflammation of the skin",
        "dry red patches in the bends of elbows and knees",
        "moisturising creams and creams against the inflammation",
    ),
)

LONG_QUESTION = "What should people know about high blood pressure?"
LONG_ANSWER = (
    "High blood pressure means that the blood pushes against the walls of the arteries with too much force for too long. Most people feel"
    " nothing for years, which is why it is found by measuring and not by waiting for complaints. Over time the pressure thickens the heart"
    " muscle, stiffens the vessels and harms the kidneys, the eyes and the brain. The risk grows with age, with salt, with weight, with"
    " alcohol, with tobacco and with little movement; it runs in families. Many people bring the values down by walking every day, by"
    " eating more vegetables and less salt, by losing some weight and by sleeping well. Others need tablets as well, often two kinds in low"
    " doses, and for many years. The values should be measured again after some weeks, at rest, with a cuff that fits the arm, and"
    " written down. Chest pain, trouble speaking or a weak arm are signs to call for help at once."
)
LONG_ANSWER_CHANGED = LONG_ANSWER.replace("thickens the heart", "strains the heart")  # one word of 150
PERSONAL = "Please write to jane.sample@example.org or call +1 555 010 0199, MRN 00123456, before the next visit."


def medquad() -> Files:
    """Two folders of documents with two pairs each, one folder whose answers were taken out, as in the real one."""
    files: Files = {}
    for number, topic in enumerate(TOPICS, 1):
        folder = "5_NIDDK_QA" if number <= 6 else "8_NHLBI_QA_XML"
        pairs = [
            ("information", f"What is {topic.name} ?", f"{topic.name} is {topic.is_what}. Typical signs are {topic.signs}."),
            ("treatment", f"What are the treatments for {topic.name} ?", f"{topic.name} is usually treated by {topic.helped_by}."),
        ]
        files[f"medquad/{folder}/{9000000 + number:07d}.xml"] = _document(9000000 + number, topic.name, pairs)
    files["medquad/5_NIDDK_QA/9000100.xml"] = _document(9000100, "High blood pressure", [("information", LONG_QUESTION, LONG_ANSWER)])
    files["medquad/10_MPlus_ADAM_QA/9000200.xml"] = _document(9000200, "Fever", [("information", "What is Fever ?", "")])
    return files


def _document(number: int, focus: str, pairs: list[tuple[str, str, str]]) -> bytes:
    body = "".join(
        f'\t<QAPair pid="{place}">\n\t\t<Question qid="{number}-{place}" qtype="{kind}">{question}</Question>\n'
        f"\t\t<Answer>{answer}</Answer>\n\t</QAPair>\n"
        for place, (kind, question, answer) in enumerate(pairs, 1)
    )
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<Document id="{number}" source="Sample" url="https://example.org/{number}">\n'
    return f"{head}<Focus>{focus}</Focus>\n<QAPairs>\n{body}</QAPairs>\n</Document>\n".encode()


def pubmedqa() -> Files:
    """ori_pqal.json: an object keyed by article number; numbers of no real article."""
    rows = {}
    for number, topic in enumerate(TOPICS):
        decision = ("yes", "no", "maybe")[number % 3]
        rows[str(990000001 + number)] = {
            "QUESTION": f"Does early treatment of {topic.name.lower()} shorten the stay in hospital?",
            "CONTEXTS": [
                f"{topic.name} is {topic.is_what}. Little is known about the best time to begin.",
                f"Invented data of {40 + 7 * number} people who were helped by {topic.helped_by} were compared in two groups.",
            ],
            "LABELS": ["BACKGROUND", "METHODS"],
            "MESHES": ["Humans", topic.name],
            "YEAR": "2020",
            "reasoning_required_pred": decision,
            "reasoning_free_pred": decision,
            "final_decision": decision,
            "LONG_ANSWER": f"In this invented comparison the answer for {topic.name.lower()} is {decision}; it rests on few people.",
        }
    return {"pubmedqa/ori_pqal.json": json.dumps(rows, indent=4).encode()}


def med_instruct() -> Files:
    """MedInstruct-52k.json: instruction, input ('<noinput>' where there is none), output; one row holds invented identifiers."""
    rows = [
        {
            "instruction": f"Explain {topic.name.lower()} to a person without medical training.",
            "input": "<noinput>",
            "output": f"Think of it as {topic.is_what}. You may notice {topic.signs}. Doctors can help with {topic.helped_by}.",
        }
        for topic in TOPICS
    ]
    rows += [
        {
            "instruction": "Name the condition that fits the complaints.",
            "input": f"The person reports {topic.signs}.",
            "output": f"{topic.name} would fit, but other causes must be ruled out.",
        }
        for topic in TOPICS[::2]
    ]
    rows.append({"instruction": LONG_QUESTION, "input": "<noinput>", "output": LONG_ANSWER_CHANGED})
    rows.append({"instruction": "Write a short reminder of an appointment.", "input": "<noinput>", "output": f"Dear reader, {PERSONAL}"})
    return {"alpacare/MedInstruct-52k.json": json.dumps(rows, indent=1).encode()}
