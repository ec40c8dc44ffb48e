"""OUT and an id -> the story of a sample or an image, told from the tables of its bucket; no text that was read is printed"""

from __future__ import annotations

import bisect
import difflib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pyarrow.compute as pc

from curate.digest import bucket_of
from curate.pixels.burned_in import seen_text
from curate.terms import term
from pipelines.run import UsageError, read_run
from pipelines.shipped import ids_in, shard_of
from pipelines.tables import Index, Room
from pipelines.told import lines_of
from pipelines.witnesses import image_witnesses, sample_witnesses
from schemas.arrow import from_table
from schemas.cluster import Choice, Member, SampleClusters
from schemas.image import Image, ImageRef
from schemas.sample import Sample, Screened
from schemas.verdict import Verdict

Row = TypeVar("Row")
DECIDED = ("screen", "rewrite", "match", "shield", "dedup", "tag", "balance")  # tables under the recipe
ENOUGH = 20_000  # ids among which near ones are looked for


def print_why(id: str, *, out: str, recipe: str | None) -> int:
    """Print the story of `id`; 2 if OUT knows no such sample or image. Raises UsageError if OUT holds several recipes and none is named."""
    history = History(out=out, buckets=int(read_run(out)["buckets"]), recipe=recipe_of(out, recipe))
    lines = list(sample_story(history, id) or image_story(history, id))
    if not lines:
        near = near_ids(history, id)
        known = f"near it: {', '.join(near)}" if near else f"sources here: {', '.join(sources(history)) or 'none'}"
        print(f"error: {id}: no sample and no image of that id in {out}; {known}", file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0


def recipe_of(out: str, recipe: str | None) -> str:
    known = sorted(read_run(out)["recipes"])
    name = Path(recipe).stem if recipe else known[0]
    if recipe and name not in known:
        raise UsageError(f"--corpus {recipe}: {out} holds no run of it; it holds {', '.join(known)}")
    if not recipe and len(known) > 1:
        raise UsageError(f"{out} holds several recipes; say which by --corpus: {', '.join(known)}")
    return name


@dataclass(frozen=True)
class History:
    """The committed tables of one recipe, asked for the rows of one id: the bucket of the id alone is read."""

    out: str
    buckets: int
    recipe: str
    indexes: dict[tuple[str, bool], Index | None] = field(default_factory=dict)  # those read so far

    def room(self, stage: str, *, decided: bool) -> Room:
        return Room(out=self.out, stage=stage, buckets=self.buckets, recipe=self.recipe if decided else "")

    def index(self, stage: str, *, decided: bool) -> Index | None:
        if (stage, decided) not in self.indexes:
            self.indexes[stage, decided] = self.room(stage, decided=decided).index()
        return self.indexes[stage, decided]

    def rows(self, stage: str, table: str, row_type: type[Row], id: str, *, decided: bool | None = None) -> list[Row]:
        """The rows of `id`; none where the stage has not run."""
        decided = stage in DECIDED if decided is None else decided
        index = self.index(stage, decided=decided)
        if index is None:
            return []
        found = self.room(stage, decided=decided).read(table, row_type, index=index, bucket=bucket_of(id, self.buckets))
        return from_table(found.filter(pc.field("id") == id), row_type)

    def row(self, stage: str, table: str, row_type: type[Row], id: str) -> Row | None:
        return next(iter(self.rows(stage, table, row_type, id)), None)

    @property
    def screened(self) -> str:
        """The stage whose samples went on."""
        return "rewrite" if self.has_run("rewrite") else "screen"

    def has_run(self, stage: str) -> bool:
        return self.index(stage, decided=stage in DECIDED) is not None


def sample_story(history: History, id: str) -> list[str]:
    """Lines of the story of a sample; none if there is none of that id."""
    sample, refused = history.row("ingest", "samples", Sample, id), history.row("ingest", "verdicts", Verdict, id)
    if sample is None:
        sample = history.row("ingest", "benchmarks", Sample, id)
    if sample is None:
        return _refused_lines(history, id, refused) if refused else []
    return [
        *_found_lines(history, sample),
        *(_line("image", f"{_image_words(history, image)}") for image in sample.images),
        *([] if sample.source.endswith("@benchmark") else _fate_lines(history, sample)),
    ]


def _refused_lines(history: History, id: str, refused: Verdict) -> list[str]:
    """Of a row that ingest rejected, with what is told of its file where more of that is not as the manifest says."""
    index = history.index("ingest", decided=False)
    told = [_line("", line) for line in lines_of(index.receipts if index else (), refused)]
    return [f"{id}: a row of {refused.source}", *_verdict_lines(history, refused), *told, _end(refused)]


def _found_lines(history: History, sample: Sample) -> Iterator[str]:
    task = f"{'an' if sample.task == 'instruction' else 'a'} {sample.task}"
    kind = "a benchmark row" if sample.source.endswith("@benchmark") else f"{task} sample"
    yield f"{sample.id}: {kind} of {sample.source}"
    published = f"published split '{term(sample.split)}'" if sample.split else "no published split"
    yield _line("ingest", f"row {sample.order} of table '{sample.table}', {published}, {sample.domain}, language {term(sample.language)}")
    keys = f"; keys: {', '.join(key.name for key in sample.keys)}" if sample.keys else ""
    made = "; text made from labels" if sample.from_labels else ""
    shape = f"{_many(len(sample.turns), 'turn')}, {_many(len(sample.images), 'image')}, {_many(len(sample.labels), 'label')}"
    yield _line("", f"{shape}{keys}{made}; licence {term(sample.license)}, access {sample.access}, reliability {sample.reliability}")
    yield _line("", f"declared modality: {sample.modality or 'none'}; duplicates of its images are looked for: {sample.scope}")


def _fate_lines(history: History, sample: Sample) -> Iterator[str]:
    """Stage by stage until it was refused, or ships."""
    screened = history.row("screen", "samples", Screened, sample.id)
    refusals = dict(refused_by(history, sample.id))
    if screened:
        yield _line("screen", f"kept: {_many(screened.tokens, 'token')}{', in a group that is never split' if screened.group else ''}")
        if screened.cleaned:
            yield _line("", f"its text was brought to its normal form by {', '.join(screened.cleaned)}")
        if screened.scrubbed:
            yield _line("", f"placeholders in its text stand for {', '.join(f'{each.kind} {each.count}' for each in screened.scrubbed)}")
        for picture in screened.pictures:
            if picture.blanked:
                yield _line("", f"{picture.id}: ships as PNG, black in {_many(len(picture.blanked), 'region')} where text was found")
    for stage in ("screen", "rewrite"):
        if refused := refusals.get(stage):
            yield from _verdict_lines(history, refused)
    if screened and (went_on := history.row("rewrite", "samples", Screened, sample.id)):
        anew = f"{_many(went_on.rewritten, 'answer')} written anew by a model, {_many(went_on.tokens, 'token')}"
        yield _line("rewrite", f"kept: {anew}" if went_on.rewritten else "kept as it was")
    yield from _cluster_lines(history, sample)
    for stage in ("shield", "dedup"):
        if refused := refusals.get(stage):
            yield from _verdict_lines(history, refused)
        elif screened and history.has_run(stage) and not {"rewrite", "shield"}.intersection(refusals):
            yield _line(stage, "kept")
    yield from (_line("" if place else "tag", line) for place, line in enumerate(sample_witnesses(history, sample.id, screened)))
    if refused := refusals.get("tag"):
        yield from _verdict_lines(history, refused)
    choices = history.rows("balance", "selection", Choice, sample.id)
    for choice in choices:
        yield _line("balance", _choice_words(choice))
    yield from _ships_lines(history, sample.id, choices)
    if not any(choice.selected for choice in choices):
        first = next(iter(refusals.values()), None)
        yield (
            _end(first)
            if first
            else f"=> rejected by balance: {_not_chosen(choices)}"
            if choices
            else "=> not decided yet: run 'corpus' again"
        )


def refused_by(history: History, id: str) -> Iterator[tuple[str, Verdict]]:
    for stage in ("screen", "rewrite", "shield", "dedup", "tag"):
        for verdict in history.rows(stage, "verdicts", Verdict, id):
            if verdict.decision == "rejected":
                yield stage, verdict
                break


def _cluster_lines(history: History, sample: Sample) -> Iterator[str]:
    for number, image in enumerate(sample.images, 1):
        if member := history.row("match", "images", Member, image):
            yield _line("match", f"image {number} {_member_words(member)}")
    if member := history.row("match", "texts", Member, sample.id):
        yield _line("match", f"text {_member_words(member)}")
    clusters = history.row("match", "clusters", SampleClusters, sample.id)
    screened = history.row(history.screened, "samples", Screened, sample.id)
    if screened and not clusters and history.has_run("match"):
        yield _line("match", "no copy of it was found")


def _member_words(member: Member) -> str:
    if member.proof == "first":
        return f"is a copy of others: the first of the cluster {member.cluster}"
    measures = [f"{member.distance} bits apart"] if member.distance >= 0 else []
    measures += [f"similarity {member.similarity:.4f}"]
    return f"is a copy, by {member.proof}, of {member.other} ({', '.join(measures)}); cluster {member.cluster}"


def _verdict_lines(history: History, verdict: Verdict) -> Iterator[str]:
    evidence = f" ({verdict.evidence})" if verdict.evidence else ""
    yield _line(verdict.stage, f"{verdict.decision}: {verdict.reason}{evidence}")
    if verdict.winner:
        yield _line("", f"in its place: {verdict.winner}, {_fate(history, verdict.winner)}")


def _fate(history: History, id: str) -> str:
    """What became of a winner, in a clause."""
    if history.row("ingest", "benchmarks", Sample, id):
        return "a row of an evaluation set"
    if refused := next(refused_by(history, id), None):
        return f"which was rejected itself by {refused[0]}: {refused[1].reason}"
    choices = history.rows("balance", "selection", Choice, id)
    chosen = [choice.corpus for choice in choices if choice.selected]
    return (
        f"which ships in {', '.join(chosen)}"
        if chosen
        else f"which was not chosen: {_not_chosen(choices)}"
        if choices
        else "not decided yet"
    )


def _image_words(history: History, id: str) -> str:
    image = history.row("inspect", "images", Image, id)
    if image is None:
        return f"{id}: not inspected"
    if image.reason:
        return f"{id}: refused by inspect: {image.reason}{f' ({image.evidence})' if image.evidence else ''}"
    facts = [f"{image.format} {image.width} x {image.height}", f"{image.mode}, {image.bits} bits", f"pHash {image.phash:016x}"]
    if image.window:
        facts.append(f"shown from {image.window.low:g} to {image.window.high:g} ({image.window.by})")
    facts += [seen_text(image) or f"{image.text_by}: no text found"] if image.text_by else []
    facts += ["blank"] * image.blank + ["synthetic"] * image.is_synthetic
    facts += [f"DICOM Modality {image.header_modality}"] if image.header_modality else []
    member = f" ({image.ship.member})" if image.ship and image.ship.member else ""
    facts += [f"ships {image.ship.length:,} bytes {image.ship.format} from {image.ship.path}{member}"] if image.ship else []
    return f"{id}: {', '.join(facts)}"


def _choice_words(choice: Choice) -> str:
    if not choice.selected:
        return f"not in {choice.corpus}: {choice.reason}"
    return f"in {choice.corpus}, split {choice.split}, as {choice.modality}, weight {choice.weight:g}"


def _not_chosen(choices: list[Choice]) -> str:
    return "; ".join(f"{choice.corpus}: {choice.reason}" for choice in choices)


def _ships_lines(history: History, id: str, choices: list[Choice]) -> Iterator[str]:
    for choice in choices:
        if choice.selected:
            shard = shard_of(Path(history.out, "corpora", choice.corpus), choice.split, id)
            yield f"=> kept: {shard}" if shard else f"=> chosen for {choice.corpus}, which is not written yet"


def image_story(history: History, id: str) -> list[str]:
    """Lines of the story of an image; none if there is none of that id."""
    reference = history.row("ingest", "images", ImageRef, id)
    if reference is None:
        return []
    part = f" in {reference.member.archive}" if reference.member else f", frame {reference.frame}" if reference.frame >= 0 else ""
    lines = [f"{id}: an image of {reference.source}", _line("ingest", f"{reference.path}{part}, {reference.size:,} bytes")]
    lines.append(_line("inspect", _image_words(history, id).removeprefix(f"{id}: ")))
    member = history.row("match", "images", Member, id)
    if member:
        lines.append(_line("match", f"it {_member_words(member)}"))
    elif history.has_run("match"):
        lines.append(_line("match", "no copy of it was found among the images of screened samples"))
    image = history.row("inspect", "images", Image, id)
    said = image_witnesses(history, id, image.pixel_digest) if image and image.pixel_digest else ()
    return lines + [_line("tag", line) for line in said]


def near_ids(history: History, id: str) -> list[str]:
    """Ids of the same source that are written almost alike."""
    index, source = history.index("ingest", decided=False), id.partition("/")[0]
    found = {
        name
        for entry in (index.files if index else ())
        if entry.table in ("samples", "verdicts", "images", "benchmarks")
        and entry.part.rpartition("-")[0] in (source, f"{source}@benchmark")
        for name in ids_in(Path(history.out, entry.path))
    }
    ids = sorted(found)
    place = bisect.bisect(ids, id)
    around = ids if len(ids) <= ENOUGH else ids[max(0, place - ENOUGH // 2) : place + ENOUGH // 2]
    return difflib.get_close_matches(id, around, 5)


def sources(history: History) -> list[str]:
    index = history.index("ingest", decided=False)
    return sorted({entry.part.rpartition("-")[0] for entry in (index.files if index else ())})


def _end(verdict: Verdict) -> str:
    return f"=> rejected by {verdict.stage}: {verdict.reason}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _line(stage: str, text: str) -> str:
    return f"  {stage:<8} {text}"
