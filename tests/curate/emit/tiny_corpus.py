"""A corpus small enough to read whole: samples, their tables, and the pictures they show"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
from PIL import Image as Pillow

from curate.emit.rows import shard_rows
from schemas.arrow import to_table
from schemas.attribute import Tagged
from schemas.cluster import Choice, SampleClusters
from schemas.image import Ship
from schemas.sample import Picture, Sample, Screened, Turn


def png(colour, side=8) -> bytes:
    sink = io.BytesIO()
    Pillow.new("RGB", (side, side), colour).save(sink, "PNG")
    return sink.getvalue()


def sample(id: str, turns, images=(), **fields) -> Sample:
    plain = {
        "source": id.split("/")[0], "table": "main", "task": "vqa" if images else "qa", "domain": "medical", "split": "", "language": "en",
        "labels": (), "boxes": (), "modality": None, "keys": (), "license": "CC-BY-4.0", "commercial": "yes", "access": "open",
        "reliability": 50, "from_labels": False, "scope": "none", "order": 0,
    }  # fmt: skip
    return Sample(id=id, images=tuple(images), turns=tuple(Turn(role=role, text=text) for role, text in turns), **{**plain, **fields})


@dataclass
class TinyCorpus:
    """Collects samples and the bytes of their pictures as they would lie on disk."""

    files: dict[str, bytes] = field(default_factory=dict)
    screened: list[Screened] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    tagged: list[Tagged] = field(default_factory=list)
    clusters: list[SampleClusters] = field(default_factory=list)
    reads: int = 0

    def add(self, id: str, turns, images: Mapping[str, bytes] = {}, *, split="train", published="", modality="xray", cluster="", **fields):
        self.files.update(images)
        pictures = tuple(self.picture(path, data) for path, data in images.items())
        made = sample(id, turns, images, split=published, **fields)
        self.screened.append(Screened(id=id, sample=made, pictures=pictures, tokens=7, group=f"{id}:patient=1"))
        self.choices.append(Choice(corpus="medical", id=id, selected=True, reason="", weight=0.5, split=split, modality=modality))
        self.tagged.append(Tagged(id=id, modality=modality, submodality="", figure_type="", by="declared", score=1.0))
        if cluster:
            self.clusters.append(SampleClusters(id=id, images=tuple(cluster for _ in images), text="t"))

    def picture(self, path: str, data: bytes) -> Picture:
        digest = hashlib.sha256(data).hexdigest()
        width, height = Pillow.open(io.BytesIO(data)).size
        return Picture(
            id=path, byte_digest=digest, pixel_digest=digest, phash=2**64 - 1, width=width, height=height, bytes=len(data),
            header_modality=None, is_synthetic=False,
            ship=Ship(root="source", path=path, member="", offset=0, length=len(data), format="png", digest=digest),
        )  # fmt: skip

    def rows(self, split="train") -> pa.Table:
        choices = [choice for choice in self.choices if choice.split == split]
        return shard_rows(
            to_table(self.screened, Screened),
            to_table(choices, Choice),
            to_table(self.tagged, Tagged),
            to_table(self.clusters, SampleClusters),
        )

    def read(self, source: str, ship: Ship) -> bytes:
        self.reads += 1
        return self.files[ship.path]

    def open(self, source: str, ship: Ship) -> io.BytesIO:
        return io.BytesIO(self.files[ship.path])


def tiny_corpus() -> TinyCorpus:
    corpus = TinyCorpus()
    shown = [("user", "What is <image>?"), ("assistant", "A chest.")]
    corpus.add("slake/1", shown, {"a.png": png("red")}, labels=("chest",), cluster="a.png")
    corpus.add("slake/2", [("user", "Compare."), ("assistant", "Alike.")], {"b.png": png("green"), "c.png": png("blue", 16)})
    corpus.add("slake/3", [("user", "And this?"), ("assistant", "Yes.")], {"d.png": png("white")}, split="validation")
    corpus.add("medquad/1", [("user", "What is gout?"), ("assistant", "An arthritis.")], modality="text", license="CC-BY-NC-4.0")
    return corpus
