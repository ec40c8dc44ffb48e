"""Manifest: what is true of a source or benchmark, as its YAML file says it"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from curate.rendering import Windows
from schemas.sample import Access, Domain

Spec = Any  # a template, or an object of the manifest language: checked by manifest.schema.json, compiled by ingest
Commercial = Literal["yes", "no", "ask", "by_license"]  # by_license: each record as its own licence says
Scope = Literal["global", "table", "none"]

SCOPES: Mapping[str, Scope] = {  # what applies to which task
    "caption": "global", "report": "global", "classification": "table", "segmentation": "table", "detection": "table",
}  # fmt: skip
FROM_LABELS = frozenset({"classification", "segmentation", "detection"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    name: str
    files: tuple[str, ...]
    format: str
    options: Mapping[str, Any] = field(default_factory=dict)
    task: str
    row: str = "{@file}/{@row}"
    split: Spec = ""
    scope: Scope
    image: tuple[Spec, ...] = ()
    turns: Spec
    clean: tuple[str, ...] = ()  # steps by which its texts get their normal form, beside those that every text goes through
    labels: tuple[str, ...] = ()
    boxes: tuple[Mapping[str, Any], ...] = ()
    masks: tuple[Mapping[str, Any], ...] = ()
    slices: Mapping[str, Any] | None = None
    render: Mapping[str, Any] | None = None  # how images of more than 8 bits are shown; an image rule may have its own
    slides: Mapping[str, Any] | None = None
    absent: tuple[str, ...] = ()  # columns that some copies lack; every other one that is named must be there
    types: Mapping[str, str] = field(default_factory=dict)  # column -> list, object or text, where no verb says it
    keys: Mapping[str, str] = field(default_factory=dict)
    modality: Spec = "unknown"
    language: Spec = "en"
    license: Spec = "unknown"
    commercial: Spec = "ask"
    access: Access = "open"
    reliability: int = 50
    domain: Domain = "medical"
    is_synthetic: bool = False
    from_labels: bool
    columns: Mapping[str, Spec] = field(default_factory=dict)
    join: tuple[Mapping[str, Any], ...] = ()
    explode: Mapping[str, Any] | None = None
    keep_if: Mapping[str, Spec] = field(default_factory=dict)
    keep_unless: Mapping[str, Spec] = field(default_factory=dict)
    never: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)  # column -> values that no file of this table holds
    otherwise: Literal["rejected", "elsewhere"] = "rejected"
    group: Mapping[str, Any] | None = None
    empty: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    name: str
    needs: tuple[str, ...]  # globs; all must match a file
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What makes a row of another source a leak of this benchmark."""

    own_train: str  # for the source the benchmark belongs to: image, image+question, question or image|question
    others: str
    keys: tuple[str, ...] | None = None  # by which of its rows' keys it goes: patient, study, article figure ...; None: by all
    text: str = "overlap"  # where it goes by question: full, or nearly and by runs of words too
    compares: tuple[str, ...] = ("question",)  # what of a row is looked for: question, answer
    near_images: bool = True  # where it goes by image: also what looks like one, coded anew or scaled
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    id: str
    kind: Literal["source", "benchmark"] = "source"
    title: str
    homepage: str = ""
    where: str = ""
    citation: str = ""
    folders: tuple[str, ...] = ()
    license: str
    commercial: Commercial
    access: Access = "open"
    reliability: int = 50
    language: str = "en"
    modality: str = "unknown"
    domain: Domain = "medical"
    is_synthetic: bool = False
    clean: tuple[str, ...] = ()  # of its tables that say nothing else
    pixels_may_identify: bool = False  # names, dates, numbers of patients may be burned in: text is looked for
    published: Mapping[str, int | Mapping[str, int]] = field(default_factory=dict)
    traps: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()
    layout_unknown: str = ""  # why there are no layouts: nobody has published what its files look like
    examples: tuple[Mapping[str, Any], ...] = ()
    of: str = ""  # benchmarks: the source whose own train split touches it
    rules: Rules | None = None  # benchmarks
    known_keys: frozenset[str] = frozenset()  # benchmarks: digests (curate.manifest.key_digest) of the published keys
    prompts: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)  # name -> language -> wordings, those it uses
    windows: Windows = field(default_factory=dict)  # by name, where a table says how its images are shown
    digest: str  # of the file, of the wordings it uses, of its keys and of its windows
    path: str  # of the file

    @property
    def name(self) -> str:
        """The source that its rows carry: the id, or <id>@benchmark."""
        return self.id if self.kind == "source" else f"{self.id}@benchmark"

    @property
    def published_rows(self) -> dict[str, int]:
        """Rows as published, per table."""
        return {table: rows if isinstance(rows, int) else sum(rows.values()) for table, rows in self.published.items()}


def build_table(raw: Mapping[str, Any], manifest: Mapping[str, Any]) -> Table:
    """A table with the source's own words where it has none."""
    inherited = ("modality", "language", "license", "commercial", "access", "reliability", "domain", "is_synthetic", "clean")
    built = {name: manifest[name] for name in inherited if name in manifest}
    built |= {"scope": SCOPES.get(raw["task"], "none"), "from_labels": raw["task"] in FROM_LABELS}
    listed = ("files", "labels", "join", "empty", "masks", "absent", "clean")
    built |= {name: tuple(value) if name in listed else value for name, value in {**built, **raw}.items()}
    if "never" in raw:
        built["never"] = {column: tuple(values) for column, values in raw["never"].items()}
    for name in ("image", "boxes"):
        if name in raw:
            built[name] = tuple(raw[name]) if isinstance(raw[name], list) else (raw[name],)
    return Table(**built)


def build_layout(raw: Mapping[str, Any], manifest: Mapping[str, Any]) -> Layout:
    return Layout(name=raw["name"], needs=tuple(raw["if"]), tables=tuple(build_table(table, manifest) for table in raw["tables"]))
