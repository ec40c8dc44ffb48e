"""what is fetched of objects before, beside and instead of the whole of them; each request is counted"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.ingest.members import look_into
from curate.models.chat import Answer
from curate.read.archive import list_members, open_member
from pipelines import ahead, ends
from pipelines.ahead import Ahead, stretch
from pipelines.answers import Answers
from pipelines.ends import ends_of
from pipelines.objects import StorePath
from pipelines.tagger import _local_folder
from pipelines.together import files_below, remove_files, sizes_of, together
from schemas.image import ImageRef
from tests.stores.servers import Store

DATA = bytes(range(256)) * 64


def gets(store: Store) -> int:
    return sum(method == "GET" and "list-type" not in path for method, path in store.proxy.requests)


def test_a_stretch_of_an_object_is_one_request_and_the_rest_is_there_when_asked_for(root: StorePath, store: Store) -> None:
    (root / "x").write_bytes(DATA)
    with stretch(root / "x", 1000, 500) as file:
        file.seek(1000)
        assert file.read(500) == DATA[1000:1500]
        file.seek(1200)
        assert (file.read(3), file.tell(), gets(store)) == (DATA[1200:1203], 1203, 1)
        file.seek(10)
        assert file.read(20) == DATA[10:30]
        assert (file.seek(0, io.SEEK_END), file.read()) == (len(DATA), b"")
    with stretch(root / "x", len(DATA) - 10, 500) as file:  # it is shorter than was thought
        file.seek(len(DATA) - 10)
        assert file.read(500) == DATA[-10:]


def refs(count: int, size: int = len(DATA)) -> list[ImageRef]:
    return [ImageRef(id=f"s/{number}", source="s", path=f"{number}", size=size) for number in range(count)]


def test_pictures_are_on_their_way_before_they_are_opened(root: StorePath, store: Store) -> None:
    for ref in refs(5):
        (root / ref.path).write_bytes(DATA + ref.path.encode())
    with Ahead(lambda ref: root / ref.path) as fetched:
        assert fetched.asked([*refs(4), refs(1)[0]]) == [*refs(4), refs(1)[0]]
        read = [fetched.open(ref).read() for ref in refs(5)]
        assert (read, gets(store), fetched.held) == ([DATA + ref.path.encode() for ref in refs(5)], 5, 0)
        with pytest.raises(FileNotFoundError):
            fetched.open(fetched.asked([ImageRef(id="s/gone", source="s", path="gone", size=3)])[0])


def test_no_more_is_held_than_may_be(root: StorePath, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "HELD", 3 * len(DATA))
    for ref in refs(5):
        (root / ref.path).write_bytes(DATA)
    with Ahead(lambda ref: root / ref.path) as fetched:
        fetched.asked(refs(5))
        assert (len(fetched.coming), fetched.held) == (3, 3 * len(DATA))
        fetched.asked(refs(5, size=ahead.LARGEST + 1))
        assert [fetched.open(ref).read() for ref in refs(5)] == [DATA] * 5
        assert (gets(store), fetched.held) == (5, 0)


def test_on_a_disk_nothing_is_asked_for_ahead(tmp_path: Path) -> None:
    (tmp_path / "0").write_bytes(DATA)
    with Ahead(lambda ref: tmp_path / ref.path) as fetched:
        assert (fetched.asked(refs(1)), fetched.coming) == (refs(1), {})
        with fetched.open(refs(1)[0]) as file:
            assert (file.read(), file.fileno() > 0) == (DATA, True)


def test_a_member_of_a_zip_is_one_range_of_it(root: StorePath, store: Store) -> None:
    sink, noise = io.BytesIO(), np.random.default_rng(1).bytes(200_000)
    with zipfile.ZipFile(sink, "w") as packed:
        for number in range(4):
            packed.writestr(f"a folder/{number}.bin", noise[number:], zipfile.ZIP_DEFLATED if number % 2 else zipfile.ZIP_STORED)
    (root / "all.zip").write_bytes(sink.getvalue())
    members = list_members(io.BytesIO(sink.getvalue()), "all.zip").members
    archive = look_into("all.zip", 0, lambda path: io.BytesIO(sink.getvalue()))
    asked = [ImageRef(id=f"s/{row}", source="s", path=f"{row}", member=archive.member(row), size=1) for row in range(len(members))]
    with Ahead(lambda ref: root / "all.zip") as fetched:
        fetched.asked(asked)
        assert [open_member(fetched.open(ref), ref.member).read() for ref in asked] == [noise[number:] for number in range(4)]  # type: ignore[arg-type]
    assert gets(store) == 4


def test_an_archive_that_a_library_reads_is_fetched_once(root: StorePath, store: Store, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).bytes(5000)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("picture", data=np.frombuffer(noise, np.uint8), chunks=True, compression="gzip")
        file["other"] = np.void(noise)
    (root / "x.h5").write_bytes((tmp_path / "x.h5").read_bytes())
    archive = look_into("x.h5", 0, lambda path: (tmp_path / path).open("rb"))
    members = [archive.member(row) for row in range(2)]
    assert sorted(member.method for member in members) == ["dataset", "plain"]
    asked = [ImageRef(id=f"s/{n}", source="s", path=f"{n}", member=member, size=1) for n, member in enumerate([*members, *members])]
    with Ahead(lambda ref: root / "x.h5") as fetched:
        assert [open_member(fetched.open(ref), ref.member).read() for ref in fetched.asked(asked)] == [noise] * 4  # type: ignore[arg-type]
    assert gets(store) == 3  # the whole of it once, two ranges


@pytest.mark.parametrize("last", [128 << 10, 64])
def test_of_a_shard_its_ends_are_enough_for_its_footer(last: int, root: StorePath, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ends, "LAST", last)
    sink = io.BytesIO()
    cells = [np.random.default_rng(number).bytes(500) for number in range(1000)]
    table = pa.table({"id": [f"a/{number}" for number in range(1000)], "bytes": cells})
    pq.write_table(table, sink)
    (root / "shard.parquet").write_bytes(sink.getvalue())
    with ends_of(root / "shard.parquet") as here:
        found = pq.ParquetFile(here)
        assert (found.metadata.num_rows, found.schema_arrow.names, here.stat().st_size) == (1000, ["id", "bytes"], len(sink.getvalue()))
        assert here.read_bytes()[:4] == b"PAR1"
    assert gets(store) == (2 if last > 64 else 3)
    (root / "none").write_bytes(b"PAR")
    with ends_of(root / "none") as here:
        assert here.read_bytes() == b"PAR"


def test_sizes_come_from_listings_and_removal_is_in_bulk(root: StorePath, store: Store) -> None:
    names = [f"stages/a/{number:02d}" for number in range(40)] + ["verdicts/000.parquet", "corpora/m/x"]
    together(root, lambda name: (root / name).write_bytes(name.encode()), names)
    store.proxy.requests.clear()
    sizes = sizes_of(root, [*names, "stages/a/none"])
    assert [sizes(name) for name in [*names, "stages/a/none"]] == [*map(len, names), None]
    assert len(store.proxy.requests) == 3
    remove_files(root / name for name in names[:40])
    asked = len(store.proxy.requests) - 3
    assert (asked, sorted(files_below(root))) == (1 if store.scheme == "s3" else 40, ["corpora/m/x", "verdicts/000.parquet"])


def test_together_keeps_the_order_and_raises_what_the_first_raised(root: StorePath) -> None:
    def work(number: int) -> int:
        if number in (30, 31):
            raise ValueError(number)
        return -number

    assert together(root, work, range(30)) == [-number for number in range(30)]
    with pytest.raises(ValueError, match="30"):
        together(root, work, range(40))


def test_the_first_answer_in_a_store_is_the_answer(root: StorePath) -> None:
    answers, key = Answers(root / "rewrite"), "ab" * 32
    assert (answers.get(key), answers.is_empty()) == (None, True)
    first, second = Answer(content="Yes.", finish="stop"), Answer(content="No.", finish="stop")
    assert (answers.put(key, first), answers.put(key, second), answers.get(key), answers.is_empty()) == (first, first, first, False)
    answers.path(key).write_bytes(b"cut")
    assert (answers.get(key), answers.put(key, second), answers.get(key)) == (None, second, second)


def test_small_files_of_a_folder_are_put_back_where_they_are_new(root: StorePath, store: Store) -> None:
    (root / "kept.npz").write_bytes(b"1")
    with _local_folder(root) as here:
        assert {path.name: path.read_bytes() for path in here.iterdir()} == {"kept.npz": b"1"}
        (here / "new.npz").write_bytes(b"2")
    assert (files_below(root), (root / "new.npz").read_bytes(), store.proxy.counted("PUT")) == ({"kept.npz": 1, "new.npz": 1}, b"2", 2)
