"""what a sample was taken for and the attributes that say so -> lines for a reader"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curate.tag.evidence import WITNESSES, family, rank, unspell
from curate.tag.reliability import HYPOTHESES, Reliabilities
from curate.tag.vocabulary import Meaning
from schemas.attribute import Attribute, Tagged
from schemas.modality import OTHER, TEXT

SHOWN = 3  # classes of a model


def decision_words(tagged: Tagged) -> str:
    """'ct (CTA): caption decided, posterior 0.9854, margin 0.9712 over xray'"""
    if tagged.modality == TEXT:
        return "text: it has no image"
    what = meaning_words(Meaning(modality=tagged.modality, submodality=tagged.submodality, figure_type=tagged.figure_type))
    if not tagged.by:
        return f"{what}: nobody can tell{f'; {tagged.runner_up} came nearest' if tagged.runner_up else ''}"
    over = f", margin {tagged.margin:.4f}{f' over {tagged.runner_up}' if tagged.runner_up else ''}"
    return f"{what}: {tagged.by} decided, posterior {tagged.score:.4f}{over}"


def doubt_words(tagged: Tagged) -> str:
    """What the model sees, and who says otherwise; '' if neither."""
    said = [f"seen: {tagged.seen} {tagged.seen_score:.4f}"] if tagged.seen else []
    against = "against it" if tagged.by else "named, and not enough"
    return "; ".join(said + ([f"{against}: {tagged.against}"] if tagged.against else []))


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
    return f"{family(name)} names {', '.join(map(meaning_words, meanings))}{weakly}; {name} is right in {right}"


def _model_line(name: str, said: Sequence[Attribute], reliabilities: Reliabilities) -> str:
    best = sorted(said, key=lambda each: (-each.score, each.value))[:SHOWN]
    modality = best[0].value if best[0].value in HYPOTHESES else OTHER
    classes = ", ".join(f"{each.value} {each.score:.4f}" for each in best)
    return f"{family(name)} sees {classes}; {name} is right in {reliabilities.of(name, modality):.3f} where it is sure"
