"""A copy is whole, or is not begun, or says that the disk was too small for it"""

import errno
import io
from types import SimpleNamespace

import pytest

from curate import copied
from curate.copied import LEFT_FREE, SMALL, NoRoom, copy_file, has_descriptor

GB = 10**9


class Large(io.RawIOBase):
    """A file in a store of so many bytes; reading it fails the test."""

    def __init__(self, size, name="s3://b/a.nii"):
        self.size, self.name = size, name

    def seek(self, offset, whence=io.SEEK_SET):
        return self.size if whence == io.SEEK_END else offset

    def read(self, size=-1):
        raise AssertionError("it was read")


class Full(io.BytesIO):
    def write(self, data):
        raise OSError(self.number, "the disk's own words")

    number = errno.ENOSPC


def told(name, size, free):
    needed = f"{name}: a copy of its {size} GB is needed in /scratch, where {free} GB are free (one is left so)"
    return f"{needed}; TMPDIR=DIR names another folder; the same command goes on from there"


@pytest.fixture
def free(monkeypatch):
    """Bytes of the disk that are free, as a test sets them."""
    found = SimpleNamespace(free=50 * GB)
    monkeypatch.setattr(copied.shutil, "disk_usage", lambda folder: found)
    return found


def test_a_copy_is_whole_wherever_its_file_stood(tmp_path):
    file, copy = io.BytesIO(b"0123456789"), io.BytesIO()
    file.read(4)
    copy_file(file, copy, tmp_path)
    assert copy.getvalue() == b"0123456789"


@pytest.mark.parametrize(("size", "left"), [(50 * GB, 50 * GB), (SMALL + 1, SMALL + LEFT_FREE)])
def test_what_has_no_room_is_not_begun(size, left, free):
    free.free = left
    with pytest.raises(NoRoom) as caught:
        copy_file(Large(size), io.BytesIO(), "/scratch")
    assert str(caught.value) == told("s3://b/a.nii", f"{size / GB:.1f}", f"{left / GB:.1f}")


@pytest.mark.parametrize(("size", "left"), [(SMALL, 0), (SMALL + 1, SMALL + 1 + LEFT_FREE)])
def test_what_is_small_or_has_room_is(size, left, free):
    free.free = left
    with pytest.raises(AssertionError, match="it was read"):
        copy_file(Large(size), io.BytesIO(), "/scratch")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_is_full_before_the_end_is_told_the_same_way(number, free):
    copy = Full()
    copy.number = number
    with pytest.raises(NoRoom) as caught:
        copy_file(io.BytesIO(b"0"), copy, "/scratch")
    assert str(caught.value) == told("a file", "0.0", "50.0")


def test_other_errors_of_a_disk_are_its_own(free):
    copy = Full()
    copy.number = errno.EIO
    with pytest.raises(OSError, match="the disk's own words"):
        copy_file(io.BytesIO(b"0"), copy, "/scratch")


def test_a_file_of_this_machine_has_a_descriptor_and_one_in_memory_has_none(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    with (tmp_path / "a").open("rb") as file:
        assert (has_descriptor(file), has_descriptor(io.BytesIO()), has_descriptor(Large(1))) == (True, False, False)
