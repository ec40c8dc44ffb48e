"""digesting: the SHA-256 of a file while it is written, whatever the pieces and whether or not it can be mapped"""

import hashlib
import mmap
import resource

import pytest

from curate.emit.digesting import Digesting
from curate.emit.write import write_shard
from tests.curate.emit.tiny_corpus import TinyCorpus, png, tiny_corpus

SIZES = [[], [0], [1], [70_000], [3, 70_000, 5, 0, 5, 65_536, 1], [100] * 200, [4_096, 4_096], [200_000] * 30]


def followed(path, sizes) -> tuple[str, bytes]:
    """What Digesting says of a file that grows by `sizes`, and the file."""
    with path.open("wb", buffering=0) as file, Digesting(path) as digest:
        for number, size in enumerate(sizes):
            file.write(bytes([number % 256]) * size)
            digest.reach(file.tell())
        assert digest.size == sum(sizes)
        return digest.hexdigest(), path.read_bytes()


@pytest.mark.parametrize("sizes", SIZES)
def test_the_digest_is_that_of_every_byte_in_order(tmp_path, sizes):
    said, data = followed(tmp_path / "file", sizes)
    assert said == hashlib.sha256(data).hexdigest()
    assert len(data) == sum(sizes)


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("sizes", SIZES)
def test_a_file_system_that_maps_nothing_or_not_always_gives_the_same(tmp_path, sizes, every, monkeypatch):
    mapped, asked = mmap.mmap, []

    def refused(*given, **named):
        asked.append(given)
        if len(asked) % every == 0:
            raise OSError("no such device")
        return mapped(*given, **named)

    monkeypatch.setattr(mmap, "mmap", refused)
    said, data = followed(tmp_path / "file", sizes)
    assert said == hashlib.sha256(data).hexdigest()


def test_what_has_not_been_reached_is_not_told(tmp_path):
    with (tmp_path / "file").open("wb", buffering=0) as file, Digesting(tmp_path / "file") as digest:
        file.write(b"ab")
        digest.reach(1)
        assert digest.hexdigest() == hashlib.sha256(b"a").hexdigest()


def test_a_file_that_cannot_be_read_back_is_an_error_and_no_digest(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"abc")
    with Digesting(tmp_path / "file") as digest:
        monkeypatch.setattr(digest, "_file", (tmp_path / "file").open("wb"))
        digest.reach(3)
        with pytest.raises(OSError, match="read"):
            digest.hexdigest()


def test_a_full_disk_stops_the_shard(tmp_path):
    """A limit on the size of files stands in for the disk: both end a write in the middle."""
    corpus = TinyCorpus()
    for number in range(40):
        corpus.add(f"a/{number}", [("user", "?"), ("assistant", "!")], {f"{number}.png": png((number, 0, 0), side=64)})
    rows, limits = corpus.rows(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, limits[1]))
    try:
        with pytest.raises(OSError, match="writing bytes to file"):
            write_shard(tmp_path / "shard", rows, corpus.read, group_bytes=3_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_folder_may_have_any_name_that_the_system_lets_it(tmp_path):
    folder = tmp_path / "Ä \udcff"
    folder.mkdir()
    corpus = tiny_corpus()
    said = write_shard(folder / "shard", corpus.rows(), corpus.read, group_bytes=3_000)
    assert said.sha256 == hashlib.sha256((folder / "shard").read_bytes()).hexdigest()
