"""a corpus that somebody changed -> verify, export and the README's lines all stop at it, and name the same file"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.pipelines.whole_run import run
from tests.trainers.snippets import LOAD, paste

TRAIN, VALIDATION = "train-00000-of-00001.parquet", "validation-00000-of-00001.parquet"


@pytest.fixture
def corpus(sample_out: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_out / "corpora" / "medical", tmp_path / "medical"))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def column(path: Path, name: str) -> pq.ColumnChunkMetaData:
    group = pq.ParquetFile(path).metadata.row_group(0)
    return next(chunk for chunk in map(group.column, range(group.num_columns)) if chunk.path_in_schema == name)


def in_a_picture(corpus: Path) -> set[str]:
    pictures = column(corpus / TRAIN, "images.list.element.bytes")
    flip(corpus / TRAIN, pictures.data_page_offset + pictures.total_compressed_size // 2)
    return {TRAIN}


def in_a_dictionary(corpus: Path) -> set[str]:
    flip(corpus / TRAIN, column(corpus / TRAIN, "modality").dictionary_page_offset + 30)
    return {TRAIN}


def in_the_footer(corpus: Path) -> set[str]:
    flip(corpus / VALIDATION, -200)
    return {VALIDATION}


def cut_by_one_byte(corpus: Path) -> set[str]:
    os.truncate(corpus / TRAIN, (corpus / TRAIN).stat().st_size - 1)
    return {TRAIN}


def with_a_byte_more(corpus: Path) -> set[str]:
    with (corpus / VALIDATION).open("ab") as file:
        file.write(b"\0")
    return {VALIDATION}


def written_again(corpus: Path) -> set[str]:
    """The same rows in the same order, as another run with other settings writes them."""
    pq.write_table(pq.read_table(corpus / VALIDATION), corpus / VALIDATION)
    return {VALIDATION}


def without_a_row(corpus: Path) -> set[str]:
    rows = pq.read_table(corpus / VALIDATION)
    pq.write_table(rows.slice(1), corpus / VALIDATION)
    return {VALIDATION}


def swapped(corpus: Path) -> set[str]:
    (corpus / TRAIN).rename(corpus / "other")
    (corpus / VALIDATION).rename(corpus / TRAIN)
    (corpus / "other").rename(corpus / VALIDATION)
    return {TRAIN, VALIDATION}


def without_a_shard(corpus: Path) -> set[str]:
    (corpus / VALIDATION).unlink()
    return {VALIDATION}


def with_a_shard_of_an_older_run(corpus: Path) -> set[str]:
    shutil.copy(corpus / VALIDATION, corpus / "validation-00001-of-00002.parquet")
    return {"validation-00001-of-00002.parquet"}


WAYS = (
    in_a_picture, in_a_dictionary, in_the_footer, cut_by_one_byte, with_a_byte_more, written_again, without_a_row, swapped, without_a_shard,
    with_a_shard_of_an_older_run,
)  # fmt: skip


def test_what_nobody_changed_passes_all_three(corpus: Path, tmp_path: Path) -> None:
    assert run("verify", corpus, "--workers", "1").status == 0
    assert run("export", corpus, "--to", "swift", "--dest", tmp_path / "dest", "--workers", "1").status == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("datasets.load_dataset", lambda folder: folder)
        assert paste(LOAD, {}, folder=repr(str(corpus)))["corpus"] == str(corpus)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_was_changed_stops_all_three_and_is_named(way: Callable[[Path], set[str]], corpus: Path, tmp_path: Path) -> None:
    files = way(corpus)

    verified = run("verify", corpus, "--workers", "1")
    damaged = {line.split(": ")[1] for line in verified.said.splitlines() if line.startswith("damaged: ")}
    assert verified.status == 1
    assert files == {name for name in damaged if name.endswith(".parquet")}

    exported = run("export", corpus, "--to", "swift", "--dest", tmp_path / "dest", "--workers", "1")
    assert exported.status in (1, 2)
    assert any(name in exported.told for name in files)
    assert not (tmp_path / "dest").exists()

    with pytest.raises(SystemExit) as stopped:
        paste(LOAD, {}, folder=repr(str(corpus)))
    assert str(stopped.value).endswith(f": {sorted(files)}")
