"""reliability.yaml -> how often each witness is right in what it names"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from schemas.modality import OTHER, TWELVE

RELIABILITY = Path(__file__).with_name("reliability.yaml")
HYPOTHESES = (*TWELVE, OTHER)
CHANCE = 1 / len(HYPOTHESES)  # of a witness that knows nothing
MOST = 0.995  # however many it had right: no witness outweighs all others for ever
HEADS = "heads"  # stands for every model that the file does not name
UNMEASURED = 0.5  # of a fitted head that nobody could hold out from anything: with others it counts, alone it decides nothing


class ReliabilityError(ValueError):
    """The file cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    reliability: float  # chance that what it names is so, CHANCE to MOST
    modalities: Mapping[str, float] = field(default_factory=dict)  # the same of what names this modality, where it differs


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliabilities:
    version: int
    witnesses: Mapping[str, Witness]  # by the name of the attribute: caption_v2
    digest: str = ""  # of the file
    rows: dict[str, tuple[float, ...]] = field(default_factory=dict, compare=False, repr=False)

    def of(self, name: str, modality: str) -> float:
        """Of what `name` says when it names `modality`; a model that is not listed counts as HEADS."""
        witness = self.witnesses.get(name) or self.witnesses[HEADS]
        return witness.modalities.get(modality, witness.reliability)

    def with_head(self, name: str, measured: float | None) -> Reliabilities:
        """With a fitted head that the file does not name: it is believed no further than it was right where it was sure, on what was
        held out from it (`measured`; None: nothing was)."""
        if name in self.witnesses:
            return self
        believed = max(CHANCE, min(self.witnesses[HEADS].reliability, UNMEASURED if measured is None else measured))
        return replace(self, witnesses={**self.witnesses, name: Witness(reliability=believed)}, rows={})

    def row(self, name: str) -> tuple[float, ...]:
        """Of HYPOTHESES, in their order; made once."""
        if name not in self.rows:
            self.rows[name] = tuple(self.of(name, modality) for modality in HYPOTHESES)
        return self.rows[name]


@functools.cache
def load_reliabilities(path: Path = RELIABILITY) -> Reliabilities:
    """The file that `probe` writes. Raises ReliabilityError where a number is none, lies outside CHANCE to MOST, or names no modality."""
    content = path.read_bytes()
    raw = yaml.safe_load(content)
    try:
        witnesses = {
            name: Witness(
                reliability=float(said["reliability"]),
                modalities={modality: float(of["reliability"]) for modality, of in (said.get("modalities") or {}).items()},
            )
            for name, said in raw["witnesses"].items()
        }
        version = int(raw["version"])
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ReliabilityError(f"{path}: is not laid out as reliabilities are ({type(error).__name__})") from error
    faults = [fault for name, witness in witnesses.items() for fault in _faults(name, witness)]
    faults += [f"'{HEADS}' is missing"] * (HEADS not in witnesses)
    if faults:
        raise ReliabilityError(f"{path}: {'; '.join(faults)}")
    return Reliabilities(version=version, witnesses=witnesses, digest=hashlib.sha256(content).hexdigest()[:16])


def _faults(name: str, witness: Witness) -> list[str]:
    numbers = {name: witness.reliability} | {f"{name}.{modality}": number for modality, number in witness.modalities.items()}
    wrong = [f"{place}: {number} found, {CHANCE:.3f} to {MOST} wanted" for place, number in numbers.items() if not CHANCE <= number <= MOST]
    return wrong + [f"{name}: no such modality: {modality}" for modality in witness.modalities if modality not in HYPOTHESES]
