"""archives, hostile ones among them -> members, refusals; places -> bytes"""

import contextlib
import gzip
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from curate.read.archive import IN_MEMORY, archive_folder, archive_kind, inflate, inflated_member, list_members, open_member
from curate.read.contents import ArchiveLimits, Contents
from curate.read.opened import ReadFault
from schemas.image import Member

FILES = {"a/1.png": b"one", "a/2.png": b"", "b.csv": b"x,y\n1,2\n" * 300}


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes | tarfile.TarInfo], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, content in files.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def special(name: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "b.csv"
    return member


def hdf5(values: Mapping[str, object], **options: object) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        for name, value in values.items():
            file[name] = value
    return buffer.getvalue()


def listed(data: bytes, path: str, limits: ArchiveLimits | None = None) -> Contents:
    return list_members(io.BytesIO(data), path, limits)


def members(contents: Contents) -> list[Member]:
    return [contents.member(row, root="source", archive="x") for row in range(len(contents.members))]


def unpacked(data: bytes, path: str) -> dict[str, bytes]:
    """Each member opened from its place alone."""
    return {member.name: open_member(io.BytesIO(data), member).read() for member in members(listed(data, path))}


def names(contents: Contents) -> list[str]:
    return contents.members["name"].to_pylist()


def refusals(contents: Contents) -> list[tuple[str, str]]:
    return [(refusal.reason, refusal.found) for refusal in contents.refusals]


@pytest.mark.parametrize(
    ("path", "kind", "folder"),
    [
        ("a/b.zip", "zip", "a/b"), ("b.TAR.GZ", "tgz", "b"), ("b.tgz", "tgz", "b"), ("b.c.tar", "tar", "b.c"), ("b.h5", "hdf5", "b"),
        ("b.hdf5", "hdf5", "b"),
    ],
)  # fmt: skip
def test_an_archive_is_known_by_its_name(path: str, kind: str, folder: str) -> None:
    assert (archive_kind(path), archive_folder(path)) == (kind, folder)


def test_what_is_no_archive_is_none() -> None:
    assert [archive_kind(path) for path in ("a.csv", "a.gz", "a.zip.txt", "zip", "a.nii.gz", "a.npz")] == [""] * 6


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (zipped(FILES), "x.zip"), (zipped(FILES, zipfile.ZIP_STORED), "x.zip"), (b"#!/bin/sh\n" * 90 + zipped(FILES), "x.zip"),
        (tarred(FILES), "x.tar"), (tarred(FILES, tarfile.GNU_FORMAT), "x.tar"), (gzip.compress(tarred(FILES)), "x.tgz"),
    ],
    ids=["deflated", "stored", "behind a program", "pax", "gnu", "tgz"],
)  # fmt: skip
def test_every_member_is_read_from_its_place_alone(data: bytes, path: str) -> None:
    assert refusals(listed(data, path)) == []
    assert unpacked(data, path) == FILES


def test_names_of_any_length_and_script_are_told() -> None:
    files = {f"{'folder/' * 40}long.png": b"1", "\u80ba/x\u00e9.png": b"2", "with blank.png": b"3"}
    for data, path in ((zipped(files), "x.zip"), (tarred(files), "x.tar"), (tarred(files, tarfile.GNU_FORMAT), "x.tar")):
        assert unpacked(data, path) == files


def test_a_zip_with_zip64_fields_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    data = zipped(FILES)
    assert b"PK\6\6" in data
    assert unpacked(data, "x.zip") == FILES
    assert unpacked(b"prefix" + data, "x.zip") == FILES


def test_names_that_are_utf8_without_saying_so_are_taken_as_that_and_others_as_code_page_437() -> None:
    data = bytearray(zipped({"\u00e9.png": b"1"}))
    for signature, flags in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        at = data.index(signature) + flags
        data[at : at + 2] = b"\0\0"
    assert names(listed(bytes(data), "x.zip")) == ["\u00e9.png"]
    assert names(listed(bytes(data).replace(b"\xc3\xa9", b"\x82\x82"), "x.zip")) == ["\u00e9\u00e9.png"]


def test_folders_and_what_unpackers_leave_are_no_members() -> None:
    files = {"a/": b"", "__MACOSX/a/._1.png": b"x", "a/._1.png": b"x", "a/.DS_Store": b"x", ".git/config": b"x", "./a//1.png": b"1"}
    for data, path in ((zipped(files), "x.zip"), (tarred({**files, "a/": special("a", tarfile.DIRTYPE)}), "x.tar")):
        assert (names(listed(data, path)), refusals(listed(data, path))) == (["a/1.png"], [])


@pytest.mark.parametrize("name", ["../out", "a/../../out", "/etc/out", "C:/out", "c:out", "..\\out", "\\\\host\\out", "a/.."])
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    for data, path in ((zipped({"in": b"1", name: b"2"}), "x.zip"), (tarred({"in": b"1", name: b"2"}), "x.tar")):
        assert (names(listed(data, path)), refusals(listed(data, path))) == (["in"], [("member_escapes", "1 members")])


def test_a_name_that_no_file_can_have_is_refused() -> None:
    data = zipped({"a0b": b"1", "in": b"2"}).replace(b"a0b", b"a\0b")
    assert (names(listed(data, "x.zip")), refusals(listed(data, "x.zip"))) == (["in"], [("bad_name", "1 members")])
    data = tarred({"a0b": b"1", "in": b"2"}, tarfile.USTAR_FORMAT)
    header = bytearray(data[:512])
    header[1] = 0xFF
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    data = bytes(header) + data[512:]
    assert (names(listed(data, "x.tar")), refusals(listed(data, "x.tar"))) == (["in"], [("bad_name", "1 members")])
    long = zipped({"x/" * 3000: b"", "x/" * 3000 + "y": b"1"})
    assert refusals(listed(long, "x.zip")) == [("bad_name", "1 members")]


def test_links_devices_and_pipes_are_refused_each_counted() -> None:
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    data = tarred({"b.csv": b"1", **{f"s{number}": special(f"s{number}", kind) for number, kind in enumerate(kinds)}})
    assert names(listed(data, "x.tar")) == ["b.csv"]
    assert refusals(listed(data, "x.tar")) == [("member_link", "2 members"), ("member_special", "3 members")]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert refusals(listed(buffer.getvalue(), "x.zip")) == [("member_link", "1 members")]


def test_members_that_are_encrypted_or_packed_by_other_methods_are_refused() -> None:
    data = bytearray(zipped({"a": b"1", "b": b"2"}))
    for signature, flags in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        data[data.index(signature) + flags] |= 1
    assert (names(listed(bytes(data), "x.zip")), refusals(listed(bytes(data), "x.zip"))) == (["b"], [("member_encrypted", "1 members")])
    other = zipped({"a": b"1" * 99, "b": b"2"}, zipfile.ZIP_BZIP2)
    assert refusals(listed(other, "x.zip")) == [("member_method", "2 members")]


def test_of_two_members_of_one_name_the_last_stays_as_when_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", b"first")
        archive.writestr("b", b"other")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", b"last")
    assert unpacked(buffer.getvalue(), "x.zip") == {"a": b"last", "b": b"other"}
    assert unpacked(tarred({"a": b"first", "./a": b"last"}), "x.tar") == {"a": b"last"}


def directory_field(data: bytes, at: int, value: int) -> bytes:
    """`data` with a 4-byte number of its first directory entry changed."""
    place = data.index(b"PK\1\2") + at
    return data[:place] + struct.pack("<L", value) + data[place + 4 :]


CRC, STORED, SIZE, OFFSET = 16, 20, 24, 42  # of an entry, APPNOTE 4.3.12


def broken(data: bytes, path: str = "x.zip") -> str:
    """What is found wrong when its only member is opened."""
    (member,) = members(listed(data, path))
    archive = io.BytesIO(data)
    with pytest.raises(ReadFault) as caught:
        open_member(archive, member)
    assert (caught.value.reason, caught.value.wanted) == ("member_broken", "the member as it was packed")
    assert archive.closed
    return caught.value.found


def test_a_member_that_is_not_what_its_directory_tells_is_refused_when_it_is_opened() -> None:
    deflated, stored = zipped({"a": b"12345" * 99}), zipped({"a": b"12345"}, zipfile.ZIP_STORED)
    assert broken(directory_field(deflated, SIZE, 494)) == "more than the 494 bytes its directory tells"
    assert broken(directory_field(deflated, SIZE, 500)) == "495 of 500 bytes"
    assert broken(directory_field(deflated, CRC, 7)) == "another CRC than its directory tells"
    assert broken(directory_field(stored, CRC, 7)) == "another CRC than its directory tells"
    assert broken(stored.replace(b"12345", b"12346")) == "another CRC than its directory tells"
    assert broken(directory_field(deflated, OFFSET, 1)) == "no member where the directory says"
    assert broken(deflated[:31] + b"\xff" * 4 + deflated[35:]) == "bytes that are no deflate"
    assert broken(directory_field(deflated, STORED, 5)) == "4 of 495 bytes"


def test_members_that_lie_beyond_the_archive_or_of_two_sizes_at_once_are_refused() -> None:
    data = zipped({"a": b"12345"}, zipfile.ZIP_STORED)
    for lie in (directory_field(data, OFFSET, 1 << 30), directory_field(data, SIZE, 6), directory_field(data, SIZE, 0xFFFFFFFF)):
        assert (names(listed(lie, "x.zip")), refusals(listed(lie, "x.zip"))) == ([], [("member_broken", "1 members")])


def test_a_bomb_is_refused_by_its_ratio_before_it_is_opened() -> None:
    data = zipped({"zeros": bytes(100_000), "text": b"text"})
    limits = ArchiveLimits(free_bytes=50_000, max_ratio=200)
    assert (names(listed(data, "x.zip", limits)), refusals(listed(data, "x.zip", limits))) == (["text"], [("member_bomb", "1 members")])
    assert names(listed(data, "x.zip")) == ["text", "zeros"]  # masks and empty volumes are mostly zeros


def test_a_bomb_that_lies_about_its_size_is_stopped_at_it() -> None:
    data = directory_field(zipped({"zeros": bytes(50 << 20)}), SIZE, 1000)
    assert broken(data) == "more than the 1000 bytes its directory tells"


def test_a_bomb_whose_members_share_their_bytes_is_refused() -> None:
    data = zipped({f"{number}": bytes(5000) for number in range(9)})
    first = data.index(b"PK\1\2")
    entries, at = b"", first
    for number in range(9):
        entry = bytearray(data[at : at + 47])
        struct.pack_into("<L", entry, OFFSET, 0)
        entries, at = entries + bytes(entry), at + 47
        assert entry[46:] == b"%d" % number
    shared = data[:first] + entries + data[at:]
    assert (names(listed(shared, "x.zip")), refusals(listed(shared, "x.zip"))) == ([], [("member_broken", "9 members")])


@pytest.mark.parametrize("kept", [0.5, 0.9, 0.999])
def test_a_zip_that_is_cut_is_broken(kept: float) -> None:
    data = zipped(FILES)
    (refusal,) = listed(data[: int(len(data) * kept)], "x.zip").refusals
    assert (refusal.reason, refusal.wanted) == ("archive_broken", "a whole archive")


def test_a_tar_that_is_cut_gives_what_came_before() -> None:
    data = tarred(FILES)
    contents = listed(data[:2000], "x.tar")  # in a header
    assert (names(contents), [reason for reason, _ in refusals(contents)]) == (["a/1.png", "a/2.png"], ["archive_broken"])
    contents = listed(data[:2100], "x.tar")  # in a member
    assert (names(contents), [reason for reason, _ in refusals(contents)]) == (["a/1.png", "a/2.png"], ["archive_broken", "member_broken"])
    contents = listed(gzip.compress(data)[:-20], "x.tar.gz")
    assert [reason for reason, _ in refusals(contents)] == ["archive_broken"]


def test_a_tar_with_a_header_that_is_none_is_no_whole_archive() -> None:
    data = tarred({"a": b"1", "b": b"2"})
    contents = listed(data[:1024] + b"garbage!" * 64 + data[1536:], "x.tar")
    assert (names(contents), refusals(contents)) == (["a"], [("archive_broken", "no header of a member at byte 1024")])


class Asked(io.BytesIO):
    """Notes the most that was asked for at once."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.most = max(self.most, -1 if size is None else size)
        return super().read(size)


def test_a_tar_header_that_asks_for_gigabytes_is_not_given_them() -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 4 << 30
    file = Asked(tarred({"a": b"1"})[:1024] + header.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    contents = list_members(file, "x.tar")
    assert (names(contents), refusals(contents)) == (["a"], [("archive_broken", "a tar that breaks off after 1 members (ReadError)")])
    assert file.most < 1000


@pytest.mark.parametrize(
    ("data", "path", "reason"),
    [
        (b"", "x.zip", "empty_file"), (b"", "x.tar", "empty_file"), (b"no archive", "x.zip", "archive_broken"),
        (b"no archive", "x.tar", "archive_broken"), (b"no archive", "x.tgz", "archive_broken"), (b"no archive", "x.h5", "archive_broken"),
        (b"\x89HDF\r\n\x1a\n" + bytes(900), "x.hdf5", "archive_broken"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "x.zip", "lfs_pointer"),
    ],
)  # fmt: skip
def test_what_is_no_archive_says_so(data: bytes, path: str, reason: str) -> None:
    contents = listed(data, path)
    assert (names(contents), [reason for reason, _ in refusals(contents)]) == ([], [reason])


def test_more_members_than_the_limit_are_too_many() -> None:
    limits = ArchiveLimits(max_members=2)
    for data, path in ((zipped(FILES), "x.zip"), (tarred(FILES), "x.tar")):
        assert (names(listed(data, path, limits)), refusals(listed(data, path, limits))) == ([], [("too_large", "more members")])


def test_a_hundred_thousand_members_are_listed_in_order() -> None:
    wanted = [f"images/{number:06d}.png" for number in range(100_000)]
    contents = listed(zipped(dict.fromkeys(reversed(wanted), b"x"), zipfile.ZIP_STORED), "x.zip")
    assert names(contents) == wanted
    assert contents.members.nbytes < 100 * len(wanted)
    last = contents.member(99_999, root="source", archive="x")
    assert (last.name, last.offset, last.size, last.crc) == (wanted[-1], 0, 1, zlib.crc32(b"x"))


def test_data_sets_of_bytes_are_members_and_others_are_not() -> None:
    plain, picture = b"\x89PNG\0\0", bytes(range(256)) * 2
    data = hdf5({
        "ISIC_1": np.void(plain), "g/row": np.frombuffer(picture, np.uint8), "g/deep/text": np.bytes_(b"text"),
        "matrix": np.zeros((4, 4), np.uint8), "floats": np.zeros(3), "empty": h5py.Empty("f"), "words": "a word",
        "soft": h5py.SoftLink("/ISIC_1"), "away": h5py.ExternalLink("/etc/passwd", "x"),
    })  # fmt: skip
    assert unpacked(data, "x.h5") == {"ISIC_1": plain, "g/row": picture, "g/deep/text": b"text"}
    assert {member.method for member in members(listed(data, "x.h5"))} == {"plain"}


def test_a_compressed_data_set_is_read_through_the_library() -> None:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_dataset("packed", data=np.frombuffer(b"12345" * 99, np.uint8), chunks=(50,), compression="gzip")
    (member,) = members(listed(buffer.getvalue(), "x.h5"))
    assert (member.method, member.size) == ("dataset", 495)
    assert open_member(io.BytesIO(buffer.getvalue()), member).read() == b"12345" * 99
    told = broken_member(buffer.getvalue(), replace(member, size=494))
    assert told == "HDF5 that cannot be read (a data set of another size than was listed)"


def broken_member(data: bytes, member: Member) -> str:
    with pytest.raises(ReadFault) as caught:
        open_member(io.BytesIO(data), member)
    return caught.value.found


def test_bytes_of_a_data_set_that_lie_in_another_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_dataset("out", shape=(6,), dtype=np.uint8, external=[(str(tmp_path / "secret"), 0, 6)])
        layout = h5py.VirtualLayout(shape=(6,), dtype=np.uint8)
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", shape=(6,))
        file.create_virtual_dataset("virtual", layout)
    assert refusals(listed(buffer.getvalue(), "x.h5")) == [("member_link", "2 members")]


def test_a_member_is_a_seekable_file_of_its_size() -> None:
    large = bytes(range(256)) * ((IN_MEMORY >> 8) + 1)
    for data, path in (
        (zipped({"a": large}, zipfile.ZIP_STORED), "x.zip"), (zipped({"a": large}), "x.zip"),
        (tarred({"a": large, "b": b"after"}), "x.tar"),
    ):  # fmt: skip
        member = members(listed(data, path))[0]
        with open_member(io.BytesIO(data), member) as file:
            assert (file.seek(0, io.SEEK_END), file.seek(-3, io.SEEK_CUR), file.read()) == (len(large), len(large) - 3, b"\xfd\xfe\xff")
            assert (file.seek(255), file.read(2), file.tell(), file.read(0)) == (255, b"\xff\0", 257, b"")
            assert (file.seek(len(large) + 5), file.read()) == (len(large) + 5, b"")
            file.seek(0)
            assert file.read() == large


def test_members_of_a_tgz_are_read_on_from_where_it_stands_in_any_order() -> None:
    data = gzip.compress(tarred(FILES))
    inflated = inflate(io.BytesIO(data))
    found = {member.name: inflated_member(inflated, member).read() for member in reversed(members(listed(data, "x.tgz")))}
    assert found == FILES


def test_no_mutant_of_an_archive_raises_anything_but_a_fault() -> None:
    chance = np.random.default_rng(3)
    for data, path, count in (
        (zipped(FILES), "x.zip", 300), (tarred(FILES), "x.tar", 300), (gzip.compress(tarred(FILES)), "x.tgz", 300),
        (hdf5({"a": np.void(b"12345"), "g/b": np.frombuffer(b"123", np.uint8)}), "x.h5", 10),
    ):  # fmt: skip
        for _ in range(count):
            mutant = bytearray(data)
            for place in chance.integers(0, len(data), chance.integers(1, 6)):
                mutant[place] = chance.integers(0, 256)
            if chance.random() < 0.2:
                del mutant[chance.integers(0, len(data)) :]
            for member in members(listed(bytes(mutant), path)):
                with contextlib.suppress(ReadFault):
                    assert len(open_member(io.BytesIO(mutant), member).read()) == member.size
