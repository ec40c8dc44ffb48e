"""text as found -> text as it ships: named steps, each one safe to repeat"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable

from schemas.sample import Sample

# C0 and C1 controls but tab and newline; the byte order mark; bidirectional controls, which show a reader other words than a trainer gets
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\u202a-\u202e\u2066-\u2069]")


def normalize_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def compose_unicode(text: str) -> str:
    """NFC (UAX 15): one code point sequence for what looks the same. Never NFKC: it would turn 'cm²' into 'cm2'."""
    return unicodedata.normalize("NFC", text)


def drop_controls(text: str) -> str:
    return _CONTROLS.sub("", text)


def strip_ends(text: str) -> str:
    return text.strip()


STEPS: tuple[Callable[[str], str], ...] = (normalize_newlines, compose_unicode, drop_controls, strip_ends)


def clean_text(text: str) -> str:
    if text.isascii() and text.isprintable():  # most text: only its ends can change
        return text.strip()
    for step in STEPS:
        text = step(text)
    return text


def clean_sample(sample: Sample) -> Sample:
    """`sample` with every text that ships cleaned: turns, labels, labels of boxes. The same object where nothing changes, as in most."""
    texts = [*(turn.text for turn in sample.turns), *sample.labels, *(box.label for box in sample.boxes)]
    cleaned = [clean_text(text) for text in texts]
    if cleaned == texts:
        return sample
    clean = iter(cleaned)
    return dataclasses.replace(
        sample,
        turns=tuple(dataclasses.replace(turn, text=next(clean)) for turn in sample.turns),
        labels=tuple(next(clean) for _ in sample.labels),
        boxes=tuple(dataclasses.replace(box, label=next(clean)) for box in sample.boxes),
    )
