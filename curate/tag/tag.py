"""what is said of a sample and seen in its pictures -> the one modality it counts as, how sure that is, who says so, and who does not"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curate.tag.decide import Decision, Judge, contradiction, nobody, told
from curate.tag.evidence import CAPTION, CAPTION_WEAK, DECLARED, DOMAIN, HEADER, POOLED, QUESTION, QUESTION_WEAK, Evidence, family, shown_as
from curate.tag.header import read_header
from curate.tag.look import Look
from curate.tag.text import read_caption, read_question
from curate.tag.vocabulary import Meaning
from schemas.attribute import Tagged
from schemas.modality import MODALITIES, OTHER, TEXT
from schemas.sample import Turn
from schemas.verdict import Fault

VERSION = 2  # raise when any output can change: a stage of another version is not reused

MIXED = "mixed"  # submodality of a sample whose images are of several modalities
GENERAL = "general"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture of a sample."""

    id: str
    pixel_digest: str
    header: Evidence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A sample, by who says what of it; its words are read once and not kept."""

    id: str
    source: str
    from_labels: bool
    declared: Evidence | None
    words: tuple[Evidence, ...]  # captions, questions; pooled once all samples of the part are read
    pictures: tuple[Shown, ...]

    def hearing(self, others: tuple[Evidence, ...]) -> Told:
        """With what others say beside its own words."""
        return dataclasses.replace(self, words=self.words + others) if others else self

    @property
    def named(self) -> tuple[str, Meaning | None]:
        """What curate.tag.pooled wants: the digest of its one picture, and what its own words name outright, the caption's first."""
        digest = self.pictures[0].pixel_digest if len(self.pictures) == 1 else ""
        return digest, outright(self.words)


def declared_by(modality: str | None, domain: str) -> Evidence | None:
    """What the source says, be it only by its domain."""
    if modality in MODALITIES and modality != TEXT:
        return Evidence(name=DECLARED, meaning=Meaning(modality=str(modality)))
    return Evidence(name=DOMAIN, meaning=Meaning(modality=OTHER)) if domain == GENERAL else None


def header_of(modality: str | None) -> Evidence | None:
    meaning = read_header(modality) if modality else None
    return Evidence(name=HEADER, meaning=meaning) if meaning else None


def words_of(turns: Sequence[Turn]) -> tuple[Evidence, ...]:
    """What captions and answers name, then what questions name."""
    caption, question = read_caption(turns), read_question(turns)
    said = [Evidence(name=CAPTION if caption.strength == "strong" else CAPTION_WEAK, meaning=caption.meaning)] if caption else []
    said += [Evidence(name=QUESTION if question.strength == "strong" else QUESTION_WEAK, meaning=question.meaning)] if question else []
    return tuple(said)


def outright(words: Sequence[Evidence]) -> Meaning | None:
    """Hints are not passed on: of 10,347 that other questions of a SLAKE picture gave, 111 were wrong, nearly all of them by hints."""
    return next((each.meaning for each in words if each.name in (CAPTION, QUESTION)), None)


def pooled_of(meaning: Meaning | None) -> tuple[Evidence, ...]:
    return (Evidence(name=POOLED, meaning=meaning),) if meaning else ()


def tag_sample(sample: Told, looks: Mapping[str, Look], judge: Judge) -> tuple[Tagged, Fault | None]:
    """The modality of a sample, and why it is refused if the recipe refuses what contradicts its source. `looks` are a model's by pixel
    digest; pictures without any are decided by the rest. Several images count as what they have in common; as 'other' (mixed) if they
    differ; as 'other', decided by '', if nobody can tell of one of them."""
    if not sample.pictures:
        return Tagged(id=sample.id, modality=TEXT, submodality="", figure_type="", by=family(DECLARED), score=1.0, margin=1.0), None
    said = [_said_of(sample, picture) for picture in sample.pictures]
    seen = [looks.get(picture.pixel_digest) for picture in sample.pictures]
    decisions = [judge.decide(each, look, from_labels=sample.from_labels) for each, look in zip(said, seen)]
    tagged = _tagged(sample.id, common(decisions), said, seen, judge)
    if judge.policy.disagreement == "keep":
        return tagged, None
    against = [contradiction(judge, each, look, from_labels=sample.from_labels) for each, look in zip(said, seen)]
    found = next((each for each in against if each), "")
    return tagged, Fault(reason="modality_disagrees", evidence=found) if found else None


def common(decisions: Sequence[Decision]) -> Decision:
    """What all images are, as sure as the least sure of them."""
    known = {each.meaning.modality for each in decisions if each.by}
    if len(known) < 2 and not all(each.by for each in decisions):
        return nobody(next((each.runner_up for each in decisions if not each.by), ""))
    least = min((each for each in decisions if each.by), key=lambda each: (each.score, each.by, each.runner_up))
    if len(known) > 1:
        return Decision(
            meaning=Meaning(modality=OTHER, submodality=MIXED), by=least.by, score=least.score, margin=least.margin, runner_up=""
        )  # fmt: skip
    meanings = {each.meaning for each in decisions}
    meaning = meanings.pop() if len(meanings) == 1 else Meaning(modality=least.meaning.modality)
    return Decision(meaning=meaning, by=least.by, score=least.score, margin=least.margin, runner_up=least.runner_up)


def _said_of(sample: Told, picture: Shown) -> tuple[Evidence, ...]:
    return tuple(each for each in (sample.declared, picture.header, *sample.words) if each)


def _tagged(id: str, chosen: Decision, said: Sequence[Sequence[Evidence]], looks: Sequence[Look | None], judge: Judge) -> Tagged:
    """Against it is who, heard alone, would have decided otherwise: a hint is no contradiction."""
    meaning, sure = chosen.meaning, [look for look in looks if look and look.sure]
    seen = {shown_as(look.evidence.meaning) for look in sure} if len(sure) == len(looks) else set()
    others = [each for witnesses in said for each in witnesses if each.meaning.modality != meaning.modality]
    against = [each for each in others if judge.certainty(each) >= judge.policy.min_score]
    against += [look.evidence for look in sure if look.evidence.meaning.modality != meaning.modality]
    return Tagged(
        id=id,
        modality=meaning.modality,
        submodality=meaning.submodality,
        figure_type=meaning.figure_type,
        by=family(chosen.by),
        score=chosen.score,
        margin=chosen.margin,
        runner_up=chosen.runner_up,
        seen=min(seen) if len(seen) == 1 else "",
        seen_score=min(look.evidence.score for look in sure) if len(seen) == 1 else 0.0,
        against=told(against) if against and meaning.submodality != MIXED else "",
    )
