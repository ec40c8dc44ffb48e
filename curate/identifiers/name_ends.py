"""What follows a name, or stands after it in one word: degrees, kin, ages, verbs of persons, as patterns"""

from __future__ import annotations

import re

ACTS = re.compile(r"(?:['’]s)? (?:is|was|has|had|will|did|does|can|[a-z]{3,12}ed)\b")
TOLD_END = re.compile(r" ?(?:[,!.:;?\-–\n]|and\b|from\b|here\b|$)")
CREDENTIAL = re.compile(
    r"[ ]?,?[ ]{0,2}\(?(?<!\w)(?:MD|M\.D\.?|D\.O\.|DO|RN|R\.N\.|LPN|BSN|MSN|DNP|APRN|ARNP|FNP|CRNA|NP-C|PA-C|Ph\.?D\.?|PHD|PharmD"
    r"|Pharm\.D\."
    r"|FRCR|FRCS|FRCP|FRCPC|FACR|FACS|FACC|MBBS|MBChB"
    r"|M\.B\.B\.S\.?|MRCP|MRCS|DDS|DMD|DVM|DPM|D\.C\.|RDMS|RVT|RT\(R\)|R\.T\.|Esq\.?|LCSW|Psy\.?D|MPH|PGY-?\d|NP)(?![\w-])(?![ ]?,?[ ]?\d)"
)
CREDENTIALS = re.compile(
    r"MD|M\.D|D\.?O\.?|RN|R\.N|LPN|SN|NP|RNA|PA-C|P[Hh]\.?D|rm\.?D|FRC|FAC|MBBS|MBCh|B\.S|MRC|D[DPVM][SDM]|D\.C|RDMS|RVT|RT\(|R\.T|PGY"
    r"|Esq|LCSW|sy\.?D|MPH"
)
KIN_OF = re.compile(
    r"['’][sS] (?=(?:mother|father|wife|husband|son|daughter|parents?|family|doctor|physician|sister|brother|mom|mum|dad|aunt|uncle"
    r"|grandmother|grandfather|spouse|partner"
    r"|pediatrician|surgeon|teacher|nurse|girlfriend|boyfriend|condition|symptoms|chart|records?|medical|insurance|room|house|home"
    r"|birthday|case)\b)"
)
SIGNED_END = re.compile(r"[ .!]{0,3}(?:\n|$)")
GREETED_END = re.compile(r" ?(?:[,!.:;?\-–\n]|$)")
DOES = re.compile(
    r" (?:is|was|has|had|presented|presents|reports|reported|complains|complained|denies|denied|says|said|states|stated|came|went"
    r"|underwent|lives|lived|works|worked|suffers"
    r"|suffered|feels|felt|takes|took|started|visited|called|asked|told|returned|developed|noticed|who|will|from (?:the|our|my)) "
)
AGE_AFTER = re.compile(
    r" (?:is|was) an? \d{1,3}[- ](?:year|yr|month|week|day)s?[- ]old\b|, \d{1,3} ?[mfMF]\b(?![-/°])|, (?:an? |aged )?\d{1,3}[-"
    r" ](?:year|yr|month|week|day)s?[- ]old\b|, (?:an? )?\d{1,3} ?y/?o\b|, aged \d{1,3}\b"
)
CODED = re.compile(
    r"(?<![^\W\d_])[^\W\d_](?:[^\W\d_]|['-]){1,30}\^[^\W\d_](?:[^\W\d_]|[' .-]){0,30}(?:\^(?:[^\W\d_]|\.){0,20}){0,3}"
)  # PS3.5 6.2, a person's name
