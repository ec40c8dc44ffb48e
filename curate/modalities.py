"""manifests/modalities.yaml -> the closed names of modalities, submodalities and figure types, and the terms that mean them"""

from __future__ import annotations

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from schemas.modality import MODALITIES, OTHER

_ROOT = Path(__file__).parents[1]
FILE = _ROOT / "manifests" / "modalities.yaml"
SCHEMA = _ROOT / "schemas" / "modalities.schema.json"

Name = tuple[str, str, str]  # modality, submodality, figure type; '' where there is none


@dataclass(frozen=True, slots=True)
class Modalities:
    version: int
    submodalities: Mapping[str, frozenset[str]]  # modality -> its names
    figure_types: frozenset[str]  # of 'other'
    dicom: Mapping[str, Name | None]  # DICOM Modality -> what it means; None: a term of the standard that says nothing
    strings: Mapping[str, Name]  # publishers' words, by `string_key`
    digest: str  # of the file


@functools.cache
def load_modalities() -> Modalities:
    """The shipped file. Raises ValueError with every fault and its place."""
    content = FILE.read_bytes()
    raw = yaml.safe_load(content)
    if faults := faults_of(raw):
        raise ValueError(f"{FILE.name}: " + "; ".join(faults))
    terms = [*_named(raw, "dicom"), *((term, None) for term in raw["nothing"])]
    return Modalities(
        version=raw["version"],
        submodalities={name: frozenset(each["submodalities"]) for name, each in raw["modalities"].items()},
        figure_types=frozenset(raw["figure_types"]),
        dicom=dict(terms),
        strings={string_key(word): name for word, name in _named(raw, "strings")},
        digest=hashlib.sha256(content).hexdigest()[:16],
    )


def faults_of(raw: Any) -> list[str]:
    """What is wrong with a parsed modalities.yaml, with its place."""
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    faults = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(raw)]
    return faults or [*_unknown(raw), *_repeated(raw)]


def fault_of(modality: str, submodality: str = "", figure_type: str = "") -> str | None:
    """Why these names are none of ours, or None: 'xray' has no 'CTA'; only 'other' has figure types."""
    known = load_modalities()
    if modality not in known.submodalities:
        return f"no modality '{modality}'"
    if submodality and submodality not in known.submodalities[modality]:
        return f"'{modality}' has no submodality '{submodality}'"
    if figure_type and (modality != OTHER or figure_type not in known.figure_types):
        return f"'{modality}' has no figure type '{figure_type}'"
    return None


def string_key(word: str) -> str:
    """Publishers' words compare without case, blanks, hyphens and underscores."""
    return "".join(word.lower().replace("-", " ").replace("_", " ").split())


def _named(raw: Mapping[str, Any], field: str) -> Iterator[tuple[str, Name]]:
    """Every term or string of the file with what it means."""
    for modality, each in raw["modalities"].items():
        yield from ((word, (modality, "", "")) for word in each[field])
        for name, sub in each["submodalities"].items():
            yield from ((word, (modality, name, "")) for word in sub[field])
    for figure_type, each in raw["figure_types"].items():
        yield from ((word, (OTHER, "", figure_type)) for word in each.get(field, ()))


def _unknown(raw: Mapping[str, Any]) -> Iterator[str]:
    if set(raw["modalities"]) != set(MODALITIES):
        yield f"$.modalities: found {', '.join(sorted(raw['modalities']))}, wanted {', '.join(sorted(MODALITIES))}"
    for modality, each in raw["modalities"].items():
        for at, border in enumerate(each["borders"]):
            place = f"$.modalities.{modality}.borders[{at}]"
            if border["goes"] not in (*raw["modalities"], ""):
                yield f"{place}.goes: no modality '{border['goes']}'"
            yield from (f"{place}.says: no authority '{name}'" for name in border["says"] if name not in raw["authorities"])
    for name, each in raw["figure_types"].items():
        yield from (f"$.figure_types.{name}.says: no authority '{who}'" for who in each["says"] if who not in raw["authorities"])


def _repeated(raw: Mapping[str, Any]) -> Iterator[str]:
    """A term means one thing; a string too, however it is spelt."""
    terms = Counter([word for word, _ in _named(raw, "dicom")] + list(raw["nothing"]))
    yield from (f"$: DICOM term '{term}' stands in two places" for term, times in terms.items() if times > 1)
    strings: dict[str, Name] = {}
    for word, name in _named(raw, "strings"):
        if strings.setdefault(string_key(word), name) != name:
            yield f"$: the string '{word}' means two things"
