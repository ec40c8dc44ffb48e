"""The hub's own readers on a corpus folder: Croissant by mlcroissant, the card by huggingface_hub, the rows by `datasets`"""

import dataclasses
import io
import logging

import mlcroissant
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from datasets.utils.info_utils import NonMatchingSplitsSizesError
from huggingface_hub import DatasetCard, metadata_load
from PIL import Image

from curate.emit.attribution import attribution
from curate.emit.card import card, front_matter
from curate.emit.columns import COLUMNS
from curate.emit.croissant import croissant, version
from curate.emit.facts import CorpusFacts
from curate.emit.index import as_json, corpus_index
from tests.curate.emit.test_cards import facts_of


@pytest.fixture
def facts(tmp_path) -> CorpusFacts:
    """A whole folder, as a hub would hold it."""
    facts = facts_of(tmp_path)
    facts = dataclasses.replace(facts, recipe={"id": "default", "version": "2.1.0", "published": "2026-01-31"})
    (tmp_path / "README.md").write_text(card(facts))
    (tmp_path / "ATTRIBUTION.md").write_text(attribution(facts))
    (tmp_path / "croissant.json").write_bytes(as_json(croissant(facts)))
    (tmp_path / "index.json").write_bytes(as_json(corpus_index(facts, {})))
    return facts


def test_croissant_holds_by_its_own_validator_without_a_warning(facts, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        data_set = mlcroissant.Dataset(tmp_path / "croissant.json")
    assert [record.message for record in caplog.records] == []
    issues = data_set.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    assert data_set.metadata.version == version(facts)
    assert data_set.metadata.date_published.date().isoformat() == "2026-01-31"


@pytest.mark.parametrize("split", ["train", "validation"])
def test_the_rows_that_croissant_leads_to_are_those_of_the_shards(facts, tmp_path, split):
    wanted = pq.read_table(tmp_path / f"{split}-00000-of-00001.parquet").to_pylist()
    found = list(mlcroissant.Dataset(tmp_path / "croissant.json").records(split))
    assert len(found) == len(wanted) > 0
    for row, record in zip(wanted, found, strict=True):
        assert {name for name, _ in COLUMNS} == {name.removeprefix(f"{split}/") for name in record}
        for name, _ in COLUMNS:
            assert plain(record[f"{split}/{name}"]) == shown(row[name], name), name


def plain(value):
    """As mlcroissant gives it, in words: bytes of text, pictures as arrays, fields of structs by their path."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {name.rsplit("/", 1)[-1]: plain(part) for name, part in value.items()}
    return np.asarray(value).tolist() if hasattr(value, "getpixel") else value


def shown(value, name):
    if name == "images":
        return [np.asarray(Image.open(io.BytesIO(image["bytes"]))).tolist() for image in value]
    return value


def test_the_version_says_whether_two_corpora_hold_the_same(facts):
    other = dataclasses.replace(facts, shards=(dataclasses.replace(facts.shards[0], sha256="0" * 64), *facts.shards[1:]))
    assert version(facts).startswith("2.1.0+")
    assert version(facts) == version(dataclasses.replace(facts, title="Another"))
    assert version(facts) != version(other)


def test_croissant_tells_what_the_card_tells_of_limits(facts):
    described, text = croissant(facts), card(facts)
    assert described["rai:dataBiases"][0].startswith("Of the samples of the twelve modalities 60.0% are xray, 40.0% ct;")
    assert all(f"- {limit}\n" in text for limit in described["rai:dataLimitations"])
    assert described["rai:personalSensitiveInformation"][0] in described["rai:dataLimitations"]


def test_the_card_is_one_that_the_hub_reads(facts, tmp_path):
    assert metadata_load(tmp_path / "README.md") == front_matter(facts)
    read = DatasetCard.load(tmp_path / "README.md")
    assert (read.data.license, read.data.license_name, read.data.license_link) == ("other", "per-record", "ATTRIBUTION.md")
    assert read.data.to_dict() == front_matter(facts)
    assert read.text.lstrip().startswith("# A tiny corpus\n")


def opened(folder):
    return load_dataset(str(folder), cache_dir=str(folder / "cache"))


def test_a_shard_that_another_run_left_behind_is_not_loaded(facts, tmp_path):
    (tmp_path / "train-00000-of-00002.parquet").write_bytes((tmp_path / "train-00000-of-00001.parquet").read_bytes())
    assert {split: rows.num_rows for split, rows in opened(tmp_path).items()} == {"train": 3, "validation": 1}


def test_a_copy_with_fewer_rows_is_refused_by_the_loader_itself(facts, tmp_path):
    path = tmp_path / "train-00000-of-00001.parquet"
    pq.write_table(pq.read_table(path).slice(0, 2), path)
    with pytest.raises(NonMatchingSplitsSizesError, match="num_examples=3"):
        opened(tmp_path)


def test_a_shard_that_was_cut_is_refused_by_the_loader_itself(facts, tmp_path):
    path = tmp_path / "train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(pa.ArrowInvalid, match="Parquet magic bytes not found"):
        opened(tmp_path)
