"""all evidence on one image -> what it is taken for, by the recipe's policy

In this order:

1. `trust: source`: a declared modality stands, or `other` of a general domain. Its score is still its posterior by all the evidence: low
   where others contradict it.
2. `trust: model`: what the model is sure to see.
3. A model that is sure to see a chart, a diagram, a page or a natural picture decides: words name the subject of a figure ('CT volumes of
   40 patients'), pixels show what kind of figure it is. Not so where a DICOM header names one of the twelve: scanners write few pages.
   And where words speak of a photograph a natural picture contradicts nobody: clinical photographs look like natural ones.
4. The fused evidence (curate/tag/fuse.py), if its posterior and margin reach the limits.
5. Nobody can tell: 'other', decided by ''. A chart, or a modality that is none of the twelve, is 'other' too, but somebody decided it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from curate.recipe import Tagging
from curate.tag.evidence import DECLARED, DOMAIN, HEADER, Evidence, family, rank, shown_as, voice
from curate.tag.fuse import Fused, fuse
from curate.tag.look import Look
from curate.tag.reliability import Reliabilities
from curate.tag.vocabulary import Meaning
from schemas.modality import OTHER, TWELVE

NATURAL, PHOTOGRAPH = "natural image", "photography"
CERTAIN = 0.85  # reliability times score from which a witness that contradicts the source counts where the recipe refuses
KEPT = 100_000  # decisions that are remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one image is taken for."""

    meaning: Meaning
    by: str  # name of the witness; '' where nobody can tell
    score: float
    margin: float
    runner_up: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """The policy and how far each witness is to be believed; the same for every image of a run."""

    policy: Tagging
    reliabilities: Reliabilities
    decided: dict[tuple[tuple[Evidence, ...], bool], Decision] = field(default_factory=dict, compare=False, repr=False)

    def decide(self, evidence: tuple[Evidence, ...], look: Look | None = None, *, from_labels: bool = False) -> Decision:
        """`evidence` without the model's; `from_labels`: the text was made from labels."""
        if look:
            return self._decide(evidence, look, from_labels)
        key = (evidence, from_labels)  # without a model millions of samples have few kinds of evidence
        if key not in self.decided:
            if len(self.decided) >= KEPT:
                self.decided.clear()
            self.decided[key] = self._decide(evidence, None, from_labels)
        return self.decided[key]

    def _decide(self, evidence: tuple[Evidence, ...], look: Look | None, from_labels: bool) -> Decision:
        if look and look.evidence.meaning.figure_type == NATURAL and any(each.meaning.modality == PHOTOGRAPH for each in evidence):
            look = None
        everything = (*evidence, look.evidence) if look else evidence
        declared = next((each for each in evidence if each.name in (DECLARED, DOMAIN)), None)
        fused = fuse(everything, self.reliabilities, from_labels=from_labels)
        if declared and self.policy.trust == "source":
            return _standing(declared, everything, fused)
        if look and look.sure and (self.policy.trust == "model" or _shows_figure(look, evidence)):
            return _seen(look, everything, fused)
        if round(fused.score, 4) < self.policy.min_score or round(fused.margin, 4) < self.policy.min_margin:
            return nobody(fused.winner if fused.score > min(fused.posterior) else "")
        return _fused(everything, fused)

    def certainty(self, evidence: Evidence) -> float:
        """How sure the witness is by itself, 0-1."""
        return evidence.score * self.reliabilities.of(evidence.name, evidence.meaning.modality)


def nobody(likeliest: str = "") -> Decision:
    """Nobody can tell; `likeliest` is what came nearest to it."""
    return Decision(meaning=Meaning(modality=OTHER), by="", score=0.0, margin=0.0, runner_up=likeliest)


def contradiction(judge: Judge, evidence: Sequence[Evidence], look: Look | None, *, from_labels: bool = False) -> str:
    """'declared xray; caption ct; pixels ct 0.97': who contradicts the declared modality and is at least `CERTAIN`; '' if nobody does, or
    if another witness at least as sure agrees with the source (not one of its own voice). A model counts where it is above its limits.
    What a general domain holds is not declared, and not contradicted."""
    declared = next((each for each in evidence if each.name == DECLARED), None)
    if declared is None:
        return ""
    others = [each for each in evidence if each is not declared] + ([look.evidence] if look and look.sure else [])
    against = [each for each in others if each.meaning.modality != declared.meaning.modality and judge.certainty(each) >= CERTAIN]
    own = voice(DECLARED, from_labels=from_labels)
    independent = [each for each in others if voice(each.name, from_labels=from_labels) != own]
    agreeing = [judge.certainty(each) for each in independent if each.meaning.modality == declared.meaning.modality]
    if not against or max(agreeing, default=0.0) >= max(map(judge.certainty, against)):
        return ""
    return f"declared {shown_as(declared.meaning)}; {told(against)}"


def told(evidence: Iterable[Evidence]) -> str:
    """'header ct; caption mri; pixels ct 0.97': each once, in the order of the witnesses; of a model the surest."""
    said: dict[tuple[int, str, str], float] = {}
    for each in evidence:
        key = (rank(each.name), family(each.name), shown_as(each.meaning))
        said[key] = max(said.get(key, 0.0), each.score if each.shares else 0.0)
    lines = {f"{who} {what} {score:.2f}" if score else f"{who} {what}": None for (_, who, what), score in sorted(said.items())}
    return "; ".join(lines)


def _standing(declared: Evidence, everything: Sequence[Evidence], fused: Fused) -> Decision:
    score = fused.of(declared.meaning.modality)
    other, runner_up = fused.against(declared.meaning.modality)
    meaning = _finer(declared.meaning, everything)
    return Decision(meaning=meaning, by=declared.name, score=round(score, 4), margin=round(score - other, 4), runner_up=runner_up)


def _seen(look: Look, everything: Sequence[Evidence], fused: Fused) -> Decision:
    """As the model sees it; as sure as all the evidence is where that agrees, and makes it surer."""
    meaning = _finer(look.evidence.meaning, everything)
    if fused.winner == meaning.modality and fused.score >= look.certainty:
        return _measured(meaning, fused)
    return Decision(meaning=meaning, by=look.evidence.name, score=look.certainty, margin=look.margin, runner_up=look.runner_up)


def _fused(everything: Sequence[Evidence], fused: Fused) -> Decision:
    of_it = [each.meaning for each in everything if each.name == fused.by and each.meaning.modality == fused.winner]
    return _measured(_finer(of_it[0] if of_it else Meaning(modality=fused.winner), everything), fused)


def _measured(meaning: Meaning, fused: Fused) -> Decision:
    score, margin = round(fused.score, 4), round(fused.margin, 4)
    return Decision(meaning=meaning, by=fused.by, score=score, margin=margin, runner_up=fused.runner_up)


def _shows_figure(look: Look, evidence: Sequence[Evidence]) -> bool:
    scanned = any(each.name == HEADER and each.meaning.modality in TWELVE for each in evidence)
    return bool(look.evidence.meaning.figure_type) and not scanned


def _finer(meaning: Meaning, everything: Sequence[Evidence]) -> Meaning:
    """With the submodality and figure type on which all agree who name its modality, where it has none itself."""
    agreeing = [each.meaning for each in everything if each.meaning.modality == meaning.modality]
    return Meaning(
        modality=meaning.modality,
        submodality=meaning.submodality or _only(each.submodality for each in agreeing),
        figure_type=meaning.figure_type or _only(each.figure_type for each in agreeing),
    )


def _only(names: Iterable[str]) -> str:
    said = {name for name in names if name}
    return said.pop() if len(said) == 1 else ""
