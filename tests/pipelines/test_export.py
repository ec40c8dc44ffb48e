"""export: what each loader reads back is the corpus, sample for sample; nothing half stands under the name; what cannot be is told"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from pipelines import exported, exporting
from tests.curate.export.made_corpus import asked, index_of, make_corpus, named, odd_rows, picture, rows_of, write_index, write_shard
from tests.pipelines.whole_run import Ran, run, written

LAYOUTS = ("webdataset", "llava", "swift", "llamafactory")
SPLITS = {"train": odd_rows(), "validation": [asked("v/1", named(picture(5))), asked("v/2")]}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_corpus(tmp_path_factory.mktemp("made") / "corpora" / "made", SPLITS, shards=3)


@pytest.fixture(scope="module")
def exports(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("exports")
    for layout in LAYOUTS:
        assert export(corpus, layout, folder / layout).status == 0
    return {layout: folder / layout for layout in LAYOUTS}


def export(corpus: Path, layout: str, dest: Path, *flags: str | Path) -> Ran:
    return run("export", corpus, "--to", layout, "--dest", dest, "--workers", "1", *flags)


def files_of(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): digest(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def restored(found: dict[str, Any], pictures: list[bytes]) -> dict[str, Any]:
    """The row of the corpus that an entry with `messages` stands for."""
    paths = found.pop("paths")
    return {**found, "images": [{"bytes": data, "path": path} for data, path in zip(pictures, paths, strict=True)]}


def chunked(found: dict[str, Any], folder: Path) -> dict[str, Any]:
    return restored(found, [(folder / name).read_bytes() for name in found["images"]])


def test_webdataset_reads_its_tars_as_the_corpus(corpus: Path, exports: dict[str, Path]) -> None:
    import webdataset

    for split in SPLITS:
        tars = sorted(str(path) for path in exports["webdataset"].glob(f"{split}-*.tar"))
        found = []
        for sample in webdataset.WebDataset(tars, shardshuffle=False, empty_check=False):
            entry = json.loads(sample["json"])
            assert sample["__key__"] == hashlib.sha256(entry["id"].encode()).hexdigest()[:32]
            assert {name for name in sample if not name.startswith("__")} == {"json", *entry["images"]}
            found.append(restored(entry, [sample[name] for name in entry["images"]]))
        assert found == rows_of(corpus, split)


def test_webdataset_decodes_every_picture_by_its_name(exports: dict[str, Path]) -> None:
    import webdataset

    tars = sorted(str(path) for path in exports["webdataset"].glob("train-*.tar"))
    sizes = [
        sample[name].size
        for sample in webdataset.WebDataset(tars, shardshuffle=False).decode("pil")
        for name in sample["json"]["images"]
    ]
    assert sizes == [(8, 8)] * 41


def test_members_of_a_tar_are_sorted_and_there_once(exports: dict[str, Path]) -> None:
    for path in exports["webdataset"].glob("*.tar"):
        with tarfile.open(path) as tar:
            names = tar.getnames()
        assert names == sorted(set(names))


@pytest.mark.parametrize("layout", ["swift", "llamafactory"])
@pytest.mark.parametrize("streaming", [False, True])
def test_datasets_reads_the_lines_as_the_corpus(
    corpus: Path, exports: dict[str, Path], tmp_path: Path, layout: str, streaming: bool
) -> None:
    from datasets import load_dataset

    for split in SPLITS:
        file = str(exports[layout] / f"{split}.jsonl")
        found = load_dataset("json", data_files=file, split="train", streaming=streaming, cache_dir=str(tmp_path))
        wanted = {row["id"]: row for row in rows_of(corpus, split)}
        read = [chunked(dict(row), exports[layout]) for row in found]
        assert [row["id"] for row in read] == list(wanted)
        assert read == list(wanted.values())


def test_llavas_own_way_reads_its_list_as_the_corpus(corpus: Path, exports: dict[str, Path]) -> None:
    """As LazySupervisedDataset does: json.load, the key `image` where there is one, names below the image folder."""
    folder = exports["llava"]
    for split in SPLITS:
        with (folder / f"{split}.json").open(encoding="ascii") as file:
            entries = json.load(file)
        assert [as_row(entry, folder) for entry in entries] == rows_of(corpus, split)


def as_row(entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    names = entry.pop("image", [])
    names = [names] if isinstance(names, str) else names
    turns = entry.pop("conversations")
    assert [turn["from"] for turn in turns] == ["human", "gpt"] * (len(turns) // 2)
    assert sum(turn["value"].count("<image>") for turn in turns) == len(names)
    for name in names:
        Pillow.open(folder / name).convert("RGB")
    messages = [{"role": {"human": "user", "gpt": "assistant"}[turn["from"]], "content": turn["value"]} for turn in turns]
    if (system := entry.pop("system", None)) is not None:
        assert messages[0]["content"].startswith(f"{system}\n\n")
        messages[0]["content"] = messages[0]["content"].removeprefix(f"{system}\n\n")
        messages.insert(0, {"role": "system", "content": system})
    return restored({**entry, "messages": messages}, [(folder / name).read_bytes() for name in names])


def test_llamafactory_finds_its_data_sets_by_name(exports: dict[str, Path]) -> None:
    tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system"}
    plain = {"formatting": "sharegpt", "columns": {"messages": "messages", "images": "images"}, "tags": tags}
    assert json.loads((exports["llamafactory"] / "dataset_info.json").read_text()) == {
        "made_train": {"file_name": "train.jsonl", **plain},
        "made_validation": {"file_name": "validation.jsonl", **plain},
    }


def test_the_index_names_every_file_and_pictures_are_named_by_their_bytes(corpus: Path, exports: dict[str, Path]) -> None:
    for layout, folder in exports.items():
        index = index_of(folder)
        assert (index["corpus"], index["layout"], index["corpus_index"]) == ("made", layout, digest(corpus / "index.json"))
        assert (index["rows"], index["images"], index["splits"]) == (42, 42, {"train": 40, "validation": 2})
        found = files_of(folder)
        pictures = {name for name in found if name.startswith("images/")}
        for name in pictures:
            assert re.fullmatch(rf"images/{found[name][:2]}/{found[name][:32]}\.(png|jpg|gif|webp)", name)
        assert {name: found[name] for name in found.keys() - pictures - {"index.json"}} == {
            file["name"]: file["sha256"] for file in [*index["files"], *index["cards"]]
        }
        assert sum(file["bytes"] for file in index["files"]) == sum((folder / file["name"]).stat().st_size for file in index["files"])
        assert {path.name for path in folder.iterdir() if path.is_dir()} == (set() if layout == "webdataset" else {"images"})
        if layout == "webdataset":
            assert index["image_files"] is None
        else:
            wanted = {image["bytes"] for split in SPLITS for row in rows_of(corpus, split) for image in row["images"]}
            assert (index["image_files"]["files"], index["image_files"]["bytes"]) == (len(wanted), sum(map(len, wanted)))
            assert len(pictures) == len(wanted)


def test_terms_come_along(corpus: Path, exports: dict[str, Path]) -> None:
    for folder in exports.values():
        for name, origin in (("ATTRIBUTION.md", "ATTRIBUTION.md"), ("CORPUS.md", "README.md"), ("corpus-index.json", "index.json")):
            assert (folder / name).read_bytes() == (corpus / origin).read_bytes()
        assert "whoever passes this on passes these terms on" in (folder / "README.md").read_text()


def test_the_python_of_the_card_reads_the_tars(corpus: Path, exports: dict[str, Path]) -> None:
    card = (exports["webdataset"] / "README.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code.replace("FOLDER", str(exports["webdataset"])), names)
    found = list(names["samples"])
    assert [row["id"] for row in found] == [row["id"] for row in rows_of(corpus, "train")]
    assert [len(row["images"]) for row in found] == [len(row["images"]) for row in rows_of(corpus, "train")]


def test_the_commands_of_the_cards_name_files_that_are_there(exports: dict[str, Path]) -> None:
    cards = {layout: (folder / "README.md").read_text() for layout, folder in exports.items()}
    assert "--data_path FOLDER/train.json --image_folder FOLDER" in cards["llava"]
    assert "ROOT_IMAGE_DIR=FOLDER swift sft --dataset FOLDER/train.jsonl" in cards["swift"]
    assert "--dataset_dir FOLDER --dataset made_train" in cards["llamafactory"]
    assert "`dataset_info.json` names `made_train`, `made_validation`." in cards["llamafactory"]
    assert "1 samples hold one of `<video>`, `<audio>` in their text" in cards["llamafactory"]
    assert "in their text" not in cards["llava"]


def test_an_out_is_as_good_as_the_folder_of_its_corpus_and_bytes_depend_on_the_corpus_alone(
    corpus: Path, exports: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.export.PROCESSES_FROM", 1)  # two worker processes, whose samples share pictures
    told = run("export", corpus.parents[1], "--to", "swift", "--dest", tmp_path / "swift", "--workers", "2")
    assert (told.status, files_of(tmp_path / "swift")) == (0, files_of(exports["swift"]))


def test_what_was_exported_is_told(corpus: Path, tmp_path: Path) -> None:
    told = export(corpus, "llava", tmp_path / "deep" / "er")
    assert told.said.splitlines() == [
        f"{tmp_path / 'deep' / 'er'}: corpus made for llava",
        "  42 samples (40 train, 2 validation), 42 images",
        f"  2 files, 37 image files, {index_of(tmp_path / 'deep' / 'er')['bytes'] / 1e6:.1f} MB; README.md tells how to read them",
        "  3 samples show several images: LLaVA-NeXT reads them, LLaVA-1.5 does not",
    ]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["er"]


def test_only_the_splits_that_are_asked_for(corpus: Path, tmp_path: Path) -> None:
    assert export(corpus, "llamafactory", tmp_path / "dest", "--split", "validation").status == 0
    index = index_of(tmp_path / "dest")
    assert (index["splits"], [file["name"] for file in index["files"]]) == ({"validation": 2}, ["validation.jsonl"])
    assert list(json.loads((tmp_path / "dest" / "dataset_info.json").read_text())) == ["made_validation"]


def test_tars_are_cut_by_bytes_about_equally_and_in_order(tmp_path: Path) -> None:
    rows = [asked(f"s/{number}", named(picture(number, side=100))) for number in range(60)]
    corpus = make_corpus(tmp_path / "made", {"train": rows}, shards=2)
    assert export(corpus, "webdataset", tmp_path / "dest", "--shard-bytes", "340000").status == 0
    tars = sorted((tmp_path / "dest").glob("*.tar"))
    sizes = [path.stat().st_size for path in tars]
    assert [path.name for path in tars] == [f"train-{number:05d}-of-{len(tars):05d}.tar" for number in range(len(tars))]
    assert len(tars) == 4
    assert max(sizes) <= 340_000
    assert min(sizes) >= 0.6 * max(sizes)
    ids = [json.loads(data)["id"] for path in tars for data in jsons(path)]
    assert ids == [row["id"] for row in rows_of(corpus, "train")]
    card = (tmp_path / "dest" / "README.md").read_text()
    assert f'"FOLDER/train-{{00000..{len(tars) - 1:05d}}}-of-{len(tars):05d}.tar"' in card


def jsons(path: Path) -> list[bytes]:
    with tarfile.open(path) as tar:
        return [tar.extractfile(member).read() for member in tar if member.name.endswith(".json")]  # type: ignore[union-attr]


def test_a_sample_larger_than_a_tar_may_be_has_one_of_its_own(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "made", {"train": [asked(f"s/{number}", named(picture(number, side=64))) for number in range(3)]})
    assert export(corpus, "webdataset", tmp_path / "dest", "--shard-bytes", "100").status == 0
    assert [file["rows"] for file in index_of(tmp_path / "dest")["files"]] == [1, 1, 1]


def test_pictures_that_come_late_are_read_all_the_same(tmp_path: Path) -> None:
    """datasets takes types from the first 10 MB: a list that is empty all through them could hold nothing later."""
    from datasets import load_dataset

    texts = [asked(f"t/{number}", text="x" * 20_000, modality_score=None) for number in range(600)]
    corpus = make_corpus(tmp_path / "made", {"train": texts}, shards=2)
    last = rows_of(corpus, "train")[-1]["id"]
    id = next(f"q/{number}" for number in range(10**6) if digest64(f"q/{number}") > digest64(last))
    late = make_corpus(tmp_path / "late", {"train": [*texts, asked(id, named(picture(1)), labels=["x"], modality_score=0.5)]}, shards=2)
    assert export(late, "swift", tmp_path / "dest").status == 0
    found = load_dataset("json", data_files=str(tmp_path / "dest" / "train.jsonl"), split="train", cache_dir=str(tmp_path / "cache"))
    ordered = rows_of(late, "train")
    assert found["id"] == [id, *(row["id"] for row in ordered[:-1])]
    assert chunked(dict(found[0]), tmp_path / "dest") == ordered[-1]


def digest64(id: str) -> int:
    return int.from_bytes(hashlib.sha256(id.encode()).digest()[:8], "big")


def test_a_corpus_without_rows_gives_an_export_without_samples(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "made", {})
    for layout in LAYOUTS:
        assert export(corpus, layout, tmp_path / layout).status == 0
        assert (index_of(tmp_path / layout)["rows"], index_of(tmp_path / layout)["files"]) == (0, [])


# What cannot be


def refused(told: Ran, *faults: str) -> None:
    assert (told.status, told.said) == (2, "")
    assert told.told == "error: " + "\n".join(faults) + "\n"


def test_a_dest_that_is_there_or_lies_in_the_corpus_is_refused(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    refused(export(corpus, "swift", tmp_path / "there"), f"--dest {tmp_path / 'there'}: exists; name a folder that does not")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    refused(export(corpus, "swift", tmp_path / "link"), f"--dest {tmp_path / 'link'}: exists; name a folder that does not")
    inside = corpus / "export"
    said = f"--dest {inside}: lies in the folder of the corpus, which holds nothing but what its index names"
    refused(export(corpus, "swift", inside), said)
    (tmp_path / "mine.part").mkdir()
    (tmp_path / "mine.part" / "notes.txt").write_text("keep")
    said = f"--dest {tmp_path / 'mine'}: mine.part beside it is no export that was begun here; remove it, or name another folder"
    refused(export(corpus, "swift", tmp_path / "mine"), said)
    assert [path.name for path in (tmp_path / "mine.part").iterdir()] == ["notes.txt"]


def test_all_that_is_wrong_about_a_command_is_told_at_once(corpus: Path, tmp_path: Path) -> None:
    told = export(corpus, "swift", corpus, "--split", "test,train", "--shard-bytes", "9")
    refused(
        told,
        "--shard-bytes: only tars are cut; leave it out",
        "--split test: made has train, validation",
        f"--dest {corpus}: exists; name a folder that does not",
    )


def test_an_out_with_several_corpora_wants_a_name(corpus: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_corpus(tmp_path / "corpora" / name, {"train": [asked("s/1")]}, name=name)
    refused(export(tmp_path, "swift", tmp_path / "x"), f"{tmp_path}: --corpus-name wanted, one of: a, b")
    refused(export(tmp_path, "swift", tmp_path / "x", "--corpus-name", "c"), f"{tmp_path}: --corpus-name wanted, one of: a, b")
    assert export(tmp_path, "swift", tmp_path / "x", "--corpus-name", "b").status == 0
    assert index_of(tmp_path / "x")["corpus"] == "b"
    nowhere = tmp_path / "x" / "y"
    refused(export(nowhere, "swift", tmp_path / "z"), f"{nowhere}: no corpus: no index.json, and no corpora/*/index.json")


def own(tmp_path: Path) -> Path:
    return make_corpus(tmp_path / "made", {"train": [asked(f"s/{n}", named(picture(n))) for n in range(12)]}, shards=3)


def test_a_corpus_that_its_index_does_not_tell_of_is_refused_with_every_file_named(tmp_path: Path) -> None:
    corpus = own(tmp_path)
    names = [shard["name"] for shard in index_of(corpus)["shards"]]
    (corpus / names[0]).unlink()
    with (corpus / names[1]).open("ab") as file:
        file.write(b"\0")
    (corpus / "train-00000-of-00002.parquet").write_bytes(b"older")
    (corpus / "README.md").write_bytes((corpus / "README.md").read_bytes().replace(b"other", b"mine!"))
    size = (corpus / names[1]).stat().st_size
    refused(
        export(corpus, "llava", tmp_path / "dest"),
        f"{corpus}: {names[0]}: missing",
        f"{corpus}: {names[1]}: {size:,} bytes found, {size - 1:,} wanted",
        f"{corpus}: train-00000-of-00002.parquet: a shard that the index does not name",
        f"{corpus}: README.md: its SHA-256 is not the one that the index names",
    )
    assert not (tmp_path / "dest.part").exists()


def test_an_index_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    corpus = own(tmp_path)
    index = index_of(corpus)
    index["shards"][0]["name"] = "../made/train-00000-of-00003.parquet"
    write_index(corpus, index)
    said = f"{corpus}: index.json: shards[0].name: found '../made/train-00000-of-00003.parquet', a plain name wanted"
    refused(export(corpus, "llava", tmp_path / "dest"), said)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("layout", ["webdataset", "llamafactory"])
def test_bytes_that_changed_fail_the_export_with_every_shard_named_and_leave_nothing(tmp_path: Path, layout: str) -> None:
    corpus = own(tmp_path)
    names = [shard["name"] for shard in index_of(corpus)["shards"]]
    wanted = {shard["name"]: shard["sha256"] for shard in index_of(corpus)["shards"]}
    for name in (names[0], names[2]):
        flip(corpus / name)
    told = export(corpus, layout, tmp_path / "dest")
    lines = [
        f"{corpus}: {name}: SHA-256 {digest(corpus / name)[:16]} found, {wanted[name][:16]} wanted: it is not what the index names"
        for name in (names[0], names[2])
    ]
    assert (told.status, told.said, told.told.splitlines()[-2:]) == (1, "", [f"failed: {lines[0]}", lines[1]])
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_a_shard_that_lies_as_its_index_does_is_told_without_its_text(tmp_path: Path) -> None:
    corpus = own(tmp_path)
    index = index_of(corpus)
    path = corpus / index["shards"][1]["name"]
    write_shard(path, [asked("s/1", text="<image>Jane Doe")])
    index["shards"][1] |= {"rows": 1, "images": 0, "bytes": path.stat().st_size, "sha256": digest(path)}
    index |= {"rows": 9, "images": 8, "splits": {"train": 9}, "bytes": sum(shard["bytes"] for shard in index["shards"])}
    write_index(corpus, index)
    told = export(corpus, "webdataset", tmp_path / "dest")
    assert told.status == 1
    assert told.told.splitlines()[-1] == (
        f"failed: {corpus}: {path.name}: row 0: 0 images and 1 marks found, wanted as many, in user turns"
    )
    assert not (tmp_path / "dest").exists()


# Stopped on the way


class Stopped(BaseException):
    """As a kill: nothing catches it, nothing is tidied."""


@pytest.mark.parametrize("layout", ["webdataset", "llava"])
def test_what_was_stopped_goes_on_with_what_is_missing_and_ends_with_the_same_bytes(
    corpus: Path, exports: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    dest, begun = tmp_path / layout, []
    read, join = exporting.read_rows, exported.export_index

    def read_some(file: io.BufferedReader, rows: int) -> Any:
        begun.append(Path(file.name).name)
        if len(begun) == 4:
            raise RuntimeError("stopped in the middle")
        return read(file, rows)

    monkeypatch.setattr(exporting, "read_rows", read_some)
    with pytest.raises(RuntimeError, match="stopped in the middle"):
        export(corpus, layout, dest)
    assert (dest.exists(), (tmp_path / f"{layout}.part").is_dir()) == (False, True)

    def stop(*_: object) -> bytes:
        raise Stopped

    monkeypatch.setattr(exported, "export_index", stop)
    with pytest.raises(Stopped):
        export(corpus, layout, dest)
    assert dest.exists() is False
    done, again = begun[:3], begun[4:]
    assert set(done) & set(again) == set()
    monkeypatch.setattr(exported, "export_index", join)
    assert export(corpus, layout, dest).status == 0
    assert files_of(dest) == files_of(exports[layout])
    assert [path.name for path in tmp_path.iterdir()] == [layout]


def test_what_was_begun_otherwise_or_before_the_machine_started_anew_is_begun_again(
    corpus: Path, exports: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, read, begun = exported.export_index, exporting.read_rows, []

    def stop(*_: object) -> bytes:
        raise Stopped

    def count(file: io.BufferedReader, rows: int) -> Any:
        begun.append(file.name)
        return read(file, rows)

    monkeypatch.setattr(exporting, "read_rows", count)
    monkeypatch.setattr(exported, "export_index", stop)
    for layout, boot in (("llava", "1"), ("swift", "1"), ("swift", "2"), ("swift", "")):
        monkeypatch.setattr(exporting, "_boot", lambda boot=boot: boot)
        begun.clear()
        with pytest.raises(Stopped):
            export(corpus, layout, tmp_path / "dest")
        assert len(begun) == 6
    monkeypatch.setattr(exported, "export_index", index)
    assert export(corpus, "swift", tmp_path / "dest").status == 0
    assert len(begun) == 12
    assert files_of(tmp_path / "dest") == files_of(exports["swift"])


def test_a_disk_that_is_full_is_told_in_a_line(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting.TarFile, "_write", full)
    told = export(corpus, "webdataset", tmp_path / "dest")
    assert (told.status, told.said) == (1, "")
    assert told.told.splitlines()[-1] == (
        f"failed: {tmp_path / 'dest'}: cannot be written: No space left on device; the same command goes on from here"
    )


def test_two_exports_to_one_place_are_not_made_at_once(corpus: Path, tmp_path: Path) -> None:
    from pipelines.lock import locked

    with locked(str(tmp_path / "dest.part")):
        told = export(corpus, "swift", tmp_path / "dest")
    assert (told.status, "another run (process " in told.told) == (2, True)


def test_the_corpus_is_only_read(corpus: Path, tmp_path: Path) -> None:
    before = written(corpus.parents[1])
    assert export(corpus, "swift", tmp_path / "dest").status == 0
    assert written(corpus.parents[1]) == before
