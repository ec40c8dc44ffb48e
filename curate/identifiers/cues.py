"""text in lower case -> the words in it that announce a number of a person, with the value that follows them"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from curate.identifiers.kinds import Kind


@dataclass(frozen=True, slots=True)
class Sureness:
    """The digits that a value needs right behind the cue (None: never), and behind a mark or a word for 'number'."""

    bare: int | None
    marked: int


SURE = Sureness(bare=4, marked=2)  # a word for nothing else: 'MRN 4521'
USUAL = Sureness(bare=6, marked=3)  # 'patient ID: 045'; 'chart 1234567'
COMMON = Sureness(bare=None, marked=4)  # also a word of every day: 'case no. 14' is none, 'case no. 201934' is
PLATE = Sureness(bare=2, marked=2)  # 'licence plate AB12 CDE'
ALONE = Sureness(bare=2, marked=2)  # as those of a plate, but the word is also one of vertebrae
GROUP = Sureness(bare=6, marked=6)  # 'Group 173485'; 'the training group (318 s)' is none
SLIDES = Sureness(bare=5, marked=5)  # 'block H9818-30'
LISTED = Sureness(bare=7, marked=6)  # 'Encounter: 1642109013'

# With a word for 'number' behind them ('ID', 'no.', '#' ...). Of cues at one place the first that a value follows holds.
_NUMBERED: tuple[tuple[Kind, Sureness, str], ...] = (
    ("mrn", SURE, r"mrns?|m\.r\.n\.?|uhid|empi|(?:medical|med\.?|health) ?rec(?:ord|\.)?s?|nhi"),
    ("mrn", USUAL, r"m\.?r\.?|(?:patient|pt)(?:'s|’s|\.)?(?: identity| registration| record| file| chart| hospital| account)?"),
    ("mrn", USUAL, r"registration"),
    ("mrn", USUAL, r"chart|record|file|folder|enrol?ment|admission|encounter|inpatient|outpatient|emergency|medical|clinic|dossier"),
    ("mrn", USUAL, r"ipd?|opd?|cr|urn?|uh|er|csn|pid|hn|unit record|hospital registration|case ?record|case ?file"),
    ("mrn", COMMON, r"hospital|hosp\.?|unit|visit|case|subject|participant|person|personal|identification"),
    ("accession", SURE, r"accession|acc\.?|ac[cs]n"),
    ("accession", USUAL, r"specimen|requisition|(?:surgical )?pathology|path\.?|cytology|histology|biopsy|autopsy|necropsy"
        r"|lab(?:oratory)?"),
    ("accession", USUAL, r"exam(?:ination)?|study|imaging|radiology|x-?ray|mri|ultrasound|scan|film|bar ?code|procedure"),
    ("accession", COMMON, r"report|slide|block|sample|series|order|request|test|tube"),
    ("plan", SURE, r"(?:insurance )?policy(?: ?holder)?|member(?:ship)?|subscriber|mbi|hicn?|(?:medicare|medicaid)(?: beneficiary"
        r"| card| claim| recipient| member)?"),
    ("plan", SURE, r"(?:health )?(?:insurance|plan)(?: beneficiary| member| card| policy| claim)?|health card"),
    ("plan", USUAL, r"insured(?:'s)?|beneficiary|claim|(?:blue ?(?:cross|shield)|bcbs|aetna|cigna|humana|kaiser|tricare|ohip"
        r"|anthem)(?: member| policy)?"),
    ("plan", COMMON, r"group|certificate of insurance|(?:prior )?auth(?:ori[sz]ation)?|scheme"),
    ("account", SURE, r"(?:bank )?accounts?|acct\.?|a/c|iban|routing|guarantor|(?:credit|debit|bank|visa) ?card"),
    ("account", USUAL, r"financial|invoice|bill|billing|receipt|fin|transaction|payment"),
    ("account", COMMON, r"card|wallet|customer|user"),
    ("license", SURE, r"(?:(?:medical|state|nursing|physician|professional|pharmacy|driver'?s?|driver’s|driving) )?licen[cs]e|lic\.?"
        r"|npi|gmc|passport|nmc|ahpra"),
    ("license", USUAL, r"dea|dl|certificat(?:e|ion)|reg(?:d|n)?\.?|permit|mci|upin"),
    ("vehicle", SURE, r"vin|vehicle identification|chassis|engine|(?:licen[cs]e|number|reg(?:istration)?|vehicle|car) ?plates?"),
    ("vehicle", PLATE, r"(?:vehicle|car)(?:'s|’s)?(?: registration| reg\.?| tag| licen[cs]e)?|registration"),
    ("vehicle", PLATE, r"plates?"),
    ("device", SURE, r"(?:(?:device|implant|pacemaker|icd|machine|equipment|pump|lead|generator|scanner|model/) ?)?(?:serial|ser\.?)"
        r"|s/n|imei|udi|asset(?: tag)?"),
    ("device", USUAL, r"lot|batch|device|implant|pacemaker|defibrillator|stent|prosthesis|valve|generator|scanner|machine|equipment|pump"),
    ("device", COMMON, r"station"),
    ("ssn", SURE, r"ssns?|soc(?:ial)?\.? (?:sec(?:urity)?\.?|insurance)(?: insurance)?|ss|nhs|chi|aadh?aar(?: card)?|pan(?: card)?"
        r"|nino|nric|hkid|abha"),
    ("ssn", SURE, r"national (?:insurance|id(?:entity|entification)?|identity card|id card)|citizen(?:ship)?|(?:id|identity) card"
        r"|identity|resident identity"),
    ("ssn", SURE, r"tax(?:payer)?(?: identification)?|cpf|dni|nie|bsn|insee"),
)
# By themselves.
_PLAIN: tuple[tuple[Kind, Sureness, str], ...] = (
    ("mrn", SURE, r"mrns?|m\.r\.n\.?|uhid|empi|mr#"),
    ("mrn", USUAL, r"medical records?|pid|csn|chart"),
    ("accession", SURE, r"accession|ac[cs]n|(?:study|series|sop) (?:instance )?uid"),
    ("accession", USUAL, r"specimen|bar ?code"),
    ("plan", SURE, r"mbi|hicn"),
    ("plan", USUAL, r"policy|(?:health )?insurance(?: card| policy| claim| member)?|(?:medicare|medicaid)(?: card)?|bcbs|ohip"
        r"|health card|prior auth(?:ori[sz]ation)?"),
    ("account", SURE, r"acct\.?|a/c|iban|sort code|(?:credit|debit|bank|visa) ?card"),
    ("account", USUAL, r"visa|mastercard|amex|american express|(?:billing |bank )?account"),
    ("license", SURE, r"npi|gmc(?: ref(?:erence)?)?|passport|nmc(?: pin)?|ahpra|(?:driver'?s?|driver’s|driving|medical|nursing"
        r"|state) licen[cs]e"),
    ("license", USUAL, r"dea|licen[cs]e|upin"),
    ("vehicle", SURE, r"vin"),
    ("vehicle", PLATE, r"(?:licen[cs]e|number|reg(?:istration)?|vehicle|car) ?plates?|(?:vehicle|car)(?:'s|’s)? (?:registration"
        r"|reg\.?|plate|tag)"),
    ("device", SURE, r"s/n|s\.n\.|imei|udi(?:-di|-pi)?|(?:device|implant|pacemaker|icd|equipment) (?:serial|identifier)"),
    ("device", USUAL, r"serial|sn"),
    ("ssn", SURE, r"ssns?|social security|aadh?aar(?: card)?|nino|nric|national (?:insurance|id)|(?:id|identity) card|itin|cpf|dni"
        r"|bsn|codice fiscale|insee"),
    ("ssn", USUAL, r"nhs|social insurance"),
    ("mrn", USUAL, r"id"),
    ("mrn", COMMON, r"identifier|patient"),
    ("plan", GROUP, r"group"),
    ("accession", COMMON, r"acc"),
    ("vehicle", ALONE, r"plate|reg(?=:)"),
    ("device", COMMON, r"lot|batch|device|pacemaker"),
    ("mrn", LISTED, r"encounter|record|file|folder|visit|case"),
    ("accession", LISTED, r"exam|order"),
    ("accession", SLIDES, r"slides?|blocks?"),
)

_NUMBER = (
    r"(?:,?[ _]?(?:(?:ref(?:erence)?\.?|identification|identity|registration|serial|id)[ ])?(?:numbers?\b|nos?\b\.?|num\b\.?|nr\b\.?"
    r"|nbr\b\.?|№|\#)"
    r"|[ _]ids?\b(?:[ ]code)?|[ ]identifiers?\b|id\b(?=\s?[=:#])|[ ]code\b)"
)
_CUES = (*_NUMBERED, *_PLAIN)
_GROUPS = [f"(?P<cue{place}>{cue.replace(' ', '[ ]').replace('#', '[#]')})" for place, (_, _, cue) in enumerate(_CUES)]
TOKEN = r"[a-z0-9](?:[a-z0-9]|[-./_:·](?=[a-z0-9])){0,63}"
_ANNOUNCED = re.compile(
    rf"""(?<![^\W_])
    (?: (?:{"|".join(_GROUPS[: len(_NUMBERED)])})(?P<number>{_NUMBER}) | (?:{"|".join(_GROUPS[len(_NUMBERED) :])})(?![^\W\d_]) )
    (?:[ ]\([a-z. ]{{2,12}}\))?\*{{0,2}}(?P<mark>\s{{0,3}}[:=|\#№]{{1,2}}-? | \s{{0,3}}\((?=\w) | \s{{1,3}}(?:is|was)\b:?
    | \s{{1,3}}ending[ ](?:in|with) | \s{{1,3}}-\s)?\*{{0,2}}
    \s{{0,3}}\#?
    (?=(?P<value>(?:[a-z]{{1,4}}[ ](?=[a-z]{{0,4}}-?\d))?(?=[a-z]{{0,12}}[-./_·]?[a-z]{{0,4}}[-./_·]?\d){TOKEN}(?:[ ]{TOKEN}){{0,7}}))""",
    re.VERBOSE | re.ASCII,
)
_WORD = re.compile(r"[a-z]{2,}|[amsx][./-]")
# What every cue begins with: to look words up in a set costs a fiftieth of the pattern.
_OPENING = (
    "a/ aadhaar aadhar aadharcard abha acc accession accn account accounts acct acsn admission aetna ahpra american amex anthem asset "
    "auth authorisation authorization autopsy bank bar barcode batch bcbs beneficiary bill billing biopsy block blocks blue bluecross "
    "blueshield bsn car card case casefile caserecord certificate certification chart chassis chi cigna citizen citizenship claim "
    "clinic codice cpf cr credit creditcard csn customer cytology dea debit defibrillator device dl dni dossier driver drivers driving "
    "emergency empi encounter engine enrollment enrolment equipment er exam examination file film fin financial folder generator gmc "
    "group guarantor health hic hicn histology hkid hn hosp hospital humana iban icd id identification identifier identity imaging imei "
    "implant inpatient insee insurance insured invoice ip ipd itin kaiser lab laboratory lead lic licence licenceplate license "
    "licenseplate lot m. machine mastercard mbi mci med medicaid medical medicare medrec member membership model mr mri mrn mrns "
    "national necropsy nhi nhs nie nino nmc npi nric number numberplate nursing ohip op opd order outpatient pacemaker pan participant "
    "passport path pathology patient payment permit person personal pharmacy physician pid plan plate plates policy policyholder prior "
    "procedure professional prosthesis pt pump radiology receipt record reg regd registration regn report request requisition resident "
    "routing s. s/ sample scan scanner scheme ser serial series slide slides sn soc social sop sort specimen ss ssn ssns state station "
    "stent study subject subscriber surgical tax taxpayer test transaction tricare tube udi uh uhid ultrasound unit upin ur urn user "
    "valve vehicle vehicleplate vin visa visit wallet x- xray "
)
_FIRST_WORDS = frozenset(word + end for word in _OPENING.split() for end in ("", "s", "id", "number", "no"))  # 'patientid=123'


@dataclass(frozen=True, slots=True)
class Announced:
    """A cue and the row of words that begins with the value: text[start:end]."""

    cue: int
    start: int
    end: int
    kind: Kind
    needs: int | None  # digits; None: nothing between cue and value says that it is one
    marked: bool  # a mark or a word for 'number' stands between
    number: bool  # a word for 'number' stands between
    sure: bool  # the cue is a word for nothing else


def announced(lower: str) -> Iterator[Announced]:
    """The cues that something with a digit follows, in order of place."""
    if _FIRST_WORDS.isdisjoint(_WORD.findall(lower)):
        return
    end = 0
    for word in _WORD.finditer(lower):
        match = _ANNOUNCED.match(lower, word.start()) if word.start() >= end and word[0] in _FIRST_WORDS else None
        if match is None:
            continue
        end = match.end()
        kind, sureness, _ = _cue(match)
        number, mark = match["number"] is not None, match["mark"] is not None
        needs = sureness.marked if number or mark else sureness.bare
        yield Announced(match.start(), *match.span("value"), kind, needs, number or mark, number, sureness is SURE or sureness is PLATE)


def _cue(match: re.Match[str]) -> tuple[Kind, Sureness, str]:
    return next(cue for place, cue in enumerate(_CUES) if match[f"cue{place}"] is not None)
