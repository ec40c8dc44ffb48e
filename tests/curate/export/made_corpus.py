"""rows as plain values -> the folder of a corpus: shards, cards, index.json that holds"""

import hashlib
import io
import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image as Pillow

from curate.digest import digest64
from curate.emit.columns import SHARD
from curate.listed import VERSION
from tests.signed_index import signed


def picture(seed: int, form: str = "PNG", side: int = 8) -> bytes:
    """A small picture of noise: no two seeds give the same."""
    sink = io.BytesIO()
    Pillow.frombytes("L", (side, side), random.Random(seed).randbytes(side * side)).save(sink, form)
    return sink.getvalue()


def named(data: bytes, suffix: str = "png") -> dict:
    return {"bytes": data, "path": f"{hashlib.sha256(data).hexdigest()[:16]}.{suffix}"}


def row(id: str, messages, images=(), **fields) -> dict:
    """`messages` as (role, content). Every column has a value; `fields` says otherwise."""
    plain: dict = {
        "source": id.partition("/")[0], "task": "vqa", "domain": "medical", "language": "en", "labels": [], "modality": "ct",
        "submodality": "", "figure_type": "", "modality_by": "declared", "modality_score": 0.1 + 0.2, "license": "CC-BY-4.0",
        "access": "open", "group": "", "clusters": [], "weight": 1 / 3, "tokens": 7,
    }  # fmt: skip
    plain |= {name: [value] * len(images) for name, value in (("widths", 8), ("heights", 8), ("phashes", "00" * 8))}
    turns = [{"role": role, "content": content} for role, content in messages]
    return {"id": id, "messages": turns, "images": list(images), **plain, **fields}


def asked(id: str, *images: dict, text: str = "What is shown?", **fields) -> dict:
    return row(id, [("user", "<image>" * len(images) + text), ("assistant", "A chest.")], images, **fields)


def shards_of(rows: list[dict], count: int) -> list[list[dict]]:
    ordered = sorted(rows, key=lambda found: (digest64(found["id"]), found["id"]))
    return [ordered[len(ordered) * number // count : len(ordered) * (number + 1) // count] for number in range(count)]


def write_shard(path: Path, rows: list[dict], schema: pa.Schema = SHARD, group: int = 3) -> None:
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, row_group_size=group, compression="zstd")


def make_corpus(folder: Path, splits: dict[str, list[dict]], *, shards: int = 1, name: str = "made", schema: pa.Schema = SHARD) -> Path:
    """A corpus of these rows; each split in as many shards."""
    folder.mkdir(parents=True)
    listed = []
    for split, rows in splits.items():
        for number, held in enumerate(shards_of(rows, shards)):
            path = folder / f"{split}-{number:05d}-of-{shards:05d}.parquet"
            write_shard(path, held, schema)
            listed.append({**entry_of(path), "split": split, "rows": len(held), "images": sum(len(found["images"]) for found in held)})
    for card, text in (("README.md", "---\nlicense: other\n---\n# made\n"), ("ATTRIBUTION.md", "# Attribution\nCC-BY-4.0: everything\n")):
        (folder / card).write_text(text)
    cards = [entry_of(folder / card) for card in ("ATTRIBUTION.md", "README.md")]
    sums = {what: sum(shard[what] for shard in listed) for what in ("rows", "images", "bytes")}
    of_splits = {split: len(rows) for split, rows in splits.items()}
    about = {"version": VERSION, "corpus": name, "title": "Made"}
    write_index(folder, {**about, **sums, "splits": of_splits, "shards": listed, "cards": cards})
    return folder


def entry_of(path: Path) -> dict:
    data = path.read_bytes()
    return {"name": path.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def index_of(folder: Path) -> dict:
    return json.loads((folder / "index.json").read_text())


def write_index(folder: Path, index: dict) -> None:
    (folder / "index.json").write_text(json.dumps(signed(index), indent=2) + "\n")


def rows_of(folder: Path, split: str) -> list[dict]:
    """What the corpus holds, in its order."""
    names = [shard["name"] for shard in index_of(folder)["shards"] if shard["split"] == split]
    return [found for name in names for found in pq.read_table(folder / name).to_pylist()]


def odd_rows(count: int = 40) -> list[dict]:
    """Whatever a corpus may hold: texts in any script and with any break, several pictures, shared ones, every format, none, systems."""
    shared = named(picture(0))
    gif, webp, jpg = named(picture(1, "GIF"), "gif"), named(picture(2, "WEBP"), "webp"), named(picture(3, "JPEG"), "jpg")
    many = [named(picture(100 + seed)) for seed in range(11)]
    odd = [
        asked("a.b/c.d/1.png", shared, labels=["a", "b"], clusters=["image:x"]),
        asked("a.b/../../etc/passwd", gif, webp, jpg, text="\u2028two\u2029lines\x85 and \x0b \ufeff 胸部 🩻 \u202e"),
        asked("s/three dots...", shared, text='quote " and \\ and \t'),
        asked("s/eleven", *many),
        row("s/system", [("system", "You are\na radiologist."), ("user", "See <image>: what?"), ("assistant", "Nothing.")], [jpg]),
        row("s/mute", [("system", "Be short."), ("user", "Why?"), ("assistant", "So."), ("user", "And?"), ("assistant", "No.")]),
        row("s/between", [("user", "First <image> then <image>."), ("assistant", "Alike."), ("user", "And <image>?"), ("assistant", "No.")],
            [shared, shared, named(picture(4))]),
        asked("s/video", shared, text="See <video>, <bbox>, <Image> and [image]."),
        row("s/2020-01-01", [("user", "2020-01-01"), ("assistant", "true")], labels=["1", "null"], modality_score=None, weight=1e-300),
    ]  # fmt: skip
    plain = [asked(f"p/{number}", *([named(picture(1000 + number))] if number % 3 else [])) for number in range(count - len(odd))]
    return odd + plain
