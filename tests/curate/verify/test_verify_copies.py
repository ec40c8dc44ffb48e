"""verify on copies that something happened to: every one is noticed, the file named, and nothing else"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.curate.verify.signed_corpus import T, V, damages, edit_index, shards_of, write_corpus

OTHER = "its bytes are not those of the index (SHA-256)"
SAME = "of the same size and rows: a byte of it was changed, or it is of another run"
CARD = "its SHA-256 is not the one in the index: edited, or of another run"
STRAY = "a file that the index does not name"
STRAY_SHARD = "a shard that the index does not name: of another run, or put here"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_corpus(tmp_path / "corpus", shards_of())
    return tmp_path / "corpus"


def size(folder: Path, name: str) -> int:
    return (folder / name).stat().st_size


@pytest.mark.parametrize("quick", [False, True])
def test_a_whole_copy_is_whole(folder: Path, quick: bool) -> None:
    assert damages(folder, quick=quick) == []


@pytest.mark.parametrize("quick", [False, True])
def test_what_clones_and_downloads_leave_beside_a_corpus_is_no_damage(folder: Path, quick: bool) -> None:
    (folder / ".gitattributes").write_text("*.parquet filter=lfs")
    (folder / ".cache" / "huggingface").mkdir(parents=True)
    (folder / ".git").mkdir()
    assert damages(folder, quick=quick) == []


def test_links_to_files_are_files_as_in_a_hubs_cache(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    for number, path in enumerate(sorted(folder.iterdir())):
        path.rename(tmp_path / "blobs" / str(number))
        path.symlink_to(Path("..", "blobs", str(number)))
    assert damages(folder) == []


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def swap(one: Path, other: Path) -> None:
    one.rename(one.with_suffix(".x"))
    other.rename(one)
    one.with_suffix(".x").rename(other)


def test_every_flipped_byte_of_a_shard_is_noticed(folder: Path) -> None:
    path = folder / T[1]
    for place in range(0, size(folder, T[1]), 61):
        flip(path, place)
        ((name, what),) = damages(folder)
        assert (name, what.split(";")[0]) == (T[1], OTHER), place
        assert "bytes found" not in what
        flip(path, place)
    assert damages(folder) == []


def test_a_changed_picture_is_told_for_what_it_may_be(folder: Path) -> None:
    flip(folder / T[1], (folder / T[1]).read_bytes().index(b"the image of"))
    assert damages(folder) == [(T[1], f"{OTHER}; {SAME}")]
    assert damages(folder, quick=True) == []


def test_the_head_of_a_shard_is_looked_at_though_arrow_never_does(folder: Path) -> None:
    flip(folder / T[1], 0)
    assert damages(folder) == [(T[1], f"{OTHER}; it does not begin as Parquet does")]
    assert damages(folder, quick=True) == [(T[1], "it does not begin as Parquet does")]


@pytest.mark.parametrize("cut", [1, 8, 1000])
def test_a_truncated_shard_is_noticed(folder: Path, cut: int) -> None:
    whole = size(folder, T[1])
    os.truncate(folder / T[1], whole - cut)
    what = f"{whole - cut:,} bytes found, {whole:,} wanted: cut short; cannot be read as Parquet"
    assert damages(folder) == damages(folder, quick=True) == [(T[1], what)]


def test_a_shard_that_grew_is_noticed(folder: Path) -> None:
    whole = size(folder, V)
    with (folder / V).open("ab") as file:
        file.write(b"x")
    what = f"{whole + 1:,} bytes found, {whole:,} wanted: longer than it was written; cannot be read as Parquet"
    assert damages(folder) == damages(folder, quick=True) == [(V, what)]


def test_an_empty_file_is_noticed(folder: Path) -> None:
    whole = size(folder, T[0])
    (folder / T[0]).write_bytes(b"")
    what = f"0 bytes found, {whole:,} wanted: cut short; cannot be read as Parquet"
    assert damages(folder) == damages(folder, quick=True) == [(T[0], what)]


Tamper = Callable[[Path], object]
OF_NAMES: list[tuple[Tamper, list[tuple[str, str]]]] = [
    (lambda folder: (folder / T[0]).unlink(), [(T[0], "missing")]),
    (lambda folder: (folder / "README.md").unlink(), [("README.md", "missing")]),
    (lambda folder: (folder / "index.json").unlink(), [("index.json", "missing: no index, no corpus")]),
    (lambda folder: (folder / "train-00000-of-00004.parquet").write_bytes(b"PAR1"), [("train-00000-of-00004.parquet", STRAY_SHARD)]),
    (lambda folder: (folder / "train-9.parquet").write_bytes(b"PAR1"), [("train-9.parquet", STRAY)]),
    (lambda folder: (folder / "dataset_infos.json").write_text("{}"), [("dataset_infos.json", STRAY)]),
    # `datasets` takes its configs from this one, before those of README.md
    (lambda folder: (folder / ".huggingface.yaml").write_text("configs: []"), [(".huggingface.yaml", STRAY)]),
    (lambda folder: (folder / "data").mkdir(), [("data", "a folder that the index does not name")]),
    (lambda folder: os.mkfifo(folder / "train-a.parquet"),
     [("train-a.parquet", "neither a file nor a folder that the index does not name")]),
    (lambda folder: ((folder / T[0]).unlink(), os.mkfifo(folder / T[0])), [(T[0], "neither a file nor a folder found, a file wanted")]),
    (lambda folder: ((folder / T[0]).unlink(), (folder / T[0]).mkdir()), [(T[0], "a folder found, a file wanted")]),
    (lambda folder: ((folder / T[0]).unlink(), (folder / T[0]).symlink_to("gone")), [(T[0], "a link to nothing found, a file wanted")]),
]  # fmt: skip


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize(("tamper", "wanted"), OF_NAMES)
def test_what_is_missing_or_too_much_is_named(folder: Path, tamper: Tamper, wanted: list[tuple[str, str]], quick: bool) -> None:
    tamper(folder)
    assert damages(folder, quick=quick) == wanted


def test_a_renamed_shard_is_told_by_what_it_holds(folder: Path) -> None:
    (folder / T[2]).rename(folder / "train-00002-of-00009.parquet")
    assert damages(folder) == [(T[2], "missing"), ("train-00002-of-00009.parquet", f"{STRAY_SHARD}; it holds what belongs in {T[2]}")]


def test_swapped_shards_are_told_by_what_they_hold(folder: Path) -> None:
    swap(folder / T[0], folder / T[2])
    assert [name for name, _ in damages(folder)] == [T[0], T[2]]
    for (_, what), other in zip(damages(folder), (T[2], T[0]), strict=True):
        assert what.endswith(f"; what belongs here lies in {other}: renamed or swapped")


def test_a_shard_of_another_run_is_noticed_even_where_it_is_whole(folder: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "older", shards_of("a"))
    (tmp_path / "older" / T[1]).replace(folder / T[1])
    ((name, what),) = damages(folder)
    assert (name, what.rpartition("; ")[2]) == (T[1], "of another run, or written again")


def test_an_index_of_another_run_is_told_from_shards_that_are(folder: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "older", shards_of("a"))
    (tmp_path / "older" / "index.json").replace(folder / "index.json")
    found = damages(folder)
    assert [name for name, _ in found] == ["README.md", "SHA256SUMS", "croissant.json", "index.json", *T, V]
    assert dict(found)["index.json"] == "no shard is the one it names: it is of another run"
    assert all(dict(found)[name].endswith("of another run, or written again") for name in (*T, V))


@pytest.mark.parametrize("name", ["README.md", "ATTRIBUTION.md", "croissant.json", "SHA256SUMS"])
@pytest.mark.parametrize("quick", [False, True])
def test_an_edited_card_is_noticed(folder: Path, name: str, quick: bool) -> None:
    flip(folder / name, -2)
    assert damages(folder, quick=quick) == [(name, CARD)]


@pytest.mark.parametrize(
    "edit",
    [
        lambda index: index.update(title="Another title"),
        lambda index: index["settings"].update(tokenizer="another"),
        lambda index: index["recipe"].update(id="another"),
        lambda index: index.update(basis="0" * 64),
        lambda index: index.update(more=1),
        lambda index: index.pop("title"),
    ],
)
@pytest.mark.parametrize("quick", [False, True])
def test_an_edited_index_is_noticed_where_nothing_else_tells(folder: Path, edit: Callable[[dict[str, Any]], Any], quick: bool) -> None:
    edit_index(folder, edit, vouched=False)
    assert damages(folder, quick=quick) == [("index.json", "its digest of itself is another: edited")]


def test_an_index_that_is_only_spaced_otherwise_says_the_same(folder: Path) -> None:
    edit_index(folder, lambda index: None, vouched=False)
    assert damages(folder) == []


def test_every_flipped_byte_of_an_index_is_noticed(folder: Path) -> None:
    data = (folder / "index.json").read_bytes()
    for place in range(0, len(data), 31):
        if not data[place : place + 1].isspace():
            flip(folder / "index.json", place)
            assert "index.json" in dict(damages(folder, quick=True)), place
            flip(folder / "index.json", place)


def test_a_pointer_is_told_from_damage(folder: Path) -> None:
    (folder / T[0]).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    what = "a pointer of Git LFS: the shard itself was never fetched ('git lfs pull')"
    assert damages(folder) == damages(folder, quick=True) == [(T[0], what)]


def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (folder / T[0]).chmod(0)
    assert damages(folder) == [(T[0], "cannot be read: Permission denied")]


def test_all_is_told_at_once(folder: Path) -> None:
    (folder / T[0]).unlink()
    flip(folder / T[1], 100)
    flip(folder / "README.md", 5)
    (folder / "notes.txt").touch()
    assert [name for name, _ in damages(folder)] == ["README.md", "notes.txt", T[0], T[1]]
