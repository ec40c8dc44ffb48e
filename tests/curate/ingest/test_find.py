"""folders -> listings; DATA -> the folders of sources"""

import os
import sys
from pathlib import Path

import pytest

from curate.ingest.find import Listing, find_folder, folders_in, list_files, list_keys, unclaimed
from curate.ingest.images import clean_path, compile_images
from curate.ingest.render import Unfit, text_of
from tests.curate.ingest.reading import manifest


def test_a_walk_lists_every_file_once_with_size_and_time_and_names_links_that_escape(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "__MACOSX").mkdir()
    for name in ("x.txt", "a/b/y.txt", "__MACOSX/z.txt", "a/._y.txt"):
        (root / name).write_bytes(b"123")
        os.utime(root / name, ns=(5, 5))
    (root / "a" / "loop").symlink_to(root)
    (root / "again").symlink_to(root / "a" / "b")
    (root / "out").symlink_to(tmp_path)
    (root / "nowhere").symlink_to(root / "gone")
    os.mkfifo(root / "pipe")
    listing = list_files(root)
    assert listing.files == {"x.txt": (3, 5), "a/b/y.txt": (3, 5), "again/y.txt": (3, 5)}
    assert listing.escaping == {"out", "nowhere"}
    assert listing.escapes("out/secret.txt")
    assert not listing.escapes("outer/x.txt")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_text_are_counted_and_left_out(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_bytes(b"")
    assert list_files(tmp_path) == Listing({}, frozenset(), 1)


def test_a_path_is_found_without_regard_to_case_but_as_written_first() -> None:
    listing = Listing({"A/x.PNG": (1, 1), "a/X.png": (2, 2), "b.txt": (3, 3)})
    wanted = ("A/x.PNG", "a/X.png", "a/x.png", "B.TXT", "c")
    assert [listing.find(path) for path in wanted] == ["A/x.PNG", "a/X.png", "A/x.PNG", "b.txt", None]


def test_a_source_is_found_by_root_then_id_then_alias(tmp_path: Path) -> None:
    source = manifest({}, folders=["My Set"])
    assert find_folder(folders_in(tmp_path), source, {}) is None
    assert folders_in(None) == folders_in(tmp_path / "none") == []
    (tmp_path / "my_set").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "a file").touch()
    assert find_folder(folders_in(tmp_path), source, {}) == tmp_path / "my_set"
    (tmp_path / "S").mkdir()
    folders = folders_in(tmp_path)
    assert folders == [tmp_path / "S", tmp_path / "my_set", tmp_path / "other"]
    assert find_folder(folders, source, {}) == tmp_path / "S"
    assert find_folder(folders, source, {"s": tmp_path / "other"}) == tmp_path / "other"
    assert unclaimed(folders, [source], {}) == ["other"]
    assert unclaimed(folders, [source], {"s": tmp_path / "other"}) == []


def test_keys_of_an_object_store_are_listed_as_files_are() -> None:
    keys = ("a.csv", "images/1.png", "images/", "images/.DS_Store", "__MACOSX/1.png", "._b", "x//y", "../z", "a\0b", "c/\udc80")
    listing = list_keys((key, number, 7) for number, key in enumerate(keys))
    assert listing == Listing({"a.csv": (0, 7), "images/1.png": (1, 7)}, frozenset(), 4)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a/b.png", "a/b.png"), ("./a//b.png", "a/b.png"), ("a\\b.png", "a/b.png"), ("a/../b.png", "b.png"), ("a/..b.png", "a/..b.png"),
        ("../a.png", None), ("a/../../b", None), ("/a.png", None), ("C:\\a.png", None), ("a\0b", None), ("a/..", None),
        ("\\\\host\\a", None),
    ],
)  # fmt: skip
def test_a_path_stays_below_its_folder_or_is_none(text: str, path: str | None) -> None:
    assert clean_path(text) == path


FILES = ("images_001/images/1.png", "images_002/images/2.png", "x/y/2.png", "e/3.JPG", "n.npy", "benign (1).png")


@pytest.mark.parametrize(
    ("rule", "row", "ids"),
    [
        ("{f}", {"f": "E/3.jpg"}, ["s/e/3.JPG"]),
        ("images_*/images/{f}", {"f": "2.png"}, ["s/images_002/images/2.png"]),
        ("**/{f}", {"f": "y/2.PNG"}, ["s/x/y/2.png"]),
        ("**/{f}", {"f": "2.png"}, ["s/images_002/images/2.png"]),
        ("benign (1).png", {}, ["s/benign (1).png"]),
        ({"path": ["no/{f}", "e/{f}"], "extensions": [".png", ".jpg"]}, {"f": "3"}, ["s/e/3.JPG"]),
        ({"path": "e/{f}", "extensions": [".jpg"]}, {"f": "3.png"}, ["s/e/3.JPG"]),
        ({"path": "n.npy", "frame": "{row}"}, {"row": 7}, ["s/n.npy#7"]),
        ({"path": "n.npy", "frame": "{row}", "column": "image.bytes"}, {"row": 0}, ["s/n.npy!image.bytes#0"]),
        (
            {"path": "n.npy", "frame": "{row}", "column": "images.{number}.bytes", "each": "images"},
            {"row": 3, "images": [{"path": "a"}, {"path": None}]},
            ["s/n.npy!images.0.bytes#3", "s/n.npy!images.1.bytes#3"],
        ),
        ({"path": "n.npy", "frame": "0", "column": "{item.c}", "each": "cs"}, {"cs": [{"c": "x"}]}, ["s/n.npy!x#0"]),
        ({"path": "n.npy", "frame": "0", "column": "image.bytes"}, {"image": {"path": None}}, ["s/n.npy!image.bytes#0"]),
        ({"path": "n.npy", "frame": "0", "column": "image.bytes"}, {"image": None}, "image_missing"),
        ({"path": "n.npy", "frame": "0", "column": "image.bytes", "optional": True}, {"image": None}, []),
        ({"path": "n.npy", "frame": "0", "column": "images.{number}.bytes", "each": "images"}, {"images": [None]}, "image_missing"),
        ({"path": "{item}", "each": "fs"}, {"fs": ["x/y/2.png", "e/3.jpg"]}, ["s/x/y/2.png", "s/e/3.JPG"]),
        ({"path": "{item.f}", "each": "fs"}, {"fs": [{"f": "n.npy"}]}, ["s/n.npy"]),
        ({"path": "{f}", "optional": True}, {"f": None}, []),
        ({"path": "{f}", "optional": True}, {"f": "gone"}, "image_missing"),
        ({"path": "{item}", "each": "fs"}, {"fs": []}, "image_missing"),
        ({"path": "{item}", "each": "fs"}, {"fs": ["n.npy", "gone"]}, "image_missing"),
        ({"path": "n.npy", "frame": "{row}"}, {"row": "x"}, "frame_broken"),
        ("**/{f}", {"f": "../2.png"}, "path_escapes"),
    ],
)
def test_an_image_rule_finds_its_files(rule: object, row: dict[str, object], ids: list[str] | str) -> None:
    find = compile_images((rule,), Listing(dict.fromkeys(FILES, (1, 1))), text_of, lenient=False, render=None, windows={})
    if isinstance(ids, list):
        assert [target.id("s") for target in find(row)] == ids
    else:
        with pytest.raises(Unfit) as caught:
            find(row)
        assert caught.value.reason == ids
