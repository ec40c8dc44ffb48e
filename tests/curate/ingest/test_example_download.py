"""the files of an example are real files of their kind"""

import gzip
import io
import tarfile
import zipfile
from typing import Any

import h5py
import nibabel
import numpy as np
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook
from PIL import Image
from scipy.io import loadmat

from curate.ingest.download import KINDS, file_bytes
from curate.ingest.example import run_example
from curate.manifest.check import schema_faults
from tests.curate.ingest.reading import manifest

SMALL: dict[str, Any] = {
    "latin-1": "naïve", "gzip": "a", "pickle": [1], "npy": [1], "npz": {"a": [1]}, "mat": {"a": [[1]]}, "parquet": [{"a": 1}],
    "xlsx": [["a"]], "png": [[0]], "nifti": [[[1]]], "hdf5": {"a": "x"}, "zip": {"a": "x"}, "tar": {"a": "x"}, "tgz": {"a": "x"},
}  # fmt: skip


def test_text_is_utf_8_and_latin_1_where_it_is_said() -> None:
    assert file_bytes("naïve") == "naïve".encode()
    assert file_bytes({"latin-1": "naïve"}) == b"na\xefve"


def test_arrays_keep_their_numbers_and_texts() -> None:
    with np.load(io.BytesIO(file_bytes({"npz": {"image": [[1, 2]], "age": 61.5, "race": "asian"}}))) as arrays:
        assert arrays["image"].tolist() == [[1, 2]]
        assert (arrays["age"].item(), arrays["race"].item()) == (61.5, "asian")
    assert loadmat(io.BytesIO(file_bytes({"mat": {"inst_map": [[0, 7]]}})))["inst_map"].tolist() == [[0, 7]]


def test_a_png_is_grey_or_coloured_by_its_depth() -> None:
    grey = Image.open(io.BytesIO(file_bytes({"png": [[0, 255]]})))
    assert (grey.mode, grey.size, [grey.getpixel((x, 0)) for x in (0, 1)]) == ("L", (2, 1), [0, 255])
    colour = Image.open(io.BytesIO(file_bytes({"png": [[[100, 0, 100]]]})))
    assert (colour.mode, colour.getpixel((0, 0))) == ("RGB", (100, 0, 100))


def test_a_sheet_has_the_name_that_is_given() -> None:
    book = load_workbook(io.BytesIO(file_bytes({"xlsx": {"cases": [["id", "grade"], ["a", 4]], "notes": [["x"]]}})))
    assert book.sheetnames == ["cases", "notes"]
    assert [[cell.value for cell in row] for row in book["cases"]] == [["id", "grade"], ["a", 4]]
    assert load_workbook(io.BytesIO(file_bytes({"xlsx": [["a"]]}))).sheetnames == ["Sheet1"]


def test_a_volume_is_indexed_from_right_to_left_front_to_back_feet_to_head() -> None:
    written = file_bytes({"nifti": [[[0, 1]], [[2, 3]]]}, "a/1.nii")
    volume = nibabel.Nifti1Image.from_bytes(written)
    assert nibabel.aff2axcodes(volume.affine) == ("L", "P", "S")
    assert np.asarray(volume.dataobj).tolist() == [[[0, 1]], [[2, 3]]]
    assert gzip.decompress(file_bytes({"nifti": [[[0, 1]], [[2, 3]]]}, "a/1.NII.gz")) == written


def test_an_archive_holds_files_of_any_kind_and_archives() -> None:
    members = {"a/b.png": {"png": [[7]]}, "c.csv": "x", "d.zip": {"zip": {"e": ""}}}
    with zipfile.ZipFile(io.BytesIO(file_bytes({"zip": members}))) as archive:
        assert archive.namelist() == ["a/b.png", "c.csv", "d.zip"]
        assert archive.read("a/b.png") == file_bytes({"png": [[7]]})
    for kind in ("tar", "tgz"):
        with tarfile.open(fileobj=io.BytesIO(file_bytes({kind: members}))) as tar:
            assert tar.getnames() == ["a/b.png", "c.csv", "d.zip"]
            held = tar.extractfile("c.csv")
            assert held is not None
            assert held.read() == b"x"


def test_an_hdf5_holds_the_bytes_of_each_file_under_its_key() -> None:
    picture = {"png": [[7]]}
    with h5py.File(io.BytesIO(file_bytes({"hdf5": {"ISIC_1": picture, "folder/2": ""}}))) as file:
        assert bytes(file["ISIC_1"][()]) == file_bytes(picture)
        assert bytes(file["folder/2"][()]) == b"\0"


def test_bytes_in_a_table_are_a_file_of_their_own() -> None:
    rows = [{"images": [{"bytes": {"png": [[7]]}, "path": "1.png"}, {"bytes": None, "path": "2.png"}]}, {"images": []}]
    table = pq.read_table(io.BytesIO(file_bytes({"parquet": rows})))
    assert table.column("images").to_pylist() == [
        [{"bytes": file_bytes({"png": [[7]]}), "path": "1.png"}, {"bytes": None, "path": "2.png"}], [],
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_example_gives_the_same_bytes_and_the_schema_knows_its_kind(kind: str) -> None:
    content = {kind: SMALL[kind]}
    if kind != "xlsx":  # the format states when it was written
        assert file_bytes(content) == file_bytes(content)
    held = {"zip": {"a": content}}
    raw = {
        "id": "s", "title": "S", "license": "CC0-1.0", "commercial": "yes", "layout_unknown": "No.",
        "examples": [{"files": {"f": content, "g": held}, "gives": []}],
    }  # fmt: skip
    assert schema_faults(raw) == []


@pytest.mark.parametrize("content", [3, {"png": [[0]], "npy": [1]}, {"gif": [[0]]}, {"zip": {"a": {"gif": 1}}}])
def test_what_is_no_kind_is_told(content: Any) -> None:
    with pytest.raises(ValueError, match="no file"):
        file_bytes(content)


def test_faults_of_files_are_compared_by_their_reasons_in_order() -> None:
    source = manifest({"files": ["*.jsonl"]})
    files = {"a.jsonl": "", "b.jsonl": '{"id": 1, "q": "?", "a": "."}'}
    gives = [{"id": "s/1"}]
    assert run_example(source, {"files": files, "gives": gives, "faults": ["empty_file"]}) == []
    told = "fault of a.jsonl: empty_file: 0 bytes; rows"
    assert run_example(source, {"files": files, "gives": gives}) == [told]
    assert run_example(source, {"files": files, "gives": gives, "faults": ["unreadable"]}) == [
        told, "faults ['empty_file'], ['unreadable'] wanted",
    ]  # fmt: skip
    assert run_example(source, {"files": {"b.jsonl": files["b.jsonl"]}, "gives": gives, "faults": ["empty_file"]}) == [
        "faults [], ['empty_file'] wanted"
    ]


@pytest.mark.parametrize("kind", ["zip", "tar", "tgz"])
def test_what_lies_in_an_archive_of_an_example_is_there(kind: str) -> None:
    source = manifest({"files": ["data/rows.jsonl"], "task": "vqa", "image": "data/{image}"})
    packed = {kind: {"rows.jsonl": '{"id": 1, "q": "?", "a": ".", "image": "1.png"}', "1.png": {"png": [[7]]}}}
    name = {"zip": "zip", "tar": "tar", "tgz": "tar.gz"}[kind]
    within = {"files": {f"data/all.{name}": packed}, "gives": [{"id": "s/1", "images": ["s/data/1.png"]}]}
    assert run_example(source, within) == []
    beside = {"files": {f"data.{name}": packed}, "gives": [{"id": "s/1", "images": ["s/1.png"]}]}
    assert run_example(source, beside) == []
