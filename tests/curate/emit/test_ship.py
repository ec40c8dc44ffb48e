"""ship: the bytes that were inspected, less their metadata, or an error that names the file and none of its content"""

import errno
import hashlib
import io
import re

import pytest
from PIL import Image as Pillow

from curate.emit.ship import ChangedImage, image_name, read_image
from schemas.image import Ship


def jpeg(comment: bytes = b"", orientation: int = 1) -> bytes:
    sink, exif = io.BytesIO(), Pillow.Exif()
    exif[0x0112], exif[0x010E] = orientation, "Jane Doe, born 1950"
    Pillow.new("RGB", (40, 20), "red").save(sink, "JPEG", comment=comment, exif=exif)
    return sink.getvalue()


def place(data: bytes, offset: int = 0) -> Ship:
    digest = hashlib.sha256(data).hexdigest()
    return Ship(root="source", path="a/b.jpg", member="", offset=offset, length=len(data), format="jpeg", digest=digest)


def test_what_ships_has_the_pixels_and_no_metadata():
    data = jpeg(comment=b"Jane Doe")
    shipped = read_image("a", place(data), lambda source, ship: io.BytesIO(data))
    assert b"Jane" in data
    assert b"Jane" not in shipped
    assert Pillow.open(io.BytesIO(shipped)).tobytes() == Pillow.open(io.BytesIO(data)).tobytes()


def test_an_orientation_stays_so_that_the_picture_is_shown_upright():
    data = jpeg(orientation=6)
    shipped = Pillow.open(io.BytesIO(read_image("a", place(data), lambda source, ship: io.BytesIO(data))))
    assert dict(shipped.getexif()) == {0x0112: 6}


def test_bytes_within_a_pack_are_found_by_their_offset():
    data = jpeg()
    pack = io.BytesIO(b"before" + data + b"behind")
    assert read_image("a", place(data, offset=6), lambda source, ship: pack) == read_image(
        "a", place(data), lambda source, ship: io.BytesIO(data)
    )


@pytest.mark.parametrize("found", [b"", b"Jane Doe", jpeg()[:-1]])
def test_bytes_that_changed_are_refused_by_name_without_their_content(found):
    with pytest.raises(
        ChangedImage, match=r"^a: a/b.jpg: \d+ bytes from 0 with SHA-256 [0-9a-f]{16}, inspect saw \d+ with [0-9a-f]{16}; it has"
    ) as told:
        read_image("a", place(jpeg()), lambda source, ship: io.BytesIO(found))
    assert "Jane" not in str(told.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError("/home/jane/a/b.jpg"), "FileNotFoundError"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/home/jane/a/b.jpg"), "No such file or directory"),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "/home/jane/a/b.jpg"), "Is a directory"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/home/jane/a/b.jpg"), "Not a directory"),
    ],
)
def test_bytes_that_are_gone_are_told_by_name_as_what_changed(error, said):
    def gone(source, ship):
        raise error

    with pytest.raises(ChangedImage, match=rf"^a: a/b.jpg: {said}, inspect has read it: put it back, or run again without it$"):
        read_image("a", place(jpeg()), gone)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EIO, "the object store failed for 9 s: it cannot be reached", "s3://b/a/b.jpg"),
        PermissionError(errno.EACCES, "the object store refused it; look at the credentials in the environment", "s3://b/a/b.jpg"),
    ],
)
def test_a_disk_or_a_store_that_does_not_give_them_is_no_change_of_theirs(error):
    def away(source, ship):
        raise error

    with pytest.raises(OSError, match=re.escape(error.strerror)) as told:
        read_image("a", place(jpeg()), away)
    assert (told.value, told.value.filename) == (error, "s3://b/a/b.jpg")


def test_a_disk_that_fails_while_they_are_read_is_told_with_their_name():
    class Failing(io.BytesIO):
        def read(self, size=-1):
            raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(OSError, match=r"^\[Errno 5\] Input/output error: 'a: a/b.jpg'$"):
        read_image("a", place(jpeg()), lambda source, ship: Failing())


def test_a_shipped_image_is_named_by_its_digest():
    data = jpeg()
    assert image_name(place(data)) == f"{hashlib.sha256(data).hexdigest()[:16]}.jpg"
