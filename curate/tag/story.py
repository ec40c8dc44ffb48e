"""what a sample was taken for and the attributes that say so -> lines for a reader"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curate.tag.evidence import WITNESSES, family, rank, unspell
from curate.tag.reliability import HYPOTHESES, Reliabilities
from curate.tag.vocabulary import Meaning
from schemas.attribute import Attribute, Tagged
from schemas.modality import OTHER, TEXT

SHOWN = 3  # classes of a model
SPEAKERS = {
    "declared": "its source", "domain": "its domain", "header": "the DICOM header", "caption": "its caption", "question": "its question",
    "pooled": "what is said of the same picture elsewhere",
}  # fmt: skip


def decision_words(tagged: Tagged) -> str:
    """'It counts as ct (CTA), by its caption: probability 0.9854, and 0.9712 more than xray.'"""
    if tagged.modality == TEXT:
        return "It counts as text: it has no image."
    what = meaning_words(Meaning(modality=tagged.modality, submodality=tagged.submodality, figure_type=tagged.figure_type))
    if not tagged.by:
        return f"It counts as {what}: nobody can tell{f'; {tagged.runner_up} came nearest' if tagged.runner_up else ''}."
    over = f", and {tagged.margin:.4f} more than {tagged.runner_up}" if tagged.runner_up else ""
    return f"It counts as {what}, by {said_by(tagged.by)}: probability {tagged.score:.4f}{over}."


def doubt_words(tagged: Tagged) -> str:
    """Who would have said otherwise; '' if nobody."""
    if not tagged.against:
        return ""
    return f"{'Against it' if tagged.by else 'Named, and not enough'}: {tagged.against}."


def said_by(name: str) -> str:
    """A witness as a reader calls it; a model by its name."""
    return SPEAKERS.get(name, f"the model {name}")


def evidence_lines(attributes: Sequence[Attribute], reliabilities: Reliabilities) -> Iterator[str]:
    """A line for each witness, in their order, with how often it is right."""
    by_name: dict[str, list[Attribute]] = {}
    for attribute in attributes:
        by_name.setdefault(attribute.name, []).append(attribute)
    for name, said in sorted(by_name.items(), key=lambda item: (rank(item[0]), item[0])):
        yield _model_line(name, said, reliabilities) if name not in WITNESSES else _witness_line(name, said, reliabilities)


def meaning_words(meaning: Meaning) -> str:
    finer = ", ".join(word for word in (meaning.submodality, meaning.figure_type) if word)
    return f"{meaning.modality} ({finer})" if finer else meaning.modality


def _witness_line(name: str, said: Sequence[Attribute], reliabilities: Reliabilities) -> str:
    meanings = sorted({unspell(each.value) for each in said}, key=meaning_words)
    right = ", ".join(f"{reliabilities.of(name, meaning.modality):.3f}" for meaning in meanings)
    weakly = " in passing" if name.startswith(f"{family(name)}_weak") else ""
    return f"{_begun(said_by(family(name)))} says {', '.join(map(meaning_words, meanings))}{weakly}; {name} is right in {right}."


def _model_line(name: str, said: Sequence[Attribute], reliabilities: Reliabilities) -> str:
    best = sorted(said, key=lambda each: (-each.score, each.value))[:SHOWN]
    modality = best[0].value if best[0].value in HYPOTHESES else OTHER
    classes = ", ".join(f"{each.value} {each.score:.4f}" for each in best)
    right = f"{name} is right in {reliabilities.of(name, modality):.3f} where it is sure"
    return f"{_begun(said_by(family(name)))} sees {classes}; {right}."


def _begun(words: str) -> str:
    return words[0].upper() + words[1:]
