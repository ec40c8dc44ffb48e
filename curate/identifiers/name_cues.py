"""the words before a capital -> which cue for a name they are, if any

The families differ in how much they ask of the name: names.py says what.
"""

from __future__ import annotations

from typing import Literal

Cue = Literal["title", "word_title", "label", "weak_label", "by", "role", "kin", "greeted", "signed", "self", "courtesy"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


TITLES = _set("dr drs mr mrs ms mx prof profs messrs pr a.prof a/prof med")
_CASED_TITLES = _set("MR MRS MS DR PR mr ms pr")  # magnetic resonance, multiple sclerosis, digital radiography: a dot makes them titles
_WORD_TITLES = _set(
    "doctor doctors nurse sister sir dame miss professor rev reverend pastor father rabbi captain sergeant sgt lieutenant lt colonel"
)
_PERFORMED = _set(
    """
    dictated signed reported read interpreted transcribed verified approved reviewed performed prepared entered authenticated referred
    ordered requested examined evaluated seen accompanied typed finalized supervised treated operated checked confirmed completed edited
    attested validated witnessed submitted recorded documented provided taken contributed written assisted drawn administered collected
    scanned acquired obtained given brought followed
"""
)
_DISCUSSED = _set(
    """
    discussed reviewed communicated conveyed reported relayed called given telephoned phoned notified informed spoke spoken paged
    conferred consulted shared referred sent faxed findings results appointment follow-up visit met meeting consultation talked speak talk
    scheduled surgery seen admitted
"""
)
SIGNING = _set(
    "dictated signed reported read interpreted transcribed verified approved reviewed authenticated finalized typed entered prepared"
    " attested checked witnessed"
)
OPEN_LABELS = _set(
    "patient pt doctor to from re name names contact credit photo courtesy assistant attention author party reader operator examiner md dr"
)  # much else stands there
OWNERS = _set("my his her their our your the")
_ROLES = _set(
    """
    patient pt radiologist physician surgeon attending resident fellow technologist sonographer therapist psychologist pathologist
    cardiologist neurologist oncologist dermatologist gastroenterologist psychiatrist pediatrician ophthalmologist urologist gynecologist
    anesthesiologist orthopedist dentist practitioner midwife pharmacist consultant specialist secretary named called colleague client
    gentleman lady man woman boy girl baby infant coordinator caregiver guardian neighbor neighbour roommate coworker name provider
    nephrologist pulmonologist endocrinologist hematologist worker assistant tech referring clinician witness attn attn. seeing
    rheumatologist obstetrician internist hospitalist physiotherapist dietitian nutritionist optometrist counselor counsellor boss
    landlord manager supervisor fiance fiancee
"""
)
_KIN = _set(
    """
    son daughter wife husband mother father brother sister friend aunt uncle cousin niece nephew partner boyfriend girlfriend spouse mom
    mum dad mommy daddy grandmother grandfather grandma grandpa grandson granddaughter stepson stepdaughter stepfather stepmother twin
    twins kid child toddler newborn
"""
)
_GREETINGS = _set("hi hello dear hey morning afternoon evening welcome you thanks greetings attn attention")
_SIGN_OFFS = _set(
    "regards sincerely thanks you wishes cheers truly yours faithfully respectfully care warmly best love gratitude cordially blessings"
)
_CREDITS = _set("courtesy credit credits photo photograph photographer image images copyright acknowledgement acknowledgment thanks to")

_STRONG_LABELS = _set(
    """
    ordering attending requesting
    referring radiologist surgeon anesthesiologist anaesthetist technologist sonographer pathologist cardiologist consultant assistant by
    signed verified dictated transcribed approved finalized kin guardian spouse cc attn surname pcp guarantor transcriptionist forename
"""
)
_STRONG_QUALIFIERS = _set(
    """
    patient patient's pt pt's full first last middle maiden given family physician physician's doctor doctor's provider provider's
    attending referring ordering requesting primary care reading interpreting reporting emergency contact insured subscriber mother's
    father's guarantor contact nurse client client's of responsible admitting consulting treating attending's surgeon's child's baby's
    infant's responsible legal preferred
"""
)
_LABELS = _STRONG_LABELS | _set(
    """
    annotation overlay header burned-in
    name names patient pt physician doctor provider md dr attending ordering assistant tech contact person mother father son daughter wife
    husband attention to from resident fellow signature signed author party insured subscriber holder policyholder nurse operator examiner
    reader reporter dictator sender recipient client clinician therapist interpreter re courtesy photo credit parent relative supervisor
    witness clinician anesthesia anaesthesia
"""
)
EDGES = ",.:;!?()[]{}\"'-–—*|<>"
ENDS_A_LABEL = (":", "=", "-", "–", "|", "#")

_FAMILIES: tuple[tuple[Cue, frozenset[str]], ...] = (
    ("title", TITLES),
    ("word_title", _WORD_TITLES | {"mr", "mrs", "ms", "dr"}),
    ("by", frozenset({"by", "with", "to"})),
    ("role", _ROLES),
    ("kin", _KIN),
    ("greeted", _GREETINGS),
    ("signed", _SIGN_OFFS),
    ("self", _set("is am i'm i’m me as i name's")),
    ("courtesy", _CREDITS | {"of"}),
    ("label", _LABELS),
)
KNOWN: dict[str, list[Cue]] = {}
for _family, _words in _FAMILIES:
    for _word in _words:
        KNOWN.setdefault(_word, []).append(_family)


def cues(words: list[str], gap: str) -> list[Cue]:
    """Every family that the words before a capital belong to, and what stands between the last and the capital."""
    last = words[-1]
    key = last.lower().strip(EDGES)
    if not key and len(words) > 1 and last in ENDS_A_LABEL and words[-2][-1].isalnum():
        last = words[-2] + ":"
        words = words[:-1]
        key = last.lower().strip(EDGES)
    families = KNOWN.get(key)
    return [family for family in families if _holds(family, key, last, words, gap)] if families else []


def _holds(family: Cue, key: str, last: str, words: list[str], gap: str) -> bool:
    before = words[-2].lower().strip(EDGES) if len(words) > 1 else ""
    open_end = last[-1].isalnum() or last[-1] == ","
    match family:
        case "word_title" if key in TITLES:
            return last.endswith(".")  # 'MR. SMITH', 'mr. smith'
        case "title" if key == "med":
            return before == "dr"
        case "title":
            return last.strip(EDGES) not in _CASED_TITLES
        case "label":
            return last.endswith(ENDS_A_LABEL) and last[-1] != "#"
        case "by":
            if key == "by":
                return last[-1].isalnum() and (before in _PERFORMED or any(word.lower() in SIGNING for word in words[-7:-1]))
            return last[-1].isalnum() and before in _DISCUSSED
        case "signed":
            return (last[-1] in ",.!-–—" or "\n" in gap) and (key != "you" or before == "thank")
        case "greeted":
            return (open_end or last[-1] in ":") and (
                before == "good" if key in ("morning", "afternoon", "evening") else key != "you" or before == "thank"
            )
        case "self":
            return _speaks(key, before, last)
        case "courtesy":
            return (
                before == "courtesy"
                if key == "of"
                else before == "thanks"
                if key == "to"
                else key == "courtesy" or last.endswith((":", "by"))
            )
        case _:
            return open_end or key in ("attn", "pt")
    return False


def _speaks(key: str, before: str, last: str) -> bool:
    match key:
        case "is":
            return before in ("name", "this")
        case "am":
            return before == "i"
        case "me":
            return before in ("call", "called")
        case "as":
            return before in ("known", "identified")
        case "i":
            return last.endswith(",")
    return True


def is_strong_label(words: list[str]) -> bool:
    """'Patient Name:', 'Radiologist:', a line's first 'Name:'; but not 'Drug name:', and 'Patient:' may begin what a patient says."""
    words = [word.lower().strip(EDGES) for word in words]
    words = [word for word in words if word]
    if words[-1] in _STRONG_LABELS:
        return True
    before = words[-2] if len(words) > 1 else ""
    return (
        words[-1] in ("name", "names", "physician", "doctor", "provider", "contact", "person", "patient") and before in _STRONG_QUALIFIERS
    )
