"""A sample: one unit of the corpus, from the row it was found in to the shard it ships in"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from schemas.image import Region, Ship

Task = Literal["caption", "report", "vqa", "instruction", "classification", "segmentation", "detection", "qa", "reasoning", "dialogue"]
Domain = Literal["medical", "general"]
Role = Literal["system", "user", "assistant"]
Access = Literal["open", "registered", "credentialed"]

IMAGE_MARK = "<image>"  # one for each image, in place, in the user turn (ms-swift and LLaMA-Factory read it as is)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    label: str
    image: int  # position in the sample's images
    x: float  # left edge, pixels from the left of the stored image
    y: float  # top edge, pixels from the top
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An identity the publisher gives: what shield and dedup join on before any hash (patient, study, article, figure, synpic)."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    id: str  # source/row, or source/row#part; never changes
    source: str
    table: str
    task: Task
    domain: Domain
    split: str  # as published: train, validation, test, or '' where the source has none
    language: str  # BCP 47
    images: tuple[str, ...]  # image ids, in the order they are shown
    turns: tuple[Turn, ...]
    labels: tuple[str, ...]
    boxes: tuple[Box, ...]
    modality: str | None  # as the source declares it, one of schemas.modality.MODALITIES; None: not declared
    keys: tuple[Key, ...]
    license: str  # SPDX id or a named term; 'unknown' where nothing is said
    commercial: Literal["yes", "no", "ask"]
    access: Access
    reliability: int  # 0-100, 50 by default; the most reliable copy stays
    from_labels: bool  # its text was made from labels: never token-limited
    scope: Literal["global", "table", "none"]  # where image duplicates of this table are looked for (manifests/README.md, section 3)
    order: int  # position of its row among the rows of its source; decides nothing
    clean: tuple[str, ...] = ()  # steps of curate.screen.clean that its manifest lists, beside those that every text goes through
    opened: tuple[Turn, ...] = ()  # its turns without the choices that a question gives, where its manifest tells them apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a sample needs to know of one of its images once inspected; rides inside a screened sample."""

    id: str
    byte_digest: str
    pixel_digest: str
    phash: int = field(metadata={"arrow": pa.uint64()})
    width: int
    height: int
    bytes: int  # size of what ships
    header_modality: str | None  # DICOM Modality
    is_synthetic: bool
    ship: Ship | None = None  # where its bytes to ship lie, copied from Image.ship by screen: emit then needs no join by image id
    blanked: tuple[Region, ...] = ()  # where it ships black, because text is burned in there


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """Identifiers of one kind that placeholders stand for in a sample's text."""

    kind: str  # one of curate.identifiers.KINDS
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """A sample that passed screen: cleaned text, token count, its pictures beside it."""

    id: str  # the sample's
    sample: Sample
    pictures: tuple[Picture, ...]
    tokens: int  # of all turns, by the recipe's tokenizer
    group: str  # leak-free re-splitting key: patient, else study, else article; '' if none
    cleaned: tuple[str, ...] = ()  # steps of curate.screen.clean that changed its text, in the order they were done
    rewritten: int = 0  # assistant turns that a model wrote anew
    scrubbed: tuple[Scrubbed, ...] = ()  # by kind, in the order of curate.identifiers.KINDS
    said: int = field(default=0, metadata={"arrow": pa.uint64()})  # equal for samples of equal text (curate.screen.said); 0: not told
    yes_no: bool = False  # a question on images that is answered by yes or no
    choices: str = ""  # 'open': it may be asked without its choices (sample.opened); else why not; '' if it has none that are told apart
    open_tokens: int = 0  # of sample.opened
