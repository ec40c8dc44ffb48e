"""whole runs over archives and tables with embedded images: what comes out is what comes of the files unpacked"""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.ingest.find import list_files
from pipelines import archives
from tests.pipelines.small_data import caption, encoded, picture, write_small
from tests.pipelines.whole_run import Place, digests, fates, images, ingested, run, shipped, times, verdicts

SOURCES = ("small_captions", "small_questions", "small_texts", "small_test")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("unpacked"))
    write_small(place.folder)
    assert place.run().status == 0
    return place


def zip_folder(folder: Path, archive: Path, method: int) -> None:
    with zipfile.ZipFile(archive, "w", method) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            packed.write(path, path.relative_to(folder).as_posix())


def tar_folder(folder: Path, archive: Path, mode: str) -> None:
    with tarfile.open(archive, mode) as packed:
        packed.add(folder, ".")


def pack(data: Path, kind: str) -> None:
    """Each source's files into one archive in its folder, instead of them."""
    for name in SOURCES:
        folder, archive = data / name, data / f"{name}.{kind}"
        if kind == "zip":
            zip_folder(folder, archive, zipfile.ZIP_DEFLATED if name == "small_captions" else zipfile.ZIP_STORED)
        else:
            tar_folder(folder, archive, "w" if kind == "tar" else "w:gz")
        shutil.rmtree(folder)
        folder.mkdir()
        archive.rename(folder / f"all.{kind}")


@pytest.mark.parametrize("kind", ["zip", "tar", "tgz"])
def test_a_run_from_archives_ends_as_one_from_the_files(kind: str, unpacked: Place, tmp_path: Path) -> None:
    write_small(tmp_path)
    pack(tmp_path / "data", kind)
    place = Place(tmp_path)
    before = times(tmp_path / "data")
    ran = place.run()
    assert (ran.status, ran.told.count("Traceback")) == (0, 0)
    assert digests(place.out) == digests(unpacked.out)
    assert fates(place.out) == fates(unpacked.out)
    assert verdicts(place.out) == verdicts(unpacked.out)
    assert images(place.out) == images(unpacked.out)
    assert times(tmp_path / "data") == before
    copies = sorted((place.out / "stages" / "files").rglob("*.tar"))
    assert len(copies) == (len(SOURCES) if kind == "tgz" else 0)
    again, stood = place.run(), times(place.out / "stages" / "files")
    assert [line for line in again.told.splitlines() if line.startswith(("ingest", "inspect", "emit"))] == [
        "ingest   as before", "inspect  as before", "emit     as before",
    ]  # fmt: skip
    assert {path: moment for path, moment in times(place.out / "stages" / "files").items() if path.endswith(".tar")} == {
        path: moment for path, moment in stood.items() if path.endswith(".tar")
    }
    shutil.rmtree(place.out / "corpora")
    assert place.run().status == 0
    assert digests(place.out) == digests(unpacked.out)


@pytest.fixture
def tgz(tmp_path: Path) -> Place:
    """One source, in a tgz."""
    write_small(tmp_path)
    for name in SOURCES[1:]:
        shutil.rmtree(tmp_path / "data" / name)
    tar_folder(tmp_path / "data" / "small_captions", tmp_path / "all.tgz", "w:gz")
    shutil.rmtree(tmp_path / "data" / "small_captions")
    (tmp_path / "data" / "small_captions").mkdir()
    (tmp_path / "all.tgz").rename(tmp_path / "data" / "small_captions" / "all.tgz")
    return Place(tmp_path)


def test_plan_and_preview_look_into_a_tgz_and_write_nothing(tgz: Place) -> None:
    arguments = ("--data", tgz.folder / "data", "--out", tgz.out, "--manifests", tgz.folder / "manifests")
    before = times(tgz.folder)
    plan = run("plan", *arguments)
    assert (plan.status, "captions         caption        1 file, 30 rows" in plan.said, "unexpected" in plan.said) == (0, True, False)
    preview = run("preview", "small_captions", *arguments)
    assert (preview.status, "table captions: 1 file, 30 rows read: 28 kept, 2 rejected" in preview.said) == (0, True)
    assert times(tgz.folder) == before


def test_a_changed_archive_is_read_again_and_its_copy_replaced(tgz: Place) -> None:
    assert tgz.run().status == 0
    (copy,) = (tgz.out / "stages" / "files").rglob("*.tar")
    archive = tgz.folder / "data" / "small_captions" / "all.tgz"
    with tarfile.open(archive) as packed:
        packed.extractall(tgz.folder / "changed", filter="data")
    (tgz.folder / "changed" / "images" / "20.jpeg").unlink()
    tar_folder(tgz.folder / "changed", archive, "w:gz")
    assert tgz.run().status == 0
    assert fates(tgz.out)["small_captions/20"] == ("ingest", "image_missing")
    (other,) = (tgz.out / "stages" / "files").rglob("*.tar")
    assert other != copy


def test_a_copy_that_was_lost_is_made_again(tgz: Place) -> None:
    assert tgz.run().status == 0
    (copy,) = (tgz.out / "stages" / "files").rglob("*.tar")
    content = copy.read_bytes()
    copy.unlink()
    shutil.rmtree(tgz.out / "corpora")
    before = digests(tgz.out)
    assert tgz.run().status == 0
    assert copy.read_bytes() == content
    assert digests(tgz.out) != before


def test_content_that_changed_under_the_same_time_is_seen_with_hash_inputs(tgz: Place) -> None:
    assert tgz.run("--hash-inputs").status == 0
    archive = tgz.folder / "data" / "small_captions" / "all.tgz"
    status, content = archive.stat(), archive.read_bytes()
    archive.write_bytes(content[:-8] + bytes(8))  # CRC and length of the gz
    os.utime(archive, ns=(status.st_atime_ns, status.st_mtime_ns))
    ran = tgz.run("--hash-inputs")
    assert ran.status == 3
    assert [(fault["file"], fault["reason"]) for fault in ingested(tgz.out)["small_captions"]["faults"]] == [
        ("all.tgz", "archive_broken"), ("", "no_layout"),
    ]  # fmt: skip
    assert list((tgz.out / "stages" / "files").rglob("*.tar")) == []


def test_a_disk_without_room_for_a_copy_is_told_in_a_line(tgz: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LEFT_FREE", 1 << 62)
    ran = tgz.run()
    assert (ran.status, ran.told.splitlines()[-1].startswith(f"error: {tgz.out}: the disk is full after 0.0 GB")) == (2, True)
    assert list((tgz.out / "stages" / "files").rglob("*.tar")) == []


def test_a_tgz_that_inflates_beyond_measure_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with tarfile.open(folder / "zeros.tgz", "w:gz") as packed:
        member = tarfile.TarInfo("zeros")
        member.size = 8 << 20
        packed.addfile(member, io.BytesIO(bytes(member.size)))
    monkeypatch.setattr(archives.CopyLimits, "__init__", lambda self: None)
    monkeypatch.setattr(archives.CopyLimits, "free_bytes", 1 << 20)
    monkeypatch.setattr(archives.CopyLimits, "max_ratio", 200)
    listing = archives.look(str(tmp_path), ["x"], folder, list_files(folder), hash_inputs=False)
    assert [(refusal.reason, len(listing.members)) for refusal in listing.archives[0].contents.refusals] == [("archive_bomb", 0)]
    assert list(tmp_path.rglob("*.tar")) == []


EMBEDDED = """\
id: embedded
title: Tables that embed their images
license: CC0-1.0
commercial: yes
layouts:
  - name: both
    if: ["one*.parquet"]
    tables:
      - name: one
        files: ["one*.parquet"]
        format: parquet
        options: {leave: [image.bytes]}
        task: caption
        row: "one/{n}"
        image: {path: "{@file}", frame: "{@row}", column: image.bytes}
        turns: [{user: {prompt: caption}}, {assistant: "{text}"}]
      - name: many
        files: ["many.parquet"]
        format: parquet
        options: {leave: [images.bytes]}
        task: vqa
        row: "many/{n}"
        image: {each: images, path: "{@file}", frame: "{@row}", column: "images.{number}.bytes"}
        turns: [{user: "What is seen?"}, {assistant: "{text}"}]
      - name: sets
        files: ["sets.csv"]
        format: table
        task: caption
        row: "sets/{n}"
        image: "pictures/{n}"
        turns: [{user: {prompt: caption}}, {assistant: "{text}"}]
"""


MANY = ((6, 8), (8, 9), (9, 9))  # of the pictures, those of each row
RECIPE = """\
id: mine
title: All
limits: {min_tokens: 1}
corpora:
  - {name: all, tasks: [caption, vqa], balance: {mode: weights}}
"""


def write_embedded(folder: Path) -> dict[str, list[bytes]]:
    """Two tables as the hub has them, and an HDF5; gives what each row's images are."""
    data = folder / "data" / "embedded"
    data.mkdir(parents=True)
    (folder / "manifests").mkdir()
    (folder / "manifests" / "embedded.yaml").write_text(EMBEDDED, encoding="utf-8")
    coded = [encoded(picture(number), "PNG" if number % 2 else "JPEG") for number in range(12)]
    cells = [{"bytes": content, "path": f"{number}.png"} for number, content in enumerate(coded)]
    one = [{"n": number, "text": caption(number), "image": cells[number]} for number in range(4)]
    one += [{"n": 4, "text": caption(4), "image": {"bytes": None, "path": "4.png"}}, {"n": 5, "text": caption(5), "image": None}]
    pq.write_table(pa.Table.from_pylist(one), data / "one-00000.parquet", row_group_size=2)
    many = [{"n": number, "text": f"Number {number}.", "images": cells[begin:end]} for number, (begin, end) in enumerate(MANY)]
    with zipfile.ZipFile(data / "tables.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(many), sink)
        packed.writestr("many.parquet", sink.getvalue())
    with h5py.File(data / "pictures.hdf5", "w") as file:
        file["9"] = np.void(coded[9])
        file.create_dataset("10", data=np.frombuffer(coded[10], np.uint8), chunks=True, compression="gzip")
    (data / "sets.csv").write_text("n,text\n" + "".join(f"{number},{caption(number)}\n" for number in (9, 10, 11)), encoding="utf-8")
    rows = {f"embedded/one/{number}": [coded[number]] for number in range(4)}
    rows |= {"embedded/many/0": coded[6:8], "embedded/many/1": coded[8:9]}
    return rows | {f"embedded/sets/{number}": [coded[number]] for number in (9, 10)}


def test_images_embedded_in_tables_and_data_sets_ship_as_they_are(tmp_path: Path) -> None:
    rows = write_embedded(tmp_path)
    (tmp_path / "mine.yaml").write_text(RECIPE, encoding="utf-8")
    place = Place(tmp_path)
    ran = place.run("--corpus", str(tmp_path / "mine.yaml"))
    assert (ran.status, ran.told.count("Traceback")) == (0, 0)
    assert {row["id"]: [image["bytes"] for image in row["images"]] for row in shipped(place.out, "all")} == rows
    assert {id: fate for id, fate in fates(place.out).items() if fate[0]} == {
        "embedded/one/4": ("screen", "image_rejected"), "embedded/one/5": ("ingest", "image_missing"),
        "embedded/many/2": ("ingest", "image_missing"), "embedded/sets/11": ("ingest", "image_missing"),
    }  # fmt: skip
    assert images(place.out)["embedded/one-00000.parquet!image.bytes#4"] == ("not_embedded", "an empty cell")
    assert {"embedded/many.parquet!images.1.bytes#0", "embedded/pictures/9", "embedded/pictures/10"} <= set(images(place.out))
    packs = [path.stat().st_size for path in (place.out / "stages" / "inspect" / "packs").glob("*.pack")]
    assert packs == [sum(len(content) for id, images in rows.items() if id != "embedded/sets/9" for content in images)]


def test_an_image_that_is_damaged_in_its_archive_is_a_row_of_the_account(tmp_path: Path) -> None:
    write_small(tmp_path)
    pack(tmp_path / "data", "zip")
    archive = tmp_path / "data" / "small_questions" / "all.zip"
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as packed:
        place = packed.getinfo("q0.png").header_offset
    content[place + 200] ^= 1
    archive.write_bytes(content)
    place_ = Place(tmp_path)
    assert place_.run().status == 0
    assert images(place_.out)["small_questions/q0.png"] == ("member_broken", "another CRC than its directory tells")


def test_an_archive_that_changed_under_the_run_is_told(tgz: Place, unpacked: Place, tmp_path: Path) -> None:
    assert tgz.run().status == 0
    (copy,) = (tgz.out / "stages" / "files").rglob("*.tar")
    content = bytearray(copy.read_bytes())
    with tarfile.open(copy) as packed:
        place = packed.getmember("./images/20.jpeg").offset_data
    content[place + 200] ^= 1
    copy.write_bytes(content)
    shutil.rmtree(tgz.out / "corpora")
    ran = tgz.run()
    last = ran.told.splitlines()[-1]
    assert (ran.status, f"{copy.relative_to(tgz.out).as_posix()}!images/20.jpeg" in last) == (1, True)
