"""The measurements still fit the rooms they measure, and measure the right thing"""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.read import Where, read_rows
from curate.recipe import Matching
from pipelines.batch import unpack
from schemas.sample import Sample
from tests.bench import balance, burned, dedup, emit, engine, peer_work, pixels, read, text, text_ours, text_scale
from tests.bench.peer_files import write_files
from tests.bench.planted import Planted
from tests.bench.text_made import made_texts
from tests.bench.text_planted import planted

CAPTION = "with a mass in the left upper lobe of the lung beside a small effusion and no other finding at all in this study"


def test_the_text_measurement_finds_every_planted_pair_and_no_other():
    given = planted([f"Report {number} of {number * 7} and {number * 11} " + CAPTION for number in range(300)])
    figures = {figure.name: figure for figure in text._quality("made", given)}
    assert figures["text: made, case: found"].figure == 1
    held = [figure for figure in figures.values() if figure.target]
    assert len(held) == 4  # recall at one length, precision of proofs and of what goes, copies of which one stays
    assert [figure.figure for figure in held] == [1, 1, 1, 1]


def test_texts_signed_by_two_processes_and_by_the_stage_give_the_same(tmp_path):
    texts = [text for chunk in made_texts(300) for text in chunk]
    one = text_ours.cluster(text_ours.named(texts), Matching())
    two = text_ours.cluster(text_ours.named(texts), Matching(), processes=2, folder=tmp_path)
    text_scale.main("300", str(tmp_path))
    assert len(one.members) > 20
    assert two == one
    assert json.loads((tmp_path / "told.json").read_text())["near"] == len(one.members)


def test_neither_order_nor_an_unrelated_source_changes_a_proof(monkeypatch):
    monkeypatch.setattr(text_scale, "SHUFFLED", 1_000)
    monkeypatch.setattr(text_scale, "UNRELATED", 200)
    changed, of = text_scale.changes()
    assert changed == 0
    assert of > 100


def test_ours_and_the_peer_hash_alike():
    files = [pixels._file(number) for number in range(3)]
    assert [pixels._ours(data) for data in files] == [pixels._peer(data) for data in files]


def test_the_shard_that_is_timed_holds_every_image(tmp_path):
    images = [np.random.default_rng(number).bytes(100) for number in range(emit.IMAGES)]
    emit._shard(tmp_path / "shard.parquet", emit.made_rows(), images, 4 << 20)
    stored = pq.ParquetFile(tmp_path / "shard.parquet").read(columns=["images"])["images"].to_pylist()
    assert [row[0]["bytes"] for row in stored] == images


def test_balance_is_measured_on_rows_that_it_takes():
    ids = [id for rows in balance.made_rows(2_000) for id in rows["id"].to_pylist()]
    choices = balance.chosen(balance.made(2_000), balance.LIMITED)
    assert len(choices.codes) == 2_000
    assert choices.rows(0, pa.array(ids))["id"].to_pylist() == [f"bench/{number}" for number in range(2_000)]


def test_every_row_is_in_one_slice_of_the_shuffle_that_is_timed():
    sliced = list(engine._hashed(0))
    assert [partition for partition, _ in sliced] == list(range(engine.PARTITIONS))
    assert sum(len(unpack(element)) for _, element in sliced) == engine.BATCH


def test_the_bare_parsers_and_ours_go_through_the_same_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(read, "CHUNK", 1000)
    read.write(tmp_path, 50)
    for format, name in read.NAMES.items():
        rows = list(read_rows(format, Where(path=name, open=lambda _, name=name: (tmp_path / name).open("rb")), {}))
        assert (len(rows), rows[49]["id"]) == (50, "f0000049")
        assert [sample.id for sample in read.make(tmp_path, format) if isinstance(sample, Sample)] == [f"bench/f{n:07d}" for n in range(50)]
    parsed = []
    monkeypatch.setattr(read.json, "JSONDecoder", lambda: Counting(parsed))
    read.BARE_READERS["json"](tmp_path / "captions.json")
    assert len(parsed) == 50


class Counting(json.JSONDecoder):
    def __init__(self, parsed):
        super().__init__()
        self.parsed = parsed

    def raw_decode(self, s, idx=0):
        value, end = super().raw_decode(s, idx)
        self.parsed.append(value["id"])
        return value, end


@pytest.mark.parametrize("hashes", ["uniform", "alike"])
def test_the_planted_images_are_matched_and_their_copies_found(hashes, tmp_path):
    planted = Planted(rows=3_000, hashes=hashes)
    run = dedup.run_in(tmp_path)
    dedup.give(run, planted)
    dedup.main(str(tmp_path))
    assert dedup.quality(run, planted) == (1.0, 0)
    crowd = planted.rows * 3 // 100  # 90 pictures of one pHash: more than are compared one by one
    assert {receipt.unit: receipt.counts for receipt in run.index("match", decided=True).receipts}["images"]["phash_crowded"] >= crowd


def test_the_lines_that_are_looked_for_lie_where_they_are_said_to():
    pictures = [("flat", np.full((200, 500), 90, np.uint8))]
    planted = [line for number in range(30) if (line := burned._line(number, pictures))]
    assert len(planted) > 20
    for line in planted:
        left, top, right, bottom = line.box
        ink, back = line.picture[top:bottom, left:right][line.ink], line.picture[top - 2, left:right]
        assert abs(float(ink.mean()) - float(back.mean())) > line.contrast / 2
        assert burned._covered(line) > 0.99


def test_what_tools_find_is_judged_by_the_copies_that_were_made(tmp_path):
    files = write_files(tmp_path / "images", 4)
    assert sorted(files.copies.items()) == [
        ("00000-bytes.png", "00000.png"),
        ("00000-coded.jpg", "00000.png"),
        ("00002-bytes.jpg", "00002.jpg"),
        ("00002-coded.jpg", "00002.jpg"),
    ]
    assert files.quality([["00000.png", "00000-bytes.png"], ["00000.png", "00000-coded.jpg"]]) == (0.5, 0)
    assert files.quality([["00000.png", "00000-bytes.png", "00001.jpg"]]) == (0.25, 3)
    assert files.quality([["", "00000-bytes.png"], ["", "00002.jpg"], ["", "00003.png"]]) == (0.75, 1)


def test_a_bare_loop_goes_past_corrupt_files(tmp_path):
    files = write_files(tmp_path / "images", 3, corrupt=5)
    peer_work.main("bare", str(files.images), str(tmp_path))
    told = json.loads((tmp_path / "told.json").read_text())
    assert (told["seen"], told["groups"], files.count) == (3, [["00000.png"], ["00001.jpg"], ["00002.jpg"]], 8)
