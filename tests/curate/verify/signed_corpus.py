"""rows -> a corpus on disk whose shards, cards and index fit together, whoever wrote the rows; and what verify says of a folder"""

from __future__ import annotations

import atexit
import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curate.digest import digest64
from curate.emit.attribution import attribution
from curate.emit.card import card
from curate.emit.columns import SHARD
from curate.emit.croissant import croissant
from curate.emit.facts import COUNTED, CorpusFacts, Origin, Shard, Share, count_words
from curate.emit.index import as_json, checksums, corpus_index
from curate.verify.corpus import Wanted, conclude, look, read_file
from curate.verify.files import sha256_of
from curate.verify.readers import Readers
from curate.verify.shape import shape_of
from tests.signed_index import signed

WANTED = Wanted(counted=COUNTED, shape=shape_of(SHARD))
SHARES = (Share(name="xray", outside=False, supply=9, before=1.0, target=1.0, selected=9, after=1.0, weight=1, weighted=1.0, reached=True),)
ORIGINS = tuple(Origin(id=name, title=name.title(), license="CC-BY-4.0") for name in ("slake", "roco", "roko"))
READERS = Readers()  # one process for all tests: starting it takes longer than any of them
atexit.register(READERS.__exit__, None, None, None)
Row = dict[str, Any]
T = ("train-00000-of-00003.parquet", "train-00001-of-00003.parquet", "train-00002-of-00003.parquet")
V = "validation-00000-of-00001.parquet"


def row(id: str, **fields: Any) -> Row:
    """One with an image, as emit would write it."""
    plain = {
        "id": id, "source": id.partition("/")[0], "task": "vqa", "domain": "medical", "language": "en",
        "images": [{"bytes": f"the image of {id}".encode(), "path": "a.png"}],
        "messages": [{"role": "user", "content": "<image>What is it?"}, {"role": "assistant", "content": f"This is {id}."}],
        "labels": [], "modality": "xray", "submodality": "", "figure_type": "", "modality_by": "declared", "modality_score": 1.0,
        "license": "CC-BY-4.0", "access": "open", "group": "", "clusters": [], "weight": 1.0, "tokens": 5, "widths": [8], "heights": [8],
        "phashes": ["0" * 16],
    }  # fmt: skip
    return {**plain, **fields}


def in_order(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (digest64(row["id"]), row["id"]))


def shards_of(salt: str = "") -> dict[str, list[Row]]:
    """Nine rows of two sources in three shards, and two in the other split."""
    rows = in_order([row(f"{'slake' if n % 2 else 'roco'}/{salt}{n}") for n in range(9)])
    held = in_order([row(f"slake/{salt}held{n}") for n in range(2)])
    return {**{name: rows[place * 3 : place * 3 + 3] for place, name in enumerate(T)}, V: held}


def write_corpus(folder: Path, shards: Mapping[str, Sequence[Row]], *, schema: pa.Schema = SHARD, **told: Any) -> CorpusFacts:
    """The shards as they are given, in whatever order; cards and index tell of them truly. `told` are other facts."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in shards.items():
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), folder / name, use_dictionary=["id", "source"])
    return sign(folder, {name: _shard(folder / name, rows) for name, rows in shards.items()}, **told)


def sign(folder: Path, shards: Mapping[str, Shard], **told: Any) -> CorpusFacts:
    """Cards and index anew, by a hand that knows how."""
    facts = CorpusFacts(
        name="medical", title="A tiny corpus", recipe={"id": "default", "corpora": []}, settings={"tokenizer": "clip-bpe"}, mode="cap",
        cap=1.25, max_repeat=4.0, shares=SHARES, origins=ORIGINS, guards=(), shards=tuple(shards[name] for name in sorted(shards)),
    )  # fmt: skip
    facts = dataclasses.replace(facts, **told)
    cards = {
        "README.md": card(facts).encode(),
        "ATTRIBUTION.md": attribution(facts).encode(),
        "croissant.json": as_json(croissant(facts)),
    }
    cards["SHA256SUMS"] = checksums(facts, cards)
    for name, data in cards.items():
        (folder / name).write_bytes(data)
    (folder / "index.json").write_bytes(as_json(corpus_index(facts, cards)))
    return facts


def _shard(path: Path, rows: Sequence[Row]) -> Shard:
    data = path.read_bytes()
    columns = ("source", "task", "domain", "language", "modality", "license", "access", "modality_by")
    table = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in columns})
    return Shard(
        name=path.name, split=path.name.partition("-")[0], rows=len(rows), images=sum(len(row["images"]) for row in rows),
        image_bytes=0, bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), counts=count_words(table),
    )  # fmt: skip


def edit_index(folder: Path, edit: Callable[[dict[str, Any]], Any], *, vouched: bool = True) -> None:
    """`vouched`: by a hand that knows of its digest."""
    path = folder / "index.json"
    value = json.loads(path.read_text())
    edit(value)
    path.write_text(json.dumps(signed(value) if vouched else value))


def vouch(folder: Path, *names: str) -> None:
    """Have the index say of the files what they are now."""

    def edit(index: dict[str, Any]) -> None:
        for file in [*index["shards"], *index["cards"]]:
            if file["name"] in names:
                data = (folder / file["name"]).read_bytes()
                file.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())

    edit_index(folder, edit)


def damages(folder: Path, *, quick: bool = False) -> list[tuple[str, str]]:
    """What verify says: (file, what), in the order of files."""
    looked = look(folder, "", WANTED)
    if looked.claims is None:
        return sorted((damage.file, damage.what) for damage in looked.damages)
    reads = [read_file(looked, claim, WANTED, READERS, quick=quick, step=lambda _: None) for claim in looked.claims.files]
    found = conclude(looked, reads, quick=quick, digest=lambda path: sha256_of(path, lambda _: None))
    return sorted({(damage.file, damage.what) for damage in found})
