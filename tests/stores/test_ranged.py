"""A large object is read by few requests, whatever the reader does"""

import io
import random
import tarfile

import pytest

from pipelines import ranged
from pipelines.ranged import Ranged

SIZE = 100_000


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(ranged, "SMALL", 256)
    monkeypatch.setattr(ranged, "LARGE", 4096)


def opened(data, asked):
    def fetch(start, end):
        assert 0 <= start < end <= len(data)
        asked.append((start, end))
        return data[start:end]

    return io.BufferedReader(Ranged(fetch, len(data)), 64)


def test_who_reads_on_gets_blocks_that_grow():
    data, asked = random.Random(1).randbytes(SIZE), []
    with opened(data, asked) as file:
        assert b"".join(iter(lambda: file.read(64), b"")) == data
    ends = [256, 768, 1792, 3840, *range(7936, SIZE, 4096), SIZE]
    assert sorted(asked) == list(zip([0, *ends], ends))


def test_who_reads_all_gets_it():
    data = random.Random(3).randbytes(SIZE)
    with opened(data, []) as file:
        assert (file.read(10), file.read()) == (data[:10], data[10:])


def test_who_jumps_about_pays_for_little_and_not_twice():
    data, asked = random.Random(2).randbytes(SIZE), []
    with opened(data, asked) as file:
        for place in (SIZE - 30, 50_000, 10, SIZE - 20, 50_100):
            file.seek(place)
            assert file.read(16) == data[place : place + 16]
    assert asked == [(SIZE - 30, SIZE), (50_000, 50_256), (10, 266)]


def test_a_reader_that_skips_a_little_reads_on():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for number in range(200):
            member = tarfile.TarInfo(f"{number}.png")
            member.size = 1000
            archive.addfile(member, io.BytesIO(bytes(1000)))
    asked = []
    with opened(packed.getvalue(), asked) as file, tarfile.open(fileobj=file) as archive:
        assert len(archive.getnames()) == 200
    assert len(asked) < 90  # of 200 members, 307,200 bytes


@pytest.mark.parametrize("seed", range(5))
def test_any_reader_gets_the_bytes_of_the_object(seed):
    chance = random.Random(seed)
    data = chance.randbytes(SIZE)
    with opened(data, []) as file:
        at = 0
        for _ in range(300):
            if chance.random() < 0.3:
                at = file.seek(chance.randrange(SIZE + 10))
            count = chance.choice([1, 10, 100, 1000, 10_000])
            assert file.read(count) == data[at : at + count]
            at = file.tell()


def test_an_end_is_an_end():
    with opened(b"abc", asked := []) as file:
        assert (file.seek(0, io.SEEK_END), file.read(), file.seek(10), file.read(1), file.seek(1), file.read(5)) == (
            3,
            b"",
            10,
            b"",
            1,
            b"bc",
        )
        with pytest.raises(ValueError, match="negative seek"):
            Ranged(lambda start, end: b"", 3).seek(-1)
    assert asked == [(1, 3)]


def test_a_reader_hears_of_a_fault_ahead_when_it_comes_to_it():
    def fetch(start, end):
        if start >= 3 * 4096:
            raise OSError(5, "gone")
        return bytes(end - start)

    file = Ranged(fetch, SIZE)
    assert [len(file.read(4096)) for _ in range(3)] == [4096] * 3
    with pytest.raises(OSError, match="gone"):
        file.read(1)
