"""facts of a corpus -> what whoever uses it must know, in sentences: for the card, and for Croissant"""

from __future__ import annotations

from curate.emit.facts import CorpusFacts
from curate.emit.markdown import code

BIOMEDCLIP = (
    "Some modalities were decided by BiomedCLIP (`modality_by` = `biomedclip`). Its model card allows research use only; "
    "whoever may not rely on it leaves these rows out."
)


def limits_of_use(facts: CorpusFacts) -> list[str]:
    """One sentence or two each; the last are the facts' own notes."""
    access = facts.counts("access")
    limits = [
        "For research in machine learning. Nothing in it is medical advice, and no model trained on it is a medical device.",
        "Terms are those of each source, per record (ATTRIBUTION.md). Who passes on the whole needs the consent of every one of them.",
        "Labels and texts are the publishers'. Nobody has reviewed them again.",
    ]
    for kind in ("registered", "credentialed"):
        if access.get(kind):
            limits.append(f"{access[kind]:,} samples are of {kind} access: who has not been admitted by the source must not be given them.")
    if facts.counts("license").get("unknown"):
        limits.append(f"{facts.counts('license')['unknown']:,} samples have no stated licence.")
    if facts.synthetic:
        limits.append(f"{facts.synthetic:,} images are synthetic: drawn or simulated, not taken from a patient.")
    if facts.blanked:
        limits.append(f"{facts.blanked:,} images were changed: text found in their pixels is black. Not every line of it is found.")
    limits.append(identifiers_said(facts))
    if facts.rewritten:
        limits.append(_rewritten(facts))
    if facts.choices:
        limits.append(_opened(facts))
    if facts.biomedclip:
        limits.append(BIOMEDCLIP)
    return [*limits, *facts.notes]


def identifiers_said(facts: CorpusFacts) -> str:
    limits = facts.recipe.get("limits") or {}
    where = f"texts ({', '.join(limits.get('identifier_tasks') or ('caption', 'report', 'dialogue'))})"
    match limits.get("identifiers", "scrub"):
        case "keep":
            return "Identifiers of persons were not looked for in its texts."
        case "refuse":
            done = f"Samples were left out in whose {where} rules and word lists found an identifier of a person (45 CFR 164.514(b)(2))."
        case _:
            done = (
                f"Identifiers of persons (45 CFR 164.514(b)(2)) were looked for in its {where} by rules and word lists: placeholders like "
                f"`[NAME]` and `[DATE]` stand for those that were found, in {facts.scrubbed:,} samples."
            )
    return f"{done} They do not find every one."


def _opened(facts: CorpusFacts) -> str:
    kept = sum(count for word, count in facts.choices.items() if word != "open")
    left = f"; {kept:,} keep them, for question or answer speak of the choices or the answer is no phrase" if kept else ""
    return f"{facts.choices.get('open', 0):,} multiple-choice questions are asked without their choices{left}."


def _rewritten(facts: CorpusFacts) -> str:
    model = code(str((facts.recipe.get("rewrite") or {}).get("model", "")))
    return (
        f"The answers of {facts.rewritten:,} samples were written anew by the language model {model}, to soften advice and leave out "
        "identities. Nobody has compared them with the answers they stand for; its own terms may bind who uses them."
    )
