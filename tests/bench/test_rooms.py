"""The measurements still fit the rooms they measure, and measure the right thing"""

import numpy as np
import pyarrow.parquet as pq

from pipelines.batch import unpack
from tests.bench import balance, emit, engine, pixels, text


def test_the_text_measurement_finds_every_planted_pair_and_no_other():
    texts, pairs = text._texts(500)
    assert len(pairs) == 100
    assert text._quality(texts, pairs, text._match(texts)) == (1.0, 1.0)


def test_ours_and_the_peer_hash_alike():
    files = [pixels._file(number) for number in range(3)]
    assert [pixels._ours(data) for data in files] == [pixels._peer(data) for data in files]


def test_the_shard_that_is_timed_holds_every_image(tmp_path):
    images = [np.random.default_rng(number).bytes(100) for number in range(emit.IMAGES)]
    emit._shard(tmp_path / "shard.parquet", emit._rows(), images, 4 << 20)
    stored = pq.ParquetFile(tmp_path / "shard.parquet").read(columns=["images"])["images"].to_pylist()
    assert [row[0]["bytes"] for row in stored] == images


def test_balance_is_measured_on_rows_that_it_takes():
    choices = balance._balance(balance._candidates(2_000))
    assert choices["id"].to_pylist() == [f"bench/{number}" for number in range(2_000)]


def test_every_row_is_in_one_slice_of_the_shuffle_that_is_timed():
    sliced = list(engine._hashed(0))
    assert [partition for partition, _ in sliced] == list(range(engine.PARTITIONS))
    assert sum(len(unpack(element)) for _, element in sliced) == engine.BATCH
