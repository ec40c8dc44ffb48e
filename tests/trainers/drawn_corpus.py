"""name, how many samples -> a corpus folder as emit makes them: rows of text, of one picture, of several, in every mode that ships"""

import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image as Pillow

from curate.emit.card import card
from curate.emit.facts import CorpusFacts, Shard, count_words
from curate.emit.index import as_json, corpus_index
from curate.emit.rows import hash_order
from curate.emit.shards import shard_name
from curate.emit.write import write_shard
from tests.curate.emit.tiny_corpus import TinyCorpus

SHARDS = 4  # of training rows; what is not a multiple of ranks and workers is met in the number of rows
GROUP_BYTES = 4000  # some rows each: places to stop lie inside row groups, at their ends and between shards
MODES = (
    *(("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGB", "PNG"), ("RGBA", "PNG")),
    *(("LA", "PNG"), ("P", "PNG"), ("1", "PNG"), ("P", "GIF"), ("RGB", "WEBP")),
)


def picture(number: int) -> bytes:
    mode, form = MODES[number % len(MODES)]
    sink = io.BytesIO()
    drawn = Pillow.new("RGB", (28 + number % 40, 28), (number % 256, number * 7 % 256, 90)).convert("RGB" if mode == "LA" else mode)
    (drawn.convert("L").convert("LA") if mode == "LA" else drawn).save(sink, form)
    return sink.getvalue()


def fill(corpus: TinyCorpus, name: str, number: int) -> None:
    """One of six kinds of rows, text and pictures its own: a batch tells which rows it is made of."""
    said = f"{name} {number}"
    one = {f"{name}-{number}.img": picture(number)}
    two = {**one, f"{name}-{number}-b.img": picture(number + 3)}
    kinds: tuple[tuple[list[tuple[str, str]], Mapping[str, bytes]], ...] = (
        ([("user", "<image>\nWhat is it?"), ("assistant", said)], one),
        ([("user", "What is gout?"), ("assistant", said)], {}),
        ([("user", "Between <image> and <image>, what grew?"), ("assistant", said)], two),
        ([("user", "Which?\n<image>"), ("assistant", said), ("user", "Sure?"), ("assistant", f"As {said} says.")], one),
        ([("system", "Be brief."), ("user", "No mark stands here, two are shown."), ("assistant", said)], two),
        ([("user", "<image>\nThe tags <image> and <video> are text."), ("assistant", f"<image> is no mark of {said}")], one),
    )
    turns, images = kinds[number % len(kinds)]
    corpus.add(f"{name}/{number}", turns, images, split="train" if number % 10 else "validation", modality="xray" if images else "text")
    corpus.choices[-1] = dataclasses.replace(corpus.choices[-1], weight=(0.4, 1.0, 1.6)[number % 3])


def draw(folder: Path, name: str, samples: int) -> Path:
    """`folder`/`name`: SHARDS shards of nine tenths of the samples to train on, one of the rest."""
    corpus, shards, place = TinyCorpus(), [], folder / name
    place.mkdir(parents=True)
    for number in range(samples):
        fill(corpus, name, number)
    for split, count in (("train", SHARDS), ("validation", 1)):
        rows = corpus.rows(split)
        assert rows["id"].to_pylist() == [rows["id"][at].as_py() for at in hash_order(rows["id"].to_pylist())[1]]
        for shard in range(count):
            some = rows.slice(len(rows) * shard // count, len(rows) * (shard + 1) // count - len(rows) * shard // count)
            written = write_shard(place / shard_name(split, shard, count), some, corpus.read, group_bytes=GROUP_BYTES)
            shards.append(Shard(name=shard_name(split, shard, count), split=split, counts=count_words(some), **dataclasses.asdict(written)))
    facts = CorpusFacts(
        name=name, title="Drawn", recipe={"id": "default"}, settings={"tokenizer": "clip-bpe"}, mode="cap", cap=1.25, max_repeat=4.0,
        shares=(), origins=(), shards=tuple(shards), synthetic=0, scrubbed=0, binding=(), guards=(),
    )  # fmt: skip
    (place / "README.md").write_text(card(facts), encoding="utf-8")
    (place / "index.json").write_bytes(as_json(corpus_index(facts, {})))
    return place
