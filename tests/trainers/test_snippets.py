"""The README's lines that load a corpus: the same as in every card, and they name each file that is not as the index says"""

import json
import os
import shutil

import datasets
import pytest

from curate.emit.trainers import TRAINERS
from tests.trainers.drawn_corpus import draw
from tests.trainers.snippets import BLOCKS, LOAD, paste

FIRST, SECOND = "train-00000-of-00004.parquet", "train-00001-of-00004.parquet"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return draw(tmp_path_factory.mktemp("whole"), "medical", 60)


@pytest.fixture
def corpus(drawn, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    return shutil.copytree(drawn, tmp_path / "medical")


def load(folder):
    return paste(LOAD, {}, folder=repr(str(folder)))["corpus"]


def wrong(folder) -> str:
    with pytest.raises(SystemExit) as stop:
        load(folder)
    return str(stop.value)


def says(folder, *names: str) -> str:
    return f"{folder}: edited, cut short, missing, extra or of another run: {sorted(names)}"


def test_every_card_carries_the_python_of_the_readme():
    in_card = [part.split("```")[0] for part in TRAINERS.split("```python\n")[1:]]
    assert [block.replace("FOLDER", "OUT/corpora/medical") for block in in_card] == BLOCKS


def test_the_check_is_ten_plain_lines():
    check = LOAD.split("\n\nfolder = ")[0]
    assert len([line for line in check.splitlines() if line]) <= 10


def test_a_whole_folder_loads_with_decoded_pictures_and_chat_turns(corpus):
    found = load(corpus)
    assert {split: len(rows) for split, rows in found.items()} == {"train": 54, "validation": 6}
    modes = {image.mode for row in found["train"] for image in row["images"]}
    assert modes == {"RGB", "L", "CMYK", "RGBA", "LA", "P", "1"}
    for row in found["train"]:
        assert sum(turn["content"].count("<image>") for turn in row["messages"] if turn["role"] == "user") == len(row["images"])
        assert [turn["role"] for turn in row["messages"]][-2:] == ["user", "assistant"]
        assert not any("<image>" in turn["content"] for turn in row["messages"] if turn["role"] != "user")


def test_one_flipped_bit_is_named(corpus):
    with (corpus / FIRST).open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)[0]
        file.seek(1000)
        file.write(bytes([byte ^ 1]))
    assert wrong(corpus) == says(corpus, FIRST)


@pytest.mark.parametrize("left", [0, 100, -1])
def test_a_truncated_shard_is_named(corpus, left):
    size = (corpus / FIRST).stat().st_size
    os.truncate(corpus / FIRST, left if left >= 0 else size + left)
    assert wrong(corpus) == says(corpus, FIRST)


def test_missing_and_extra_shards_are_named_all_at_once(corpus):
    (corpus / FIRST).unlink()
    shutil.copy(corpus / SECOND, corpus / "train-00004-of-00005.parquet")
    assert wrong(corpus) == says(corpus, FIRST, "train-00004-of-00005.parquet")


def test_swapped_and_renamed_shards_are_named(corpus):
    (corpus / FIRST).rename(corpus / "swap")
    (corpus / SECOND).rename(corpus / FIRST)
    (corpus / "swap").rename(corpus / SECOND)
    assert wrong(corpus) == says(corpus, FIRST, SECOND)


def test_shards_of_an_older_run_are_named(corpus, tmp_path):
    older = draw(tmp_path / "older", "medical", 50)
    shutil.copy(older / SECOND, corpus / SECOND)
    assert wrong(corpus) == says(corpus, SECOND)


def test_an_index_of_an_older_run_names_every_shard(corpus, tmp_path):
    older = draw(tmp_path / "older", "medical", 50)
    shutil.copy(older / "index.json", corpus / "index.json")
    assert wrong(corpus) == says(corpus, *(path.name for path in corpus.glob("*.parquet")))


def test_without_an_index_there_is_no_corpus(corpus):
    (corpus / "index.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"index\.json"):
        load(corpus)


def test_an_index_that_lies_opens_no_file_elsewhere(corpus, tmp_path):
    index = json.loads((corpus / "index.json").read_bytes())
    index["shards"][0]["name"] = "../elsewhere.parquet"
    (corpus / "index.json").write_text(json.dumps(index))
    shutil.move(corpus / FIRST, tmp_path / "elsewhere.parquet")
    assert wrong(corpus) == says(corpus, "../elsewhere.parquet")
