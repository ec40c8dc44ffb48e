"""what several witnesses say of the same samples -> how often each is right, as the file that a run reads"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from curate.probe.training import hashed
from schemas.modality import OTHER, TWELVE

HYPOTHESES = (*TWELVE, OTHER)
LEAST, MOST = math.ceil(10_000 / len(HYPOTHESES)) / 10_000, 0.995  # of a reliability, as curate/tag/reliability.py wants them
ENOUGH = 20  # samples that a witness (names a modality) must speak of before a number is made of them
OF_SOURCE = 1_000  # samples of one source that are counted for one witness, so that the largest does not speak for all
SURE = 0.9  # a model names what it holds at least so likely: its reliability is that of its certainty
DECLARED = "declared_v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one witness says of one sample."""

    sample: str
    source: str
    witness: str  # name of its attribute, with the version
    modality: str  # one of HYPOTHESES


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Of what a witness named, how much was so."""

    right: int
    named: int
    modalities: Mapping[str, Counted] = field(default_factory=dict)  # by what it named
    sources: int = 0  # that these samples are of

    @property
    def reliability(self) -> float:
        """The mean of a Beta(1, 1) prior after these counts, within LEAST and MOST, to 4 places."""
        return round(min(max((self.right + 1) / (self.named + 2), LEAST), MOST), 4)


def agreement(said: Iterable[Said], reference: str = DECLARED) -> dict[str, Counted]:
    """Each witness against the reference, over samples of which both speak; who names two things of one sample is right in one at most.
    Of a source the OF_SOURCE samples count whose hashes come first. Any order of `said` gives the same."""
    truth, spoken = _by_sample(said, reference)
    counted = {}
    for witness, of_samples in sorted(spoken.items()):
        chosen = _capped([each for each in of_samples if each.sample in truth])
        pairs = [(each.modality, truth[each.sample]) for each in chosen]
        if pairs:
            by_name = {name: [named == true for named, true in pairs if named == name] for name in {named for named, _ in pairs}}
            counted[witness] = Counted(
                right=sum(named == true for named, true in pairs),
                named=len(pairs),
                modalities={name: Counted(right=sum(rights), named=len(rights)) for name, rights in sorted(by_name.items())},
                sources=len({each.source for each in chosen}),
            )
    return counted


def consensus(said: Iterable[Said], voices: Mapping[str, str], *, steps: int = 200) -> dict[str, float]:
    """Without a reference: Dawid and Skene 1979 with one chance a witness, even errors and an even prior, by EM. Of each sample one witness
    a voice counts, the one whose name comes first: those of one voice copy each other, and EM would take that for agreement.

    Better than `agreement` where the reference itself is often wrong and three voices or more speak (tests/curate/probe); worse where
    voices that should be apart are wrong together, which it cannot know. So it is shown beside the counts, and none of it is written."""
    votes: dict[str, dict[str, Said]] = defaultdict(dict)
    for each in sorted(said, key=lambda each: (each.sample, each.witness, each.modality)):
        votes[each.sample].setdefault(voices.get(each.witness, each.witness), each)
    patterns = Counter(tuple((each.witness, each.modality) for each in of.values()) for of in votes.values() if len(of) > 1)
    right = dict.fromkeys(sorted({witness for pattern in patterns for witness, _ in pattern}), 0.8)
    for _ in range(steps):
        gained, heard = Counter[str](), Counter[str]()
        for pattern, times in sorted(patterns.items()):
            posterior = _posterior(pattern, right)
            for witness, modality in pattern:
                gained[witness] += times * posterior[modality]  # type: ignore[assignment]  # a sum of chances
                heard[witness] += times
        before, right = right, {witness: min(max((gained[witness] + 1) / (heard[witness] + 2), LEAST), MOST) for witness in right}
        if max((abs(before[witness] - right[witness]) for witness in right), default=0) < 1e-7:
            break
    return {witness: round(chance, 4) for witness, chance in right.items()}


def reliabilities_text(
    before: Mapping[str, Any], counted: Mapping[str, Counted], *, made: str, origin: Callable[[Counted], str]
) -> str:
    """The file anew: witnesses that spoke of ENOUGH samples as counted, all others as they were `before`; its version one more."""
    witnesses = dict(before.get("witnesses") or {})
    for name, each in counted.items():
        if each.named >= ENOUGH and name != DECLARED:
            own = {modality: _numbers(of) for modality, of in each.modalities.items() if of.named >= ENOUGH}
            witnesses[name] = {**_numbers(each), "from": origin(each), **({"modalities": own} if own else {})}
    whole = {"version": int(before.get("version", 0)) + 1, "made": made, "witnesses": witnesses}
    return HEAD + yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=140)


HEAD = "# How often each witness is right in what it names (curate/tag/fuse.py). Made offline; a run never fits.\n"


def _numbers(counted: Counted) -> dict[str, float]:
    return {"reliability": counted.reliability, "right": counted.right, "named": counted.named}


def _by_sample(said: Iterable[Said], reference: str) -> tuple[dict[str, str], dict[str, list[Said]]]:
    """What the reference says of each sample, where it says one thing; what all others say."""
    truths: dict[str, set[str]] = defaultdict(set)
    spoken: dict[str, list[Said]] = defaultdict(list)
    for each in said:
        if each.witness == reference:
            truths[each.sample].add(each.modality)
        else:
            spoken[each.witness].append(each)
    return {sample: next(iter(names)) for sample, names in truths.items() if len(names) == 1}, spoken


def _capped(said: Sequence[Said]) -> list[Said]:
    of_source: dict[str, dict[str, list[Said]]] = defaultdict(lambda: defaultdict(list))
    for each in said:
        of_source[each.source][each.sample].append(each)
    return [
        each
        for samples in of_source.values()
        for sample in (sorted(samples, key=hashed)[:OF_SOURCE] if len(samples) > OF_SOURCE else samples)
        for each in samples[sample]
    ]


def _posterior(pattern: Iterable[tuple[str, str]], right: Mapping[str, float]) -> dict[str, float]:
    logs = dict.fromkeys(HYPOTHESES, 0.0)
    for witness, modality in pattern:
        for name in logs:
            logs[name] += math.log(right[witness] if name == modality else (1 - right[witness]) / (len(HYPOTHESES) - 1))
    most = max(logs.values())
    powers = {name: math.exp(value - most) for name, value in logs.items()}
    return {name: power / sum(powers.values()) for name, power in powers.items()}
