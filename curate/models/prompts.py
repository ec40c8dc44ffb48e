"""prompts.yaml -> the classes an image-text model is asked about, and what each means"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
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
    prompts: tuple[str, ...] = ()  # of all its views, in every template; none where a head asks no words


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One way a class can look."""

    name: str
    of: str  # the class
    prompts: tuple[str, ...]  # in every template


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSet:
    classes: tuple[ImageClass, ...]
    views: tuple[View, ...]  # in the order of their classes
    digest: str  # of the file: prompts decide scores as much as weights do


@functools.cache
def load_prompts(path: Path = PROMPTS) -> PromptSet:
    """The shipped prompts. Raises ValueError where a class names no modality of ours, or has nothing to ask."""
    content = path.read_bytes()
    raw = yaml.safe_load(content)
    views = tuple(
        View(name=name, of=of, prompts=tuple(template.format(prompt) for prompt in prompts for template in raw["templates"]))
        for of, said in raw["classes"].items()
        for name, prompts in said["views"].items()
    )
    classes = tuple(_class(name, said, views) for name, said in raw["classes"].items())
    wrong = [each.name for each in classes if each.modality not in (*TWELVE, OTHER) or not each.prompts]
    if wrong:
        raise ValueError(f"{path.name}: no such modality, or no prompts: {', '.join(wrong)}")
    return PromptSet(classes=classes, views=views, digest=hashlib.sha256(content).hexdigest()[:16])


def _class(name: str, said: Mapping[str, str], views: tuple[View, ...]) -> ImageClass:
    prompts = tuple(prompt for view in views if view.of == name for prompt in view.prompts)
    return ImageClass(name=name, modality=said["modality"], figure_type=said.get("figure_type", ""), prompts=prompts)
