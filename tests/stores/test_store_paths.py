"""A path into a store answers as one of a disk does"""

import io
import os
import pickle
import re
import urllib.parse
import urllib.request
from pathlib import Path, PurePosixPath

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from curate.ingest.find import Listing
from pipelines import objects
from pipelines.objects import StorePath, list_objects
from pipelines.opened import FileChanged, opener
from pipelines.place import is_remote, local_copy, place, remove_tree, scratch_folder, upload
from pipelines.ranged import LARGE
from pipelines.tables import replacing, write_bytes
from tests.stores.proxy import CUT, Faults

ODD = (
    "a b.txt", "a%20b.txt", "a%b.txt", "h#x.txt", "q?x.txt", "ä/ü.txt", "[x].txt", "{y}.txt", "p+q.txt", "a&b=c.txt", "t~.txt",
    "back\\slash.txt", "quote'\".txt", "a:b.txt", "star*.txt", "日本.txt", "<>.txt", "a;b,c.txt", "dot./x", "end.", " lead", "trail ",
)  # fmt: skip
GLOBS = (
    "*", "*.json", "*/bucket=*", "*/*/*.parquet", "**/*.json", "parts/*.json", "t/bucket=00?/x.parquet", "parts/a.json", "no", "t/**/*",
)  # fmt: skip


def test_a_root_is_a_path_of_the_disk_unless_it_says_otherwise():
    assert place("/data", "a", "b") == Path("/data/a/b")
    assert place("data") == Path("data")
    assert type(place("data/s3:/x")) is type(Path())
    assert (is_remote("gs://b"), is_remote("s3://b/x"), is_remote("/s3://b"), is_remote("http://b")) == (True, True, False, False)
    assert str(place("gs://bucket//out/./x/", "a/b", "c")) == "gs://bucket/out/x/a/b/c"


def test_the_parts_of_an_address_are_those_of_a_path():
    path, local = StorePath.of("s3://b/out/x/part.tar.gz"), PurePosixPath("/b/out/x/part.tar.gz")
    assert (path.name, path.stem, path.suffix, path.suffixes) == (local.name, local.stem, local.suffix, local.suffixes)
    assert (str(path.parent), [str(above) for above in path.parents]) == ("s3://b/out/x", ["s3://b/out/x", "s3://b/out", "s3://b"])
    assert path.relative_to("s3://b/out") == path.relative_to(StorePath.of("s3://b/out/")) == PurePosixPath("x/part.tar.gz")
    assert (str(path.with_suffix(".zip")), str(path.with_name("y"))) == ("s3://b/out/x/part.tar.zip", "s3://b/out/x/y")
    assert (path.is_relative_to("s3://b/out"), path.is_relative_to("s3://b/ou"), path.is_relative_to("/b/out")) == (True, False, False)
    with pytest.raises(ValueError, match=r"s3://b/out/x/part\.tar\.gz does not lie below s3://c"):
        path.relative_to("s3://c")
    with pytest.raises(ValueError, match="/x: an absolute path cannot lie below"):
        path / "/x"


def test_addresses_are_keys_sort_as_paths_do_and_travel_without_what_a_listing_said():
    names = ["b", "a/b", "a-b", "a", "a/a"]
    assert [path.key for path in sorted(StorePath.of(f"s3://b/{name}") for name in names)] == [
        path.as_posix() for path in sorted(map(PurePosixPath, names))
    ]
    listed = StorePath("s3", "b", "x", objects.Status(1, 2))
    sent = pickle.loads(pickle.dumps(listed))  # noqa: S301
    assert (sent, sent.listed, {listed: 1}[sent]) == (listed, None, 1)


def test_no_library_opens_an_address_unasked():
    with pytest.raises(TypeError):
        os.fspath(StorePath.of("s3://b/x"))  # type: ignore[call-overload]


@pytest.mark.parametrize("name", ODD)
def test_a_name_is_the_one_in_the_store(root, name):
    path = root / name
    path.write_bytes(b"1")
    assert [found for found, _ in list_objects(root)] == [name]
    assert (path.read_bytes(), path.is_file(), path.stat().st_size) == (b"1", True, 1)
    path.unlink()
    assert not path.exists()


def test_what_is_not_there_is_said_as_a_disk_says_it(root):
    assert (root.exists(), root.is_dir(), (root / "x").is_file(), list(root.glob("*")), list(root.glob("a/*/b"))) == (
        False, False, False, [], []
    )  # fmt: skip
    for ask in (StorePath.read_bytes, StorePath.stat, lambda path: path.open("rb"), lambda path: list(path.iterdir())):
        with pytest.raises(FileNotFoundError, match=re.escape(str(root / "x"))):
            ask(root / "x")
    (root / "x").unlink()
    remove_tree(root)
    for name in ("..", "a\tb", "a\udc80"):  # nothing in a store goes by it
        assert not (root / name).is_file()
    nowhere = StorePath.of(f"{root.scheme}://no-such-bucket/x")
    assert not nowhere.is_dir()
    with pytest.raises(FileNotFoundError, match="no such bucket"):
        list(nowhere.parent.iterdir())


def test_a_listing_goes_past_a_page_and_tells_what_a_question_would(root, store):
    names = [f"part-{number:04d}.json" for number in range(1050)]
    _fill(root / "many", names)
    store.proxy.requests.clear()
    listed = dict(list_objects(root / "many"))
    assert list(listed) == names
    assert store.proxy.counted() == 2
    assert listed[names[0]] == (root / "many" / names[0]).stat()
    store.proxy.requests.clear()
    found = list((root / "many").glob("part-104*.json"))
    assert [path.name for path in found] == names[1040:1050]
    assert [path.stat().st_size for path in found if path.is_file()] == [14] * 10
    assert store.proxy.counted() == 2  # a listing, not a question for each
    remove_tree(root)
    assert list(list_objects(root)) == []


def test_globs_find_what_pathlib_finds(root, tmp_path):
    for name in ("a.json", "t/bucket=000/x.parquet", "t/bucket=001/x.parquet", "u/bucket=000/y.parquet", "parts/a.json", "parts/b/c.json"):
        (root / name).write_bytes(b"")
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    for pattern in GLOBS:
        assert [path.relative_to(root).as_posix() for path in root.glob(pattern)] == sorted(
            path.relative_to(tmp_path).as_posix() for path in tmp_path.glob(pattern)
        ), pattern
    everything = [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*"))]
    assert [str(path.relative_to(root)) for path in root.rglob("*")] == everything
    assert [path.name for path in root.iterdir()] == ["a.json", "parts", "t", "u"]
    assert [path.is_dir() for path in root.iterdir()] == [False, True, True, True]


def test_the_empty_objects_that_consoles_leave_are_no_files(root):
    _fill(root, ("m/", "m/sub/", "m/sub/x"))
    assert [path.relative_to(root).as_posix() for path in root.rglob("*")] == ["m", "m/sub", "m/sub/x"]
    assert [name for name, _ in list_objects(root)] == ["m/sub/x"]
    assert [path.name for path in (root / "m").iterdir()] == ["sub"]


def _fill(folder, names):
    """Each holds its own name. A request for each takes long in one of the servers, and some names the client cannot write."""
    if folder.scheme == "s3":
        for name in names:
            s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(
                folder.bucket, f"{folder.key}/{name}", name.encode() * (not name.endswith("/"))
            )
        return
    for name in names:
        asked = {"uploadType": "media", "name": f"{folder.key}/{name}"}
        url = f"{os.environ['STORAGE_EMULATOR_HOST']}/upload/storage/v1/b/{folder.bucket}/o?{urllib.parse.urlencode(asked)}"
        urllib.request.urlopen(url, name.encode() * (not name.endswith("/"))).close()


def test_a_name_that_no_client_can_hold_is_named(root):
    _fill(root, ["bad//name.png"])
    with pytest.raises(OSError, match=r"an object below it has a name that cannot be read \('.*/bad//name.png'\)"):
        list(list_objects(root))


def test_a_mark_changes_with_the_content_alone(root):
    path = root / "x"
    path.write_bytes(b"one")
    first = path.stat()
    path.write_bytes(b"one")
    assert path.stat() == first
    path.write_bytes(b"two")
    assert path.stat().st_size == first.st_size
    assert path.stat().st_mtime_ns != first.st_mtime_ns
    assert 0 < first.st_mtime_ns < 1 << 62


@pytest.mark.parametrize("size", [10, 2 * LARGE])
def test_an_object_that_changed_since_it_was_listed_is_not_read(root, size):
    path = root / "t.csv"
    path.write_bytes(b"1" * size)
    open_path = opener(str(root), Listing(files={"t.csv": tuple(path.stat())}))
    assert open_path("t.csv").read() == b"1" * size
    path.write_bytes(b"2" * size)
    with pytest.raises(FileChanged, match=r"^t\.csv: it has changed since it was listed$"):
        open_path("t.csv")
    path.write_bytes(b"1" * size)
    assert open_path("t.csv").read() == b"1" * size


def test_small_objects_are_opened_by_one_request(root, store):
    (root / "x.txt").write_text("a\r\nä\n")
    (root / "none").write_bytes(b"")
    store.proxy.requests.clear()
    with (root / "x.txt").open("rb") as file:
        assert (file.seek(3), file.read(), file.seek(0), file.readline()) == (3, "ä\n".encode(), 0, b"a\r\n")
    with (root / "x.txt").open(encoding="utf-8") as text:
        assert text.readlines() == ["a\n", "ä\n"]
    with (root / "none").open("rb") as file:
        assert file.read() == b""
    assert (root / "x.txt").read_text(encoding="utf-8") == "a\nä\n"
    assert (root / "x.txt").read_range(1, 2) == b"\r\n"
    assert store.proxy.counted("GET") == store.proxy.counted() == 5
    with pytest.raises(io.UnsupportedOperation):
        (root / "x.txt").open("wb")


def test_large_objects_are_read_by_ranges_of_one_version(root, store, monkeypatch):
    monkeypatch.setattr(objects, "LARGE", 1 << 16)
    data = os.urandom(3 << 20)
    (root / "big").write_bytes(data)
    with (root / "big").open("rb") as file:
        assert file.seek(-22, os.SEEK_END) == len(data) - 22
        assert file.read() == data[-22:]
        assert (file.seek(1000), file.read(50)) == (1000, data[1000:1050])
        assert store.proxy.counted("GET") == 3  # what it is, its end, its middle
        (root / "big").write_bytes(data[::-1])
        file.seek(2 << 20)
        with pytest.raises(OSError, match="it changed while it was read"):
            file.read(10)


def test_a_file_is_uploaded_whole_or_not_at_all(root, store, tmp_path, monkeypatch):
    monkeypatch.setattr("pipelines.place.IN_ONE_PIECE", 1 << 20)
    monkeypatch.setattr("pipelines.place.PART", 5 << 20)
    data = os.urandom(11 << 20)
    file = tmp_path / "big"
    file.write_bytes(data)
    store.proxy.faults = Faults(share=0.3, kinds=(CUT,), methods=("PUT", "POST"))
    upload(file, root / "big")
    assert sum("partNumber" in path for _, path in store.proxy.requests) >= 3
    assert (root / "big").read_bytes() == data


def test_replacing_writes_what_the_block_left_and_nothing_where_it_failed(root, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with replacing(str(root), root / "a" / "x.bin") as temporary:
        temporary.write_bytes(b"new")
        assert temporary.is_relative_to(tmp_path)
    assert (root / "a" / "x.bin").read_bytes() == b"new"
    with pytest.raises(ZeroDivisionError), replacing(str(root), root / "a" / "x.bin") as temporary:
        temporary.write_bytes(bytes([1 // 0]))
    with replacing(str(root), root / "a" / "y.bin"):
        pass  # a block that leaves no file writes none
    write_bytes(str(root), root / "z.bin", b"z")
    assert dict.fromkeys(name for name, _ in list_objects(root)) == {"a/x.bin": None, "z.bin": None}
    assert (root / "a" / "x.bin").read_bytes() == b"new"
    assert [path.name for path in tmp_path.glob("*/*")] == [".held"]


def test_a_local_file_is_replaced_by_what_the_block_left(tmp_path):
    with replacing(str(tmp_path), tmp_path / "x"):
        pass
    assert not (tmp_path / "x").exists()


def test_a_library_that_wants_a_path_gets_a_copy_and_of_a_local_file_that_itself(root, tmp_path):
    (root / "sub" / "x.nii.gz").write_bytes(b"1")
    with local_copy(root / "sub" / "x.nii.gz") as copy:
        assert (copy.name, copy.read_bytes()) == ("x.nii.gz", b"1")
    assert not copy.exists()
    with local_copy(tmp_path / "y") as same:
        assert same == tmp_path / "y"


def test_what_a_worker_spills_lies_in_out_where_that_is_a_disk(root, tmp_path):
    with scratch_folder(str(tmp_path)) as folder:
        assert folder.parent == tmp_path / "tmp"
    assert not folder.exists()
    with scratch_folder(str(root)) as folder:
        assert folder.is_dir()
    assert not folder.exists()
    with pytest.raises(FileNotFoundError) as gone, scratch_folder(str(tmp_path / "gone")):
        pass
    assert gone.value.filename == str(tmp_path / "gone")
    assert not (tmp_path / "gone").exists()


def test_what_is_written_once_is_not_written_over(root):
    assert ((root / "x").create_bytes(b"1"), (root / "x").create_bytes(b"2"), (root / "x").create_bytes(b"1")) == (True, False, True)
    assert (root / "x").read_bytes() == b"1"
