"""a shaped row -> a sample and the images it refers to"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from curate.ingest.find import Listing
from curate.ingest.images import Images, Target, compile_images
from curate.ingest.outlines import Outlined, Outlines
from curate.ingest.render import Absent, Render, TextOf, Unfit, compile_template, compile_value, getter, text_getter, wrong_type
from curate.ingest.turns import check_turns, compile_opened, compile_turns, mark_images
from curate.licenses import commercial_use, license_term
from curate.manifest import Manifest, Table
from curate.manifest.template import Column, parse_template
from curate.read import Opener, Row
from curate.read.opened import has_bad_text
from schemas.modality import OTHER, TWELVE
from schemas.sample import Key, Sample, Turn

SPLITS = {
    "": "", "train": "train", "training": "train", "val": "validation", "valid": "validation", "validate": "validation",
    "validation": "validation", "dev": "validation", "test": "test", "testing": "test",
}  # fmt: skip
MODALITY = {word: word for word in (*TWELVE, OTHER, "unknown")}
BY_LICENSE = "by_license"
COMMERCIAL = {word: word for word in ("yes", "no", "ask")}
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
MAX_LICENSE = 200  # characters; a longer one is no term

Many = Callable[[Row], list[str]]


class Made(NamedTuple):
    sample: Sample
    targets: list[Target]  # the images it shows
    flat: int  # boxes that are left out
    unlisted: str  # the column whose word for the modality the manifest does not list, so that its default counts; '' if it does


class Maker:
    """What turns rows of one table into samples; compiled once."""

    def __init__(self, manifest: Manifest, table: Table, listing: Listing, open: Opener, read: TextOf) -> None:
        self.source, self.table, self.listing, self.read = manifest.name, table, listing, read
        self.row_id = compile_template(table.row, read)
        self.images: Images = compile_images(
            table.image, listing, read, lenient=manifest.kind == "benchmark", render=table.render, windows=manifest.windows
        )
        self.turns = compile_turns(table.turns, read, manifest.prompts)
        self.opened = compile_opened(table.turns, read, manifest.prompts)
        own = ("{@structures}",) if table.masks else ()  # what is outlined names an image that nothing else does
        self.labels: list[Many] = [_many(label, read) for label in table.labels or own]
        self.keys = [(name, _many(template, read)) for name, template in table.keys.items()]
        self.outlines = Outlines(manifest, table, listing, open, read)
        self.split = compile_value(f"[[{table.split}]]" if _is_column(table.split) else table.split, read)
        self.modality = compile_value(table.modality, read, known=MODALITY)
        self.unlisted = _compile_unlisted(table.modality, read)
        self.language = compile_value(table.language, read)
        self.license = compile_value(f"[[{table.license}]]" if _is_column(table.license) else table.license, read)
        self.commercial = None if table.commercial == BY_LICENSE else compile_value(table.commercial, read, known=COMMERCIAL)

    def sample(self, row: Row, id: str, order: int) -> Made:
        """Raises Unfit with the reason for which the row gives no sample."""
        targets = self.images(row)
        outlined = self.outlines.of(row, targets) if self.outlines else Outlined((), {})
        row = {**row, **outlined.columns} if outlined.columns else row
        language = self._language(row)
        turns = mark_images(self.turns(row, id, language), len(targets))
        check_turns(turns)
        modality, license = self.modality(row), self._license(row)
        commercial = self.commercial(row) if self.commercial else _use(license)
        table = self.table
        sample = Sample(
            id=id, source=self.source, table=table.name, task=table.task, domain=table.domain,  # type: ignore[arg-type]
            split=self._split(row), language=language, images=tuple(target.id(self.source) for target in targets), turns=tuple(turns),
            labels=tuple(label for render in self.labels for label in render(row)),
            boxes=outlined.boxes, modality=None if modality == "unknown" else modality,
            keys=tuple(Key(name=name, value=value) for name, render in self.keys for value in render(row)),
            license=license, commercial=commercial, access=table.access,  # type: ignore[arg-type]
            reliability=table.reliability, from_labels=table.from_labels, scope=table.scope, order=order,
            clean=table.clean, opened=self._opened(row, id, language, len(targets)),
        )  # fmt: skip
        if has_bad_text(_all_text(sample)):
            raise Unfit("bad_encoding", f"{len(turns)} turns, {len(sample.labels)} labels")
        return Made(sample, targets, outlined.flat, self.unlisted(row))

    def _opened(self, row: Row, id: str, language: str, images: int) -> tuple[Turn, ...]:
        return tuple(mark_images(self.opened(row, id, language), images)) if self.opened else ()

    def _split(self, row: Row) -> str:
        word = self.split(row)
        found = SPLITS.get(word, SPLITS.get(word.casefold()))
        if found is None:
            raise Unfit("split_unknown", f"{len(word)} characters", private=lambda: [word])
        return found

    def _language(self, row: Row) -> str:
        word = self.language(row)
        if not _is_language(word):
            raise Unfit("language_unknown", f"{len(word)} characters", private=lambda: [word])
        return word

    def _license(self, row: Row) -> str:
        return _term(self.license(row))


_use = functools.lru_cache(maxsize=1024)(commercial_use)  # the same few words in all rows


@functools.lru_cache(maxsize=1024)
def _term(license: str) -> str:
    word = license_term(license)
    return word if len(word) <= MAX_LICENSE else "unknown"


@functools.lru_cache(maxsize=1024)
def _is_language(word: str) -> bool:
    return LANGUAGE.fullmatch(word) is not None


def _all_text(sample: Sample) -> str:
    said = [turn.text for turn in (*sample.turns, *sample.opened)]
    texts = [sample.id, sample.license, *said, *sample.labels, *(key.value for key in sample.keys)]
    return "".join([*texts, *(box.label for box in sample.boxes)])


def _compile_unlisted(spec: Any, read: TextOf) -> Render:
    """The column of a {map: column, default} in which a row holds a word that is neither listed nor a modality; else ''."""
    if isinstance(spec, str) or "default" not in spec:
        return lambda row: ""
    name = spec["map"]
    get = text_getter(name, read)
    listed = {"", *MODALITY, *(word.strip().casefold() for word in spec.get("values", {}))}
    return lambda row: "" if get(row).casefold() in listed else name


def _is_column(template: Any) -> bool:
    return isinstance(template, str) and "{" in template and "[[" not in template


def _many(template: str, read: TextOf) -> Many:
    """A template that may give nothing; one column that holds a list gives each item."""
    parts = parse_template(template)
    if len(parts) == 1 and isinstance(parts[0], Column):
        name = parts[0].name
        get = getter(name)

        def items(row: Row) -> list[str]:
            value = get(row)
            listed = value if isinstance(value, list | tuple) else [value]
            if any(isinstance(item, list | tuple) for item in listed):
                raise wrong_type("a list of texts", value, name)
            try:
                return [text for item in listed if (text := read(item))]
            except Unfit as unfit:
                raise unfit.of(name) from None

        return items
    render = compile_template(template, read)

    def one(row: Row) -> list[str]:
        try:
            text = render(row).strip()
        except Absent:
            return []
        return [text] if text else []

    return one
