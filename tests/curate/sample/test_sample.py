"""The sample data: the same bytes each time, and every trap really is what it claims to be."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from curate.manifest.load import load_manifests
from curate.sample import sample_files, write_sample_data
from curate.sample.encode import SECRET
from curate.sample.gallery import Files
from curate.sample.originals import PackageMissing, package_file
from curate.sample.texts import LONG_ANSWER, LONG_ANSWER_CHANGED
from curate.sample.traps import TRAPS
from schemas.modality import TWELVE

MANIFESTS = Path(__file__).parents[3] / "manifests"
ROCO = "roco/data/train/radiology"
SHAPELESS = {"LICENCES.md", "holiday_notes/readme.txt"}


@pytest.fixture(scope="module")
def files() -> Files:
    return sample_files()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def digest(files: Files) -> str:
    return hashlib.sha256(b"".join(path.encode() + b"\0" + data + b"\0" for path, data in sorted(files.items()))).hexdigest()


def test_two_calls_give_the_same_bytes(files: Files) -> None:
    assert digest(sample_files()) == digest(files)


def test_it_is_small(files: Files) -> None:
    assert sum(map(len, files.values())) < 15_000_000


def test_writing_again_touches_no_file(tmp_path: Path, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.sample.sample_files", lambda: files)
    write_sample_data(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.relative_to(tmp_path).as_posix() for path in before} == set(files)
    write_sample_data(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_every_folder_but_one_has_a_manifest(files: Files) -> None:
    known = {manifest.id for manifest in load_manifests(MANIFESTS, [MANIFESTS / "sample"])}
    assert {path.split("/")[0] for path in files if path not in SHAPELESS} - known == set()


def test_drawn_sources_are_flagged_and_no_other(files: Files) -> None:
    manifests = {manifest.id: manifest for manifest in load_manifests(MANIFESTS, [MANIFESTS / "sample"]) if manifest.kind == "source"}
    found = {path.split("/")[0] for path in files if path not in SHAPELESS}
    assert {name for name in found if manifests[name].is_synthetic} == {name for name in found if name.startswith("drawn_")}


def test_all_twelve_modalities_are_declared_or_written_in_a_header(files: Files) -> None:
    manifests = {manifest.id: manifest for manifest in load_manifests(MANIFESTS, [MANIFESTS / "sample"]) if manifest.kind == "source"}
    declared = {manifests[path.split("/")[0]].modality for path in files if path not in SHAPELESS}
    declared |= {line.split(",")[1] for line in files["sample_labelled/labels.csv"].decode().splitlines()[1:]}
    assert declared >= set(TWELVE)


def test_files_of_traps_are_there(files: Files) -> None:
    assert [trap.file for trap in TRAPS if trap.file and trap.file not in files] == []
    assert len({trap.id for trap in TRAPS}) == len(TRAPS)


def test_the_missing_picture_is_missing(files: Files) -> None:
    assert f"{ROCO}/images/ROCO_90104.jpg" not in files


def test_a_copy_is_equal_to_the_byte(files: Files) -> None:
    assert files[f"{ROCO}/images/ROCO_90101.jpg"] == files[f"{ROCO}/images/ROCO_90001.jpg"]


def test_the_truncated_jpeg_does_not_decode(files: Files) -> None:
    with pytest.raises(OSError, match="truncated"):
        opened(files[f"{ROCO}/images/ROCO_90102.jpg"]).load()


@pytest.mark.parametrize("path", [f"{ROCO}/images/ROCO_90103.jpg", "sample_figures/images/PMC9000103_Fig1_0.png"])
def test_what_is_no_picture_is_not_identified(files: Files, path: str) -> None:
    with pytest.raises(UnidentifiedImageError):
        opened(files[path])


def test_the_tiny_pictures_have_the_sizes_they_claim(files: Files) -> None:
    assert opened(files[f"{ROCO}/images/ROCO_90107.jpg"]).size == (40, 40)
    assert opened(files[f"{ROCO}/images/ROCO_90108.jpg"]).size == (64, 64)


def test_blank_pictures_have_one_value(files: Files) -> None:
    for path in (f"{ROCO}/images/ROCO_90113.jpg", "sample_labelled/ct/blank.png"):
        assert len(np.unique(np.asarray(opened(files[path])))) == 1


def test_re_encoded_and_resized_copies_are_near_and_not_equal(files: Files) -> None:
    pairs = [
        (f"{ROCO}/images/ROCO_90003.jpg", "sample_figures/images/PMC9000101_Fig1_0.png"),
        (f"{ROCO}/images/ROCO_90013.jpg", "sample_figures/images/PMC9000102_Fig1_0.jpg"),
        (f"{ROCO}/images/ROCO_90109.jpg", "vqa_rad/VQA_RAD Image Folder/synpic90011.jpg"),
    ]
    for one, other in pairs:
        assert files[one] != files[other]
        assert imagehash.phash(opened(files[one])) - imagehash.phash(opened(files[other])) <= 3


def test_neighbouring_slices_share_a_hash_and_differ(files: Files) -> None:
    one, other = (opened(files[f"{ROCO}/images/ROCO_{number}.jpg"]) for number in (90009, 90010))
    assert imagehash.phash(one) - imagehash.phash(other) <= 2
    assert np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean() > 5


def test_pictures_of_caption_sources_are_distinct_but_for_the_copies(files: Files) -> None:
    folders = ("roco/", "sample_figures/images", "llava_med/data/images", "iu_xray/images", "drawn_pet/", "drawn_figures/images")
    broken = {"ROCO_90102", "ROCO_90103", "PMC9000103"}
    hashes = {}
    for path, data in files.items():
        if path.startswith(folders) and path.endswith((".jpg", ".png", ".gif", ".bmp", ".tif", ".webp")):
            name = Path(path).stem.replace("_Fig1_0", "")
            if name not in broken and not name.endswith("_F2"):  # the instruct part may show a picture again
                hashes[name] = imagehash.phash(opened(data))
    names = sorted(hashes)
    near = {(one, other) for place, one in enumerate(names) for other in names[place + 1 :] if hashes[one] - hashes[other] <= 3}
    assert near == {("PMC9000101", "ROCO_90003"), ("PMC9000102", "ROCO_90013"), ("ROCO_90001", "ROCO_90101"), ("ROCO_90009", "ROCO_90010")}


def test_every_format_is_there(files: Files) -> None:
    found = {
        (image.format, image.mode)
        for path, data in files.items()
        if path.startswith("sample_figures/images/PMC90000")
        for image in [opened(data)]
    }
    assert {form for form, _ in found} == {"PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"}
    assert opened(files["sample_figures/images/PMC9000104_Fig1_0.png"]).mode == "I;16"
    assert sum(path.endswith(".dcm") for path in files) == 9


def test_the_jpeg_with_secrets_holds_them(files: Files) -> None:
    image = opened(files["sample_figures/images/PMC9000105_Fig1_0.jpg"])
    assert image.getexif().get_ifd(0x8825)[1] == "N"
    assert image.info["comment"] == SECRET.encode()


def test_broken_lines_stand_where_the_table_says(files: Files) -> None:
    lines = files["sample_figures/pmc_oa.jsonl"].split(b"\n")
    with pytest.raises(json.JSONDecodeError):
        json.loads(lines[3])
    with pytest.raises(UnicodeDecodeError):
        lines[6].decode()
    readable = [json.loads(line) for place, line in enumerate(lines) if line and place not in (3, 6)]
    assert [row["image"] for row in readable if ".." in row["image"]] == ["../../slake/imgs/xmlab9001/source.jpg"]


def test_captions_are_as_long_as_they_claim_and_one_id_repeats(files: Files) -> None:
    rows = [line.split("\t ") for line in files[f"{ROCO}/captions.txt"].decode().splitlines()]
    words = {key: len(caption.split()) for key, caption in rows}
    assert words["ROCO_90105"] == 4
    assert words["ROCO_90106"] > 1024
    assert sorted(key for key, _ in rows)[4:6] == ["ROCO_90005", "ROCO_90005"]
    texts = dict(rows)
    assert texts["ROCO_90110"] == texts["ROCO_90111"]
    assert {line.split(",")[2] for line in files[f"{ROCO}/licences.txt"].decode().splitlines()[1:]} == {
        "CC BY", "CC BY-NC-SA", "CC BY-NC", "NO-CC CODE", "CC0",
    }  # fmt: skip


def test_the_verbatim_leak_is_verbatim(files: Files) -> None:
    train = {row["qid"]: row for row in json.loads(files["vqa_rad/trainset.json"])}
    test = {row["qid"]: row for row in json.loads(files["vqa_rad/testset.json"])}
    for field in ("image_name", "question", "answer"):
        assert train[999001][field] == test[900113][field]
    assert train[900111]["image_name"] == test[900110]["image_name"]


def test_one_word_of_the_long_answer_differs() -> None:
    pairs = list(zip(LONG_ANSWER.split(), LONG_ANSWER_CHANGED.split(), strict=True))
    assert [pair for pair in pairs if pair[0] != pair[1]] == [("thickens", "strains")]
    assert len(pairs) > 120


def test_a_package_that_is_not_there_is_named_with_what_to_install() -> None:
    wanted = "'make setup' installs it, or pip install -e '.[sample]' -c constraints.txt, in the checkout"
    with pytest.raises(PackageMissing) as raised:
        package_file("no_such_package", "data/a.png")
    assert str(raised.value) == f"the sample data needs package 'no_such_package', which is not installed; {wanted}"
    with pytest.raises(PackageMissing) as raised:
        package_file("skimage", "data/none.png")
    assert str(raised.value) == f"the sample data needs package 'skimage', which has no data/none.png; {wanted}"
