"""write: shards that every reader opens, whose bytes depend on the rows alone"""

import hashlib

import duckdb
import polars
import pyarrow.parquet as pq
import pytest
from datasets import Image, List, Value, load_dataset

from curate.emit.columns import COLUMNS
from curate.emit.rows import shard_rows
from curate.emit.write import write_shard
from schemas.arrow import to_table
from schemas.attribute import Tagged
from schemas.cluster import Choice, SampleClusters
from schemas.sample import Screened
from tests.curate.emit.tiny_corpus import TinyCorpus, png, tiny_corpus


@pytest.fixture
def written(tmp_path):
    def write(corpus: TinyCorpus, split="train", group_bytes=4 << 20, name="shard"):
        path = tmp_path / name
        return path, write_shard(path, corpus.rows(split), corpus.read, group_bytes=group_bytes)

    return write


@pytest.fixture
def folder(tmp_path, written):
    for split in ("train", "validation"):
        written(tiny_corpus(), split, name=f"{split}-00000-of-00001.parquet")
    return tmp_path


def test_datasets_decodes_images_and_messages_without_being_told(folder, tmp_path):
    loaded = load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert {split: rows.num_rows for split, rows in loaded.items()} == {"train": 3, "validation": 1}
    assert loaded["train"].features["images"] == List(Image())
    assert loaded["train"].features["messages"] == List({"role": Value("string"), "content": Value("string")})
    rows = {row["id"]: row for row in loaded["train"]}
    assert [image.size for image in rows["slake/2"]["images"]] == [(8, 8), (16, 16)]
    assert rows["slake/2"]["images"][1].getpixel((0, 0)) == (0, 0, 255)
    assert rows["slake/2"]["messages"] == [
        {"role": "user", "content": "<image><image>\nCompare."},
        {"role": "assistant", "content": "Alike."},
    ]
    assert rows["medquad/1"]["images"] == []


def test_pyarrow_polars_and_duckdb_read_the_same_rows(folder):
    path = folder / "train-00000-of-00001.parquet"
    table = pq.read_table(path)
    ids = table["id"].to_pylist()
    assert sorted(ids) == ["medquad/1", "slake/1", "slake/2"]
    assert polars.read_parquet(path)["id"].to_list() == ids
    assert [id for (id,) in duckdb.sql(f"select id from '{path}'").fetchall()] == ids
    corpus = tiny_corpus()
    images = [image["bytes"] for row in table["images"].to_pylist() for image in row]
    assert sorted(images) == sorted(corpus.files[name] for name in ("a.png", "b.png", "c.png"))
    assert [image["bytes"] for row in polars.read_parquet(path)["images"].to_list() for image in row] == images
    assert duckdb.sql(f"select sum(len(images)) from '{path}'").fetchall() == [(3,)]


def test_a_row_holds_what_is_known_of_its_sample(written):
    corpus = tiny_corpus()
    row = next(row for row in pq.read_table(written(corpus)[0]).to_pylist() if row["id"] == "slake/1")
    data = corpus.files["a.png"]
    assert row == {
        "id": "slake/1", "source": "slake", "task": "vqa", "domain": "medical", "language": "en",
        "images": [{"bytes": data, "path": f"{hashlib.sha256(data).hexdigest()[:16]}.png"}],
        "messages": [{"role": "user", "content": "What is <image>?"}, {"role": "assistant", "content": "A chest."}],
        "labels": ["chest"], "modality": "xray", "submodality": "", "figure_type": "", "modality_by": "declared", "modality_score": 1.0,
        "license": "CC-BY-4.0", "access": "open", "group": "slake/1:patient=1", "clusters": ["image:a.png", "text:t"], "weight": 0.5,
        "tokens": 7, "widths": [8], "heights": [8], "phashes": ["ffffffffffffffff"],
    }  # fmt: skip


def test_rows_come_in_the_order_of_the_hash_of_their_ids(written):
    ids = pq.read_table(written(tiny_corpus())[0])["id"].to_pylist()
    assert ids == sorted(ids, key=lambda id: hashlib.sha256(id.encode()).digest())


def test_what_was_written_is_what_is_said(written):
    path, said = written(tiny_corpus())
    data = path.read_bytes()
    assert (said.rows, said.images, said.bytes) == (3, 3, len(data))
    assert said.sha256 == hashlib.sha256(data).hexdigest()
    assert said.image_bytes == sum(len(tiny_corpus().files[name]) for name in ("a.png", "b.png", "c.png"))


def many(count=40) -> TinyCorpus:
    corpus = TinyCorpus()
    for number in range(count):
        corpus.add(f"a/{number}", [("user", "?"), ("assistant", "!")], {f"{number}.png": png((number, 0, 0), side=64)})
    return corpus


def test_two_writes_give_the_same_bytes_whatever_the_order_and_the_threads(tmp_path):
    corpus, again = many(), many()
    again.screened.reverse(), again.choices.reverse(), again.tagged.reverse()
    one, two = tmp_path / "one", tmp_path / "two"
    write_shard(one, corpus.rows(), corpus.read, group_bytes=2_000, threads=1)
    write_shard(two, again.rows(), again.read, group_bytes=2_000, threads=5)
    assert one.read_bytes() == two.read_bytes()


def test_row_groups_keep_to_their_bytes_and_images_have_no_codec(written):
    path, _ = written(many(), group_bytes=3_000)
    file = pq.ParquetFile(path)
    assert file.metadata.num_row_groups > 5
    leaves = {file.schema.column(number).path: number for number in range(len(file.schema))}
    for group in range(file.metadata.num_row_groups):
        images = file.metadata.row_group(group).column(leaves["images.list.element.bytes"])
        assert (images.compression, set(images.encodings)) == ("UNCOMPRESSED", {"PLAIN", "RLE"})
        assert images.total_uncompressed_size <= 3_000
        assert file.metadata.row_group(group).column(leaves["messages.list.element.content"]).compression == "ZSTD"
        assert all(file.metadata.row_group(group).column(number).has_offset_index for number in leaves.values())


def test_columns_are_those_of_the_design_and_hold_under_their_digest(written):
    schema = pq.read_schema(written(tiny_corpus())[0])
    assert [(field.name, field.type) for field in schema] == list(COLUMNS)
    assert hashlib.sha256(str([(name, str(kind)) for name, kind in COLUMNS]).encode()).hexdigest()[:16] == "d503a93fb6067d48"


def test_images_are_read_a_row_group_ahead_and_no_further(monkeypatch, tmp_path):
    corpus, read_before_group = many(), []
    write_table = pq.ParquetWriter.write_table

    def watched(writer, table, **options):
        read_before_group.append(corpus.reads)
        write_table(writer, table, **options)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", watched)
    write_shard(tmp_path / "shard", corpus.rows(), corpus.read, group_bytes=1, threads=1)
    assert len(read_before_group) == 40
    assert all(group + 1 <= reads <= group + 2 for group, reads in enumerate(read_before_group))


def test_an_image_that_cannot_be_read_stops_the_shard(written):
    corpus = tiny_corpus()
    del corpus.files["b.png"]
    with pytest.raises(KeyError):
        written(corpus)


def test_an_empty_table_is_a_shard_of_no_rows(tmp_path):
    empty = shard_rows(to_table([], Screened), to_table([], Choice), to_table([], Tagged), to_table([], SampleClusters))
    assert write_shard(tmp_path / "shard", empty, tiny_corpus().read, group_bytes=100).rows == 0
    assert pq.read_table(tmp_path / "shard").num_rows == 0


def test_a_chosen_sample_that_was_lost_on_the_way_stops_the_run():
    corpus = tiny_corpus()
    corpus.tagged.pop()
    with pytest.raises(KeyError, match="1 of 3 chosen samples are not tagged, the first is medquad/1"):
        corpus.rows()


def test_slices_of_larger_tables_give_the_same_rows():
    corpus = tiny_corpus()
    whole = corpus.rows()
    screened = to_table(corpus.screened, Screened).slice(1)
    choices = to_table([choice for choice in corpus.choices if choice.id != "slake/1" and choice.split == "train"], Choice)
    rows = shard_rows(screened, choices, to_table(corpus.tagged, Tagged).slice(1), to_table(corpus.clusters, SampleClusters))
    assert rows.to_pylist() == [row for row in whole.to_pylist() if row["id"] != "slake/1"]
