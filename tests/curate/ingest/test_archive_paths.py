"""a folder with archives -> the paths of what lies in them"""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np
import pytest

from curate.ingest.download import file_bytes
from curate.ingest.find import Listing, list_files, listing_opener, with_archives
from curate.ingest.images import compile_images
from curate.ingest.render import text_of
from schemas.found import FileFault
from schemas.image import ImageRef
from tests.curate.ingest.reading import give, manifest, rejected, samples


def packed(kind: str, files: Mapping[str, str]) -> bytes:
    return file_bytes({kind: dict(files)})


def looked_into(files: Mapping[str, bytes]) -> Listing:
    return with_archives(Listing({path: (len(content), 7) for path, content in files.items()}), lambda path: io.BytesIO(files[path]))


def found(listing: Listing, *globs: str) -> list[list[tuple[str, dict[str, str]]]]:
    return [list(listing.match(glob)) for glob in globs]


@pytest.mark.parametrize("kind", ["zip", "tar", "tgz"])
def test_a_member_goes_by_its_path_unpacked_and_is_found_in_a_folder_of_the_archives_name(kind: str) -> None:
    listing = looked_into({f"a/B.{kind}": packed(kind, {"c/1.png": "1", "2.PNG": "22"}), "a/z.csv": b""})
    assert list(listing.paths()) == ["a/2.PNG", f"a/B.{kind}", "a/c/1.png", "a/z.csv"]
    assert len(listing) == 4
    wanted = ("a/c/1.png", "A/C/1.PNG", "a/B/c/1.png", "A/b/C/1.png", "a/2.png", "a/B/2.png", "a/1.png", "c/1.png", "a/b/c")
    assert [listing.find(path) for path in wanted] == [
        "a/c/1.png", "a/c/1.png", "a/c/1.png", "a/c/1.png", "a/2.PNG", "a/2.PNG", None, None, None,
    ]  # fmt: skip
    assert found(listing, "**/*.png", "a/b/{name}.png", "a/{folder}/1.png", "**/b/c/*.png", "c/*.png", "a/z.csv") == [
        [("a/2.PNG", {}), ("a/c/1.png", {})], [("a/2.PNG", {"name": "2"})], [("a/c/1.png", {"folder": "c"})], [("a/c/1.png", {})], [],
        [("a/z.csv", {})],
    ]  # fmt: skip
    assert list(listing.named("1.PNG")) == [("a/c/1.png", "a/c/1.png"), ("a/B/c/1.png", "a/c/1.png")]
    assert (listing.first("a/b/*/1.png"), listing.first("a/b/c/1.png"), listing.first("*/none")) == ("a/c/1.png", "a/c/1.png", None)
    size, mtime_ns, member = listing.place("a/2.PNG")
    assert (size, mtime_ns, member is not None and member.name) == (2, 7, "2.PNG")
    with pytest.raises(KeyError):
        listing.place("a/B/2.PNG")


def test_a_file_on_disk_goes_before_a_member_of_its_path_or_of_its_archives_folder() -> None:
    archive = packed("zip", {"1.png": "packed", "2.png": "packed", "3.png": "packed"})
    listing = looked_into({"b.zip": archive, "1.png": b"on disk", "b/2.png": b"on disk"})
    assert found(listing, "**/*.png") == [[("1.png", {}), ("3.png", {}), ("b/2.png", {})]]
    assert (listing.place("1.png")[2], listing.find("2.png")) == (None, None)
    assert listing.find("b/3.png") == "3.png"


def test_of_two_archives_with_the_same_member_the_first_has_its_path_and_the_other_its_folders() -> None:
    archives = {f"{name}.zip": packed("zip", {"1.png": name, "labels.csv": name}) for name in ("test", "train", "valid")}
    listing = looked_into(archives)
    assert found(listing, "{split}/1.png", "*.csv") == [
        [("1.png", {"split": "test"}), ("train/1.png", {"split": "train"}), ("valid/1.png", {"split": "valid"})],
        [("labels.csv", {})],
    ]
    open_path = listing_opener(listing, lambda path: io.BytesIO(archives[path]))
    assert [open_path(path).read() for path in ("1.png", "train/1.png", "valid/1.png")] == [b"test", b"train", b"valid"]
    assert listing.find("Test/1.png") == "1.png"


def test_data_sets_go_by_the_folder_of_their_file_alone() -> None:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["ISIC_1"] = np.void(b"12345")
    listing = looked_into({"train-image.hdf5": buffer.getvalue()})
    assert found(listing, "**", "train-image/{id}") == [
        [("train-image.hdf5", {}), ("train-image/ISIC_1", {})], [("train-image/ISIC_1", {"id": "ISIC_1"})],
    ]  # fmt: skip
    assert (listing.find("ISIC_1"), listing.find("TRAIN-IMAGE/isic_1")) == (None, "train-image/ISIC_1")


def test_an_archive_in_an_archive_is_not_opened() -> None:
    inner = packed("zip", {"1.png": "1"})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("inner.zip", inner)
    listing = looked_into({"outer.zip": buffer.getvalue()})
    assert found(listing, "**") == [[("inner.zip", {}), ("outer.zip", {})]]


def test_image_rules_find_members_by_either_path() -> None:
    archives = {"images_001.tar.gz": packed("tgz", {"images/1.png": "1"}), "images_002.tar.gz": packed("tgz", {"images/2.png": "2"})}
    listing = looked_into(archives)
    for rule in ("images_*/images/{f}", "**/{f}", "images/{f}"):
        (target,) = compile_images((rule,), listing, text_of, lenient=False, render=None, windows={})({"f": "2.png"})
        assert target.id("s") == "s/images/2.png"
        ref = target.ref(target.id("s"), "s", listing, is_synthetic=False)
        assert (ref.size, ref.mtime_ns, ref.member is not None and ref.member.archive) == (1, 7, "images_002.tar.gz")


def test_what_is_refused_is_a_fault_of_the_archive_and_the_rest_is_read() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in (("t.jsonl", b'{"id": 1, "q": "Why?", "a": "So."}\n'), ("../t.jsonl", b""), ("link", None)):
            member = tarfile.TarInfo(name)
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, "t.jsonl"
            else:
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content or b""))
    items = give(manifest({"files": ["t.jsonl"]}), {"a.tar": buffer.getvalue(), "b.zip": b"PK"})
    assert [sample.id for sample in samples(items)] == ["s/1"]
    faults = [(fault.file, fault.reason, fault.found, fault.notice) for fault in items if isinstance(fault, FileFault)]
    assert faults == [
        ("a.tar", "member_escapes", "1 members", False),
        ("a.tar", "member_link", "1 members", True),
        ("b.zip", "archive_broken", "no end of a zip's directory", False),
    ]


@pytest.mark.parametrize("kind", ["zip", "tar", "tgz"])
def test_tables_and_images_in_an_archive_give_what_they_give_unpacked(kind: str) -> None:
    inside = {
        "data/t.csv": "id,q,a,image\n1,Why?,So.,p/1.png\n2,What?,This.,p/gone.png\n", "data/p/1.png": "x",
        "data/more.jsonl.gz": gzip.compress(b'{"id": 3, "q": "How?", "a": "Thus."}\n').decode("latin-1"),
    }  # fmt: skip
    unpacked = {path: content.encode("latin-1") for path, content in inside.items()}
    archive = file_bytes({kind: {path: {"latin-1": content} for path, content in inside.items()}})
    tables = (
        {"name": "pictures", "files": ["data/t.csv"], "format": "table", "task": "vqa", "image": "data/{image}"},
        {"name": "words", "files": ["data/more.jsonl.gz"], "format": "jsonl"},
    )
    plain, packed = give(manifest(*tables), unpacked), give(manifest(*tables), {f"x.{kind}": archive})
    assert samples(packed) == samples(plain)
    assert [sample.images for sample in samples(plain)] == [("s/data/p/1.png",), ()]
    assert rejected(packed) == rejected(plain) == [("s/2", "image_missing", "nothing at data/{image}")]
    assert [ref.id for ref in packed if isinstance(ref, ImageRef)] == ["s/data/p/1.png"]


def test_a_member_that_is_damaged_is_a_fault_of_that_file() -> None:
    archive = packed("zip", {"t.jsonl": '{"id": 1, "q": "Why?", "a": "So."}\n' * 3})
    damaged = archive[:60] + b"\xff\xff" + archive[62:]
    (fault,) = (item for item in give(manifest({"files": ["t.jsonl"]}), {"a.zip": damaged}) if isinstance(item, FileFault))
    assert (fault.file, fault.reason) == ("t.jsonl", "member_broken")


def test_an_archive_that_the_disk_does_not_give_says_so() -> None:
    def refuse(path: str) -> BinaryIO:
        raise PermissionError(path)

    (archive,) = with_archives(Listing({"a.zip": (1, 1), "b.csv": (1, 1)}), refuse).archives
    assert [(refusal.reason, refusal.found) for refusal in archive.contents.refusals] == [("unreadable", "PermissionError")]


def test_a_listing_of_many_members_answers_as_dicts_would() -> None:
    chance = np.random.default_rng(5)
    names = sorted({f"{chance.choice(list('abAB'))}/{chance.integers(0, 400)}.{chance.choice(['png', 'PNG', 'csv'])}" for _ in range(900)})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    listing = looked_into({"x/m.zip": buffer.getvalue()})
    wanted = [f"x/{name}" for name in names]
    assert list(listing.paths()) == sorted(["x/m.zip", *wanted])
    assert [listing.find(path) for path in wanted] == wanted
    assert [listing.find(f"x/m/{name}") for name in names] == wanted
    for glob in ("x/a/*.png", "**/{n}.csv", "x/m/B/*", "x/**", "*"):
        unpacked = Listing(dict.fromkeys(["x/m.zip", *wanted], (0, 0)))
        either = Listing(dict.fromkeys([f"x/m/{name}" for name in names], (0, 0)))
        fits = {path for path, _ in unpacked.match(glob)} | {f"x/{path[4:]}" for path, _ in either.match(glob)}
        assert [path for path, _ in listing.match(glob)] == sorted(fits)


def test_a_link_to_an_archive_outside_the_folder_is_not_looked_into(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "out.zip").write_bytes(packed("zip", {"1.png": "1"}))
    (tmp_path / "root" / "in.zip").symlink_to(tmp_path / "out.zip")
    listing = list_files(tmp_path / "root")
    assert (listing.escaping, len(with_archives(listing, lambda path: (tmp_path / path).open("rb")))) == ({"in.zip"}, 0)
