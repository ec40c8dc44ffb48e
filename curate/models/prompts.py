"""prompts.yaml -> the classes an image-text model is asked about, and what each means"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from schemas.modality import OTHER, TWELVE

PROMPTS = Path(__file__).with_name("prompts.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageClass:
    name: str
    modality: str  # one of the twelve, or other
    figure_type: str  # '' for the twelve
    prompts: tuple[str, ...]  # in every template


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSet:
    classes: tuple[ImageClass, ...]
    digest: str  # of the file: prompts decide scores as much as weights do


@functools.cache
def load_prompts() -> PromptSet:
    """The shipped prompts. Raises ValueError where a class names no modality of ours."""
    content = PROMPTS.read_bytes()
    raw = yaml.safe_load(content)
    classes = tuple(
        ImageClass(
            name=name,
            modality=said["modality"],
            figure_type=said.get("figure_type", ""),
            prompts=tuple(template.format(prompt) for prompt in said["prompts"] for template in raw["templates"]),
        )
        for name, said in raw["classes"].items()
    )
    wrong = [each.name for each in classes if each.modality not in (*TWELVE, OTHER)]
    if wrong:
        raise ValueError(f"{PROMPTS.name}: no such modality: {', '.join(wrong)}")
    return PromptSet(classes=classes, digest=hashlib.sha256(content).hexdigest()[:16])
