"""members -> tars that any reader of tar reads, and keys that webdataset groups by"""

import hashlib
import io
import tarfile

import pytest

from curate.digest import digest64
from curate.export.rows import Picture, Row
from curate.export.tar import RECORD, TarFile, field_names, key_of, tar_size

MEMBERS = [("k.0.jpg", b"x" * 511), ("k.1.png", memoryview(b"y" * 512)), ("k.json", b"{}\n"), ("l.json", b"")]


def written(*groups) -> tuple[bytes, str]:
    sink = io.BytesIO()
    tar = TarFile(sink)
    for members in groups:
        before = tar.size
        tar.add(members)
        assert tar.size - before == tar_size(members)
    digest = tar.close()
    return sink.getvalue(), digest


def test_a_tar_holds_its_members_and_nothing_of_the_machine():
    data, digest = written(MEMBERS)
    assert digest == hashlib.sha256(data).hexdigest()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert [(member.name, tar.extractfile(member).read()) for member in tar] == [(name, bytes(held)) for name, held in MEMBERS]
        assert {(member.mtime, member.uid, member.gid, member.mode) for member in tar} == {(0, 0, 0, 0o644)}
        assert {(member.uname, member.gname) for member in tar} == {("", "")}


def test_a_tar_is_what_tarfile_itself_would_write():
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, held in MEMBERS:
            about = tarfile.TarInfo(name)
            about.size = len(held)
            tar.addfile(about, io.BytesIO(held))
    assert written(MEMBERS[:2], MEMBERS[2:])[0] == sink.getvalue()
    assert len(sink.getvalue()) % RECORD == 0


@pytest.mark.parametrize("id", ["a/1", "a.b/../c", "", "胸", "x" * 5000, "a b\n.tar"])
def test_a_key_is_plain_and_in_the_order_of_the_corpus(id):
    assert key_of(id) == hashlib.sha256(id.encode()).hexdigest()[:32]
    assert int(key_of(id)[:16], 16) == digest64(id)


@pytest.mark.parametrize(
    ("count", "ends"), [(0, []), (1, ["0.png"] * 2), (10, ["0.png", "9.png"]), (11, ["00.png", "10.png"]), (101, ["000.png", "100.png"])]
)
def test_names_of_pictures_sort_as_they_are_shown(count, ends):
    found = field_names(Row({"id": "s/1"}, tuple(Picture("x.png", "png", memoryview(b"")) for _ in range(count))))
    assert len(set(found)) == count
    assert found == sorted(found)
    assert found[:1] + found[-1:] == ends
