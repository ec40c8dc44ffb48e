"""evidence on one image -> how likely it is each of the twelve or other, and who decided

The rule, whole. Naive Bayes over the twelve and `other` from an even prior.

1. A witness that names m and is right with chance r says P(it names m | m) = r, P(it names m | k) = (1 - r) / 12 for every other k: alone
   it makes the posterior of m exactly r. With r = 1/13 it changes nothing. A witness that is silent changes nothing either.
2. A model of calibrated probabilities p names every k with weight p_k: P(p | m) = p_m r_m + sum over k != m of p_k (1 - r_k) / 12.
   Its reliabilities say how far its calibration holds on sources that it was not fitted on; they bound what it can ever say.
3. Witnesses of one voice repeat each other (curate/tag/evidence.py) and are not counted twice: the support that a voice gives m is that
   of its strongest witness for m. So two that agree count as the better one; of two that differ each counts for what it names.
4. Voices are independent given the modality: their log-likelihoods add up.

It decides: the voice whose log-likelihood of the winner against the runner-up is largest, and in it the witness that supports the winner
most.
Sums run over voices in the order of their names, so that no order of the evidence changes a bit. More evidence for m never lowers m.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curate.tag.evidence import Evidence, rank, voice
from curate.tag.reliability import HYPOTHESES, Reliabilities

OTHERS = len(HYPOTHESES) - 1
TIE = 1e-9  # of posteriors: sums of other orders differ by less

Support = tuple[float, ...]  # log-likelihood of each of HYPOTHESES less that of the least likely: 0 for what nobody speaks for


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    posterior: tuple[float, ...]  # of HYPOTHESES; sums to 1
    winner: str
    by: str  # name of the witness that decided; '' without evidence
    weight: float  # log-likelihood ratio of the winner against the runner-up that the deciding voice gave

    @property
    def score(self) -> float:
        return self.of(self.winner)

    @property
    def margin(self) -> float:
        return self.score - self.against(self.winner)[0]

    def of(self, modality: str) -> float:
        return self.posterior[HYPOTHESES.index(modality)]

    @property
    def runner_up(self) -> str:
        return self.against(self.winner)[1]

    def against(self, modality: str) -> tuple[float, str]:
        """(posterior of the most likely other than `modality`, its name; '' where nothing tells the others apart)"""
        others = [(share, -place) for place, share in enumerate(self.posterior) if HYPOTHESES[place] != modality]
        share, place = max(others)
        return share, HYPOTHESES[-place] if share - min(others)[0] > TIE else ""


def fuse(evidence: Sequence[Evidence], reliabilities: Reliabilities, *, from_labels: bool = False) -> Fused:
    """`from_labels`: the image's text was made from labels, and repeats what its source declares."""
    voices: dict[str, list[tuple[Evidence, Support]]] = {}
    for each in evidence:
        voices.setdefault(voice(each.name, from_labels=from_labels), []).append((each, support(each, reliabilities)))
    supports = {name: _strongest([said for _, said in voices[name]]) for name in sorted(voices)}
    totals = [sum(column) for column in zip(*supports.values())] or [0.0] * len(HYPOTHESES)
    posterior = _normal(totals)
    winner, second = sorted(range(len(HYPOTHESES)), key=lambda place: (-posterior[place], place))[:2]
    by, weight = _decider(voices, supports, winner, second)
    return Fused(posterior=posterior, winner=HYPOTHESES[winner], by=by, weight=weight)


def support(evidence: Evidence, reliabilities: Reliabilities) -> Support:
    """What one witness says."""
    if evidence.shares:
        return _weighed(evidence.shares, reliabilities.row(evidence.name))
    return _named(evidence.meaning.modality, reliabilities.of(evidence.name, evidence.meaning.modality))


@functools.cache
def _named(modality: str, reliability: float) -> Support:
    weight = math.log(reliability * OTHERS / (1 - reliability))
    return tuple(weight if name == modality else 0.0 for name in HYPOTHESES)


def _weighed(shares: Sequence[float], reliability: Sequence[float]) -> Support:
    wrong = [share * (1 - right) / OTHERS for share, right in zip(shares, reliability)]
    whole = sum(wrong)
    if not whole:
        return (0.0,) * len(shares)  # all its scores rounded away: it says nothing
    logs = [math.log(share * right + whole - own) for share, right, own in zip(shares, reliability, wrong)]
    least = min(logs)
    return tuple(log - least for log in logs)


def _strongest(members: Sequence[Support]) -> Support:
    """Of witnesses that repeat each other: for each modality what the strongest says."""
    return members[0] if len(members) == 1 else tuple(map(max, zip(*members)))


def _normal(logs: Sequence[float]) -> tuple[float, ...]:
    highest = max(logs)
    shares = [math.exp(log - highest) for log in logs]
    whole = sum(shares)
    return tuple(share / whole for share in shares)


def _decider(
    voices: Mapping[str, Sequence[tuple[Evidence, Support]]], supports: Mapping[str, Support], winner: int, second: int
) -> tuple[str, float]:
    """(name of the witness that decided, what its voice gave to the winner over the second); of equals the earlier witness."""
    keys = [
        (supports[name][winner] - supports[name][second], said[winner], -rank(each.name), each.name)
        for name, members in voices.items()
        for each, said in members
    ]
    gave, _, _, by = max(keys, default=(0.0, 0.0, 0, ""))
    return by, gave
