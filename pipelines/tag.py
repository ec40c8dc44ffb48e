"""screened samples, and what a model makes of their pictures -> who says what of each, the modality it counts as, what is refused"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from curate.modalities import load_modalities
from curate.models.embedder import Head
from curate.models.probe import Probe
from curate.recipe import Tagging
from curate.tag.columns import COLUMNS, evidence_table, told_of
from curate.tag.decide import Judge
from curate.tag.look import Look, attributes_of, looks
from curate.tag.pooled import pooled
from curate.tag.reliability import Reliabilities, load_reliabilities
from curate.tag.tag import VERSION, Told, pooled_of, tag_sample
from curate.tag.vocabulary import load_vocabulary
from pipelines.embed import read_embeddings
from pipelines.progress import Address
from pipelines.reading import read_batches
from pipelines.run import Run
from pipelines.screen import digest_of, entries_by_part, image_parts_of
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Room, fingerprint
from pipelines.tagger import load_head, prepare_head, tagger_options
from schemas.attribute import Attribute, Tagged
from schemas.verdict import Fault, Verdict

STEP = 1_000  # samples whose text is held at once


def plan_tag(run: Run) -> Plan:
    """A unit is a part of screened samples, with the embeddings of the parts that hold their images."""
    parts = image_parts_of(run.index("ingest", decided=False))
    samples = entries_by_part(run.index(run.screened, decided=True), "samples")
    embedded = entries_by_part(run.index("tag", decided=False), "embeddings")
    units = [
        Unit(
            name=part,
            fingerprint=fingerprint([digest_of(files), *(digest_of(embedded.get(name, ())) for name in parts[part])]),
            weight=sum(entry.rows for entry in files),
            work={"embedded": [name for name in parts[part] if name in embedded]},
        )
        for part, files in sorted(samples.items())
    ]
    worker = partial(
        Tag, run.decisions("tag"), samples=run.decisions(run.screened), embeddings=run.facts("tag"), policy=run.recipe.tagging,
        tagger=run.resolved.get("tagger"),
    )  # fmt: skip
    return Plan(
        room=run.decisions("tag"),
        version=VERSION,
        units=units,
        build=lambda address: EachUnit(worker(address)),
        processes=True,
        options={
            "policy": dataclasses.asdict(run.recipe.tagging),
            "words": [load_vocabulary().digest, load_modalities().digest],
            "reliabilities": load_reliabilities().digest,
            "tagger": tagger_options(run),
        },
        prepare=lambda units: prepare_head(run),
    )


class Tag(Worker):
    """Decide the modality of every screened sample of one part: who says what of each first, so that samples of one picture are heard
    together, then what each counts as."""

    def __init__(
        self, room: Room, address: Address | None, *, samples: Room, embeddings: Room, policy: Tagging, tagger: Mapping[str, Any] | None
    ) -> None:
        super().__init__(room, address)
        self.samples, self.embeddings, self.policy, self.tagger = samples, embeddings, policy, tagger

    def ready(self) -> None:
        self.sample_index, self.embedding_index = self.samples.index(), self.embeddings.index()
        self.head = load_head(self.tagger, self.room.out) if self.tagger else None
        self.judge = Judge(policy=self.policy, reliabilities=_believed(self.head))

    def work(self, unit: Unit) -> None:
        told = sorted(self._told(unit.name), key=lambda sample: sample.id)
        others = pooled([sample.named for sample in told])
        told = [sample.hearing(pooled_of(meaning)) for sample, meaning in zip(told, others)]
        seen, attributes = self._seen(told, unit.work["embedded"])
        tagged, faults = zip(*(tag_sample(sample, seen, self.judge) for sample in told)) if told else ((), ())
        refused = [_refused(sample, fault) for sample, fault in zip(told, faults) if fault]
        files = [
            *self.room.write_rows("modalities", unit.name, tagged, Tagged),
            *self.room.write_rows("verdicts", unit.name, refused, Verdict),
            *self.room.write("evidence", unit.name, evidence_table(told, attributes)),
        ]
        self.room.sign(unit.name, unit.fingerprint, files)

    def _told(self, part: str) -> Iterator[Told]:
        """The samples of a part; of their text no more is held than `STEP` rows at once."""
        assert self.sample_index is not None, "plan_tag has read it"
        for entry in self.sample_index.entries("samples", part=part):
            for rows in read_batches(self.room.out, entry, COLUMNS, rows=STEP):
                yield from told_of(rows)
                self.reporter.step(len(rows))

    def _seen(self, told: Sequence[Told], parts: Sequence[str]) -> tuple[dict[str, Look], list[Attribute]]:
        """What the model sees in the pictures of these samples, by pixel digest, and its scores."""
        if self.head is None or not parts:
            return {}, []
        shown = pa.array(sorted({picture.pixel_digest for sample in told for picture in sample.pictures}), pa.string())
        digests, vectors = read_embeddings(self.embeddings, self.embedding_index, parts, shown)
        if not digests:
            return {}, []
        scores, classes, name = self.head.scores(vectors), self.head.classes, self.head.attribute
        seen = looks(scores, classes, name, self.judge.reliabilities, self.policy)
        return dict(zip(digests, seen)), list(attributes_of(digests, classes, scores, name))


def _believed(head: Head | None) -> Reliabilities:
    """A head that was fitted here is believed as far as its own figures go."""
    found = load_reliabilities()
    return found.with_head(head.attribute, head.measured) if isinstance(head, Probe) else found


def _refused(sample: Told, fault: Fault) -> Verdict:
    return Verdict(
        id=sample.id, source=sample.source, stage="tag", decision="rejected", reason=fault.reason, evidence=fault.evidence, winner=""
    )
